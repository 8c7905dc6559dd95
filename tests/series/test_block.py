"""Our block in a series: in the dates that have something of their own to say, and true there."""

from __future__ import annotations

from tests.rows.conftest import Begin
from tests.rows.world import MARKED, unfolded
from tests.series.test_answers import invited
from tests.series.tuesdays import Tuesdays, week


def described(series: Tuesdays, number: int) -> str:
    return "\n".join(series.lines_of(week(number)))


def test_the_block_of_a_date_of_its_own_follows_the_board(tuesdays: Tuesdays) -> None:
    series = tuesdays
    series.staff(2, "anne", "bruno")
    series.world.change(series.ids[2], meeting_point="Devant la poste")
    series.world.sync()
    assert "Devant la poste" in described(series, 2)
    assert series.editor.text(series.uid).count("RECURRENCE-ID") == 1
    series.world.quiet()


def test_the_block_of_a_date_that_a_person_moved_is_drawn_as_in_any_event(tuesdays: Tuesdays) -> None:
    series = tuesdays
    series.editor.change_one_date(series.uid, week(2), start=week(2, 14))
    series.world.sync()
    assert MARKED not in series.editor.text(series.uid)
    series.staff(2, "anne", "bruno")
    series.world.change(series.ids[2], meeting_point="Devant la poste")
    series.world.sync()
    assert "Devant la poste" in described(series, 2)
    series.world.quiet()


def test_what_is_said_of_a_date_that_follows_the_series_makes_no_date_of_its_own(tuesdays: Tuesdays) -> None:
    """The series is as slender as it was made; where to meet stands on the board."""
    series = tuesdays
    before = series.editor.text(series.uid)
    series.world.change(series.ids[2], meeting_point="Devant la poste")
    series.world.sync()
    assert series.editor.text(series.uid) == before
    series.world.quiet()


def test_a_block_edited_in_one_date_is_drawn_again_and_the_edit_is_kept(tuesdays: Tuesdays) -> None:
    series = tuesdays
    series.staff(2, "anne", "bruno")
    series.rewrite(("Anne\\, Bruno", "Gargamel"))
    series.world.sync()
    assert "Anne\\, Bruno" in described(series, 2) and "Gargamel" not in described(series, 2)
    (conflict,) = series.world.conflicts()
    assert (conflict.field, conflict.why, conflict.recurrence_id) == ("block", "block_edited", "2026-03-17T09:30:00")
    assert "Gargamel" in conflict.theirs
    series.world.quiet()


def test_one_of_ours_that_begins_to_repeat_says_of_each_date_who_comes(begin: Begin) -> None:
    """The block of the first date stands in the series; where another date has another team, it says so there."""
    world = begin()
    uid = world.uid
    world.editor.change_rule(uid, "FREQ=WEEKLY;COUNT=4")
    world.sync()
    series = Tuesdays(world, uid).absorbed()
    assert series.team(3) >= {"anne", "bruno"}
    assert series.lines_of(week(3)) == []
    world.quiet()
    world.change(series.ids[2], meeting_point="Devant la poste")
    world.sync()
    assert "Devant la poste" in described(series, 2)
    assert "Devant la poste" not in unfolded(series.editor.text(uid)).split("BEGIN:VEVENT")[1]
    assert series.lines_of(week(1)) == [] and series.lines_of(week(3)) == []
    world.quiet()


def test_words_of_people_around_the_block_of_a_date_survive(tuesdays: Tuesdays) -> None:
    series = tuesdays
    series.staff(2, "anne", "bruno")
    opened = series.editor.open(series.uid)
    event = series.editor.date_of(opened, week(2))
    event.set("DESCRIPTION", "Prendre la clé\\n" + (event.value("DESCRIPTION") or ""))
    series.editor.save(opened)
    series.world.sync()
    assert series.outing(2).text == "Prendre la clé"
    series.world.change(series.ids[2], meeting_point="Devant la poste")
    series.world.sync()
    lines = described(series, 2)
    assert "Prendre la clé" in lines and "Devant la poste" in lines
    series.world.quiet()


def test_the_initiatives_place_stands_once_in_a_series_made_with_its_team(begin: Begin) -> None:
    series = invited(begin)
    text = unfolded(series.editor.text(series.uid))
    assert text.count("LOCATION:Place du Gros-Chêne") == 1
    assert "RECURRENCE-ID" not in text and MARKED not in text
    series.world.quiet()
    series.editor.change_one_date(series.uid, week(3), place="Au parc")
    series.world.sync()
    assert [o.place.name for o in series.world.outings() if o.place].count("Au parc") == 1
    series.world.quiet()
