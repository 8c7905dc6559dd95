"""A series is split while the board changes its dates: both sides are in the result, and no outing is twice."""

from __future__ import annotations

import pytest

from sidecar.services import rota
from tests.editor import Editor
from tests.rows.conftest import Begin
from tests.series.tuesdays import CANCELLED, Tuesdays, reversed_split, week


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
