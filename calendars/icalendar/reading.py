"""From text to facts; values are read by the icalendar library, lines are ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from icalendar.prop import vDDDTypes, vDuration

from calendars.contentlines import Component, ContentLine, Document, parse, split_value, unescape_text
from calendars.errors import UnreadableText
from calendars.icalendar.facts import CalendarObject, CalendarUser, EventFacts, When
from calendars.icalendar.zones import zone_in

T = TypeVar("T")
DATED = ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY")
_UID = re.compile(r"^UID(?:;[^:\r\n]*)?:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.MULTILINE | re.IGNORECASE)
_COMPONENT = re.compile(r"^BEGIN:(VEVENT|VTODO|VJOURNAL|VFREEBUSY)\s*$", re.MULTILINE | re.IGNORECASE)


_LOCAL_TIME = re.compile(r"[0-9]{8}T[0-9]{6}")
_ALARM = re.compile(r"^BEGIN:VALARM\s*$", re.MULTILINE | re.IGNORECASE)


def peek(text: str) -> tuple[str, str]:
    """UID and component without taking the text apart; ("", "") where there is none.

    Raises UnreadableText only where an alarm stands before the UID and the text cannot be read.
    """
    component, uid = _COMPONENT.search(text), None
    if component is not None:
        uid = _UID.search(text, component.end())
    if component is None or uid is None:
        return "", component[1].upper() if component is not None else ""
    if _ALARM.search(text, component.end(), uid.start()) is not None:
        # Alarms have UIDs too (RFC 9074 section 4); where they stand first the text has to be taken apart after all.
        found = read(text)
        return found.uid, found.component
    return unescape_text(re.sub(r"\r?\n[ \t]", "", uid[1])).strip(), component[1].upper()


@lru_cache(maxsize=32)
def read(text: str) -> CalendarObject:
    """The facts of one calendar object. Raises UnreadableText naming line and property.

    A pass asks for the facts of one text several times in a row: the last ones are kept.
    """
    return read_document(parse(text))


def read_document(document: Document) -> CalendarObject:
    calendars = document.components("VCALENDAR")
    if not calendars:
        raise UnreadableText("no VCALENDAR in the text", line=1)
    parts = [part for calendar in calendars for part in calendar.components(*DATED)]
    if not parts:
        return CalendarObject(uid="", component="")
    kind = parts[0].name
    method = calendars[0].value("METHOD").strip()
    lines = [part.by_name() for part in parts]
    uid = _uid(lines[0])
    if kind != "VEVENT":
        return CalendarObject(uid=uid, component=kind, method=method)
    at = next((n for n, named in enumerate(lines) if "RECURRENCE-ID" not in named), None)
    master = parts[at] if at is not None else None
    overrides = {}
    for part, named in zip(parts, lines, strict=True):
        if _uid(named) != uid:
            raise UnreadableText("a second UID; one calendar object has one (RFC 4791 section 4.1)", line=part.begin.number)
        if part.name == "VEVENT" and part is not master:
            overrides[override_key(document, part, master)] = _event(document, part, named)
    return CalendarObject(
        uid=uid,
        component=kind,
        method=method,
        master=_event(document, master, lines[at]) if master is not None and at is not None else None,
        overrides=MappingProxyType(overrides),
    )


def _uid(named: Mapping[str, Sequence[ContentLine]]) -> str:
    return unescape_text(named["UID"][0].value).strip() if "UID" in named else ""


def override_key(document: Document, part: Component, master: Component | None) -> str:
    """The original local start that an override replaces, told in the master's zone."""
    line = part.first("RECURRENCE-ID")
    if line is None:
        raise UnreadableText("a second VEVENT without RECURRENCE-ID", line=part.begin.number)
    moment = read_when(document, line)
    start = master.first("DTSTART") if master is not None else None
    return moment.key_in(read_when(document, start)) if start is not None else moment.local_key


def read_event(document: Document, part: Component) -> EventFacts:
    return _event(document, part, part.by_name())


def _event(document: Document, part: Component, named: Mapping[str, Sequence[ContentLine]]) -> EventFacts:
    """The facts of an event from its lines by their names."""

    def lines(name: str) -> Sequence[ContentLine]:
        return named.get(name, ())

    def first(name: str) -> ContentLine | None:
        return named[name][0] if name in named else None

    def value(name: str) -> str:
        return named[name][0].value if name in named else ""

    start_line = first("DTSTART")
    if start_line is None:
        raise UnreadableText("a VEVENT without DTSTART", line=part.begin.number)
    start = read_when(document, start_line)
    recurrence = first("RECURRENCE-ID")
    organizer = first("ORGANIZER")
    return EventFacts(
        uid=_uid(named),
        start=start,
        end=_end(document, first("DTEND"), first("DURATION"), start_line, start),
        summary=unescape_text(value("SUMMARY")),
        description=unescape_text(value("DESCRIPTION")),
        location=unescape_text(value("LOCATION")),
        geo=_geo(first("GEO")),
        status=value("STATUS").strip().upper(),
        categories=read_categories(lines("CATEGORIES")),
        organizer=read_user(organizer) if organizer is not None else None,
        attendees=tuple(read_user(line) for line in lines("ATTENDEE")),
        sequence=_integer(first("SEQUENCE")),
        klass=value("CLASS").strip(),
        transp=value("TRANSP").strip().upper(),
        url=value("URL").strip(),
        rrule="\n".join(line.value.strip() for line in lines("RRULE")),
        rdates=tuple(w for line in lines("RDATE") for w in read_whens(document, line)),
        periods=tuple(p for line in lines("RDATE") for p in _periods(document, line)),
        exdates=tuple(w for line in lines("EXDATE") for w in read_whens(document, line)),
        recurrence_id=read_when(document, recurrence) if recurrence is not None else None,
        this_and_future=recurrence is not None and (recurrence.param("RANGE") or "").upper() == "THISANDFUTURE",
        related=tuple(unescape_text(line.value).strip() for line in lines("RELATED-TO")),
    )


def read_categories(lines: Iterable[ContentLine]) -> tuple[str, ...]:
    found = [unescape_text(v).strip() for line in lines for v in split_value(line.value, ",")]
    return tuple(dict.fromkeys(v for v in found if v))


def read_user(line: ContentLine) -> CalendarUser:
    address = line.value.strip()
    if address.lower().startswith("mailto:"):
        address = address[7:]
    elif email := line.param("EMAIL"):
        # iCloud writes a path of its own as the value and the mail address as a parameter (RFC 7986 section 6.2).
        address = email
    return CalendarUser(
        address=address.strip().lower(),
        name=line.param("CN") or "",
        partstat=(line.param("PARTSTAT") or "").upper(),
        role=(line.param("ROLE") or "").upper(),
        cutype=(line.param("CUTYPE") or "").upper(),
        rsvp=(line.param("RSVP") or "").upper() == "TRUE",
    )


def read_when(document: Document, line: ContentLine) -> When:
    """The DATE or DATE-TIME of a line. A TZID that is nobody's and not described makes the time floating."""
    found = read_whens(document, line)
    if len(found) != 1:
        raise UnreadableText(f"{line.name} holds {len(found)} values", line=line.number or None)
    return found[0]


def read_whens(document: Document, line: ContentLine) -> list[When]:
    """The values of DTSTART, RDATE, EXDATE …; a PERIOD counts by its start."""
    tzid = line.param("TZID")
    zone = zone_in(document, tzid) if tzid else None
    return [_when(line, text.strip().partition("/")[0], tzid, zone) for text in line.value.split(",") if text.strip()]


def _periods(document: Document, line: ContentLine) -> list[tuple[When, When]]:
    """The PERIODs of an RDATE (RFC 5545 section 3.3.9): from a start to an end, or for as long as a duration says."""
    if "/" not in line.value:
        return []
    tzid = line.param("TZID")
    zone = zone_in(document, tzid) if tzid else None
    found = []
    for text in line.value.split(","):
        first, slash, last = text.strip().partition("/")
        if not slash:
            continue
        start = _when(line, first, tzid, zone)
        if last.upper().startswith(("P", "+P")):
            span = _library(line, lambda: _from_ical(vDuration, last))  # noqa: B023  (called at once)
            found.append((start, _library(line, lambda: plus(start, span))))  # noqa: B023
        else:
            found.append((start, _when(line, last, tzid, zone)))
    return found


def _when(line: ContentLine, text: str, tzid: str | None, zone: Any) -> When:
    value = _plain_time(text) or _library(line, lambda: _from_ical(vDDDTypes, text))
    if not isinstance(value, date):
        raise UnreadableText(f"{line.name} is no date: {text}", line=line.number or None)
    if not isinstance(value, datetime):
        return When(value)
    if value.tzinfo is not None:
        return When(_library(line, lambda: value.astimezone(UTC)))
    if zone is None:
        return When(value)
    zoned = value.replace(tzinfo=zone)
    if not 1 < value.year < 9999:
        # There is no such instant perhaps; asked here, nobody stumbles over it later.
        _library(line, lambda: zoned.astimezone(UTC))
    return When(zoned, zone.key if isinstance(zone, ZoneInfo) else tzid)


def read_end(document: Document, part: Component, start: When) -> When:
    """The exclusive end: DTEND, else DURATION, else what RFC 5545 section 3.6.1 takes for it."""
    return _end(document, part.first("DTEND"), part.first("DURATION"), part.first("DTSTART") or part.begin, start)


def _end(document: Document, end: ContentLine | None, duration: ContentLine | None, first: ContentLine, start: When) -> When:
    """``first``: the line to name where there is no such day."""
    if end is not None:
        return read_when(document, end)
    if duration is not None:
        span = _library(duration, lambda: _from_ical(vDuration, duration.value.strip()))
        return _library(duration, lambda: plus(start, span))
    return _library(first, lambda: plus(start, timedelta(days=1))) if start.all_day else start


def plus(when: When, span: timedelta) -> When:
    """Days are nominal, the rest exact (RFC 5545 section 3.8.2.5)."""
    if not isinstance(when.value, datetime):
        return When(when.value + timedelta(days=span.days))
    days = timedelta(days=span.days)
    moved = when.value + days
    if moved.tzinfo is not None:
        moved = (moved.astimezone(UTC) + (span - days)).astimezone(moved.tzinfo)
    else:
        moved += span - days
    return When(moved, when.tzid)


def _plain_time(text: str) -> datetime | None:
    """A local DATE-TIME as nearly all are written; None for whatever the library has to look at."""
    if _LOCAL_TIME.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _geo(line: ContentLine | None) -> tuple[float, float] | None:
    if line is None:
        return None
    latitude, _, longitude = line.value.replace("\\;", ";").partition(";")
    try:
        found = float(latitude), float(longitude)
    except ValueError:
        # Some programs write GEO with a comma or nothing: no coordinates, no reason to refuse the event.
        return None
    # Not a number is not even equal to itself.
    return found if abs(found[0]) <= 90 and abs(found[1]) <= 180 else None


def _integer(line: ContentLine | None) -> int:
    if line is None:
        return 0
    text = line.value.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _from_ical(kind: Any, text: str) -> Any:
    return kind.from_ical(text)


def _library(line: ContentLine, reader: Callable[[], T]) -> T:
    try:
        return reader()
    except Exception as error:
        raise UnreadableText(f"{line.name} cannot be read: {line.value[:80]}", line=line.number or None) from error
