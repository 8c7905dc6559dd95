"""Time zones: names as programs write them, and the VTIMEZONE that goes with a TZID of ours."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from icalendar import Timezone
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from calendars.contentlines import Component, ContentLine, Document, parse
from calendars.errors import UnreadableText

PARIS = """BEGIN:VTIMEZONE
TZID:Europe/Paris
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
"""
"""The rule of the European Union since 1996; written by hand, since generators list every year."""


ALSO = {"z": "UTC", "gmt": "UTC", "utc": "UTC", "tzone://microsoft/utc": "UTC", "(utc) coordinated universal time": "UTC"}
"""UTC as it is called where a Z or an IANA name would do."""


@lru_cache(maxsize=256)
def named_zone(tzid: str) -> ZoneInfo | None:
    """The zone of a TZID: an IANA name, a Windows name, or a path that ends in an IANA name; None for none of these.

    Neither case nor quotes count. Names that mean another zone on each machine ("localtime") are nobody's.
    """
    name = tzid.strip().strip('"').strip()
    candidates = [name, _windows().get(name.casefold(), ""), ALSO.get(name.casefold(), "")]
    parts = name.split("/")
    # "/freeassociation.sourceforge.net/Europe/Paris", "/mozilla.org/20050126_1/Europe/Paris"
    candidates += ["/".join(parts[-count:]) for count in (3, 2) if len(parts) > count]
    for candidate in candidates:
        known = _iana().get(candidate.casefold())
        if known is None:
            continue
        try:
            return ZoneInfo(known)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return None


@lru_cache(maxsize=1)
def _iana() -> dict[str, str]:
    return {name.casefold(): name for name in sorted(available_timezones()) if name not in ("localtime", "Factory")}


@lru_cache(maxsize=1)
def _windows() -> dict[str, str]:
    return {name.casefold(): zone for name, zone in WINDOWS_TO_OLSON.items()}


def zone_in(document: Document, tzid: str) -> tzinfo | None:
    """The zone of a TZID: by its name, whatever a VTIMEZONE of that name says; where the name is nobody's, by the real name
    beside it or by its rules in the text. None where neither says anything that can be read: such a time floats."""
    found = named_zone(tzid)
    if found is not None:
        return found
    for calendar in document.components("VCALENDAR"):
        for part in calendar.components("VTIMEZONE"):
            if part.value("TZID").strip() == tzid.strip():
                return named_zone(part.value("X-LIC-LOCATION")) or _told(part)
    return None


def _told(part: Component) -> tzinfo | None:
    try:
        return _described("".join(part.parts()))
    except UnreadableText:
        # What is wrong says no more than what is missing.
        return None


@lru_cache(maxsize=64)
def _described(text: str) -> tzinfo:
    """The zone that a VTIMEZONE describes. Raises UnreadableText."""
    try:
        zone: Any = Timezone.from_ical(text)
        found: tzinfo = zone.to_tz(lookup_tzid=False)
        found.utcoffset(datetime(2026, 1, 1))  # noqa: DTZ001  a zone is asked with its own local time
    except Exception as error:
        # The library answers nonsense with whatever it stumbles over.
        raise UnreadableText(f"VTIMEZONE cannot be read: {error}") from error
    return found


def vtimezone(tzid: str, ending: str) -> Component:
    """A VTIMEZONE for an IANA name."""
    text = PARIS if tzid == "Europe/Paris" else _generated(tzid)
    return parse(text.replace("\r\n", "\n").replace("\n", ending)).components("VTIMEZONE")[0]


@lru_cache(maxsize=32)
def _generated(tzid: str) -> str:
    """The rules of a zone from 2024 to 2036."""
    zone = Timezone.from_tzid(tzid, first_date=date(2024, 1, 1), last_date=date(2036, 1, 1))
    text: str = zone.to_ical().decode("utf-8")
    return text


def has_zone(calendar: Component, tzid: str) -> bool:
    return any(part.value("TZID").strip() == tzid for part in calendar.components("VTIMEZONE"))


def add_zone(calendar: Component, tzid: str, ending: str) -> None:
    """Put the VTIMEZONE before the first other component where the text has none of that name."""
    if has_zone(calendar, tzid):
        return
    place = next((n for n, i in enumerate(calendar.items) if not isinstance(i, ContentLine)), len(calendar.items))
    calendar.items.insert(place, vtimezone(tzid, ending))
