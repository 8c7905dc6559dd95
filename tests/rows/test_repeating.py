"""Row: creates a repeating one, changes or deletes one date of it, splits it -> the same, date by date."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from sidecar.domain.appointments import AppointmentState
from sidecar.services import rota
from tests.rows.conftest import Begin
from tests.rows.world import MARKED, World, next_week, unfolded

WEEKLY = "FREQ=WEEKLY;COUNT=6"
FIRST = next_week(9, 30)
PUBLISHED, CANCELLED = AppointmentState.PUBLISHED, AppointmentState.CANCELLED


def week(number: int, hour: int = 9, minute: int = 30) -> datetime:
    """The series' date of that week, the first being 0 (over the clock change of 29 March at the same wall time)."""
    return next_week(hour, minute, days=7 * number)


def starts(world: World, state: AppointmentState = PUBLISHED) -> list[datetime]:
    return [o.start for o in world.outings() if o.state is state]


def ids_by_start(world: World) -> dict[datetime, str]:
    return {o.start: o.id for o in world.outings()}


@pytest.fixture
def series(begin_styled: Begin) -> tuple[World, str]:
    """Six Tuesdays, made in a calendar program and absorbed."""
    world = begin_styled(outings=0)
    uid = world.editor.create_series("Le Café du facteur", FIRST, FIRST + timedelta(hours=2), WEEKLY)
    world.sync()
    return world, uid


def test_every_date_becomes_an_outing_to_confirm_and_the_series_stays_as_it_is(begin_styled: Begin) -> None:
    world = begin_styled(outings=0)
    uid = world.editor.create_series("Le Café du facteur", FIRST, FIRST + timedelta(hours=2), WEEKLY)
    before = world.editor.text(uid)
    world.sync()
    assert starts(world) == [week(n) for n in range(6)]
    assert all(o.to_confirm and o.duration == timedelta(hours=2) for o in world.outings())
    assert world.editor.text(uid) == before
    world.quiet()


def test_one_changed_date_changes_one_outing(series: tuple[World, str]) -> None:
    world, uid = series
    ids = ids_by_start(world)
    world.editor.change_one_date(uid, week(2), start=week(2, 14, 0), place="Au parc")
    world.sync()
    outing = world.outing(ids[week(2)])
    assert outing.start == week(2, 14, 0)
    assert outing.place is not None and outing.place.name == "Au parc"
    was, becomes = world.from_calendar(outing.id)["start"]
    assert was != becomes
    assert starts(world) == [week(0), week(1), week(2, 14, 0), week(3), week(4), week(5)]
    world.quiet()


def test_one_deleted_date_cancels_one_outing(series: tuple[World, str]) -> None:
    world, uid = series
    world.editor.delete_one_date(uid, week(3))
    world.sync()
    assert starts(world, CANCELLED) == [week(3)]
    assert len(starts(world)) == 5
    assert world.from_calendar(ids_by_start(world)[week(3)])["state"] == ["published", "cancelled"]
    world.quiet()


def test_a_date_that_was_changed_and_is_deleted_then_is_cancelled(series: tuple[World, str]) -> None:
    world, uid = series
    world.editor.change_one_date(uid, week(1), start=week(1, 15, 0))
    world.sync()
    world.editor.delete_one_date(uid, week(1))
    world.sync()
    assert starts(world, CANCELLED) == [week(1, 15, 0)]
    world.quiet()


def test_one_crossed_out_date_is_cancelled_and_stays_in_the_calendar(series: tuple[World, str]) -> None:
    world, uid = series
    world.editor.cancel_one_date(uid, week(1))
    world.sync()
    assert starts(world, CANCELLED) == [week(1)]
    assert "STATUS:CANCELLED" in world.editor.text(uid)
    world.quiet()


def test_this_and_following_keeps_every_outing_with_its_team(series: tuple[World, str]) -> None:
    world, uid = series
    ids = ids_by_start(world)
    world.staff(ids[week(4)], "anne", "bruno")
    world.sync()
    rest = world.editor.split_series(uid, week(3), start=week(3, 14, 0), place="Au parc", remaining=3)
    world.sync()
    # The date with a team of its own is a changed date: programs leave its time alone.
    assert starts(world) == [week(0), week(1), week(2), week(3, 14, 0), week(4), week(5, 14, 0)]
    for number in range(6):
        outing = world.outing(ids[week(number)])
        assert outing.start == (week(number, 14, 0) if number in (3, 5) else week(number))
        assert world.scene.uid_of(outing.id) == (uid if number < 3 else rest)
    assert world.outing(ids[week(4)]).participation("anne") is not None
    world.quiet()


def test_a_pass_between_the_two_writes_of_a_split_loses_no_team(series: tuple[World, str]) -> None:
    world, uid = series
    ids = ids_by_start(world)
    world.staff(ids[week(4)], "anne", "bruno")
    world.sync()
    program = world.editor
    put, sent = program.adapter.put, list[str]()

    def passes_meanwhile(href: str, text: str, if_match: str | None) -> None:
        if sent:
            world.sync()
            assert len(starts(world, CANCELLED)) == 3
        sent.append(href)
        put(href, text, if_match)

    program.adapter.put = passes_meanwhile  # type: ignore[method-assign]
    rest = program.split_series(uid, week(3), start=week(3, 10, 30), remaining=3)
    assert len(sent) == 2
    world.sync()
    assert starts(world, CANCELLED) == []
    assert len(world.outings()) == 6
    assert [world.outing(ids[week(n)]).start for n in (3, 4, 5)] == [week(3, 10, 30), week(4), week(5, 10, 30)]
    assert {world.scene.uid_of(ids[week(n)]) for n in (3, 4, 5)} == {rest}
    assert {p.person_id for p in world.outing(ids[week(4)]).participants} == {"anne", "bruno", "denis"}
    world.quiet()


def test_a_program_that_drops_changed_dates_takes_nobody_out_of_a_team(series: tuple[World, str]) -> None:
    world, uid = series
    ids = ids_by_start(world)
    world.staff(ids[week(4)], "anne", "bruno")
    world.sync()
    opened = world.editor.open(uid)
    for event in opened.events:
        if event.line("RECURRENCE-ID") is not None:
            opened.tree.remove(event)
    world.editor.save(opened)
    world.editor.move(uid, next_week(10, 30))
    world.sync()
    outing = world.outing(ids[week(4)])
    assert outing.start == week(4, 10, 30)
    assert {p.person_id for p in outing.participants} == {"anne", "bruno", "denis"}
    assert "anne@example.org" in world.editor.text(uid)
    world.quiet()


def test_a_date_cancelled_moved_or_brought_back_on_the_board_shows_in_the_series(series: tuple[World, str]) -> None:
    world, uid = series
    ids = ids_by_start(world)
    for number in (1, 2):
        world.staff(ids[week(number)], "anne", "bruno")
    world.sync()
    with world.scene.board() as uow:
        rota.cancel(uow, ids[week(1)])
    world.change(ids[week(2)], start=week(2, 15, 0), end=week(2, 17, 0))
    world.sync()
    assert "STATUS:CANCELLED" in "\n".join(override_of(world, uid, week(1)))
    assert any("T150000" in line for line in override_of(world, uid, week(2)))
    world.quiet()
    with world.scene.board() as uow:
        rota.bring_back(uow, ids[week(1)])
    world.sync()
    assert "STATUS:CANCELLED" not in world.editor.text(uid)
    world.quiet()


def test_a_deleted_date_that_is_brought_back_has_an_event_of_its_own(series: tuple[World, str]) -> None:
    world, uid = series
    ids = ids_by_start(world)
    world.editor.delete_one_date(uid, week(3))
    world.sync()
    with world.scene.board() as uow:
        rota.bring_back(uow, ids[week(3)])
    world.staff(ids[week(3)], "anne", "bruno")
    # A split in two writes begins the same way; its second one is waited for.
    world.sync()
    world.scene.clock.forward(timedelta(minutes=3))
    world.sync()
    assert world.scene.uid_of(ids[week(3)]) != uid
    assert len(world.texts()) == 2
    assert starts(world, CANCELLED) == []
    world.quiet()


def test_a_series_cut_short_cancels_the_rest(series: tuple[World, str]) -> None:
    world, uid = series
    world.editor.end_series(uid, week(4))
    world.sync()
    assert starts(world) == [week(n) for n in range(4)]
    assert starts(world, CANCELLED) == [week(4), week(5)]
    world.quiet()


def test_a_shifted_series_shifts_its_outings(series: tuple[World, str]) -> None:
    world, uid = series
    ids = ids_by_start(world)
    world.editor.change_one_date(uid, week(1), title="Le Café du facteur, avec crêpes")
    world.sync()
    world.editor.move(uid, next_week(10, 30, days=1))
    world.sync()
    for number in (0, 2, 3, 4, 5):
        assert world.outing(ids[week(number)]).start == week(number, 10, 30) + timedelta(days=1)
    assert world.outing(ids[week(1)]).title == "Le Café du facteur, avec crêpes"
    assert len(starts(world)) == 6
    world.quiet()


def test_a_team_found_for_one_date_is_drawn_into_that_date_alone(series: tuple[World, str]) -> None:
    world, uid = series
    ids = ids_by_start(world)
    world.editor.add_foreign_property(uid, "X-CAISSE", "sous le comptoir")
    world.sync()
    world.staff(ids[week(2)], "anne", "bruno")
    world.sync()
    text = unfolded(world.editor.text(uid))
    master, override = text.split("BEGIN:VEVENT")[1:]
    if "RECURRENCE-ID" in master:
        master, override = override, master
    assert "ATTENDEE" not in master and MARKED not in master
    assert "anne@example.org" in override and MARKED in override
    assert "X-CAISSE:sous le comptoir" in master and "X-CAISSE:sous le comptoir" in override
    assert world.outing(ids[week(2)]).to_confirm is False
    world.quiet()


def test_an_answer_to_one_date_belongs_to_that_date(series: tuple[World, str]) -> None:
    world, uid = series
    ids = ids_by_start(world)
    world.staff(ids[week(2)], "anne", "bruno")
    world.sync()
    world.editor.answer(uid, "bruno@example.org", "DECLINED", on=week(2))
    world.sync()
    assert [r.person_id for r in world.cover_requests(ids[week(2)])] == ["bruno"]
    assert world.cover_requests(ids[week(1)]) == []
    world.quiet()


def test_past_dates_are_never_rewritten_nor_cancelled(series: tuple[World, str]) -> None:
    world, uid = series
    ids = ids_by_start(world)
    world.editor.change_one_date(uid, week(0), title="Le Café du facteur, le premier")
    world.sync()
    world.scene.clock.forward(timedelta(days=16))  # 11 March: two dates are past
    world.sync()
    past = [world.outing(ids[week(n)]) for n in (0, 1)]
    first = override_of(world, uid, week(0))
    world.editor.move(uid, next_week(11, 0))
    world.editor.retitle(uid, "Le Café du facteur, autrement")
    world.sync()
    assert [world.outing(ids[week(n)]) for n in (0, 1)] == past
    assert world.outing(ids[week(4)]).start == week(4, 11, 0)
    shifted = override_of(world, uid, next_week(11, 0))
    world.staff(ids[week(4)], "anne", "bruno")
    world.change(ids[week(0)], meeting_point="Ailleurs")
    world.sync()
    assert override_of(world, uid, next_week(11, 0)) == shifted != first
    assert "Ailleurs" not in world.editor.text(uid)
    world.editor.delete(uid)
    world.sync()
    assert [world.outing(ids[week(n)]).state for n in range(6)] == [PUBLISHED] * 2 + [CANCELLED] * 4
    world.quiet()


def override_of(world: World, uid: str, date: datetime) -> list[str]:
    """The lines of one changed date, as the server holds them."""
    wanted = f":{date:%Y%m%dT%H%M%S}"
    for event in unfolded(world.editor.text(uid)).split("BEGIN:VEVENT")[1:]:
        if any(line.startswith("RECURRENCE-ID") and line.endswith(wanted) for line in event.splitlines()):
            return event.partition("END:VEVENT")[0].splitlines()
    return []


def test_a_single_event_that_begins_to_repeat_keeps_its_outing_and_back_again(begin_styled: Begin) -> None:
    world = begin_styled()
    world.editor.change_rule(world.uid, "FREQ=WEEKLY;COUNT=3")
    world.sync()
    assert starts(world) == [week(0), week(1), week(2)]
    assert world.outing().participation("anne") is not None
    assert world.scene.href_of() == world.scene.href_of(world.others()[0].id)
    world.quiet()
    world.editor.change_rule(world.uid, None)
    world.sync()
    assert starts(world) == [week(0)]
    assert starts(world, CANCELLED) == [week(1), week(2)]
    assert world.outing().state is PUBLISHED
    world.quiet()


def test_a_series_given_another_weekday_moves_its_outings(begin_styled: Begin) -> None:
    world = begin_styled(outings=0)
    rule = "FREQ=WEEKLY;BYDAY={};COUNT=4"
    uid = world.editor.create_series("Le Café du facteur", FIRST, FIRST + timedelta(hours=2), rule.format("TU"))
    world.sync()
    ids = ids_by_start(world)
    world.editor.change_rule(uid, rule.format("TH"))
    world.editor.move(uid, next_week(9, 30, days=2))
    world.sync()
    assert [world.outing(ids[week(n)]).start for n in range(4)] == [week(n) + timedelta(days=2) for n in range(4)]
    assert starts(world, CANCELLED) == []
    world.quiet()


def test_a_series_moved_by_a_whole_week_gives_each_date_one_outing(series: tuple[World, str]) -> None:
    world, uid = series
    world.editor.move(uid, week(1))
    world.sync()
    assert starts(world) == [week(n) for n in range(1, 7)]
    linked = [o.id for o in world.outings() if o.state is PUBLISHED]
    assert len({world.scene.href_of(one) for one in linked}) == 1
    world.quiet()


def test_two_unlike_changes_of_one_day_are_not_taken_for_one(series: tuple[World, str]) -> None:
    """A date goes and, elsewhere in the week, a single outing is planned: that is no move."""
    world, uid = series
    ids = ids_by_start(world)
    world.editor.delete_one_date(uid, week(2))
    other = world.editor.create_event("Le Café du facteur", week(2, 17, 0), week(2, 19, 0))
    world.sync()
    assert world.outing(ids[week(2)]).state is CANCELLED
    assert starts(world).count(week(2, 17, 0)) == 1
    assert other in world.editor.uids()
    world.quiet()


def test_an_endless_series_reaches_to_the_horizon_and_on_with_time(begin: Begin) -> None:
    world = begin(outings=0)
    uid = world.editor.create_series("Le Café du facteur", FIRST, FIRST + timedelta(hours=2), "FREQ=WEEKLY")
    world.sync()
    before = starts(world)
    assert 20 < len(before) < 30
    world.editor.retitle(uid, "Sous un autre nom")
    world.sync()
    world.scene.clock.forward(timedelta(days=14))
    world.sync()
    assert starts(world)[: len(before)] == before
    assert len(starts(world)) == len(before) + 2
    world.quiet()


def test_this_and_future_as_one_override_moves_all_that_follow(begin: Begin) -> None:
    """RECURRENCE-ID;RANGE=THISANDFUTURE (RFC 5545 section 3.2.13), as older programs write it."""
    world = begin(outings=0)
    uid = world.editor.create_series("Le Café du facteur", FIRST, FIRST + timedelta(hours=2), WEEKLY)
    world.sync()
    ids = ids_by_start(world)
    world.editor.change_one_date(uid, week(3), start=week(3, 14, 0))
    opened = world.editor.open(uid)
    text = world.editor.text(uid).replace("RECURRENCE-ID;", "RECURRENCE-ID;RANGE=THISANDFUTURE;")
    world.editor.put_text(opened.href, text, opened.etag)
    world.sync()
    assert [world.outing(ids[week(n)]).start for n in range(6)] == [week(n) if n < 3 else week(n, 14, 0) for n in range(6)]
    world.quiet()
