"""Row: empties or deletes the whole calendar, or much of it within a day -> nothing is cancelled, a person decides."""

from __future__ import annotations

from datetime import timedelta

import pytest

from calendars.sync.guard import DRAINED, EMPTIED, GONE, REMADE
from calendars.sync.ports import CollectionKind
from sidecar.domain.appointments import AppointmentState
from tests.rows.conftest import Begin
from tests.rows.world import World

PUBLISHED, CANCELLED = AppointmentState.PUBLISHED, AppointmentState.CANCELLED


@pytest.fixture
def full(begin: Begin) -> World:
    """Nine outings in the calendar."""
    return begin(outings=9)


def states(world: World) -> list[AppointmentState]:
    return [o.state for o in world.outings()]


def emptied(world: World) -> None:
    assert world.editor.empty_calendar() == 9
    report = world.sync()
    assert report.collections[world.calendar].guarded == EMPTIED
    assert states(world) == [PUBLISHED] * 9
    assert world.from_calendar() == {}


def test_an_emptied_calendar_cancels_nothing_and_stays_empty_until_somebody_decides(full: World) -> None:
    emptied(full)
    full.change(title="Un autre titre")
    report = full.sync()
    assert report.collections[full.calendar].guarded == EMPTIED
    assert full.texts() == {}
    assert states(full) == [PUBLISHED] * 9


def test_what_was_emptied_by_mistake_is_written_again_under_new_uids(full: World) -> None:
    before = {full.scene.uid_of(o.id) for o in full.outings()}
    emptied(full)
    assert full.scene.syncer.resume("maurepas", restore=True, actor="coordinator") == [full.calendar]
    full.sync()
    assert states(full) == [PUBLISHED] * 9
    after = set(full.editor.uids())
    assert len(after) == 9 and not after & before
    full.quiet()


def test_what_was_emptied_on_purpose_is_cancelled(full: World) -> None:
    emptied(full)
    assert full.scene.syncer.resume("maurepas", restore=False, actor="coordinator") == [full.calendar]
    full.sync()
    assert states(full) == [CANCELLED] * 9
    assert full.texts() == {}
    assert full.from_calendar()["state"] == ["published", "cancelled"]
    full.quiet()


def drained(world: World) -> None:
    """Three go in the morning, three in the evening."""
    for number in (1, 2, 3):
        world.editor.delete(world.scene.uid_of(f"cafe{number}"))
    report = world.sync()
    assert report.collections[world.calendar].guarded == ""
    assert states(world).count(CANCELLED) == 3
    world.scene.clock.forward(timedelta(hours=9))
    for number in (4, 5, 6):
        world.editor.delete(world.scene.uid_of(f"cafe{number}"))
    report = world.sync()
    assert report.collections[world.calendar].guarded == DRAINED
    assert states(world).count(CANCELLED) == 3


def test_a_calendar_drained_within_a_day_stops_and_asks_and_can_be_restored(full: World) -> None:
    drained(full)
    full.scene.syncer.resume("maurepas", restore=True, actor="coordinator")
    full.sync()
    assert states(full).count(PUBLISHED) == 6
    assert len(full.texts()) == 6
    full.quiet()


def test_what_was_put_back_no_longer_counts_as_lost(full: World) -> None:
    drained(full)
    full.scene.syncer.resume("maurepas", restore=True, actor="coordinator")
    full.sync()
    full.editor.delete(full.scene.uid_of("cafe7"))
    assert full.sync().of(full.calendar).guarded == ""
    assert full.outing("cafe7").state is CANCELLED
    full.quiet()


def test_a_calendar_drained_within_a_day_can_be_accepted(full: World) -> None:
    drained(full)
    full.scene.syncer.resume("maurepas", restore=False, actor="coordinator")
    full.sync()
    assert states(full).count(CANCELLED) == 6
    full.quiet()


def test_the_same_deletions_over_many_days_are_ordinary(full: World) -> None:
    for number in (1, 2, 3, 4, 5, 6):
        full.editor.delete(full.scene.uid_of(f"cafe{number}"))
        assert full.sync().collections[full.calendar].guarded == ""
        full.scene.clock.forward(timedelta(hours=25))
    assert states(full).count(CANCELLED) >= 5


def deleted_and_made_again(world: World) -> None:
    adapter = world.over.adapter(world.calendar, CollectionKind.CALENDAR)
    adapter.delete_collection()  # type: ignore[attr-defined]
    report = world.sync()
    assert report.collections[world.calendar].guarded == GONE
    assert states(world) == [PUBLISHED] * 9
    world.sync()
    assert states(world) == [PUBLISHED] * 9


def test_a_deleted_calendar_cancels_nothing_and_is_filled_again_once_it_is_there(full: World) -> None:
    deleted_and_made_again(full)
    made = full.over.opened().create_collection(CollectionKind.CALENDAR, "c-outings", "C outings")
    assert made.href == full.calendar
    report = full.sync()
    assert report.collections[full.calendar].guarded == REMADE
    assert states(full) == [PUBLISHED] * 9
    full.scene.syncer.resume("maurepas", restore=True, actor="coordinator")
    full.sync()
    assert len(full.texts()) == 9
    assert states(full) == [PUBLISHED] * 9
    full.quiet()


def test_a_calendar_deleted_on_purpose_cancels_its_outings_once_that_is_said(full: World) -> None:
    deleted_and_made_again(full)
    full.scene.syncer.resume("maurepas", restore=False, actor="coordinator")
    full.sync()
    assert states(full) == [CANCELLED] * 9


def test_other_calendars_go_on_meanwhile(begin: Begin) -> None:
    world = begin(outings=9)
    emptied(world)
    (anne,) = world.contacts.named("Anne Le Roux")
    world.contacts.change_phone(anne, "+33 6 39 98 11 22")
    world.sync()
    assert any("+33639981122" in person.phones for person in world.people().values())
    assert states(world) == [PUBLISHED] * 9


def test_a_few_deleted_are_cancelled_without_a_question(full: World) -> None:
    for number in (2, 3):
        full.editor.delete(full.scene.uid_of(f"cafe{number}"))
    assert full.sync().of(full.calendar).guarded == ""
    assert [full.outing(f"cafe{n}").state for n in (1, 2, 3)] == ["published", "cancelled", "cancelled"]
    full.quiet()


def test_much_deleted_within_a_day_at_once_cancels_nothing_and_asks(full: World) -> None:
    for number in range(2, 8):
        full.editor.delete(full.scene.uid_of(f"cafe{number}"))
    assert full.sync().of(full.calendar).guarded == DRAINED
    assert states(full) == [PUBLISHED] * 9
