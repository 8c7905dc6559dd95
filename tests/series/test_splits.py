"""This and all that follow: the series is split, and every outing keeps its id, its team and its answers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sidecar.domain.appointments import Response
from sidecar.domain.bindings import SyncRun
from tests.editor import Editor
from tests.rows.conftest import Begin
from tests.series.tuesdays import CANCELLED, NAME, PUBLISHED, Tuesdays, busy, reversed_split, week


@pytest.mark.parametrize("order", ["one pass", "old first", "new first"])
def test_a_split_keeps_every_outing_with_its_team_and_answers(tuesdays_styled: Tuesdays, order: str) -> None:
    series = busy(tuesdays_styled)
    before = series.state()
    program = series.editor
    if order != "one pass":
        series.meanwhile(program)
    split = reversed_split if order == "new first" else Editor.split_series
    rest = split(program, series.uid, week(3), place="Au parc", remaining=3)
    series.world.sync()
    assert series.state() == before
    assert series.starts(CANCELLED) == []
    assert [series.uid_of(n) for n in range(6)] == [series.uid] * 3 + [rest] * 3
    assert len(series.world.outings()) == 6
    assert [o.place.name for o in series.world.outings() if o.place][3] == "Au parc"
    series.world.quiet()


def test_a_split_is_one_although_the_server_was_away_between_its_writes(begin: Begin) -> None:
    series = Tuesdays.made(begin(outings=0))
    series.staff(4, "anne", "bruno")
    program = series.editor
    put, held = program.adapter.put, []
    program.adapter.put = lambda *one: held.append(one)  # type: ignore[method-assign]
    program.split_series(series.uid, week(3), start=week(3, 14, 0), remaining=3)
    program.adapter.put = put  # type: ignore[method-assign]
    put(*held[0])
    series.world.sync()
    put(*held[1])
    for _ in range(4):
        series.later(minutes=10)
        with series.world.scene.board() as uow:
            at = series.world.scene.clock()
            report = {"error": "connection refused", "error_kind": "Unreachable", "collections": {}}
            uow.runs.add(SyncRun(id=f"away-{at}", space_id="space", started_at=at, ended_at=at, ok=False, report=report))
    series.later(minutes=1)
    series.world.sync()
    assert series.starts(CANCELLED) == []
    assert len(series.world.outings()) == 6
    assert series.team(4) >= {"anne", "bruno"}


def test_a_series_that_is_deleted_takes_no_older_outing_along(begin: Begin) -> None:
    """Another series came while the first one was split, and what was split off is deleted: who was there before stays."""
    series = Tuesdays.made(begin(outings=0), "FREQ=WEEKLY;COUNT=3")
    program = series.editor
    program.create_series(NAME, week(0, days=1), week(0, 11, days=1), "FREQ=WEEKLY;COUNT=3")
    series.meanwhile(program)
    rest = program.split_series(series.uid, week(1), start=week(1, 13), remaining=2)
    series.later(minutes=1)
    series.world.sync()
    there = {outing.id for outing in series.world.outings() if outing.state is PUBLISHED}
    program.delete(rest)
    series.world.sync()
    left = {outing.id: outing.state for outing in series.world.outings()}
    assert set(left) == there
    assert {left[series.ids[number]] for number in range(3)} == {PUBLISHED}
    assert sorted(left.values()) == [CANCELLED] * 2 + [PUBLISHED] * 4


@pytest.mark.parametrize("pause", [timedelta(0), timedelta(hours=5)])
@pytest.mark.parametrize("order", ["one pass", "old first", "new first"])
def test_a_split_to_another_hour_moves_what_follows_and_asks_again(begin: Begin, order: str, pause: timedelta) -> None:
    """However long no pass is made between the two writes and the next pass."""
    series = Tuesdays.made(begin(outings=0))
    series.staff(1, "anne", "bruno")
    program = series.editor
    if order != "one pass":
        series.meanwhile(program)
    split = reversed_split if order == "new first" else Editor.split_series
    split(program, series.uid, week(3), start=week(3, 14, 0), remaining=3)
    series.world.scene.clock.forward(pause)
    series.world.sync()
    assert [series.outing(n).start for n in range(6)] == [week(n) if n < 3 else week(n, 14, 0) for n in range(6)]
    assert series.starts(CANCELLED) == []
    assert len(series.world.outings()) == 6
    series.world.quiet()


def test_two_splits_one_after_the_other_keep_every_outing(begin: Begin) -> None:
    series = busy(Tuesdays.made(begin(outings=0)))
    before = series.state()
    middle = series.editor.split_series(series.uid, week(2), remaining=4)
    series.world.sync()
    last = series.editor.split_series(middle, week(4), remaining=2)
    series.world.sync()
    assert series.state() == before
    assert [series.uid_of(n) for n in range(6)] == [series.uid] * 2 + [middle] * 2 + [last] * 2
    series.world.quiet()


def test_split_shifted_answered_and_staffed_the_outings_are_the_same(tuesdays_styled: Tuesdays) -> None:
    series = busy(tuesdays_styled)
    rest = series.editor.split_series(series.uid, week(3), remaining=3)
    series.world.sync()
    series.editor.move(rest, week(3, 10, 30))
    series.world.sync()
    assert [series.outing(n).start.hour for n in range(6)] == [9, 9, 9, 10, series.outing(4).start.hour, 10]
    series.staff(5, "anne", "bruno")
    series.editor.answer(rest, "bruno@example.org", "DECLINED", on=week(5, 10, 30))
    series.world.sync()
    assert series.response(5, "bruno") is Response.DECLINED
    assert len(series.world.cover_requests(series.ids[5])) == 1
    assert [series.uid_of(n) for n in range(6)] == [series.uid] * 3 + [rest] * 3
    assert (series.team(1), series.team(4)) == ({"anne", "bruno", "denis"}, {"anne", "chloe", "denis"})
    assert len(series.world.outings()) == 6
    series.world.quiet()


def test_a_split_in_the_middle_of_what_is_past_touches_no_history(begin: Begin) -> None:
    series = busy(Tuesdays.made(begin(outings=0)))
    series.later(days=16)  # 11 March: two dates are past
    series.world.sync()
    past = [series.outing(n) for n in (0, 1)]
    series.editor.split_series(series.uid, week(1), start=week(1, 16, 0), remaining=5)
    series.world.sync()
    assert [series.outing(n) for n in (0, 1)] == past
    assert [series.outing(n).start for n in (2, 3, 5)] == [week(n, 16, 0) for n in (2, 3, 5)]
    assert series.team(4) == {"anne", "chloe", "denis"}
    assert len(series.world.outings()) == 6
    series.world.quiet()


def test_this_and_future_in_one_text_keeps_ids_teams_and_answers(begin: Begin) -> None:
    """RECURRENCE-ID;RANGE=THISANDFUTURE (RFC 5545 section 3.2.13)."""
    series = busy(Tuesdays.made(begin(outings=0)))
    series.editor.change_one_date(series.uid, week(3), start=week(3, 14, 0))
    name = f"RECURRENCE-ID;TZID=Europe/Paris:{week(3):%Y%m%dT%H%M%S}"
    series.rewrite((name, name.replace(";TZID", ";RANGE=THISANDFUTURE;TZID")))
    series.world.sync()
    # The date with a team of its own is a changed date, of which the range says nothing.
    assert [series.outing(n).start for n in range(6)] == [week(n, 14, 0) if n in (3, 5) else week(n) for n in range(6)]
    assert series.response(4, "anne") is Response.ACCEPTED
    series.staff(5, "anne", "bruno")
    assert series.outing(5).start == week(5, 14, 0)
    assert any("T140000" in line for line in series.lines_of(week(5)) if line.startswith("DTSTART"))
    series.world.quiet()


def test_a_split_that_is_taken_back_leaves_the_outings(begin: Begin) -> None:
    """The new series is deleted and the old one goes on again, as by an undo."""
    series = busy(Tuesdays.made(begin(outings=0)))
    before = series.state()
    was = series.editor.text(series.uid)
    rest = series.editor.split_series(series.uid, week(3), remaining=3)
    series.world.sync()
    series.editor.delete(rest)
    opened = series.editor.open(series.uid)
    series.editor.put_text(opened.href, was, opened.etag)
    series.world.sync()
    assert series.state() == before
    assert series.starts(CANCELLED) == []
    series.world.quiet()


@pytest.mark.parametrize(("hour", "same"), [(9, True), (14, False)])
def test_what_comes_much_later_continues_only_at_the_very_same_time(begin: Begin, hour: int, same: bool) -> None:
    series = Tuesdays.made(begin(outings=0))
    series.staff(4, "anne", "bruno")
    series.editor.end_series(series.uid, week(3))
    series.world.sync()
    series.later(minutes=20)
    series.world.sync()
    start = week(3, hour)
    series.editor.create_series("Le Café du facteur", start, start + timedelta(hours=2), "FREQ=WEEKLY;COUNT=3")
    series.world.sync()
    assert len(series.starts()) == 6
    assert len(series.starts(CANCELLED)) == (0 if same else 3)
    assert (series.outing(4).state is CANCELLED) is not same
    assert series.team(4) == {"anne", "bruno", "denis"}
    series.world.quiet()


def test_a_series_deleted_and_made_anew_keeps_its_outings(begin: Begin) -> None:
    """As some programs change the first date "and all that follow"."""
    series = busy(Tuesdays.made(begin(outings=0)))
    series.editor.delete(series.uid)
    series.editor.create_series("Le Café du facteur", week(0, 10), week(0, 12), "FREQ=WEEKLY;COUNT=6")
    series.world.sync()
    assert [series.outing(n).start for n in range(6)] == [week(n, 10) for n in range(6)]
    assert (series.team(1), series.team(4)) == ({"anne", "bruno", "denis"}, {"anne", "chloe", "denis"})
    assert series.starts(CANCELLED) == []
    series.world.quiet()


def test_a_series_made_when_a_single_event_goes_takes_nobody_from_it(begin: Begin) -> None:
    """Only what was cut off a series may go on in another; the single outing was called off."""
    world = begin()
    world.editor.delete(world.uid)
    world.editor.create_series(NAME, week(0, 14, 0), week(0, 16, 0), "FREQ=WEEKLY;COUNT=3")
    world.sync()
    assert world.outing().state is CANCELLED
    assert [o.participants for o in world.others()] == [()] * 3
    world.quiet()
