"""This and all that follow: the series is split, and every outing keeps its id, its team and its answers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sidecar.domain.appointments import Response
from sidecar.domain.bindings import SyncRun
from sidecar.services import rota
from tests.editor import Editor
from tests.rows.conftest import Begin
from tests.series.tuesdays import CANCELLED, NAME, PUBLISHED, Tuesdays, week


def busy(tuesdays: Tuesdays) -> Tuesdays:
    """One date has a team, one another team, of which somebody answered."""
    tuesdays.staff(1, "anne", "bruno")
    tuesdays.staff(4, "anne", "chloe")
    tuesdays.answer(4, "anne", "ACCEPTED")
    assert tuesdays.response(4, "anne") is Response.ACCEPTED
    return tuesdays


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


@pytest.mark.parametrize(
    ("order", "known"),
    # Where the new half is sent first a pass tells of it before the old one is cut: that write is refused, as any would be.
    [("one pass", True), ("one pass", False), ("old first", True), ("old first", False), ("new first", True)],
)
def test_a_date_that_the_board_called_off_stays_called_off_when_its_series_is_split(
    begin: Begin, order: str, known: bool
) -> None:
    """Whether the calendar had heard of it yet or not: who splits a series brings nothing back."""
    series = Tuesdays.made(begin(outings=0))
    with series.world.scene.board() as uow:
        rota.cancel(uow, series.ids[4])
    if known:
        series.world.sync()
    program = series.editor
    if order != "one pass":
        series.meanwhile(program)
    split = reversed_split if order == "new first" else Editor.split_series
    rest = split(program, series.uid, week(3), remaining=3)
    series.world.sync()
    assert len(series.world.outings()) == 6
    assert series.outing(4).state is CANCELLED
    assert series.starts(CANCELLED) == [week(4)]
    assert series.uid_of(4) == rest
    series.world.sync()
    assert "STATUS:CANCELLED" in series.lines_of(week(4), rest)
    series.world.quiet()


def test_a_date_that_the_board_brings_back_between_both_writes_of_a_split_stands_once(begin: Begin) -> None:
    series = Tuesdays.made(begin(outings=0))
    program = series.editor
    series.meanwhile(program)
    rest = program.split_series(series.uid, week(3), remaining=3)
    assert series.outing(4).state is CANCELLED
    with series.world.scene.board() as uow:
        rota.bring_back(uow, series.ids[4])
    series.world.sync()
    assert series.starts() == [week(n) for n in range(6)]
    assert series.uid_of(4) == rest
    series.world.sync()
    series.world.quiet()


def test_a_date_that_is_called_off_in_the_new_half_before_the_old_one_ended_stays_called_off(begin: Begin) -> None:
    """The new series came first; its dates were on the board twice, and somebody called one of them off there."""
    series = Tuesdays.made(begin(outings=0))
    program = series.editor
    put, held = program.adapter.put, []
    program.adapter.put = lambda *one: held.append(one)  # type: ignore[method-assign]
    rest = program.split_series(series.uid, week(3), remaining=3)
    program.adapter.put = put  # type: ignore[method-assign]
    put(*held[1])
    series.world.sync()
    younger = next(o for o in series.world.outings() if o.start == week(4) and o.id != series.ids[4])
    put(*held[0])
    with series.world.scene.board() as uow:
        rota.cancel(uow, younger.id)
    series.world.sync()
    series.world.sync()
    assert series.starts(CANCELLED) == [week(4)]
    assert len(series.world.outings()) == 6
    assert "STATUS:CANCELLED" in series.lines_of(week(4), rest)
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


def test_a_date_that_the_board_staffs_between_both_writes_of_a_split_stands_once(begin: Begin) -> None:
    """The first write looks like a deletion of what the board just changed; before it gets an event of its own the second
    one is waited for."""
    series = Tuesdays.made(begin(outings=0))
    program = series.editor
    series.world.staff(series.ids[4], "anne", "bruno")
    series.meanwhile(program)
    rest = program.split_series(series.uid, week(3), start=week(3, 14), remaining=3)
    assert [c.why for c in series.world.conflicts()] == ["deleted_there_changed_here"]
    series.world.sync()
    assert series.starts() == [week(n) if n < 3 else week(n, 14) for n in range(6)]
    assert series.uid_of(4) == rest
    assert series.team(4) == {"anne", "bruno", "denis"}
    assert series.world.conflicts() == []
    series.later(minutes=3)
    series.world.sync()
    series.world.quiet()


@pytest.mark.parametrize(("hour", "stands"), [(9, 16), (14, 14)])
def test_what_the_board_moved_between_both_writes_of_a_split_is_merged_with_the_second(
    begin: Begin, hour: int, stands: int
) -> None:
    """Where the split leaves the hour as it was the board's stands; where both changed it somebody is asked."""
    series = Tuesdays.made(begin(outings=0))
    program = series.editor
    series.world.change(series.ids[4], start=week(4, 16), end=week(4, 18))
    series.meanwhile(program)
    minute = 30 if hour == 9 else 0
    rest = program.split_series(series.uid, week(3), start=week(3, hour, minute), remaining=3)
    series.world.sync()
    assert len(series.world.outings()) == 6
    assert (series.outing(4).start, series.uid_of(4)) == (week(4, stands, 0 if stands == 14 else 30), rest)
    asked = [(c.why, c.field) for c in series.world.conflicts()]
    assert asked == ([] if hour == 9 else [("both_changed", "time")])
    series.later(minutes=3)
    series.world.sync()
    series.world.quiet()


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


def reversed_split(program: Editor, uid: str, *args: object, **kwargs: object) -> str:
    """The same split where the program sends the new series first."""
    put, held = program.adapter.put, []

    def hold(href: str, text: str, if_match: str | None) -> None:
        held.append((href, text, if_match))

    program.adapter.put = hold  # type: ignore[method-assign]
    rest = program.split_series(uid, *args, **kwargs)  # type: ignore[arg-type]
    program.adapter.put = put  # type: ignore[method-assign]
    for one in reversed(held):
        put(*one)
    return rest


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


def test_what_somebody_did_to_the_new_half_before_the_old_one_ended_is_kept(begin: Begin) -> None:
    """The new series came first; its dates were on the board twice, and somebody found a team there."""
    series = Tuesdays.made(begin(outings=0))
    series.staff(4, "anne", "bruno")
    program = series.editor
    put = program.adapter.put
    held: list[tuple[str, str, str | None]] = []
    program.adapter.put = lambda *one: held.append(one)  # type: ignore[method-assign]
    program.split_series(series.uid, week(3), remaining=3)
    program.adapter.put = put  # type: ignore[method-assign]
    put(*held[1])
    series.world.sync()
    twins = [o for o in series.world.outings() if o.id not in series.ids.values()]
    assert [o.start for o in twins] == [week(3), week(4), week(5)]
    series.world.staff(twins[2].id, "chloe")
    put(*held[0])
    series.world.sync()
    assert [o.start for o in series.world.outings() if o.state is not CANCELLED] == [week(n) for n in range(6)]
    assert series.team(4) == {"anne", "bruno", "denis"}
    assert "chloe" in series.team(5)
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


@pytest.mark.parametrize("seen", ["renamed before", "renamed just now"])
@pytest.mark.parametrize("order", ["one pass", "old first", "new first"])
def test_a_series_under_a_name_of_its_own_is_split_like_any_other(begin: Begin, order: str, seen: str) -> None:
    """What is split off names no initiative; it goes on with the series of that name."""
    series = busy(Tuesdays.made(begin(outings=0)))
    program = series.editor
    program.retitle(series.uid, "Autour d'un verre")
    if seen == "renamed before" or order == "new first":
        series.world.sync()
    before = series.state()
    if order != "one pass":
        series.meanwhile(program)
    split = reversed_split if order == "new first" else Editor.split_series
    rest = split(program, series.uid, week(3), remaining=3)
    series.world.sync()
    assert series.state() == before
    assert series.starts(CANCELLED) == []
    assert [series.uid_of(n) for n in range(6)] == [series.uid] * 3 + [rest] * 3
    series.world.quiet()


@pytest.mark.parametrize("hour", [9, 14])
def test_a_text_written_into_a_series_that_is_split_at_once_reaches_every_outing(begin: Begin, hour: int) -> None:
    """A pass falls between the two writes of the split, so that the dates of the new half seem to be gone for a while."""
    series = Tuesdays.made(begin(outings=0))
    program = series.editor
    program.change_text(series.uid, "Apporter du café")
    series.meanwhile(program)
    program.split_series(series.uid, week(3), start=week(3, hour, 30), remaining=3)
    series.world.sync()
    assert [series.world.outing(series.ids[n]).text for n in range(6)] == ["Apporter du café"] * 6
    series.world.sync()
    series.world.quiet()


def test_a_series_renamed_and_split_within_one_pass_keeps_its_outings(begin: Begin) -> None:
    """No date says the old name any more, and the new one is not known yet."""
    series = Tuesdays.made(begin(outings=0))
    series.editor.retitle(series.uid, "Autour d'un verre")
    rest = series.editor.split_series(series.uid, week(3), remaining=3)
    series.world.sync()
    assert series.starts() == [week(n) for n in range(6)]
    assert [series.uid_of(n) for n in range(6)] == [series.uid] * 3 + [rest] * 3
    series.world.quiet()


def test_a_foreign_series_of_another_week_is_not_taken_for_its_namesake(begin: Begin) -> None:
    series = Tuesdays.made(begin(outings=0))
    series.editor.retitle(series.uid, "Réunion")
    series.world.sync()
    text = series.editor.text(series.editor.create_series("Réunion", week(20), week(20, 11), "FREQ=WEEKLY;COUNT=3"))
    series.world.sync()
    assert len(series.world.outings()) == 6
    assert text in series.world.texts().values()
    series.world.quiet()
