"""Whether two texts mean the same: servers reorder, fold, stamp and add zones."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime

from calendars.contentlines import Component, ContentLine, Document, parse, split_value, unescape_text
from calendars.errors import UnreadableText
from calendars.icalendar.facts import When
from calendars.icalendar.reading import read_whens

NO_DIFFERENCE = {"PRODID", "DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE", "VERSION", "CALSCALE", "X-RADICALE-NAME"}
TIMES = {"DTSTART", "DTEND", "DUE", "RECURRENCE-ID", "RDATE", "EXDATE"}
DEFAULTS: tuple[object, ...] = (
    ("TRANSP", frozenset(), "OPAQUE"),
    ("CLASS", frozenset(), "PUBLIC"),
    ("PRIORITY", frozenset(), "0"),
)
"""Lines that say what is so without them (RFC 5545 section 3.8)."""
DEFAULT_PARAMS = {
    ("PARTSTAT", "NEEDS-ACTION"), ("ROLE", "REQ-PARTICIPANT"), ("CUTYPE", "INDIVIDUAL"), ("RSVP", "FALSE"),
    ("SCHEDULE-AGENT", "SERVER"),
}  # fmt: skip
_BEGIN = re.compile(r"^BEGIN:(.*)$", re.MULTILINE | re.IGNORECASE)
_AROUND = {"VCALENDAR", "VTIMEZONE", "STANDARD", "DAYLIGHT"}
"""What may begin before the one event of a plain text."""
Counted = frozenset[tuple[object, int]]
SPLIT = {"CATEGORIES", "RESOURCES", "EXDATE", "RDATE"}


def semantically_equal(first: str, second: str) -> bool:
    """Equal but for order, folding, stamps and zone definitions. Raises UnreadableText."""
    lines = _lines(first)
    if lines is not None and lines == _lines(second):
        # The usual read-back, told without parsing: the same lines in another order.
        return True
    return _meaning(parse(first)) == _meaning(parse(second))


def meanings(text: str) -> Counter[object]:
    """What the lines of a text's events say, each with the date it is about; stamps and zone definitions say nothing.

    Raises UnreadableText.
    """
    document, found = parse(text), Counter[object]()
    for calendar in document.components("VCALENDAR"):
        for part in calendar.components():
            if part.name == "VTIMEZONE":
                continue
            date = frozenset(m for line in part.lines("RECURRENCE-ID") for m in _line(document, line))
            _, lines, parts = _component(document, part)
            found.update({(date, said): times for said, times in (*lines, *parts)})
    return found


def _lines(text: str) -> tuple[list[str], list[str]] | None:
    """The lines before the one event of a text and those in it, sorted, parameters too; None for anything less plain."""
    if '"' in text:
        return None
    text = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "")
    parts = _BEGIN.findall(text)
    if parts[-1:] != ["VEVENT"] or not _AROUND.issuperset(parts[:-1]):
        return None
    before, begins, rest = text.partition("\nBEGIN:VEVENT\n")
    event, ends, _ = rest.partition("\nEND:VEVENT\n")
    if not begins or not ends:
        return None
    return sorted(before.split("\n")), sorted(_plain(line) for line in event.split("\n"))


def _plain(line: str) -> str:
    head, _, value = line.partition(":")
    return f"{';'.join(sorted(head.split(';')))}:{value}" if ";" in head else line


def _meaning(document: Document) -> Counter[object]:
    return Counter(
        _component(document, part)
        for calendar in document.components("VCALENDAR")
        for part in calendar.components()
        if part.name != "VTIMEZONE"
    )


def _component(document: Document, part: Component) -> tuple[str, Counted, Counted]:
    lines = Counter(m for line in part.lines() if line.name not in NO_DIFFERENCE for m in _line(document, line))
    if part.first("RRULE") is not None:
        # 09:30 in Paris and 08:30 in UTC are one moment in March and two in April.
        lines.update(("zone", _zone(when)) for when in _starts(document, part))
    for default in DEFAULTS:
        del lines[default]
    parts = Counter(_component(document, sub) for sub in part.components())
    return part.name, frozenset(lines.items()), frozenset(parts.items())


def _starts(document: Document, part: Component) -> list[When]:
    """DTSTART where it is a time that can be read: only those have a zone."""
    try:
        found = [when for line in part.lines("DTSTART") for when in read_whens(document, line)]
    except UnreadableText:
        return []
    return [when for when in found if not when.all_day]


def _zone(when: When) -> str:
    return str(when.value.tzinfo) if isinstance(when.value, datetime) else ""


def _line(document: Document, line: ContentLine) -> list[object]:
    """What a line says. Servers drop quotes and put parameters in another order; values of lists count one by one."""
    params = frozenset(
        (name.upper(), tuple(sorted(values)))
        for name, values in line.params
        if name.upper() not in ("TZID", "VALUE", "X-VOBJ-ORIGINAL-TZID", "SCHEDULE-STATUS")
        and (name.upper(), values[0].upper()) not in DEFAULT_PARAMS
    )
    if line.name in TIMES:
        try:
            return [(line.name, params, when) for when in read_whens(document, line)]
        except UnreadableText:
            return [(line.name, params, line.value)]
    if line.name in SPLIT:
        return [(line.name, params, unescape_text(v).strip()) for v in split_value(line.value, ",")]
    if line.name in ("ATTENDEE", "ORGANIZER"):
        return [(line.name, params, line.value.strip().lower())]
    if line.name == "RRULE":
        return [(line.name, params, frozenset(line.value.strip().upper().split(";")))]
    if not line.name:
        return [("", line.unfolded.strip())]
    if line.name == "X-APPLE-STRUCTURED-LOCATION":
        # Radicale cuts the value at its comma ("geo:48.1,-1.6"): what is left of it has to do.
        return [(line.name, params, line.value.partition(",")[0].strip())]
    if line.name == "GEO":
        return [(line.name, params, line.value.replace("\\;", ";"))]
    return [(line.name, params, unescape_text(line.value).strip())]
