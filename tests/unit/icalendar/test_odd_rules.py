"""RRULE, RDATE, EXDATE and RECURRENCE-ID in the forms that programs write, and the ones that would be counted for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from calendars.errors import UnreadableText
from calendars.icalendar import Occurrence, exclude_date, occurrences, read, write_override

START = datetime(2026, 3, 1, tzinfo=UTC)
END = START + timedelta(days=40)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TUESDAY = ("DTSTART;TZID=Europe/Paris:20260303T093000", "DTEND;TZID=Europe/Paris:20260303T113000")
DAYS = ("DTSTART;VALUE=DATE:20260303", "RRULE:FREQ=WEEKLY;COUNT=3")
FLOATING = ("DTSTART:20260303T093000", "DTEND:20260303T113000", "RRULE:FREQ=WEEKLY;COUNT=3")
WEEKLY = (*TUESDAY, "RRULE:FREQ=WEEKLY;COUNT=3")


def calendar(*events: tuple[str, ...]) -> str:
    inner = [line for event in events for line in ("BEGIN:VEVENT", "UID:series", *event, "END:VEVENT")]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *inner, "END:VCALENDAR", ""])


def found(*events: tuple[str, ...]) -> list[Occurrence]:
    return occurrences(calendar(*events), START, END)


def days(*events: tuple[str, ...]) -> list[str]:
    """The days of the dates, as month and day."""
    return [o.key[5:10] for o in found(*events)]


# --- rules ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ("RSCALE=GREGORIAN;FREQ=WEEKLY;COUNT=2", ["03-03", "03-10"]),
        ("RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=OMIT;COUNT=2", ["03-03", "04-03"]),
        ("FREQ=WEEKLY; COUNT=2;", ["03-03", "03-10"]),
        ("freq=weekly;byday=tu;count=2", ["03-03", "03-10"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;WKST=SU;COUNT=4", ["03-03", "03-05", "03-17", "03-19"]),
        ("FREQ=MONTHLY;BYDAY=-1FR", ["03-03", "03-27"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ["03-03", "03-31"]),
        ("FREQ=MONTHLY;BYSETPOS=1;BYDAY=TU", ["03-03", "04-07"]),
        ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=3,5", ["03-03", "03-05"]),
    ],
)
def test_a_rhythm_in_any_spelling_is_counted(rule: str, wanted: list[str]) -> None:
    assert days((*TUESDAY, f"RRULE:{rule}")) == wanted


@pytest.mark.parametrize(
    "rule",
    [
        "RSCALE=CHINESE;FREQ=YEARLY", "RSCALE=HEBREW;FREQ=YEARLY;BYMONTH=5L;BYMONTHDAY=8;SKIP=FORWARD",
        "RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD", "FREQ=YEARLY;BYEASTER=0", "FREQ=DAILY;X-OFTEN=1",
        "FREQ=SECONDLY", "FREQ=MINUTELY;COUNT=3", "FREQ=HOURLY;INTERVAL=168",
    ],
)  # fmt: skip
def test_an_exotic_rule_is_named_and_not_guessed_at(rule: str) -> None:
    with pytest.raises(UnreadableText, match="RRULE"):
        found((*TUESDAY, f"RRULE:{rule}"))


def test_dates_that_a_rule_takes_away_are_not_guessed_at() -> None:
    with pytest.raises(UnreadableText, match="EXRULE"):
        found((*WEEKLY, "EXRULE:FREQ=MONTHLY;BYDAY=1TU"))


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=MONTHLY;BYDAY=6MO", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6", "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2,4",
        "FREQ=DAILY;INTERVAL=7;BYDAY=MO", "FREQ=DAILY;BYMONTH=13", "FREQ=DAILY;INTERVAL=99999999999999999999",
        "FREQ=YEARLY;BYDAY=54MO",
    ],
)  # fmt: skip
def test_a_rule_that_no_date_fulfils_is_refused_before_it_is_counted(rule: str) -> None:
    with pytest.raises(UnreadableText, match="RRULE"):
        found((*TUESDAY, f"RRULE:{rule}"))


def test_what_began_centuries_ago_is_not_counted_up_to_now() -> None:
    with pytest.raises(UnreadableText, match="too long ago"):
        found(("DTSTART;TZID=Europe/Paris:16010101T093000", "RRULE:FREQ=DAILY;BYHOUR=9,10,11"))
    assert len(found(("DTSTART;TZID=Europe/Paris:19700101T093000", "RRULE:FREQ=DAILY"))) == 40


def test_many_rules_and_many_single_dates_are_bounded() -> None:
    with pytest.raises(UnreadableText, match="RRULEs"):
        found((*TUESDAY, *["RRULE:FREQ=WEEKLY"] * 6))
    every_minute = ",".join(f"20260312T{h:02}{m:02}{s:02}Z" for h in range(24) for m in range(60) for s in (0, 30))
    with pytest.raises(UnreadableText, match="2000"):
        found((*TUESDAY, f"RDATE:{every_minute}"))


@pytest.mark.parametrize(
    ("until", "wanted"),
    [
        ("20260310T083000Z", ["03-03", "03-10"]),
        ("20260310T082959Z", ["03-03"]),
        ("20260310T093000", ["03-03", "03-10"]),
        ("20260311", ["03-03", "03-10"]),
        # As Nextcloud Calendar and its server show it: a bare day counts from its beginning.
        ("20260310", ["03-03"]),
    ],
)
def test_until_is_read_in_utc_on_the_wall_clock_and_as_a_day(until: str, wanted: list[str]) -> None:
    assert days((*TUESDAY, f"RRULE:FREQ=WEEKLY;UNTIL={until}")) == wanted


def test_until_counts_for_days_and_floating_times_in_any_form() -> None:
    for until in ("20260310", "20260310T000000Z", "20260310T093000"):
        assert days((DAYS[0], f"RRULE:FREQ=WEEKLY;UNTIL={until}")) == ["03-03", "03-10"], until
    for until in ("20260310T093000", "20260310T093000Z"):
        assert days((*FLOATING[:2], f"RRULE:FREQ=WEEKLY;UNTIL={until}")) == ["03-03", "03-10"], until


# --- dates that come and go ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "exdate",
    [
        "EXDATE;TZID=Europe/Paris:20260310T093000", "EXDATE:20260310T083000Z", "EXDATE:20260310T093000",
        "EXDATE;TZID=America/New_York:20260310T043000", "EXDATE;VALUE=DATE:20260310",
        "EXDATE;TZID=Romance Standard Time:20260310T093000", "EXDATE;TZID=Europe/Paris:20260310T093000,20270101T093000",
    ],
)  # fmt: skip
def test_a_date_is_crossed_out_in_any_zone_and_form(exdate: str) -> None:
    assert days((*WEEKLY, exdate)) == ["03-03", "03-17"]


@pytest.mark.parametrize("exdate", ["EXDATE;VALUE=DATE:20260310", "EXDATE:20260310T000000Z", "EXDATE:20260310"])
def test_a_day_is_crossed_out_in_any_form(exdate: str) -> None:
    assert days((*DAYS, exdate)) == ["03-03", "03-17"]


def test_a_floating_date_is_crossed_out_by_its_wall_clock() -> None:
    assert days((*FLOATING, "EXDATE;TZID=Europe/Paris:20260310T093000")) == ["03-03", "03-17"]


def test_added_dates_may_be_told_in_other_zones_and_as_periods_of_their_own_length() -> None:
    dates = found(
        (
            *TUESDAY,
            "RDATE;TZID=America/New_York:20260311T100000",
            "RDATE;VALUE=PERIOD:20260312T080000Z/20260312T130000Z,20260401T080000Z/PT30M",
        )
    )
    assert [(o.start.local_key, o.end.local_key) for o in dates] == [
        ("2026-03-03T09:30:00", "2026-03-03T11:30:00"),
        ("2026-03-11T15:00:00", "2026-03-11T17:00:00"),
        ("2026-03-12T09:00:00", "2026-03-12T14:00:00"),
        ("2026-04-01T10:00:00", "2026-04-01T10:30:00"),
    ]


def test_a_period_keeps_its_length_when_something_else_of_its_date_is_changed() -> None:
    text = calendar((*TUESDAY, "RDATE;VALUE=PERIOD:20260312T080000Z/PT5H"))
    facts = occurrences(text, START, END)[1].facts
    after = write_override(text, "2026-03-12T09:00:00", facts, now=NOW)
    assert read(after).overrides["2026-03-12T09:00:00"].end == facts.end
    assert "DTEND;TZID=Europe/Paris:20260312T140000" in after


# --- changed dates -------------------------------------------------------------------------------------------------


def changed(name: str, start: str = "20260310T140000", zone: str = "TZID=Europe/Paris") -> tuple[str, ...]:
    return f"RECURRENCE-ID{name}", f"DTSTART;{zone}:{start}", "SUMMARY:changed"


@pytest.mark.parametrize(
    "name",
    [
        ";TZID=Europe/Paris:20260310T093000", ":20260310T083000Z", ":20260310T093000", ";VALUE=DATE:20260310",
        ";TZID=America/New_York:20260310T043000", ";TZID=Romance Standard Time:20260310T093000",
    ],
)  # fmt: skip
def test_a_changed_date_belongs_to_its_date_however_it_is_named(name: str) -> None:
    dates = found(WEEKLY, changed(name))
    assert [(o.key[5:10], o.facts.summary) for o in dates] == [("03-03", ""), ("03-10", "changed"), ("03-17", "")]


@pytest.mark.parametrize("name", [";VALUE=DATE:20260310", ":20260310T000000Z", ":20260310T000000"])
def test_a_changed_day_belongs_to_its_day_however_it_is_named(name: str) -> None:
    dates = found(DAYS, changed(name))
    assert [(o.key, o.facts.summary) for o in dates] == [("2026-03-03", ""), ("2026-03-10", "changed"), ("2026-03-17", "")]


def test_a_date_moved_out_of_the_period_is_still_one_of_it() -> None:
    for elsewhere in ("20270310T093000", "20250310T093000"):
        dates = found(WEEKLY, changed(":20260310T083000Z", elsewhere))
        assert [o.key[5:10] for o in dates] == ["03-03", "03-10", "03-17"]
        assert dates[1].start.local_key.startswith(elsewhere[:4])


def test_a_date_moved_onto_another_ones_time_leaves_both() -> None:
    dates = found(WEEKLY, changed(":20260310T083000Z", "20260317T093000"))
    assert [(o.key[5:10], o.start.local_key[5:10]) for o in dates] == [
        ("03-03", "03-03"),
        ("03-10", "03-17"),
        ("03-17", "03-17"),
    ]


def test_a_changed_date_that_is_crossed_out_too_is_gone() -> None:
    assert days((*WEEKLY, "EXDATE:20260310T083000Z"), changed(":20260310T083000Z")) == ["03-03", "03-17"]


def test_a_date_crossed_out_as_a_bare_day_is_not_crossed_out_again() -> None:
    text = calendar((*WEEKLY, "EXDATE;VALUE=DATE:20260310"))
    assert exclude_date(text, "2026-03-10T09:30:00", now=NOW) == text


def test_a_date_in_the_hour_that_a_clock_change_skips_keeps_its_name() -> None:
    dates = found(("DTSTART;TZID=Europe/Paris:20260328T023000", "RRULE:FREQ=DAILY;COUNT=3"))
    assert [o.key for o in dates] == ["2026-03-28T02:30:00", "2026-03-29T02:30:00", "2026-03-30T02:30:00"]
