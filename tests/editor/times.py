"""Dates and times as iCalendar writes them (RFC 5545 sections 3.3.4, 3.3.5), for Europe/Paris and UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.editor.lines import Line
from tests.editor.zones import PARIS, zone_key

Moment = date | datetime
"""A ``datetime`` is aware; a ``date`` makes an all-day event."""


def stamp(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def line(name: str, when: Moment, tzid_prefix: str = "") -> Line:
    """``when`` under ``name``, with the TZID or VALUE that it needs."""
    if not isinstance(when, datetime):
        return Line(name, when.strftime("%Y%m%d"), ";VALUE=DATE")
    key = zone_key(when)
    if not key:
        return Line(name, stamp(when))
    return Line(name, when.strftime("%Y%m%dT%H%M%S"), f";TZID={tzid_prefix}{key}")


def read(found: Line) -> Moment:
    """The moment of a DTSTART, DTEND or RECURRENCE-ID; floating times and unknown zones are taken for Paris."""
    value = found.value
    if len(value) == 8:
        return datetime.strptime(value, "%Y%m%d").date()  # noqa: DTZ007
    clock = datetime.strptime(value[:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007
    return clock.replace(tzinfo=UTC) if value.endswith("Z") else clock.replace(tzinfo=ZoneInfo(PARIS))


def like(name: str, when: Moment, pattern: Line) -> Line:
    """``when`` written as ``pattern`` is: same zone, same kind."""
    if len(pattern.value) == 8 or not isinstance(when, datetime):
        return Line(name, when.strftime("%Y%m%d"), ";VALUE=DATE")
    if pattern.value.endswith("Z"):
        return Line(name, stamp(when))
    return Line(name, when.astimezone(ZoneInfo(PARIS)).strftime("%Y%m%dT%H%M%S"), pattern.params)


def same(one: Moment, other: Moment) -> bool:
    """The same day, or the same instant."""
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one == other
    return not isinstance(one, datetime) and not isinstance(other, datetime) and one == other


def wall(when: Moment) -> datetime:
    """The clock on a wall in Paris, marked as UTC so that two of them can be compared and subtracted."""
    if not isinstance(when, datetime):
        return datetime(when.year, when.month, when.day, tzinfo=UTC)
    return when.astimezone(ZoneInfo(PARIS)).replace(tzinfo=UTC)


def length(text: str) -> timedelta:
    """A DURATION (RFC 5545 section 3.3.6)."""
    match = re.fullmatch(r"([+-]?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", text)
    if match is None:
        raise ValueError(f"no duration: {text}")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    value = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -value if match[1] == "-" else value
