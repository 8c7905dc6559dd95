"""Row: deletes an outing -> it is cancelled, not lost; it can be brought back (with a new UID)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from sidecar.domain.appointments import AppointmentState
from sidecar.services import conflicts, rota
from tests.editor import Missing
from tests.rows.world import World, next_week


def test_a_deleted_outing_is_cancelled_and_stays_in_the_rota(world: World) -> None:
    uid = world.uid
    world.editor.delete(uid)
    world.sync()
    assert world.outing().state is AppointmentState.CANCELLED
    assert world.from_calendar()["state"] == ["published", "cancelled"]
    with pytest.raises(Missing):
        world.editor.open(uid)
    world.quiet()


def test_a_deleted_outing_can_be_brought_back_under_a_new_uid(world: World) -> None:
    uid = world.uid
    world.editor.delete(uid)
    world.sync()
    with world.scene.board() as uow:
        rota.bring_back(uow, "cafe")
    world.sync()
    assert world.outing().state is AppointmentState.PUBLISHED
    assert world.uid != uid
    assert world.editor.uids().keys() == {world.uid}
    assert "STATUS:CONFIRMED" in world.text()
    world.quiet()


def test_an_outing_crossed_out_in_the_calendar_is_cancelled_and_keeps_its_event(styled: World) -> None:
    world = styled
    world.editor.set_status(world.uid, "CANCELLED")
    world.sync()
    assert world.outing().state is AppointmentState.CANCELLED
    assert "STATUS:CANCELLED" in world.text()
    world.editor.set_status(world.uid, "CONFIRMED")
    world.sync()
    assert world.outing().state is AppointmentState.PUBLISHED
    world.quiet()


def test_a_cancellation_on_the_board_stays_as_cancelled_in_the_calendar_and_comes_back_under_its_uid(
    world: World,
) -> None:
    uid = world.uid
    with world.scene.board() as uow:
        rota.cancel(uow, "cafe")
    world.sync()
    assert "STATUS:CANCELLED" in world.text()
    with world.scene.board() as uow:
        rota.bring_back(uow, "cafe")
    world.sync()
    assert world.uid == uid
    assert "STATUS:CONFIRMED" in world.text()
    world.quiet()


def test_deleting_the_event_of_a_cancelled_outing_changes_nothing_and_a_new_one_has_a_new_uid(world: World) -> None:
    uid = world.uid
    with world.scene.board() as uow:
        rota.cancel(uow, "cafe")
    world.sync()
    world.editor.delete(uid)
    world.sync()
    assert world.outing().state is AppointmentState.CANCELLED
    with world.scene.board() as uow:
        rota.bring_back(uow, "cafe")
    world.sync()
    assert world.uid != uid
    world.quiet()


def test_what_the_board_moved_meanwhile_is_not_cancelled_by_a_deletion_but_told(world: World) -> None:
    uid = world.uid
    world.change(start=next_week(15, 0), end=next_week(17, 0))
    world.editor.delete(uid)
    world.sync()
    assert world.outing().state is AppointmentState.PUBLISHED
    (told,) = world.conflicts()
    assert (told.why, told.field, told.theirs) == ("deleted_there_changed_here", "deleted", None)
    assert told.base == {"time": [_instant(9, 30), _instant(11, 30)]}
    assert told.ours == {"time": [_instant(15, 0), _instant(17, 0)]}
    assert world.uid != uid
    assert "T150000" in world.text()
    world.quiet()


@pytest.mark.parametrize(
    ("chosen", "state", "status"),
    [("ours", AppointmentState.PUBLISHED, "CONFIRMED"), ("theirs", AppointmentState.CANCELLED, "CANCELLED")],
)
def test_who_chooses_the_deletion_after_all_calls_the_outing_off(
    world: World, chosen: str, state: AppointmentState, status: str
) -> None:
    world.change(start=next_week(15, 0), end=next_week(17, 0))
    world.editor.delete(world.uid)
    world.sync()
    with world.scene.board() as uow:
        conflicts.choose(uow, world.conflicts()[0].id, chosen)
    world.sync()
    assert world.outing().state is state
    assert f"STATUS:{status}" in world.text()
    assert world.conflicts() == []
    world.quiet()


def test_deleted_again_after_another_change_it_is_one_question_with_all_that_was_changed(world: World) -> None:
    world.change(start=next_week(15, 0), end=next_week(17, 0))
    world.editor.delete(world.uid)
    world.sync()
    world.change(title="Café d'hiver")
    world.editor.delete(world.uid)
    world.sync()
    (told,) = world.conflicts()
    assert told.ours == {"time": [_instant(15, 0), _instant(17, 0)], "summary": "Café d'hiver"}
    assert told.base == {"time": [_instant(9, 30), _instant(11, 30)], "summary": "Le Café du facteur"}
    world.quiet()


def test_deleting_what_is_crossed_out_cancels_nothing_that_the_board_brought_back_meanwhile(world: World) -> None:
    uid = world.uid
    with world.scene.board() as uow:
        rota.cancel(uow, "cafe")
    world.sync()
    with world.scene.board() as uow:
        rota.bring_back(uow, "cafe")
    world.editor.delete(uid)
    world.sync()
    assert world.outing().state is AppointmentState.PUBLISHED
    assert world.uid != uid
    assert "STATUS:CONFIRMED" in world.text()
    world.quiet()


def test_deleting_the_event_of_a_past_outing_changes_nothing(world: World) -> None:
    world.scene.clock.forward(timedelta(days=20))
    before = world.outing()
    world.editor.delete(world.uid)
    world.sync()
    assert world.outing() == before
    assert world.editor.uids() == {}
    world.quiet()


def test_a_mere_redrawing_of_ours_does_not_keep_what_a_person_deleted(world: World) -> None:
    with world.scene.board() as uow:
        uow.people.save(replace(uow.people.get("bruno"), given_name="Bruno-Marie"))
    world.editor.delete(world.uid)
    world.sync()
    assert world.outing().state is AppointmentState.CANCELLED
    assert world.conflicts() == []
    world.quiet()


def test_a_team_put_together_on_the_board_meanwhile_is_not_cancelled_by_a_deletion(world: World) -> None:
    uid = world.uid
    with world.scene.board() as uow:
        rota.unstaff(uow, "cafe", "bruno")
    world.editor.delete(uid)
    world.sync()
    assert world.outing().state is AppointmentState.PUBLISHED
    assert [c.why for c in world.conflicts()] == ["deleted_there_changed_here"]
    assert world.uid != uid
    world.quiet()


def test_an_event_restored_from_the_trash_brings_its_outing_back(styled: World) -> None:
    world = styled
    text, href, uid = world.editor.text(world.uid), world.scene.href_of(), world.uid
    world.editor.delete(uid)
    world.sync()
    world.editor.put_text(href, text)
    world.sync()
    assert world.outing().state is AppointmentState.PUBLISHED
    assert world.others() == []
    assert world.uid == uid
    world.quiet()


def _instant(hour: int, minute: int) -> str:
    return next_week(hour, minute).astimezone(UTC).isoformat()


def test_a_program_that_adds_confirmed_to_what_it_changes_takes_no_cancellation_back(world: World) -> None:
    world.editor.create_event("Le Café du facteur", next_week(16), next_week(18))
    world.sync()
    (made,) = world.others()
    uid = world.scene.uid_of(made.id)
    world.editor.set_status(uid, "TENTATIVE")
    world.sync()
    with world.scene.board() as uow:
        rota.cancel(uow, made.id)
    world.editor.set_status(uid, "CONFIRMED")
    world.sync()
    assert world.outing(made.id).state is AppointmentState.CANCELLED
    assert "STATUS:CANCELLED" in world.editor.text(uid)
    assert world.conflicts() == []
    world.quiet()
