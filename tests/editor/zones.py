"""Europe/Paris as five calendar programs describe it. Other zones are not written by this client."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from tests.editor.lines import Component, Line

PARIS: Final = "Europe/Paris"
EVOLUTION_PREFIX: Final = "/freeassociation.sourceforge.net/"

_Part = tuple[str, list[tuple[str, str]]]


def _zone(tzid: str, extra: list[tuple[str, str]], parts: list[_Part]) -> Component:
    inner = [Component(name, [Line(key, value) for key, value in rows]) for name, rows in parts]
    return Component("VTIMEZONE", [Line("TZID", tzid), *(Line(key, value) for key, value in extra), *inner])


def short(tzid: str = PARIS) -> Component:
    """Today's rules alone (Nextcloud Calendar)."""
    return _zone(
        tzid,
        [],
        [
            (
                "DAYLIGHT",
                [
                    ("TZOFFSETFROM", "+0100"),
                    ("TZOFFSETTO", "+0200"),
                    ("TZNAME", "CEST"),
                    ("DTSTART", "19700329T020000"),
                    ("RRULE", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"),
                ],
            ),
            (
                "STANDARD",
                [
                    ("TZOFFSETFROM", "+0200"),
                    ("TZOFFSETTO", "+0100"),
                    ("TZNAME", "CET"),
                    ("DTSTART", "19701025T030000"),
                    ("RRULE", "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"),
                ],
            ),
        ],
    )


def apple(tzid: str = PARIS) -> Component:
    """Rules since they hold, names as offsets (iOS, macOS)."""
    return _zone(
        tzid,
        [],
        [
            (
                "DAYLIGHT",
                [
                    ("DTSTART", "19810329T020000"),
                    ("RRULE", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"),
                    ("TZNAME", "UTC+2"),
                    ("TZOFFSETFROM", "+0100"),
                    ("TZOFFSETTO", "+0200"),
                ],
            ),
            (
                "STANDARD",
                [
                    ("DTSTART", "19961027T030000"),
                    ("RRULE", "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"),
                    ("TZNAME", "UTC+1"),
                    ("TZOFFSETFROM", "+0200"),
                    ("TZOFFSETTO", "+0100"),
                ],
            ),
        ],
    )


def ical4j(tzid: str = PARIS) -> Component:
    """With a URL, a modification time and the years before the rules (ical4j, so DAVx5)."""
    zone = short(tzid)
    zone.items[1:1] = [
        Line("LAST-MODIFIED", "20240422T053450Z"),
        Line("TZURL", f"https://www.tzurl.org/zoneinfo/{tzid}"),
        Line("X-LIC-LOCATION", tzid),
        Line("X-PROLEPTIC-TZNAME", "LMT"),
    ]
    zone.items.append(
        Component(
            "STANDARD",
            [
                Line("TZNAME", "PMT"),
                Line("TZOFFSETFROM", "+000921"),
                Line("TZOFFSETTO", "+000921"),
                Line("DTSTART", "18910316T000000"),
            ],
        )
    )
    return zone


def mozilla(tzid: str = PARIS) -> Component:
    """From local mean time on, offsets with seconds (Thunderbird)."""
    history: list[_Part] = [
        (
            name,
            [
                ("TZOFFSETTO", to),
                ("TZOFFSETFROM", since),
                ("TZNAME", f"{tzid}({label})"),
                ("DTSTART", at),
                ("RDATE", at),
            ],
        )
        for name, to, since, label, at in (
            ("STANDARD", "+000000", "+000921", "STD", "19110311T000000"),
            ("DAYLIGHT", "+010000", "+000000", "DST", "19160614T230000"),
            ("STANDARD", "+010000", "+020000", "STD", "19450916T030000"),
        )
    ]
    rules: list[_Part] = [
        (
            "DAYLIGHT",
            [
                ("TZOFFSETTO", "+020000"),
                ("TZOFFSETFROM", "+010000"),
                ("TZNAME", f"{tzid}(DST)"),
                ("DTSTART", "19770403T020000"),
                ("RRULE", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"),
            ],
        ),
        (
            "STANDARD",
            [
                ("TZOFFSETTO", "+010000"),
                ("TZOFFSETFROM", "+020000"),
                ("TZNAME", f"{tzid}(STD)"),
                ("DTSTART", "19770925T030000"),
                ("RRULE", "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"),
            ],
        ),
    ]
    return _zone(tzid, [("X-TZINFO", f"{tzid}[2024a]")], [*history, *rules])


def libical(tzid: str = EVOLUTION_PREFIX + PARIS) -> Component:
    """A name nobody else uses, the real one beside it (libical, so Evolution and GNOME Calendar)."""
    zone = short(tzid)
    zone.items.insert(1, Line("X-LIC-LOCATION", tzid.removeprefix(EVOLUTION_PREFIX)))
    return zone


def zone_key(when: datetime) -> str:
    """``Europe/Paris`` of an aware time that has it. Raises ValueError for any other zone but UTC ("")."""
    key = getattr(when.tzinfo, "key", None)
    if key == PARIS:
        return PARIS
    if when.tzinfo is not None and when.utcoffset() is not None and not when.utcoffset():
        return ""
    raise ValueError(f"this client writes Europe/Paris and UTC, not {when.tzinfo}")
