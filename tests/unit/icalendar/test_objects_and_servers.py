"""One UID a text, and what servers do to a text without changing what it says."""

from __future__ import annotations

import pytest

from calendars.errors import UnreadableText
from calendars.icalendar import peek, read, semantically_equal

START = "DTSTART:20260303T083000Z"
APPLE = 'X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-TITLE="Place, Maurepas":geo:'


def event(*lines: str, uid: str = "1") -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", f"UID:{uid}", START, *lines, "END:VEVENT", "END:VCALENDAR", ""])


def test_peeking_tells_the_uid_that_reading_tells() -> None:
    text = event(uid="a\\,b;c")
    assert peek(text) == (read(text).uid, "VEVENT") == ("a,b;c", "VEVENT")


def test_the_uid_of_an_alarm_that_stands_first_is_not_the_events() -> None:
    text = event().replace("UID:1", "BEGIN:VALARM\r\nUID:alarm\r\nEND:VALARM\r\nUID:real")
    assert peek(text) == ("real", "VEVENT")


def test_an_override_of_another_uid_is_refused() -> None:
    other = f"BEGIN:VEVENT\r\nUID:2\r\nRECURRENCE-ID:20260303T083000Z\r\n{START}\r\nEND:VEVENT\r\nEND:VCALENDAR"
    with pytest.raises(UnreadableText, match="line 6: a second UID"):
        read(event().replace("END:VCALENDAR", other))


def test_a_structured_location_cut_at_its_comma_is_the_same_place_and_another_latitude_is_not() -> None:
    assert semantically_equal(event(APPLE + "48.1,-1.6"), event(APPLE + "48.1"))
    assert not semantically_equal(event(APPLE + "48.1,-1.6"), event(APPLE + "48.2,-1.6"))


def test_a_property_behind_the_alarms_is_the_same_property() -> None:
    alarm = ("BEGIN:VALARM", "TRIGGER:-PT5M", "END:VALARM")
    assert semantically_equal(event("X-A:1", *alarm), event(*alarm, "X-A:1"))
    assert not semantically_equal(event(*alarm), event("BEGIN:VALARM", "TRIGGER:-PT6M", "END:VALARM"))


def test_a_series_in_utc_is_not_the_series_in_paris_but_a_windows_name_is() -> None:
    def series(start: str) -> str:
        return event("RRULE:FREQ=WEEKLY").replace(START, start)

    paris = series("DTSTART;TZID=Europe/Paris:20260303T093000")
    assert not semantically_equal(paris, series(START))
    assert semantically_equal(paris, series("DTSTART;TZID=Romance Standard Time:20260303T093000"))
    assert semantically_equal(event(), event().replace(START, "DTSTART;TZID=Europe/Paris:20260303T093000"))


def test_lines_that_are_no_content_lines_differ_when_they_read_differently() -> None:
    assert semantically_equal(event("odd words"), event("odd words"))
    assert not semantically_equal(event("odd words"), event("other words"))


def test_a_property_without_a_colon_is_no_property() -> None:
    assert read(event("SUMMARY", "SUMMARY:Café")).master.summary == "Café"  # type: ignore[union-attr]
