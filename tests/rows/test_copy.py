"""Row: copies an outing of ours -> a new outing, its team to confirm."""

from __future__ import annotations

from sidecar.domain.appointments import AppointmentState
from sidecar.domain.audit import Origin
from tests.rows.world import MARKED, World, next_week


def test_a_copy_is_a_new_outing_with_its_team_and_the_first_stays(styled: World) -> None:
    world = styled
    first, text = world.outing(), world.text()
    uid = world.editor.copy_event(world.uid, next_week(14, 0, days=7))
    world.sync()
    (copy,) = world.others()
    assert copy.initiative_id == "facteur" and copy.state is AppointmentState.PUBLISHED
    assert (copy.start, copy.end) == (next_week(14, 0, days=7), next_week(16, 0, days=7))
    assert {p.person_id: p.role for p in copy.participants} == {p.person_id: p.role for p in first.participants}
    assert world.scene.uid_of(copy.id) == uid != world.uid
    assert {entry.origin for entry in world.audit(subject_id=copy.id)} == {Origin.CALENDAR}
    assert world.outing() == first and world.text() == text
    world.quiet()


def test_our_block_in_a_copy_is_nobodys_text_and_tells_of_the_copy(styled: World) -> None:
    world = styled
    world.editor.append_text(world.uid, "Clé chez Denis")
    world.sync()
    uid = world.editor.copy_event(world.uid, next_week(14, 0, days=7))
    world.sync()
    (copy,) = world.others()
    assert copy.text == "Clé chez Denis"
    assert world.editor.text(uid).count(MARKED) == 1
    world.quiet()


def test_answers_in_a_copy_belong_to_the_first_time(styled: World) -> None:
    world = styled
    world.editor.answer(world.uid, "bruno@example.org", "ACCEPTED")
    world.sync()
    world.editor.copy_event(world.uid, next_week(14, 0, days=7))
    world.sync()
    (copy,) = world.others()
    bruno = copy.participation("bruno")
    assert bruno is not None and copy.response_for_now(bruno) == "needs-action"
    world.quiet()


def test_a_copy_goes_its_own_way(world: World) -> None:
    uid = world.editor.copy_event(world.uid, next_week(14, 0, days=7))
    world.sync()
    (copy,) = world.others()
    world.editor.retitle(uid, "Le Café du facteur, bis")
    world.editor.move(world.uid, next_week(8, 0))
    world.sync()
    assert world.outing(copy.id).title == "Le Café du facteur, bis"
    assert world.outing(copy.id).start == next_week(14, 0, days=7)
    assert (world.outing().title, world.outing().start) == ("Le Café du facteur", next_week(8, 0))
    world.editor.delete(uid)
    world.sync()
    assert world.outing().state is AppointmentState.PUBLISHED
    assert world.outing(copy.id).state is AppointmentState.CANCELLED
    world.quiet()


def test_a_copy_at_the_same_time_waits_because_nobody_is_in_two_places(world: World) -> None:
    copy = world.editor.copy_event(world.uid)
    before = world.editor.text(copy)
    world.sync()
    (outing,) = world.others()
    assert outing.to_confirm
    assert world.editor.text(copy) == before
    world.quiet()


def test_the_block_of_a_copy_tells_of_the_copys_own_team(world: World) -> None:
    copy = world.editor.copy_event(world.uid, next_week(days=7))
    world.editor.remove_attendee(copy, "bruno@example.org")
    world.sync()
    (outing,) = world.others()
    world.staff(outing.id, "chloe")
    world.sync()
    text = world.text(outing.id)
    assert text.count(MARKED) == 1
    assert "Chloé" in text and "Bruno" not in text
    assert "Bruno" in world.text()
    world.quiet()
