"""Trap 15 and the guard: a collection that is replaced, half listed or the wrong one cancels nothing and is asked about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from calendars.sync.guard import REPLACED, WRONG
from calendars.sync.ports import CollectionKind
from sidecar.domain.appointments import AppointmentState
from sidecar.domain.bindings import Purpose
from sidecar.domain.errors import NotNow
from sidecar.i18n import translator
from tests.twin import Twin

PRIVATE = """BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nBEGIN:VEVENT\r\nUID:dentist\r
DTSTAMP:20260223T080000Z\r\nDTSTART:20260310T083000Z\r\nSUMMARY:Dentiste\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"""


def replaced(world: Twin) -> Twin:
    """Somebody deleted the calendar and made another one of the same name, with events of their own in it."""
    world.scene.sync()
    world.scene.sync()
    world.server.remove_collection(world.calendar)
    assert world.server.add_collection("service", CollectionKind.CALENDAR, "c-outings") == world.calendar
    world.server.put("service", f"{world.calendar}dentist.ics", PRIVATE)
    return world


def states(world: Twin) -> set[AppointmentState]:
    with world.scene.reading() as uow:
        return {a.state for a in uow.appointments.all()}


@pytest.mark.parametrize("outings", [1, 2, 12])
def test_another_collection_under_the_same_name_cancels_nothing_and_gets_nothing(
    make: Callable[..., Twin], outings: int
) -> None:
    """Trap 15: it knows nothing of our token and holds nothing of ours, be it one event or many."""
    world = replaced(make(outings=outings))
    world.change(title="Autre titre")
    for _ in range(3):
        report = world.scene.sync()
        assert report.of(world.calendar).guarded == REPLACED
        assert not report.ok
        world.scene.clock.forward(timedelta(hours=13))
    assert states(world) == {AppointmentState.PUBLISHED}
    assert world.texts() == {f"{world.calendar}dentist.ics": PRIVATE}


def test_said_to_be_the_right_one_it_gets_all_back_beside_what_it_holds(make: Callable[..., Twin]) -> None:
    """Trap 15: --restore."""
    world = replaced(make(outings=3))
    world.scene.sync()
    world.scene.syncer.resume("maurepas", restore=True, actor="coordinator")
    assert world.scene.sync().ok
    assert len(world.texts()) == 4
    assert world.texts()[f"{world.calendar}dentist.ics"] == PRIVATE
    assert states(world) == {AppointmentState.PUBLISHED}
    assert world.scene.sync().requests == 1


def test_said_to_be_meant_the_losses_cancel(make: Callable[..., Twin]) -> None:
    """Trap 15: --accept."""
    world = replaced(make(outings=3))
    world.scene.sync()
    world.scene.syncer.resume("maurepas", restore=False, actor="coordinator")
    assert world.scene.sync().ok
    assert states(world) == {AppointmentState.CANCELLED}


def test_a_calendar_whose_token_expired_and_that_holds_something_of_ours_is_the_same_one(make: Callable[..., Twin]) -> None:
    """Trap 4 beside trap 15: an ordinary deletion stays one."""
    world = make(outings=6)
    world.scene.sync()
    world.scene.sync()
    world.server.delete("service", world.scene.href_of("cafe"))
    world.server.prune(world.calendar)
    assert world.scene.sync().ok
    assert world.scene.appointment("cafe").state is AppointmentState.CANCELLED


def test_the_last_event_deleted_by_a_person_is_an_ordinary_deletion(world: Twin) -> None:
    """Trap 15 must not make every deletion a question."""
    world.scene.sync()
    world.scene.sync()
    world.server.delete("service", world.scene.href_of())
    assert world.scene.sync().ok
    assert states(world) == {AppointmentState.CANCELLED}


# --- listings that end early ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("tokens", [True, False])
@pytest.mark.parametrize("left_out", [1, 5, 12])
def test_a_listing_that_ends_early_with_a_200_cancels_nothing(
    make: Callable[..., Twin], tokens: bool, left_out: int
) -> None:
    """A listing with fewer members than there are: what it lacks is asked for by name before it counts as gone."""
    world = make(outings=12)
    world.server.tokens = tokens
    world.scene.sync()
    world.scene.sync()
    world.server.unlisted = set(sorted(world.texts())[:left_out])
    world.edit("T093000", "T100000", "cafe11")
    for _ in range(2):
        world.scene.clock.forward(timedelta(hours=25))
        report = world.scene.sync()
        assert (report.ok, report.of(world.calendar).gone) == (True, 0)
    assert states(world) == {AppointmentState.PUBLISHED}
    assert world.scene.appointment("cafe11").start.hour == 10


def test_what_changed_among_the_left_out_is_read_all_the_same(make: Callable[..., Twin]) -> None:
    """A server that lists its first thousand alone, and has no tokens: the rest is followed by name."""
    world = make(outings=4)
    world.server.tokens = False
    world.scene.sync()
    world.server.unlisted = {world.scene.href_of("cafe2")}
    world.edit("T093000", "T100000", "cafe2")
    world.server.delete("service", world.scene.href_of("cafe1"))
    assert world.scene.sync().ok
    assert world.scene.appointment("cafe2").start.hour == 10
    assert world.scene.appointment("cafe1").state is AppointmentState.CANCELLED


# --- bound to what it is not ---------------------------------------------------------------------------------------


@pytest.fixture
def tasks_alone(make: Callable[..., Twin], monkeypatch: pytest.MonkeyPatch) -> Twin:
    """The calendar takes tasks alone, since somebody made it anew."""
    world = replaced(make(outings=2))
    shown = world.server._state

    def state(stored: Any, user: str) -> Any:
        return replace(shown(stored, user), components=frozenset({"VTODO"}))

    monkeypatch.setattr(world.server, "_state", state)
    return world


def test_a_calendar_that_takes_no_events_is_told_and_not_written(tasks_alone: Twin) -> None:
    """A wrong binding: every write would be refused, one by one."""
    report = tasks_alone.scene.sync()
    assert report.of(tasks_alone.calendar).guarded == WRONG
    assert [m for m, _, _ in tasks_alone.writes()] == ["PUT", "PUT"]
    assert states(tasks_alone) == {AppointmentState.PUBLISHED}
    with pytest.raises(NotNow):
        tasks_alone.scene.syncer.resume("maurepas", restore=True, actor="coordinator")


def test_an_address_book_where_a_calendar_was_is_the_wrong_one(
    make: Callable[..., Twin], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong binding: the same address, another kind of collection."""
    world = make(purposes=(Purpose.OUTINGS, Purpose.CONTACTS), outings=2)
    world.scene.sync()
    world.edit("T093000", "T100000")
    look = world.server.home("service").look

    def confused(kinds: Any) -> Any:
        return [replace(s, kind=CollectionKind.ADDRESSBOOK) if s.href == world.calendar else s for s in look(kinds)]

    home = world.server.home("service")
    monkeypatch.setattr(home, "look", confused)
    world.scene.syncer = replace(world.scene.syncer, open_home=lambda space: home)
    assert world.scene.sync().of(world.calendar).guarded == WRONG
    assert states(world) == {AppointmentState.PUBLISHED}


@pytest.mark.parametrize("reason", ["gone", "emptied", "drained", REPLACED, WRONG])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_reason_says_what_to_do(reason: str, language: str) -> None:
    """A person who has to decide reads how."""
    assert "CENTRE" in translator(language)(f"sync.guard.{reason}")
