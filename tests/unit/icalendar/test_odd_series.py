"""Series as other programs write them: this-and-future overrides, lone overrides, rules that never get on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calendars.errors import UnreadableText
from calendars.icalendar import When, exclude_date, occurrences, read, write_override

PARIS = ZoneInfo("Europe/Paris")
START = datetime(2026, 3, 1, tzinfo=UTC)
END = START + timedelta(days=60)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WEEKLY = (
    "DTSTART;TZID=Europe/Paris:20260317T093000",
    "DTEND;TZID=Europe/Paris:20260317T113000",
    "RRULE:FREQ=WEEKLY;COUNT=4",
)


def calendar(*events: tuple[str, ...]) -> str:
    inner = [line for event in events for line in ("BEGIN:VEVENT", "UID:series", *event, "END:VEVENT")]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *inner, "END:VCALENDAR", ""])


LATER = (
    "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Paris:20260324T093000",
    "DTSTART;TZID=Europe/Paris:20260325T100000",
    "DTEND;TZID=Europe/Paris:20260325T130000",
    "SUMMARY:from now on",
)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=WEEKLY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;BYYEARDAY=366;BYMONTH=1",
        "FREQ=WEEKLY;BYWEEKNO=53;BYMONTH=6",
        "FREQ=DAILY;BYSETPOS=2",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=-2",
    ],
)
def test_a_rule_that_never_gets_on_is_refused_before_it_is_counted(rule: str) -> None:
    with pytest.raises(UnreadableText, match="RRULE"):
        occurrences(calendar((WEEKLY[0], WEEKLY[1], f"RRULE:{rule}")), START, END)


def test_the_first_weekday_of_a_week_and_the_last_friday_of_a_month_may_be_picked() -> None:
    for rule in (
        "FREQ=WEEKLY;BYDAY=TU,TH;BYSETPOS=1",
        "FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1",
        "FREQ=YEARLY;BYWEEKNO=15;BYDAY=TU",
    ):
        assert occurrences(calendar((WEEKLY[0], WEEKLY[1], f"RRULE:{rule}")), START, END)


def test_dates_after_a_change_of_this_and_all_following_move_along_under_their_own_keys() -> None:
    found = occurrences(calendar((*WEEKLY, "SUMMARY:as ever"), LATER), START, END)
    assert [(o.key, o.start.local_key, o.end.local_key, o.facts.summary) for o in found] == [
        ("2026-03-17T09:30:00", "2026-03-17T09:30:00", "2026-03-17T11:30:00", "as ever"),
        ("2026-03-24T09:30:00", "2026-03-25T10:00:00", "2026-03-25T13:00:00", "from now on"),
        ("2026-03-31T09:30:00", "2026-04-01T10:00:00", "2026-04-01T13:00:00", "from now on"),
        ("2026-04-07T09:30:00", "2026-04-08T10:00:00", "2026-04-08T13:00:00", "from now on"),
    ]
    assert found[2].start == When(datetime(2026, 4, 1, 10, 0, tzinfo=PARIS))


def test_days_after_a_change_of_this_and_all_following_move_along() -> None:
    later = (
        "RECURRENCE-ID;RANGE=THISANDFUTURE;VALUE=DATE:20260324",
        "DTSTART;VALUE=DATE:20260325",
        "DTEND;VALUE=DATE:20260327",
    )
    found = occurrences(calendar(("DTSTART;VALUE=DATE:20260317", "RRULE:FREQ=WEEKLY;COUNT=3"), later), START, END)
    assert [(o.key, o.start.value, o.end.value) for o in found] == [
        ("2026-03-17", date(2026, 3, 17), date(2026, 3, 18)),
        ("2026-03-24", date(2026, 3, 25), date(2026, 3, 27)),
        ("2026-03-31", date(2026, 4, 1), date(2026, 4, 3)),
    ]


def test_one_date_after_a_change_of_this_and_all_following_is_made_of_that_change() -> None:
    text = calendar((*WEEKLY, "SUMMARY:as ever"), (*LATER, "X-COLOUR:blue"))
    date_facts = occurrences(text, START, END)[2].facts
    after = write_override(text, "2026-03-31T09:30:00", replace(date_facts, summary="only this"), now=NOW)
    made = read(after).overrides["2026-03-31T09:30:00"]
    assert (made.summary, made.start, made.end, made.this_and_future) == (
        "only this",
        date_facts.start,
        date_facts.end,
        False,
    )
    assert after.count("X-COLOUR:blue") == 2
    assert [o.facts.summary for o in occurrences(after, START, END)] == [
        "as ever",
        "from now on",
        "only this",
        "from now on",
    ]


def test_changing_the_date_that_speaks_for_all_following_changes_that_date_only() -> None:
    text = calendar((*WEEKLY, "SUMMARY:as ever"), (*LATER, "X-COLOUR:blue"))
    standing = read(text).overrides["2026-03-24T09:30:00"]
    assert write_override(text, "2026-03-24T09:30:00", standing, now=NOW) is text
    before = occurrences(text, START, END)
    after = write_override(text, "2026-03-24T09:30:00", replace(standing, summary="only this"), now=NOW)
    found = occurrences(after, START, END)
    assert [o.facts.summary for o in found] == ["as ever", "only this", "from now on", "from now on"]
    assert [(o.key, o.start, o.end) for o in found] == [(o.key, o.start, o.end) for o in before]
    assert [key for key, facts in read(after).overrides.items() if facts.this_and_future] == ["2026-03-31T09:30:00"]
    assert after.count("X-COLOUR:blue") == 2


def test_excluding_the_date_that_speaks_for_all_following_leaves_those_as_they_were() -> None:
    text = calendar((*WEEKLY, "SUMMARY:as ever"), LATER)
    before = occurrences(text, START, END)
    found = occurrences(exclude_date(text, "2026-03-24T09:30:00", now=NOW), START, END)
    assert [(o.key, o.start, o.end, o.facts.summary) for o in found] == [
        (o.key, o.start, o.end, o.facts.summary) for o in before if o.key != "2026-03-24T09:30:00"
    ]


def test_of_one_date_of_an_invitation_nothing_is_excluded_but_by_the_series() -> None:
    alone = calendar(("RECURRENCE-ID:20260310T083000Z", "DTSTART:20260310T083000Z"))
    with pytest.raises(UnreadableText, match="no series"):
        exclude_date(alone, "2026-03-10T08:30:00", now=NOW)


def test_an_invitation_to_one_date_of_a_series_is_read_and_changed_without_its_master() -> None:
    alone = calendar(
        (
            "RECURRENCE-ID:20260310T083000Z",
            "DTSTART;TZID=Europe/Paris:20260310T140000",
            "DTEND;TZID=Europe/Paris:20260310T150000",
            "SUMMARY:one date",
            "X-FOREIGN:kept",
        ),
    )
    (found,) = occurrences(alone, START, END)
    assert found.key in read(alone).overrides
    after = write_override(alone, found.key, replace(found.facts, summary="another"), now=NOW)
    assert read(after).overrides[found.key].summary == "another"
    assert [line for line in alone.splitlines() if line not in after.splitlines()] == ["SUMMARY:one date"]
    with pytest.raises(UnreadableText, match="no series"):
        write_override(alone, "2026-03-17T08:30:00", found.facts, now=NOW)


def test_a_date_excluded_in_utc_is_not_excluded_again() -> None:
    text = calendar((*WEEKLY, "EXDATE:20260324T083000Z"))
    assert exclude_date(text, "2026-03-24T09:30:00", now=NOW) == text
    assert "2026-03-24T09:30:00" not in [o.key for o in occurrences(text, START, END)]


def test_an_override_that_goes_is_stamped_also_where_the_date_was_excluded_already() -> None:
    moved = ("RECURRENCE-ID:20260324T083000Z", "DTSTART:20260324T100000Z", "DTEND:20260324T110000Z")
    after = exclude_date(calendar((*WEEKLY, "EXDATE:20260324T083000Z"), moved), "2026-03-24T09:30:00", now=NOW)
    assert read(after).overrides == {}
    assert "LAST-MODIFIED:20260301T120000Z" in after
    assert after.count("EXDATE") == 1


def test_a_moved_date_over_the_clock_change_keeps_the_zones_of_start_and_end() -> None:
    text = calendar((WEEKLY[0], "DTEND;TZID=America/New_York:20260317T063000", WEEKLY[2]))
    key = "2026-03-31T09:30:00"
    facts = next(o.facts for o in occurrences(text, START, END) if o.key == key)
    later = replace(
        facts, start=When(datetime(2026, 3, 31, 10, tzinfo=PARIS)), end=When(datetime(2026, 3, 31, 12, tzinfo=PARIS))
    )
    after = write_override(text, key, later, now=NOW)
    assert "DTSTART;TZID=Europe/Paris:20260331T100000" in after
    assert "DTEND;TZID=America/New_York:20260331T060000" in after
    assert read(after).overrides[key].end == later.end
