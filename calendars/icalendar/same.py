"""Whether two texts mean the same: servers reorder, fold, stamp and add zones."""

from __future__ import annotations

from collections import Counter

from calendars.contentlines import Component, ContentLine, Document, parse, split_value, unescape_text
from calendars.errors import UnreadableText
from calendars.icalendar.reading import read_whens

NO_DIFFERENCE = {"PRODID", "DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE", "VERSION", "CALSCALE", "X-RADICALE-NAME"}
TIMES = {"DTSTART", "DTEND", "DUE", "RECURRENCE-ID", "RDATE", "EXDATE"}
SPLIT = {"CATEGORIES", "RESOURCES", "EXDATE", "RDATE"}


def semantically_equal(first: str, second: str) -> bool:
    """Equal but for order, folding, stamps and zone definitions. Raises UnreadableText."""
    return _meaning(parse(first)) == _meaning(parse(second))


def _meaning(document: Document) -> Counter[object]:
    return Counter(
        _component(document, part)
        for calendar in document.components("VCALENDAR")
        for part in calendar.components()
        if part.name != "VTIMEZONE"
    )


def _component(document: Document, part: Component) -> object:
    lines = Counter(m for line in part.lines() if line.name not in NO_DIFFERENCE for m in _line(document, line))
    parts = Counter(_component(document, sub) for sub in part.components())
    return part.name, frozenset(lines.items()), frozenset(parts.items())


def _line(document: Document, line: ContentLine) -> list[object]:
    """What a line says. Servers drop quotes and put parameters in another order; values of lists count one by one."""
    params = frozenset(
        (name.upper(), tuple(sorted(values)))
        for name, values in line.params
        if name.upper() not in ("TZID", "VALUE", "X-VOBJ-ORIGINAL-TZID")
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
    if line.name == "GEO":
        return [(line.name, params, line.value.replace("\\;", ";"))]
    return [(line.name, params, unescape_text(line.value).strip())]
