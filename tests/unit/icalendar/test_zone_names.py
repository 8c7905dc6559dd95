"""Zones as programs name and describe them: the name wins, a description helps, neither makes a time float."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from calendars.icalendar import When, occurrences, read

PARIS = ZoneInfo("Europe/Paris")
AT_HALF_PAST_NINE = When(datetime(2026, 3, 3, 9, 30, tzinfo=PARIS))
FLOATING = When(datetime(2026, 3, 3, 9, 30))  # noqa: DTZ001
MARCH, APRIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)


def zone(tzid: str, *lines: str, offset: str = "+0500", rule: str = "") -> str:
    rules = [f"RRULE:{rule}"] if rule else []
    standard = ["BEGIN:STANDARD", "DTSTART:19700101T000000", f"TZOFFSETFROM:{offset}", f"TZOFFSETTO:{offset}", *rules]
    return "\r\n".join(["BEGIN:VTIMEZONE", f"TZID:{tzid}", *lines, *standard, "END:STANDARD", "END:VTIMEZONE", ""])


def event(tzid: str, described: str = "") -> str:
    lines = [
        "BEGIN:VEVENT",
        "UID:1",
        f'DTSTART;TZID="{tzid}":20260303T093000',
        "RRULE:FREQ=WEEKLY;COUNT=2",
        "END:VEVENT",
        "",
    ]
    return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + described + "\r\n".join(lines) + "END:VCALENDAR\r\n"


def start_of(text: str) -> When:
    master = read(text).master
    assert master is not None
    return master.start


@pytest.mark.parametrize(
    "tzid",
    [
        "Europe/Paris", "europe/paris", "Romance Standard Time", "romance standard time",
        "/freeassociation.sourceforge.net/Europe/Paris", "/freeassociation.sourceforge.net/Tzfile/Europe/Paris",
        "/citadel.org/20210210_1/Europe/Paris", "/mozilla.org/20050126_1/Europe/Paris",
    ],
)  # fmt: skip
def test_paris_goes_by_many_names_and_needs_no_vtimezone(tzid: str) -> None:
    assert start_of(event(tzid)) == AT_HALF_PAST_NINE


@pytest.mark.parametrize("tzid", ["Europe/Paris", "Romance Standard Time", "/freeassociation.sourceforge.net/Europe/Paris"])
def test_a_vtimezone_that_lies_about_a_known_name_is_not_believed(tzid: str) -> None:
    assert start_of(event(tzid, zone(tzid, offset="+0500"))) == AT_HALF_PAST_NINE


def test_a_name_of_its_own_says_its_real_one_beside_it() -> None:
    assert start_of(event("Salle 3", zone("Salle 3", "X-LIC-LOCATION:Europe/Paris"))) == AT_HALF_PAST_NINE


def test_a_name_of_its_own_is_read_by_its_rules() -> None:
    assert start_of(event("Customized Time Zone", zone("Customized Time Zone"))) == When(
        datetime(2026, 3, 3, 4, 30, tzinfo=UTC)
    )


@pytest.mark.parametrize("tzid", ["Z", "UTC", "GMT", "tzone://Microsoft/Utc"])
def test_utc_goes_by_several_names(tzid: str) -> None:
    assert start_of(event(tzid)) == When(datetime(2026, 3, 3, 9, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    "described",
    [
        "",
        "BEGIN:VTIMEZONE\r\nTZID:Nowhere\r\nEND:VTIMEZONE\r\n",
        zone("Nowhere", offset="+9900"),
        zone("Elsewhere"),
    ],
)
def test_a_time_in_a_zone_that_nobody_knows_floats(described: str) -> None:
    assert start_of(event("Nowhere", described)) == FLOATING


@pytest.mark.parametrize("tzid", ["localtime", "posixrules", "../../etc/localtime", "/etc/localtime", "Factory"])
def test_what_means_another_zone_on_each_machine_is_nobodys_name(tzid: str) -> None:
    assert start_of(event(tzid)) == FLOATING


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=MINUTELY;INTERVAL=0", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ"])
def test_the_rules_of_a_zone_are_never_counted_without_end(rule: str) -> None:
    assert len(occurrences(event("Odd", zone("Odd", rule=rule)), MARCH, APRIL)) == 2
