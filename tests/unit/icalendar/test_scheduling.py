"""The order of lines matters to servers that tell people one after the other."""

from __future__ import annotations

from calendars.icalendar import read, semantically_equal
from calendars.icalendar.scheduling import in_order_of_telling

SERIES = "UID:s", "DTSTART:20260303T083000Z", "RRULE:FREQ=WEEKLY"


def calendar(*events: list[str]) -> str:
    parts = [["BEGIN:VEVENT", *lines, "END:VEVENT"] for lines in events]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *(line for part in parts for line in part), "END:VCALENDAR", ""])


def date(day: int, *lines: str) -> list[str]:
    return ["UID:s", f"RECURRENCE-ID:202603{day}T083000Z", f"DTSTART:202603{day}T083000Z", *lines]


def test_who_declined_stands_after_the_others_and_no_line_is_lost() -> None:
    answers = (("ana", "DECLINED"), ("bea", "ACCEPTED"), ("cid", "DECLINED"), ("dov", "NEEDS-ACTION"))
    guests = [f"ATTENDEE;X-A=1;PARTSTAT={answer}:mailto:{name}@example.org" for name, answer in answers]
    text = calendar(["UID:1", "DTSTART:20260303T083000Z", *guests, "X-KEPT:1"])
    after = in_order_of_telling(text)
    assert [line[-15:-12] for line in after.splitlines() if line.startswith("ATTENDEE")] == ["bea", "dov", "ana", "cid"]
    assert sorted(after.splitlines()) == sorted(text.splitlines())
    assert in_order_of_telling(after) is after


def test_a_series_never_ends_with_a_date_called_off() -> None:
    text = calendar([*SERIES, "SUMMARY:a", "STATUS:CONFIRMED"], date(10, "STATUS:CANCELLED"))
    after = in_order_of_telling(text)
    assert after.index("RECURRENCE-ID") < after.index("RRULE")
    assert semantically_equal(text, after)
    assert in_order_of_telling(after) is after


def test_a_master_that_says_no_status_says_that_it_takes_place() -> None:
    after = in_order_of_telling(calendar([*SERIES, "SUMMARY:a"], date(10, "STATUS:CANCELLED"), date(17)))
    assert [line for line in after.splitlines() if line.startswith("STATUS")] == ["STATUS:CANCELLED", "STATUS:CONFIRMED"]
    master = read(after).master
    assert master is not None and master.status == "CONFIRMED"


def test_nothing_moves_where_no_date_is_called_off_or_all_of_them_are() -> None:
    for text in (
        calendar([*SERIES, "SUMMARY:a"], date(10, "STATUS:CONFIRMED")),
        calendar([*SERIES, "STATUS:CANCELLED"], date(10, "STATUS:CANCELLED")),
        calendar(date(10, "STATUS:CANCELLED")),
    ):
        assert in_order_of_telling(text) is text
