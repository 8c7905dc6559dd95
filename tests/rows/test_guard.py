"""Row: empties or deletes the whole calendar, or deletes much of it -> nothing is cancelled, the pass asks."""

from __future__ import annotations

import pytest

from calendars.sync.ports import CollectionKind
from sidecar.domain.appointments import AppointmentState
from tests.rows.conftest import Begin
from tests.rows.world import World


def states(world: World) -> set[AppointmentState]:
    return {outing.state for outing in world.outings()}


def asked(world: World) -> str:
    return world.sync().of(world.calendar).guarded


@pytest.fixture
def full(begin: Begin) -> World:
    """Nine outings."""
    return begin(outings=9)


def test_an_emptied_calendar_cancels_nothing_and_asks(full: World) -> None:
    full.editor.empty_calendar()
    assert asked(full) == "emptied"
    assert states(full) == {AppointmentState.PUBLISHED}
    assert asked(full) == "emptied"
    assert full.editor.uids() == {}


def test_much_deleted_within_a_day_cancels_nothing_of_what_went_last_and_asks(full: World) -> None:
    for number in range(2, 8):
        full.editor.delete(full.scene.uid_of(f"cafe{number}"))
    assert asked(full) == "drained"
    assert states(full) == {AppointmentState.PUBLISHED}


def test_much_deleted_little_by_little_within_a_day_is_noticed_too(full: World) -> None:
    seen = ""
    for number in range(1, 8):
        full.editor.delete(full.scene.uid_of(f"cafe{number}"))
        seen = seen or asked(full)
    assert seen == "drained"
    assert AppointmentState.PUBLISHED in {full.outing(f"cafe{n}").state for n in range(5, 9)}


def test_a_few_deleted_are_cancelled_without_a_question(full: World) -> None:
    for number in (2, 3):
        full.editor.delete(full.scene.uid_of(f"cafe{number}"))
    assert asked(full) == ""
    assert [full.outing(f"cafe{n}").state for n in (1, 2, 3)] == ["published", "cancelled", "cancelled"]
    full.quiet()


def test_a_deleted_calendar_cancels_nothing_and_asks(full: World) -> None:
    adapter = full.over.adapter(full.calendar, CollectionKind.CALENDAR)
    adapter.delete_collection()  # type: ignore[attr-defined]
    assert asked(full) == "gone"
    assert states(full) == {AppointmentState.PUBLISHED}
    assert asked(full) == "gone"


def test_accepted_losses_are_cancelled(full: World) -> None:
    full.editor.empty_calendar()
    asked(full)
    assert full.scene.syncer.resume("maurepas", restore=False, actor="coordinator") == [full.calendar]
    assert asked(full) == ""
    assert states(full) == {AppointmentState.CANCELLED}
    assert full.editor.uids() == {}
    full.quiet()


def test_losses_that_were_a_mistake_are_written_again_under_new_uids(full: World) -> None:
    before = set(full.editor.uids())
    full.editor.empty_calendar()
    asked(full)
    full.scene.syncer.resume("maurepas", restore=True, actor="coordinator")
    assert asked(full) == ""
    assert states(full) == {AppointmentState.PUBLISHED}
    after = set(full.editor.uids())
    assert len(after) == 9 and not after & before
    full.quiet()


def test_while_asking_nothing_is_written_to_that_calendar_and_the_contacts_go_on(full: World) -> None:
    full.editor.empty_calendar()
    asked(full)
    with full.scene.reading() as uow:
        link = uow.links.of_subject("person", "bruno")[0]
    full.change(meeting_point="Devant la boulangerie")
    full.contacts.change_phone(link.href, "06 12 34 56 78")
    asked(full)
    assert full.editor.uids() == {}
    assert full.people()["bruno"].phones == ("+33612345678",)
