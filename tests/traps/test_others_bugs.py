"""Trap 15: what went wrong in other people's booking systems must not go wrong here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from calendars.sync.guard import EMPTIED
from sidecar.domain.appointments import AppointmentState
from tests.twin import Twin


def test_many_passes_erase_and_write_nothing(make: Callable[..., Twin]) -> None:
    """Trap 15: a second sync erased bookings (easyappointments issue 1702)."""
    world = make(outings=5)
    world.scene.sync()
    texts, writes = world.texts(), len(world.writes())
    for number in range(60):
        world.scene.sync(full=number % 3 == 0)
        world.scene.clock.forward(timedelta(hours=5))
        if number == 30:
            world.server.prune(world.calendar)
    assert world.texts() == texts
    assert len(world.writes()) == writes
    with world.scene.reading() as uow:
        assert {a.state for a in uow.appointments.all()} == {AppointmentState.PUBLISHED}


def test_a_deletion_outside_is_seen_in_the_next_pass(make: Callable[..., Twin]) -> None:
    """Trap 15: deletions outside were ignored (tymeslot issue 73, cal.diy issue 5124)."""
    world = make(outings=5)
    world.scene.sync()
    world.server.delete("service", world.scene.href_of("cafe1"))
    world.scene.sync()
    assert world.scene.appointment("cafe1").state is AppointmentState.CANCELLED
    assert world.scene.appointment("cafe2").state is AppointmentState.PUBLISHED


def test_a_change_is_an_update_and_never_a_deletion_and_a_new_event(world: Twin) -> None:
    """Trap 15: deleting and inserting anew made duplicates (tsdav issue 138)."""
    world.scene.sync()
    href = world.scene.href_of()
    for number in range(10):
        world.change(title=f"Titre {number}")
        if number % 2:
            world.edit("T093000" if number % 4 == 1 else "T100000", "T100000" if number % 4 == 1 else "T093000")
        world.scene.sync()
        assert list(world.texts()) == [href]
    assert [method for method, _, _ in world.writes()] == ["PUT"] * len(world.writes())


def test_a_calendar_that_somebody_vacated_cancels_nothing(make: Callable[..., Twin]) -> None:
    """Trap 15: an emptied calendar cancelled everything."""
    world = make(outings=5)
    world.scene.sync()
    for href in world.texts():
        world.server.delete("service", href)
    assert world.scene.sync().of(world.calendar).guarded == EMPTIED
    with world.scene.reading() as uow:
        assert {a.state for a in uow.appointments.all()} == {AppointmentState.PUBLISHED}
