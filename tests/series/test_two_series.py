"""Two series of one initiative side by side: whichever is split, moved or ended, each outing stays of its own series."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from sidecar.services.sync.cut_off import CUT_OFF_KEY
from tests.editor import Editor
from tests.rows.conftest import Begin
from tests.rows.world import World
from tests.series.tuesdays import CANCELLED, NAME, PUBLISHED, Tuesdays, week

TWO_HOURS = timedelta(hours=2)
SIX = "FREQ=WEEKLY;COUNT=6"


@dataclass
class Pair:
    """``first`` and ``second`` hold which outing is which."""

    world: World
    first: Tuesdays
    second: Tuesdays

    @classmethod
    def made(cls, world: World, *, days: int = 2, hour: int = 9, apart: timedelta = timedelta(0)) -> Pair:
        """The second is ``days`` after the first, ``apart`` is how much later it was made; both within one pass without."""
        at = week(0, hour, 30, days=days)
        first = Tuesdays(world, world.editor.create_series(NAME, week(0), week(0) + TWO_HOURS, SIX))
        if apart:
            world.sync()
            world.scene.clock.forward(apart)
        second = Tuesdays(world, world.editor.create_series(NAME, at, at + TWO_HOURS, SIX))
        world.sync()
        for series in (first, second):
            with world.scene.reading() as uow:
                dates = sorted(
                    (uow.appointments.get(link.subject_id).start, link.subject_id)
                    for binding in uow.bindings.all()
                    for link in uow.links.of_binding(binding.id)
                    if link.uid == series.uid
                )
            series.ids = {number: outing_id for number, (_, outing_id) in enumerate(dates)}
        world.scene.clock.forward(timedelta(minutes=1))
        return cls(world, first, second)

    def is_as(self, first: list[datetime], second: list[datetime]) -> None:
        """Every outing is where its own series put it, and there is no other."""
        for series, starts in ((self.first, first), (self.second, second)):
            assert [series.outing(number).start for number in range(6)] == starts
            assert {series.outing(number).state for number in range(6)} == {PUBLISHED}
        assert len(self.world.outings()) == 12
        self.world.sync()
        self.world.quiet()


def weeks(*, of: int = 6, since: int = 0, hour: int = 9, minute: int = 30, days: int = 0) -> list[datetime]:
    return [week(number, hour, minute, days=days) for number in range(since, of)]


@pytest.fixture(params=[timedelta(0), timedelta(minutes=5)], ids=["in one pass", "five minutes later"])
def pair_styled(request: pytest.FixtureRequest, begin_styled: Begin) -> Pair:
    return Pair.made(begin_styled(outings=0), apart=request.param)


@pytest.mark.parametrize("which", ["first", "second"])
def test_the_split_of_one_leaves_the_other_alone_although_a_pass_falls_between_its_writes(
    pair_styled: Pair, which: str
) -> None:
    pair, days = pair_styled, 0 if which == "first" else 2
    program, series = pair.world.editor, pair.first if which == "first" else pair.second
    series.meanwhile(program)
    program.split_series(series.uid, week(3, days=days), start=week(3, 14, 0, days=days), remaining=3)
    pair.world.sync()
    split = weeks(of=3, days=days) + weeks(since=3, hour=14, minute=0, days=days)
    pair.is_as(*((split, weeks(days=2)) if which == "first" else (weeks(), split)))


@pytest.mark.parametrize("which", ["first", "second"])
def test_a_new_half_that_is_seen_before_the_old_one_ends_is_of_its_own_series(begin_styled: Begin, which: str) -> None:
    pair, days = Pair.made(begin_styled(outings=0)), 0 if which == "first" else 2
    series = pair.first if which == "first" else pair.second
    old, new = held(pair.world, series.uid, week(3, days=days), week(3, 14, 0, days=days))
    for href, text, etag in (new, old):
        pair.world.editor.adapter.put(href, text, etag)
        pair.world.scene.clock.forward(timedelta(minutes=1))
        pair.world.sync()
    split = weeks(of=3, days=days) + weeks(since=3, hour=14, minute=0, days=days)
    pair.is_as(*((split, weeks(days=2)) if which == "first" else (weeks(), split)))


@pytest.mark.parametrize("together", [True, False], ids=["one pass", "a pass after each write"])
def test_two_that_are_split_at_the_same_date_go_on_each_in_its_own_new_half(begin_styled: Begin, together: bool) -> None:
    """Whichever new half is written first."""
    pair = Pair.made(begin_styled(outings=0))
    writes = [
        held(pair.world, pair.first.uid, week(3), week(3, 14, 0)),
        held(pair.world, pair.second.uid, week(3, days=2), week(3, 15, 0, days=2)),
    ]
    for href, text, etag in (writes[0][0], writes[1][0], writes[1][1], writes[0][1]):
        pair.world.editor.adapter.put(href, text, etag)
        if not together:
            pair.world.sync()
    pair.world.sync()
    pair.is_as(
        weeks(of=3) + weeks(since=3, hour=14, minute=0),
        weeks(of=3, days=2) + weeks(since=3, hour=15, minute=0, days=2),
    )


@pytest.mark.parametrize("together", [True, False], ids=["one pass", "a pass after each write"])
def test_where_two_are_cut_tells_their_new_halves_apart_although_each_goes_to_the_hour_of_the_other(
    begin_styled: Begin, together: bool
) -> None:
    """Both on Tuesdays: the first from the fourth week on nearly at the second's hour, the second from the third at its."""
    pair = Pair.made(begin_styled(outings=0), days=0, hour=14)
    writes = [
        held(pair.world, pair.first.uid, week(3), week(3, 14, 15)),
        held(pair.world, pair.second.uid, week(2, 14), week(2, 9, 45), remaining=4),
    ]
    for href, text, etag in (writes[0][0], writes[1][0], writes[1][1], writes[0][1]):
        pair.world.editor.adapter.put(href, text, etag)
        if not together:
            pair.world.sync()
    pair.world.sync()
    pair.is_as(
        weeks(of=3) + weeks(since=3, hour=14, minute=15),
        weeks(of=2, hour=14) + weeks(since=2, hour=9, minute=45),
    )


def test_what_one_program_wrote_into_both_halves_tells_them_apart_where_nothing_else_does(begin: Begin) -> None:
    """Nextcloud names the other half (RELATED-TO): each series goes to the very hour of the other, at the same date."""
    pair = Pair.made(begin(outings=0), days=0, hour=14)
    writes = [
        held(pair.world, pair.first.uid, week(3), week(3, 14)),
        held(pair.world, pair.second.uid, week(3, 14), week(3)),
    ]
    for number in (0, 1):
        for write in writes:
            pair.world.editor.adapter.put(*write[number])
    pair.world.sync()
    pair.is_as(weeks(of=3) + weeks(since=3, hour=14), weeks(of=3, hour=14) + weeks(since=3))


def test_two_names_tell_two_series_of_one_initiative_apart(begin: Begin) -> None:
    """Both go to Thursdays with their own names, and the program says nothing else about it."""
    world = begin(outings=0)
    world.style = "davx5"
    pair = Pair.made(world, days=2)
    for series, name in ((pair.first, f"{NAME} du nord"), (pair.second, f"{NAME} du sud")):
        pair.world.editor.retitle(series.uid, name)
    pair.world.sync()
    writes = [
        held(pair.world, pair.first.uid, week(3), week(3, 10, days=2)),
        held(pair.world, pair.second.uid, week(3, days=2), week(3, 10, days=0)),
    ]
    for number in (0, 1):
        for write in writes:
            pair.world.editor.adapter.put(*write[number])
    pair.world.sync()
    pair.is_as(
        weeks(of=3) + weeks(since=3, hour=10, days=2),
        weeks(of=3, days=2) + weeks(since=3, hour=10),
    )


@pytest.mark.parametrize("together", [True, False], ids=["one pass", "a pass in between"])
def test_a_series_that_begins_before_another_one_ends_is_no_half_of_it(begin: Begin, together: bool) -> None:
    """The Tuesdays end with the third; somebody begins Thursdays at once, from the first week on."""
    series = Tuesdays.made(begin(outings=0))
    series.staff(4, "anne", "bruno")
    series.editor.end_series(series.uid, week(3))
    if not together:
        series.world.sync()
    series.editor.create_series(NAME, week(0, days=2), week(0, days=2) + TWO_HOURS, SIX)
    series.world.sync()
    assert [series.outing(number).state for number in range(6)] == [PUBLISHED] * 3 + [CANCELLED] * 3
    assert series.starts(CANCELLED) == [week(3), week(4), week(5)]
    assert [o.participants for o in series.world.outings() if o.id not in series.ids.values()] == [()] * 6
    series.world.quiet()


def test_one_of_two_that_were_made_together_is_deleted_again_alone(begin: Begin) -> None:
    pair = Pair.made(begin(outings=0))
    pair.first.staff(4, "anne", "bruno")
    pair.second.staff(4, "chloe", "bruno")
    pair.world.editor.delete(pair.first.uid)
    pair.world.sync()
    assert {pair.first.outing(number).state for number in range(6)} == {CANCELLED}
    assert [pair.second.team(number) for number in (3, 4)] == [set(), {"chloe", "bruno", "denis"}]
    assert len(pair.world.outings()) == 12
    pair.world.quiet()


def test_a_split_that_an_older_version_saw_the_first_half_of_is_one(begin: Begin) -> None:
    """It kept of each date that left its series when that was, and nothing else."""
    series = Tuesdays.made(begin(outings=0))
    old, new = held(series.world, series.uid, week(3), week(3))
    series.editor.adapter.put(*old)
    series.world.sync()
    with series.world.scene.board() as uow:
        key = CUT_OFF_KEY.format(space="space")
        uow.settings.set(key, {outing_id: cut["at"] for outing_id, cut in uow.settings.get(key).items()})
    series.editor.adapter.put(*new)
    series.world.sync()
    assert [series.outing(number).start for number in range(6)] == weeks()
    assert len(series.starts()) == 6
    series.world.quiet()


def held(world: World, uid: str, at: datetime, start: datetime, remaining: int = 3) -> list[tuple[str, str, str | None]]:
    """What a program writes to split a series, the old half and the new one, not sent yet."""
    program: Editor = world.editor
    writes: list[tuple[str, str, str | None]] = []
    program.adapter.put = lambda *one: writes.append(one)  # type: ignore[method-assign]
    program.split_series(uid, at, start=start, remaining=remaining)
    return writes


def test_the_second_write_of_a_split_is_not_taken_for_another_series_that_is_cut_meanwhile(begin: Begin) -> None:
    """The program does not name the other half, and gives it another time; a pass falls between its two writes."""
    world = begin(outings=0)
    world.style = "gnome"
    pair = Pair.made(world, days=3)
    program, other, sent = world.editor, world.with_style("thunderbird"), list[str]()
    put = program.adapter.put

    def slowly(href: str, text: str, if_match: str | None) -> None:
        if sent:
            world.sync()
            other.end_series(pair.second.uid, week(2, days=3))
        sent.append(href)
        put(href, text, if_match)

    program.adapter.put = slowly  # type: ignore[method-assign]
    program.split_series(pair.first.uid, week(3), start=week(3, 10), remaining=3)
    world.sync()
    assert [pair.first.outing(n).start for n in range(6)] == [week(n) if n < 3 else week(n, 10) for n in range(6)]
    assert {pair.first.outing(n).state for n in range(6)} == {PUBLISHED}
    assert [pair.second.outing(n).state for n in range(6)] == [PUBLISHED] * 2 + [CANCELLED] * 4
    assert len(world.outings()) == 12
    world.quiet()


def test_one_is_deleted_and_one_moved_where_the_clock_ran_ahead_when_it_came(begin: Begin) -> None:
    pair = Pair.made(begin(outings=0), apart=timedelta(hours=-10))
    pair.world.editor.delete(pair.second.uid)
    pair.world.editor.move(pair.first.uid, week(0, 10))
    pair.world.sync()
    assert [pair.first.outing(number).start for number in range(6)] == weeks(hour=10)
    assert {pair.first.outing(number).state for number in range(6)} == {PUBLISHED}
    assert {pair.second.outing(number).state for number in range(6)} == {CANCELLED}
    pair.world.quiet()


def test_a_series_made_long_after_another_ended_is_a_new_one_although_the_clock_went_back(begin: Begin) -> None:
    series = Tuesdays.made(begin(outings=1))
    series.editor.delete(series.uid)
    series.world.sync()
    series.later(minutes=20)
    series.world.sync()
    series.later(hours=-3)
    series.editor.create_series(NAME, week(0, 16), week(0, 18), SIX)
    series.world.sync()
    old = set(series.ids.values()) - {"cafe"}
    assert {series.world.outing(id).state for id in old} == {CANCELLED}
    assert len(series.world.outings()) == 1 + len(old) + 6
