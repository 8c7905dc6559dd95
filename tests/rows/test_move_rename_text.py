"""Row: moves an outing, changes its place, title or text -> the outing changes."""

from __future__ import annotations

from datetime import timedelta

from tests.rows.world import MARKED, World, next_week


def test_a_moved_outing_moves_in_the_rota_and_its_answers_are_asked_again(styled: World) -> None:
    world = styled
    world.editor.answer(world.uid, "bruno@example.org", "ACCEPTED")
    world.sync()
    world.editor.move(world.uid, next_week(14, 0))
    world.sync()
    outing = world.outing()
    assert (outing.start, outing.duration) == (next_week(14, 0), timedelta(hours=2))
    was, becomes = world.from_calendar()["start"]
    assert was.startswith("2026-03-03T") and was != becomes
    bruno = outing.participation("bruno")
    assert bruno is not None and outing.response_for_now(bruno) == "needs-action"
    assert world.editor.attendees(world.uid)["bruno@example.org"] == "NEEDS-ACTION"
    assert "T140000" in world.text()
    world.quiet()


def test_another_title_place_and_text_arrive_and_the_block_stays(styled: World) -> None:
    world = styled
    world.editor.retitle(world.uid, "Le Café du facteur, au soleil")
    world.editor.change_place(world.uid, "Parc de Maurepas")
    world.editor.append_text(world.uid, "Apporter des gobelets; et du thé, merci")
    world.sync()
    outing = world.outing()
    assert outing.title == "Le Café du facteur, au soleil"
    assert outing.place is not None and outing.place.name == "Parc de Maurepas"
    assert outing.text == "Apporter des gobelets; et du thé, merci"
    told = world.from_calendar()
    assert told["title"] == ["Le Café du facteur", "Le Café du facteur, au soleil"]
    assert told["text"] == ["", "Apporter des gobelets; et du thé, merci"]
    assert told["place"][1]["name"] == "Parc de Maurepas"
    assert world.text().count(MARKED) == 1
    world.quiet()


def test_text_before_and_after_the_block_survives_our_next_write(styled: World) -> None:
    world = styled
    world.editor.prepend_text(world.uid, "Rendez-vous au local")
    world.editor.append_text(world.uid, "Clé chez Denis")
    world.sync()
    assert world.outing().text == "Rendez-vous au local\n\nClé chez Denis"
    world.change(meeting_point="Devant la boulangerie")
    world.sync()
    text = world.text()
    assert text.index("Rendez-vous au local") < text.index(MARKED) < text.index("Clé chez Denis")
    assert "Devant la boulangerie" in text
    world.quiet()


def test_saving_without_a_change_changes_nothing(styled: World) -> None:
    world = styled
    before = world.outing()
    world.editor.touch(world.uid)
    world.sync()
    assert world.outing() == before
    assert world.from_calendar() == {}
    world.quiet()


def test_a_text_that_replaces_everything_becomes_the_outings_text_and_the_block_comes_back(styled: World) -> None:
    world = styled
    world.editor.change_text(world.uid, "Tout nouveau")
    world.sync()
    assert world.outing().text == "Tout nouveau"
    world.change(meeting_point="Devant la boulangerie")
    world.sync()
    assert "Tout nouveau" in world.text()
    assert world.text().count(MARKED) == 1
    world.quiet()
