"""Row: copies an outing of ours -> a new outing, its team to confirm."""

from __future__ import annotations

from sidecar.domain.appointments import Response
from tests.rows.world import MARKED, World, next_week


def test_a_copy_is_a_new_outing_whose_team_is_asked_anew(styled: World) -> None:
    world = styled
    world.editor.append_text(world.uid, "Clé chez Denis")
    world.editor.answer(world.uid, "bruno@example.org", "ACCEPTED")
    world.sync()
    original = world.text()
    copy = world.editor.copy_event(world.uid, next_week(days=7))
    world.sync()
    (outing,) = world.others()
    assert (outing.title, outing.start, outing.initiative_id) == ("Le Café du facteur", next_week(days=7), "facteur")
    assert outing.text == "Clé chez Denis"
    assert {p.person_id for p in outing.participants} == {"anne", "bruno", "denis"}
    assert {p.response for p in outing.participants} == {Response.NEEDS_ACTION}
    assert world.scene.uid_of(outing.id) == copy != world.uid
    assert set(world.editor.attendees(copy).values()) == {"NEEDS-ACTION"}
    assert world.text() == original
    assert world.editor.attendees(world.uid)["bruno@example.org"] == "ACCEPTED"
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
