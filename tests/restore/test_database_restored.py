"""Our own database is put back from an old backup: it is silent, takes up again what the calendars know, and goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sidecar.domain.appointments import AppointmentState, TeamMeeting
from sidecar.domain.bindings import Purpose
from sidecar.domain.people import Membership, Person
from sidecar.services import rota
from sidecar.services.muting import MARK, Why
from tests.restore.database import backup, copy
from tests.restore.journal import cut_before_writing
from tests.restore.place import Place
from tests.restore.test_muting import look_and_unmute, why
from tests.rows.world import World, next_week
from tests.scene import outing

PUBLISHED, CANCELLED = AppointmentState.PUBLISHED, AppointmentState.CANCELLED


@pytest.fixture
def world(place: Place) -> World:
    return place.world(outings=4)


def silent(world: World, reason: Why, *, passes: int = 2) -> None:
    """Passes that read and write nothing."""
    before, cards = world.texts(), world.contacts.texts()
    for _ in range(passes):
        assert world.sync().muted == reason
    assert (world.texts(), world.contacts.texts()) == (before, cards)


def goes_on(world: World) -> None:
    look_and_unmute(world.scene)
    for _ in range(2):
        assert world.sync().muted == Why.NOT
    world.quiet()


def without_file(world: World) -> None:
    """Nothing beside the database tells how far it had come."""
    (world.scene.application.config.data_dir / MARK).unlink()


def test_what_was_made_since_is_taken_up_again_and_nothing_is_doubled(world: World) -> None:
    put_back = backup(world.scene)
    with world.scene.board() as uow:
        uow.appointments.add(outing(5, text="Apporter des tasses"))
    world.sync()
    world.editor.answer(world.scene.uid_of("cafe5"), "bruno@example.org", "ACCEPTED")
    world.sync()
    href, uid = world.scene.href_of("cafe5"), world.scene.uid_of("cafe5")
    put_back()
    silent(world, Why.RESTORED)
    found = world.outing("cafe5")
    assert (found.state, found.to_confirm, found.title, found.text) == (
        PUBLISHED, True, "Le Café du facteur", "Apporter des tasses",
    )  # fmt: skip
    assert found.start == outing(5).start
    bruno = found.participation("bruno")
    assert bruno is not None and found.response_for_now(bruno) == "accepted"
    assert (world.scene.href_of("cafe5"), world.scene.uid_of("cafe5")) == (href, uid)
    assert world.others() == []
    (asked,) = [c for c in world.conflicts() if c.field == "taken_up"]
    assert "Anne" in asked.theirs
    goes_on(world)
    assert len(world.texts()) == 5
    assert world.others() == []


def test_what_changed_since_is_read_from_the_calendar(world: World) -> None:
    put_back = backup(world.scene)
    world.editor.retitle(world.uid, "Sous les arbres")
    world.editor.delete(world.scene.uid_of("cafe1"))
    world.change("cafe2", title="Écrit par le planning")
    with world.scene.board() as uow:
        rota.cancel(uow, "cafe3")
    world.sync()
    put_back()
    silent(world, Why.RESTORED)
    assert [world.outing(i).state for i in ("cafe", "cafe1", "cafe2", "cafe3")] == [
        PUBLISHED, CANCELLED, PUBLISHED, CANCELLED,
    ]  # fmt: skip
    assert [world.outing(i).title for i in ("cafe", "cafe2")] == ["Sous les arbres", "Écrit par le planning"]
    goes_on(world)
    assert "SUMMARY:Sous les arbres" in world.text()
    assert world.conflicts() == []


def test_what_waited_in_the_backup_does_not_undo_what_came_after(world: World) -> None:
    """The board had changed a place that was not written yet; since then it was written, and changed again."""
    place = outing().place
    assert place is not None
    world.change(place=replace(place, name="Halle"))
    put_back = backup(world.scene)
    world.sync()
    world.editor.change_place(world.uid, "Mail François Mitterrand")
    world.sync()
    put_back()
    silent(world, Why.RESTORED)
    found = world.outing().place
    assert found is not None and found.name == "Mail François Mitterrand"
    assert [(c.field, c.ours) for c in world.conflicts()] == [("location", "Halle")]
    goes_on(world)
    assert "LOCATION:Mail François Mitterrand" in world.text()


def test_without_any_file_the_calendar_itself_tells_before_anything_is_written(world: World) -> None:
    put_back = backup(world.scene)
    with world.scene.board() as uow:
        uow.appointments.add(outing(5))
    world.sync()
    put_back()
    without_file(world)
    world.change(title="Écrit par l'ancienne base")
    silent(world, Why.ELSEWHERE)
    assert why(world.scene) is Why.ELSEWHERE
    assert world.outing("cafe5").state is PUBLISHED
    goes_on(world)
    assert "SUMMARY:Écrit par l'ancienne base" in world.text()
    assert len(world.texts()) == 5


def test_a_dry_pass_shows_that_and_keeps_nothing(world: World) -> None:
    put_back = backup(world.scene)
    with world.scene.board() as uow:
        uow.appointments.add(outing(5))
    world.sync()
    put_back()
    without_file(world)
    world.change(title="Écrit par l'ancienne base")
    shown = world.sync(dry=True)
    assert [w["href"] for w in shown.would] == [world.scene.href_of()]
    assert why(world.scene) is Why.NOT
    with world.scene.reading() as uow:
        assert uow.appointments.find("cafe5") is None


def test_a_write_that_was_open_in_the_backup_does_not_bring_back_what_was_deleted_since(world: World) -> None:
    with world.scene.board() as uow:
        uow.appointments.add(outing(5))
    cut_before_writing(world)
    put_back = backup(world.scene)
    world.sync()
    world.editor.delete(world.scene.uid_of("cafe5"))
    with world.scene.board() as uow:
        uow.appointments.add(outing(6))
    world.sync()
    put_back()
    silent(world, Why.RESTORED)
    assert not any("cafe5" in href for href in world.texts())


def test_a_draft_of_the_backup_that_was_published_since_is_published(world: World) -> None:
    with world.scene.board() as uow:
        uow.appointments.add(outing(5, state=AppointmentState.DRAFT))
    put_back = backup(world.scene)
    world.change("cafe5", state=PUBLISHED, title="Sous les arbres")
    world.sync()
    put_back()
    without_file(world)
    silent(world, Why.ELSEWHERE)
    found = world.outing("cafe5")
    assert (found.state, found.title) == (PUBLISHED, "Sous les arbres")
    assert world.others() == []
    goes_on(world)
    assert len(world.texts()) == 5


def test_what_was_called_off_and_brought_back_since_is_the_same_outing(world: World) -> None:
    put_back = backup(world.scene)
    world.editor.delete(world.scene.uid_of("cafe1"))
    world.sync()
    with world.scene.board() as uow:
        rota.bring_back(uow, "cafe1")
    world.change("cafe1", title="De retour")
    world.sync()
    uid = world.scene.uid_of("cafe1")
    put_back()
    without_file(world)
    silent(world, Why.ELSEWHERE)
    found = world.outing("cafe1")
    assert (found.state, found.title) == (PUBLISHED, "De retour")
    assert world.scene.uid_of("cafe1") == uid
    assert world.others() == []
    goes_on(world)
    assert len(world.texts()) == 4


def test_what_is_brought_back_later_never_takes_a_name_that_was_used(world: World) -> None:
    put_back = backup(world.scene)
    world.editor.delete(world.scene.uid_of("cafe1"))
    world.sync()
    with world.scene.board() as uow:
        rota.bring_back(uow, "cafe1")
    world.sync()
    used = {world.scene.uid_of("cafe1")}
    put_back()
    world.sync()
    used.add(world.scene.uid_of("cafe1"))
    look_and_unmute(world.scene)
    world.editor.delete(world.scene.uid_of("cafe1"))
    world.sync()
    with world.scene.board() as uow:
        rota.bring_back(uow, "cafe1")
    world.sync()
    assert world.scene.uid_of("cafe1") not in used


def test_a_person_who_came_since_is_the_same_person(world: World) -> None:
    put_back = backup(world.scene)
    with world.scene.board() as uow:
        uow.people.add(
            Person(
                id="erwan", given_name="Erwan", family_name="Le Goff", phones=("+33639980099",),
                memberships=(Membership(centre_id="maurepas"),),
            )
        )  # fmt: skip
    world.sync()
    put_back()
    silent(world, Why.RESTORED)
    assert world.people()["erwan"].full_name == "Erwan Le Goff"
    assert sum(p.family_name == "Le Goff" for p in world.people().values()) == 1
    goes_on(world)
    assert len(world.contacts.named("Erwan Le Goff")) == 1


def test_somebody_elses_outing_made_since_is_an_outing_again(world: World) -> None:
    put_back = backup(world.scene)
    world.editor.create_event("Le Café du facteur, marché", next_week(16), next_week(18))
    world.sync()
    put_back()
    silent(world, Why.RESTORED)
    assert [o.title for o in world.others()] == ["Le Café du facteur, marché"]


def test_other_kinds_are_taken_up_for_what_their_calendar_is_for(place: Place) -> None:
    world = place.world(purposes=(Purpose.OUTINGS, Purpose.MEETINGS, Purpose.CONTACTS))
    put_back = backup(world.scene)
    base = outing(2)
    with world.scene.board() as uow:
        uow.appointments.add(
            TeamMeeting(
                id="round", centre_id="maurepas", title="Tour de table", start=base.start, end=base.end, state=PUBLISHED,
            )
        )  # fmt: skip
    world.sync()
    put_back()
    world.sync()
    found = world.outing("round")
    assert (found.kind, found.title, found.to_confirm) == ("meeting", "Tour de table", True)


def test_what_is_past_by_then_stays_history(world: World) -> None:
    put_back = backup(world.scene)
    with world.scene.board() as uow:
        uow.appointments.add(outing(5))
    world.sync()
    put_back()
    world.scene.clock.now = outing(5).end.replace(hour=23)
    before = world.texts()
    world.sync()
    assert why(world.scene) is Why.RESTORED
    with world.scene.reading() as uow:
        assert uow.appointments.find("cafe5") is None
    assert world.texts() == before


# --- a second machine ---------------------------------------------------------------------------------------------------


def test_a_copy_that_was_let_write_notices_the_first_one_at_work(world: World, tmp_path: Path) -> None:
    second = copy(world.scene, tmp_path / "second")
    second.sync()
    look_and_unmute(second)
    assert second.sync().muted == Why.NOT
    with world.scene.board() as uow:
        uow.appointments.add(outing(5))
    world.sync()
    before = world.texts()
    with second.board() as uow:
        uow.appointments.save(replace(uow.appointments.get("cafe"), title="Écrit par la copie"))
    assert second.sync().muted == Why.ELSEWHERE
    assert world.texts() == before
    assert second.appointment("cafe5").state is PUBLISHED


def test_a_copy_with_a_name_of_its_own_does_not_take_the_firsts_entries_for_its_own(world: World, tmp_path: Path) -> None:
    second = copy(world.scene, tmp_path / "second")
    second.sync()
    look_and_unmute(second, new_instance=True)
    with second.reading() as uow:
        named = str(uow.settings.get("instance_id"))
    app = replace(second.application, instance=named)
    second = replace(second, application=app, syncer=replace(second.syncer, application=app))
    with world.scene.board() as uow:
        uow.appointments.add(outing(5))
    world.sync()
    assert second.sync().muted == Why.NOT
    with second.reading() as uow:
        assert uow.appointments.find("cafe5") is None
