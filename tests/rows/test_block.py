"""The block of ours in a description: around it people write, inside it we do, without its markers all is theirs."""

from __future__ import annotations

from tests.editor.lines import unescape
from tests.rows.world import MARKED, World

END = "== Fin Hors les murs =="


def described(world: World) -> str:
    return unescape(world.editor.open(world.uid).master.value("DESCRIPTION") or "")


def test_an_edit_inside_the_block_is_told_and_the_block_is_drawn_again(styled: World) -> None:
    world = styled
    ours = described(world)
    world.editor.change_text(world.uid, ours.replace("Bruno", "Bruno (malade)"))
    world.sync()
    (conflict,) = world.conflicts()
    assert (conflict.field, conflict.why) == ("block", "block_edited")
    assert "Bruno (malade)" in str(conflict.theirs) and "Bruno" in str(conflict.ours)
    assert described(world) == ours
    assert world.outing().text == ""
    world.quiet()


def test_text_around_the_block_stays_where_it_was_written(styled: World) -> None:
    world = styled
    world.editor.change_text(world.uid, f"Au-dessus\n\n{described(world)}\n\nEn dessous\n  - avec des\ttabulations")
    world.sync()
    world.change(meeting_point="Devant la boulangerie")
    world.sync()
    before, _, rest = described(world).partition(MARKED)
    block, _, after = rest.partition(END)
    assert before == "Au-dessus\n\n"
    assert "Devant la boulangerie" in block
    assert after == "\n\nEn dessous\n  - avec des\ttabulations"
    world.quiet()


def test_a_deleted_marker_makes_all_of_it_peoples_text_and_the_block_comes_again(styled: World) -> None:
    world = styled
    world.editor.change_text(world.uid, described(world).replace(END, "").strip())
    world.sync()
    assert MARKED in world.outing().text and "Bruno" in world.outing().text
    world.change(meeting_point="Devant la boulangerie")
    world.sync()
    text = described(world)
    assert text.count(END) == 1
    assert "Devant la boulangerie" in text
    world.quiet()
    assert world.outing().text.count("Bruno") == 1


def test_both_markers_deleted_is_peoples_text_too(styled: World) -> None:
    world = styled
    bare = described(world).replace(END, "").replace(MARKED, "").strip()
    world.editor.change_text(world.uid, bare)
    world.sync()
    assert world.outing().text == bare
    assert described(world).count(MARKED) == described(world).count(END) == 1
    world.quiet()


def test_a_description_taken_away_leaves_no_text_and_the_block_comes_again(styled: World) -> None:
    world = styled
    ours = described(world)
    opened = world.editor.open(world.uid)
    opened.master.set("DESCRIPTION", None)
    world.editor.save(opened)
    world.sync()
    assert world.outing().text == ""
    assert described(world) == ours
    world.quiet()


def test_an_html_twin_of_the_description_does_not_tell_an_old_story(world: World) -> None:
    """Thunderbird writes the text once more as HTML in ALTREP: once ours differs, it must not stand."""
    thunderbird = world.with_style("thunderbird")
    thunderbird.append_text(world.uid, "Clé chez Denis")
    world.sync()
    world.change(meeting_point="Devant la boulangerie")
    world.sync()
    line = world.editor.open(world.uid).master.line("DESCRIPTION")
    assert line is not None and line.param("ALTREP") is None
    assert "Clé chez Denis" in unescape(line.value)
    world.quiet()


def test_a_block_that_was_deleted_is_drawn_again(styled: World) -> None:
    world = styled
    world.editor.change_text(world.uid, "Apporter des gobelets")
    world.sync()
    assert world.conflicts() == []
    assert world.outing().text == "Apporter des gobelets"
    assert world.text().count(MARKED) == 1
    world.editor.change_text(world.uid, "Apporter des gobelets")
    world.sync()
    assert world.text().count(MARKED) == 1
    world.quiet()
