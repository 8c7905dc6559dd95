"""Rows: creates an event that names an initiative -> an outing to confirm; creates anything else -> left alone."""

from __future__ import annotations

import pytest

from sidecar.domain.appointments import AppointmentState, ParticipantRole
from sidecar.domain.audit import Origin
from sidecar.services import rota
from tests.editor import Editor
from tests.rows.world import MARKED, World, next_week


def create(editor: Editor, title: str = "Café du facteur", **options: str) -> str:
    return editor.create_event(title, next_week(14, 0, days=2), next_week(16, 0, days=2), **options)


def test_an_event_called_like_an_initiative_becomes_an_outing_to_confirm_and_stays_as_it_is(styled: World) -> None:
    world = styled
    uid = create(world.editor, "le cafe du Facteur", place="Place du Gros-Chêne", text="Premier essai")
    before = world.editor.text(uid)
    world.sync()
    (outing,) = world.others()
    assert (outing.initiative_id, outing.state, outing.to_confirm) == ("facteur", AppointmentState.PUBLISHED, True)
    assert (outing.start, outing.end) == (next_week(14, 0, days=2), next_week(16, 0, days=2))
    assert outing.title == "le cafe du Facteur"
    assert outing.place is not None and outing.place.name == "Place du Gros-Chêne"
    assert outing.text == "Premier essai"
    assert {entry.origin for entry in world.audit(subject_id=outing.id)} == {Origin.CALENDAR}
    assert world.editor.text(uid) == before
    world.quiet()


def test_a_category_that_names_an_initiative_is_enough(styled: World) -> None:
    world = styled
    create(world.editor, "Mardi au marché", category="Le Café du facteur")
    world.sync()
    (outing,) = world.others()
    assert (outing.title, outing.initiative_id, outing.to_confirm) == ("Mardi au marché", "facteur", True)
    world.quiet()


def test_it_invites_once_its_findings_are_solved(world: World) -> None:
    uid = create(world.editor)
    world.sync()
    (outing,) = world.others()
    for person, role in (
        ("anne", ParticipantRole.MEMBER),
        ("bruno", ParticipantRole.MEMBER),
        ("denis", ParticipantRole.BASE_CONTACT),
    ):
        assert world.editor.attendees(uid) == {}
        with world.scene.board() as uow:
            rota.staff(uow, outing.id, person, role)
        world.sync()
    assert not world.outing(outing.id).to_confirm
    assert set(world.editor.attendees(uid)) == {"anne@example.org", "bruno@example.org", "denis@example.org"}
    assert world.text(outing.id).count(MARKED) == 1
    world.quiet()


def test_it_invites_once_a_reason_is_given(world: World) -> None:
    uid = create(world.editor)
    world.sync()
    (outing,) = world.others()
    with world.scene.board() as uow:
        staffed = rota.staff(uow, outing.id, "anne", ParticipantRole.MEMBER)
        rota.change(uow, outing.id, staffed.version, override_reason="Elle y va avec une stagiaire")
    world.sync()
    assert not world.outing(outing.id).to_confirm
    assert set(world.editor.attendees(uid)) == {"anne@example.org"}
    world.quiet()


def test_one_to_confirm_moves_and_goes_with_its_event(world: World) -> None:
    uid = create(world.editor)
    world.sync()
    (outing,) = world.others()
    world.editor.move(uid, next_week(15, 0, days=3))
    world.sync()
    assert world.outing(outing.id).start == next_week(15, 0, days=3)
    world.editor.delete(uid)
    world.sync()
    assert world.outing(outing.id).state is AppointmentState.CANCELLED
    world.quiet()


def test_any_other_event_is_left_alone(styled: World) -> None:
    world = styled
    uid = create(world.editor, "Réunion de parents", text="Au local")
    world.editor.add_foreign_property(uid)
    world.editor.add_alarm(uid)
    before = world.editor.text(uid)
    world.sync()
    assert world.others() == []
    assert world.editor.text(uid) == before
    world.quiet()


def test_a_foreign_event_that_is_renamed_to_an_initiative_becomes_an_outing(world: World) -> None:
    uid = create(world.editor, "Réunion de parents")
    world.sync()
    world.editor.retitle(uid, "Le Café du facteur")
    world.sync()
    (outing,) = world.others()
    assert outing.to_confirm
    world.quiet()


@pytest.mark.parametrize("title", ["Le Café du facteur", "Réunion de parents"])
def test_an_event_with_somebody_else_as_organizer_is_only_watched(world: World, title: str) -> None:
    editor = world.with_style("thunderbird")
    uid = create(editor, title)
    editor.add_foreign_property(uid, "ORGANIZER", "mailto:mairie@example.net", ";CN=Mairie")
    before = editor.text(uid)
    report = world.sync()
    assert world.others() == []
    assert report.totals["watched"] == (1 if "facteur" in title else 0)
    world.change(meeting_point="Devant la boulangerie")
    world.sync()
    assert editor.text(uid) == before
    world.quiet()


def test_one_that_ended_already_stays_somebody_elses_history(world: World) -> None:
    uid = world.editor.create_event("Le Café du facteur", next_week(days=-30), next_week(11, days=-30))
    before = world.editor.text(uid)
    world.sync()
    assert world.others() == []
    assert world.editor.text(uid) == before
    world.quiet()
