"""A series becomes dated outings as far as the horizon, and the horizon moves on."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from sidecar.services.sync.series import HORIZON
from tests.rows.conftest import Begin
from tests.series.tuesdays import CANCELLED, NAME, Tuesdays, week


def test_an_endless_series_fills_the_horizon_day_by_day(begin: Begin) -> None:
    series = Tuesdays.made(begin(outings=0), "FREQ=WEEKLY")
    first = series.starts()
    now = series.world.scene.clock.now
    assert first[0] == week(0) and first[-1] <= now + HORIZON < first[-1] + timedelta(days=7)
    text = series.editor.text(series.uid)
    for _ in range(3):
        series.later(days=7)
        series.world.sync()
    assert series.starts()[: len(first)] == first
    assert len(series.starts()) == len(first) + 3
    assert series.editor.text(series.uid) == text
    series.world.quiet()


def test_a_series_that_begins_beyond_the_horizon_is_taken_up_when_it_comes_near(begin: Begin) -> None:
    world = begin(outings=0)
    start = week(40)
    uid = world.editor.create_series(NAME, start, start + timedelta(hours=2), "FREQ=WEEKLY;COUNT=3")
    text = world.editor.text(uid)
    world.sync()
    assert world.outings() == []
    for _ in range(10):
        world.scene.clock.forward(timedelta(days=14))
        world.sync()
    assert [o.start for o in world.outings()] == [start + timedelta(weeks=n) for n in range(3)]
    assert world.editor.text(uid) == text
    world.quiet()


def test_a_yearly_outing_comes_back_next_year(begin: Begin) -> None:
    world = begin(outings=0)
    start = week(0) - timedelta(days=60)
    world.editor.create_series(NAME, start, start + timedelta(hours=2), "FREQ=YEARLY")
    world.sync()
    assert world.outings() == []
    for _ in range(16):
        world.scene.clock.forward(timedelta(days=14))
        world.sync()
    (outing,) = world.outings()
    assert outing.start == start.replace(year=start.year + 1)


def test_a_pause_of_a_month_loses_no_date(begin: Begin) -> None:
    series = Tuesdays.made(begin(outings=0), "FREQ=WEEKLY")
    count = len(series.starts())
    series.later(days=28)
    series.world.sync()
    assert len(series.starts()) == count + 4
    assert series.starts(CANCELLED) == []


def test_a_daily_series_is_bounded_too(begin: Begin) -> None:
    series = Tuesdays.made(begin(outings=0), "FREQ=DAILY")
    assert 150 < len(series.starts()) < 190
    series.world.quiet()


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=4", ["03-03", "03-27", "04-24", "05-29"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3", ["03-03", "03-31", "04-30"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;COUNT=4", ["03-03", "03-05", "03-17", "03-19"]),
        ("FREQ=WEEKLY;UNTIL=20260317T083000Z", ["03-03", "03-10", "03-17"]),
        ("FREQ=WEEKLY;UNTIL=20260317T093000", ["03-03", "03-10", "03-17"]),
        ("FREQ=WEEKLY;UNTIL=20260318", ["03-03", "03-10", "03-17"]),
        ("RSCALE=GREGORIAN;FREQ=WEEKLY;COUNT=2", ["03-03", "03-10"]),
    ],
)
def test_rhythms_of_all_kinds_become_outings(begin: Begin, rule: str, days: list[str]) -> None:
    world = begin(outings=0)
    if "RSCALE" in rule and world.over.name == "radicale":
        pytest.skip("Radicale refuses RSCALE")
    series = Tuesdays.made(world, rule)
    assert [f"{start:%m-%d}" for start in series.starts()][: len(days)] == days
    assert {f"{start:%H:%M}" for start in series.starts()} == {"09:30"}
    series.world.quiet()


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY",
        "RSCALE=HEBREW;FREQ=YEARLY;BYMONTH=5L;BYMONTHDAY=8;SKIP=FORWARD",
        "FREQ=DAILY;BYEASTER=0",
    ],
)
def test_a_rhythm_that_nobody_can_count_is_told_and_left_alone(begin: Begin, rule: str) -> None:
    world = begin(outings=0)
    if world.over.name == "radicale":
        pytest.skip("Radicale refuses it or counts it without end")
    uid = world.editor.create_series(NAME, week(0), week(0, 11), rule)
    text = world.editor.text(uid)
    world.sync()
    assert world.outings() == []
    assert world.editor.text(uid) == text
    (told,) = world.conflicts()
    assert told.field == "text_unreadable"
    assert NAME in told.theirs and "RRULE" in told.theirs
    world.quiet()
    world.scene.clock.forward(timedelta(days=2))
    world.sync()
    assert len(world.conflicts()) == 1, "told once"
    world.editor.change_rule(uid, "FREQ=WEEKLY;COUNT=2")
    world.sync()
    assert len(world.outings()) == 2
    assert world.conflicts() == []


def test_a_series_whose_rhythm_becomes_uncountable_keeps_its_outings_and_says_so(begin: Begin) -> None:
    world = begin(outings=0)
    if world.over.name == "radicale":
        pytest.skip("Radicale refuses it or counts it without end")
    series = Tuesdays.made(world)
    series.staff(2, "anne", "bruno")
    series.editor.change_rule(series.uid, "FREQ=SECONDLY")
    text = series.editor.text(series.uid)
    world.sync()
    assert len(series.starts()) == 6
    assert [c.field for c in world.conflicts()] == ["text_unreadable"]
    assert series.editor.text(series.uid) == text
    world.quiet()
    series.editor.change_rule(series.uid, "FREQ=WEEKLY;COUNT=6")
    world.sync()
    assert series.team(2) == {"anne", "bruno", "denis"}
    assert world.conflicts() == []
    world.quiet()


def test_the_wall_clock_holds_when_clocks_change(begin: Begin) -> None:
    series = Tuesdays.made(begin(outings=0), "FREQ=WEEKLY;COUNT=40")
    for _ in range(10):
        series.later(days=21)
        series.world.sync()
    local = [(start.hour, start.minute) for start in series.starts()]
    assert len(local) == 40 and set(local) == {(9, 30)}
    assert len({start.utcoffset() for start in series.starts()}) == 2
    assert series.starts()[-1] == datetime(2026, 12, 1, 9, 30, tzinfo=week(0).tzinfo)


def test_what_went_or_moved_in_the_pass_that_moves_the_horizon_on_is_not_looked_at_in_its_old_text(begin: Begin) -> None:
    series = Tuesdays.made(begin())
    single = series.world.uid
    before = {series.ids[n]: series.outing(n).start + timedelta(hours=3) for n in range(1, 7)}
    series.later(days=1)
    series.world.editor.delete(single)
    series.editor.move(series.uid, week(0, 12, 30))
    series.world.sync()
    assert series.world.outing().state is CANCELLED
    assert len(series.world.outings()) == 7
    assert {id: series.world.outing(id).start for id in before} == before
    series.world.quiet()
