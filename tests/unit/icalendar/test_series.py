"""Dates of a series: named by their original local time, stable on the wall clock, bounded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events

from calendars.errors import UnreadableText
from calendars.icalendar import When, cut_until, exclude_date, occurrences, read, write_event, write_override

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
WEEKLY = ("DTSTART;TZID=Europe/Paris:20260303T093000", "DTEND;TZID=Europe/Paris:20260303T113000")


def series(*lines: str, more: str = "") -> str:
    body = "\r\n".join(["BEGIN:VEVENT", "UID:1", "DTSTAMP:20260101T000000Z", *lines, "X-KEPT:yes"])
    alarm = "\r\nBEGIN:VALARM\r\nACTION:AUDIO\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT\r\n"
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{body}{alarm}{more}END:VCALENDAR\r\n"


def keys(text: str) -> list[str]:
    return [occurrence.key for occurrence in occurrences(text, START, END)]


def test_a_weekly_outing_stays_at_its_hour_across_the_clock_change() -> None:
    found = occurrences(series(*WEEKLY, "RRULE:FREQ=WEEKLY;COUNT=6"), START, END)
    assert [o.key for o in found] == [
        "2026-03-03T09:30:00", "2026-03-10T09:30:00", "2026-03-17T09:30:00", "2026-03-24T09:30:00",
        "2026-03-31T09:30:00", "2026-04-07T09:30:00",
    ]  # fmt: skip
    assert [o.start.value.astimezone(UTC).hour for o in found if isinstance(o.start.value, datetime)] == [8, 8, 8, 8, 7, 7]
    assert all(o.end == When(o.start.value + timedelta(hours=2)) for o in found)


def test_until_exdates_and_rdates_count() -> None:
    text = series(
        *WEEKLY, "RRULE:FREQ=WEEKLY;UNTIL=20260318T000000Z", "EXDATE;TZID=Europe/Paris:20260310T093000",
        "RDATE;TZID=Europe/Paris:20260312T140000",
    )  # fmt: skip
    assert keys(text) == ["2026-03-03T09:30:00", "2026-03-12T14:00:00", "2026-03-17T09:30:00"]


def test_all_day_and_floating_series_have_their_own_keys() -> None:
    assert keys(series("DTSTART;VALUE=DATE:20260303", "RRULE:FREQ=WEEKLY;COUNT=2")) == ["2026-03-03", "2026-03-10"]
    floating = series("DTSTART:20260303T093000", "RRULE:FREQ=DAILY;COUNT=2")
    assert keys(floating) == ["2026-03-03T09:30:00", "2026-03-04T09:30:00"]
    assert all(o.start.floating for o in occurrences(floating, START, END))


def test_the_library_on_the_whole_text_finds_the_same_dates() -> None:
    text = series(*WEEKLY, "RRULE:FREQ=MONTHLY;BYDAY=1TU,-1TH", "EXDATE;TZID=Europe/Paris:20260326T093000")
    theirs = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(START, END)
    ours = [o.start.value for o in occurrences(text, START, END)]
    assert ours == sorted(e["DTSTART"].dt for e in theirs)
    assert ours


def test_an_override_named_in_utc_belongs_to_its_local_date() -> None:
    other = "\r\n".join(
        [
            "BEGIN:VEVENT", "UID:1", "RECURRENCE-ID:20260310T083000Z", "DTSTART:20260310T140000Z", "SUMMARY:later",
            "END:VEVENT", "",
        ]
    )  # fmt: skip
    found = {o.key: o for o in occurrences(series(*WEEKLY, "RRULE:FREQ=WEEKLY;COUNT=3", more=other), START, END)}
    assert sorted(found) == ["2026-03-03T09:30:00", "2026-03-10T09:30:00", "2026-03-17T09:30:00"]
    moved = found["2026-03-10T09:30:00"]
    assert moved.overridden
    assert (moved.facts.summary, moved.start) == ("later", When(datetime(2026, 3, 10, 14, tzinfo=UTC)))


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=HOURLY", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=1,2,3,4,5,6", "FREQ=SOMETIMES", "nonsense",
    ],
)  # fmt: skip
def test_an_absurd_rule_is_refused_and_not_counted(rule: str) -> None:
    with pytest.raises(UnreadableText):
        occurrences(series("DTSTART:19700101T000000Z", f"RRULE:{rule}"), START, END)


def test_a_series_of_dates_that_last_for_years_is_refused() -> None:
    with pytest.raises(UnreadableText, match="longer than a year"):
        occurrences(series("DTSTART:16010101T000000Z", "DTEND;VALUE=DATE:20260101", "RRULE:FREQ=DAILY"), START, END)


def test_more_dates_than_a_rota_can_have_are_refused() -> None:
    with pytest.raises(UnreadableText, match="2000"):
        occurrences(series(*WEEKLY, "RRULE:FREQ=DAILY"), START, START + timedelta(days=3000))


def test_a_moved_date_is_made_of_the_masters_lines() -> None:
    text = series(*WEEKLY, "RRULE:FREQ=WEEKLY;COUNT=3", "SUMMARY:Café", "EXDATE;TZID=Europe/Paris:20260317T093000")
    date_of = occurrences(text, START, END)[1]
    wanted = replace(
        date_of.facts,
        start=When(datetime(2026, 3, 10, 14, tzinfo=PARIS), "Europe/Paris"),
        end=When(datetime(2026, 3, 10, 15, tzinfo=PARIS), "Europe/Paris"),
    )
    after = write_override(text, date_of.key, wanted, now=NOW)
    assert after.startswith(text.removesuffix("END:VCALENDAR\r\n")), "the master stays as it is"
    override = after.rpartition("BEGIN:VEVENT")[2].split("\r\n")
    assert "RECURRENCE-ID;TZID=Europe/Paris:20260310T093000" in override
    assert "DTSTART;TZID=Europe/Paris:20260310T140000" in override
    assert {"X-KEPT:yes", "BEGIN:VALARM"} <= set(override)
    assert not [line for line in override if line.startswith(("RRULE", "EXDATE"))]
    assert occurrences(after, START, END)[1].start == wanted.start
    assert write_override(after, date_of.key, wanted, now=NOW + timedelta(days=1)) == after


def test_a_date_of_an_all_day_series_is_overridden_as_a_date() -> None:
    text = series("DTSTART;VALUE=DATE:20260303", "RRULE:FREQ=WEEKLY;COUNT=2")
    wanted = replace(occurrences(text, START, END)[1].facts, summary="other")
    after = write_override(text, "2026-03-10", wanted, now=NOW)
    assert "RECURRENCE-ID;VALUE=DATE:20260310" in after
    assert list(read(after).overrides) == ["2026-03-10"]
    assert read(after).overrides["2026-03-10"].start == When(date(2026, 3, 10))


@pytest.mark.parametrize("key", ["2026-03-10", "2026-03-10T99:00:00", "yesterday", ""])
def test_a_key_of_another_form_is_refused(key: str) -> None:
    text = series(*WEEKLY, "RRULE:FREQ=WEEKLY;COUNT=3")
    master = read(text).master
    assert master is not None
    with pytest.raises(UnreadableText):
        write_override(text, key, master, now=NOW)
    with pytest.raises(UnreadableText):
        cut_until(text, key, now=NOW)


def test_an_excluded_date_is_gone_with_its_override_and_the_rest_stays() -> None:
    text = series(*WEEKLY, "RRULE:FREQ=WEEKLY;COUNT=3")
    moved = write_override(
        text, "2026-03-10T09:30:00", replace(occurrences(text, START, END)[1].facts, summary="x"), now=NOW
    )
    after = exclude_date(moved, "2026-03-10T09:30:00", now=NOW)
    assert keys(after) == ["2026-03-03T09:30:00", "2026-03-17T09:30:00"]
    assert not read(after).overrides
    assert exclude_date(after, "2026-03-10T09:30:00", now=NOW + timedelta(days=1)) == after


def test_a_series_ends_before_a_date_and_its_past_is_not_rewritten() -> None:
    text = series(*WEEKLY, "RRULE:FREQ=WEEKLY;COUNT=8;BYDAY=TU", "RDATE;TZID=Europe/Paris:20260305T140000,20260409T140000")
    late = replace(occurrences(text, START, END)[-1].facts, summary="x")
    text = write_override(text, "2026-04-14T09:30:00", late, now=NOW)
    after = cut_until(text, "2026-03-31T09:30:00", now=NOW)
    assert keys(after) == [
        "2026-03-03T09:30:00", "2026-03-05T14:00:00", "2026-03-10T09:30:00", "2026-03-17T09:30:00", "2026-03-24T09:30:00",
    ]  # fmt: skip
    assert "RRULE:FREQ=WEEKLY;BYDAY=TU;UNTIL=20260331T072959Z" in after
    assert not read(after).overrides


def test_an_all_day_series_ends_the_day_before() -> None:
    text = series("DTSTART;VALUE=DATE:20260303", "RRULE:FREQ=WEEKLY")
    assert keys(cut_until(text, "2026-03-17", now=NOW)) == ["2026-03-03", "2026-03-10"]


def test_a_single_event_cannot_be_cut() -> None:
    with pytest.raises(UnreadableText, match="no series"):
        cut_until(series(*WEEKLY), "2026-03-10T09:30:00", now=NOW)


def test_a_changed_master_keeps_its_repetition() -> None:
    text = series(*WEEKLY, "RRULE:FREQ=WEEKLY;COUNT=3", "SUMMARY:a")
    master = read(text).master
    assert master is not None
    assert keys(write_event(text, replace(master, summary="b"), now=NOW)) == keys(text)
