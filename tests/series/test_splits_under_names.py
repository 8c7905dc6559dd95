"""A series is split and has another name, before, at once or since: its dates stay the same outings."""

from __future__ import annotations

import pytest

from tests.editor import Editor
from tests.rows.conftest import Begin
from tests.series.tuesdays import CANCELLED, NAME, Tuesdays, busy, reversed_split, week


@pytest.mark.parametrize("seen", ["renamed before", "renamed just now"])
@pytest.mark.parametrize("order", ["one pass", "old first", "new first"])
def test_a_series_under_a_name_of_its_own_is_split_like_any_other(begin: Begin, order: str, seen: str) -> None:
    """What is split off names no initiative; it goes on with the series of that name."""
    series = busy(Tuesdays.made(begin(outings=0)))
    program = series.editor
    program.retitle(series.uid, "Autour d'un verre")
    if seen == "renamed before" or order == "new first":
        series.world.sync()
    before = series.state()
    if order != "one pass":
        series.meanwhile(program)
    split = reversed_split if order == "new first" else Editor.split_series
    rest = split(program, series.uid, week(3), remaining=3)
    series.world.sync()
    assert series.state() == before
    assert series.starts(CANCELLED) == []
    assert [series.uid_of(n) for n in range(6)] == [series.uid] * 3 + [rest] * 3
    series.world.quiet()


@pytest.mark.parametrize("hour", [9, 14])
def test_a_text_written_into_a_series_that_is_split_at_once_reaches_every_outing(begin: Begin, hour: int) -> None:
    """A pass falls between the two writes of the split, so that the dates of the new half seem to be gone for a while."""
    series = Tuesdays.made(begin(outings=0))
    program = series.editor
    program.change_text(series.uid, "Apporter du café")
    series.meanwhile(program)
    program.split_series(series.uid, week(3), start=week(3, hour, 30), remaining=3)
    series.world.sync()
    assert [series.world.outing(series.ids[n]).text for n in range(6)] == ["Apporter du café"] * 6
    series.world.sync()
    series.world.quiet()


def test_a_series_renamed_and_split_within_one_pass_keeps_its_outings(begin: Begin) -> None:
    """No date says the old name any more, and the new one is not known yet."""
    series = Tuesdays.made(begin(outings=0))
    series.editor.retitle(series.uid, "Autour d'un verre")
    rest = series.editor.split_series(series.uid, week(3), remaining=3)
    series.world.sync()
    assert series.starts() == [week(n) for n in range(6)]
    assert [series.uid_of(n) for n in range(6)] == [series.uid] * 3 + [rest] * 3
    series.world.quiet()


@pytest.mark.parametrize("order", ["one pass", "old first"])
def test_what_is_split_off_under_another_name_goes_on_with_its_series(begin_styled: Begin, order: str) -> None:
    """No word of the initiative is in the new half: it begins where the old one ends, or names it."""
    series = busy(Tuesdays.made(begin_styled(outings=0)))
    before = series.state()
    program = series.editor
    if order == "old first":
        series.meanwhile(program)
    rest = program.split_series(series.uid, week(3), title="Autour d'un verre", remaining=3)
    series.world.sync()
    assert series.state() == before
    assert series.starts(CANCELLED) == []
    assert [series.uid_of(n) for n in range(6)] == [series.uid] * 3 + [rest] * 3
    assert [series.outing(n).title for n in (2, 3, 5)] == [NAME, "Autour d'un verre", "Autour d'un verre"]
    series.world.quiet()


@pytest.mark.parametrize("style", ["nextcloud_calendar", "ios"])
@pytest.mark.parametrize("order", ["one pass", "old first", "new first"])
def test_a_program_that_names_the_other_half_may_give_the_new_one_another_name_and_hour(
    begin: Begin, style: str, order: str
) -> None:
    world = begin(outings=0)
    world.style = style
    series = Tuesdays.made(world)
    program = series.editor
    if order != "one pass":
        series.meanwhile(program)
    split = reversed_split if order == "new first" else Editor.split_series
    rest = split(program, series.uid, week(3), start=week(3, 14), title="Autour d'un verre", remaining=3)
    series.world.sync()
    assert [series.outing(n).start for n in range(6)] == [week(n) if n < 3 else week(n, 14) for n in range(6)]
    assert series.starts(CANCELLED) == []
    assert [series.uid_of(n) for n in range(6)] == [series.uid] * 3 + [rest] * 3
    series.world.quiet()


@pytest.mark.parametrize("style", ["davx5", "gnome"])
@pytest.mark.parametrize("order", ["one pass", "old first"])
@pytest.mark.parametrize("copied", ["what people wrote", "our block"])
def test_a_new_half_under_another_name_and_hour_is_known_by_what_was_copied_into_it(
    begin: Begin, style: str, order: str, copied: str
) -> None:
    """These programs do not name the other half."""
    world = begin(outings=0)
    world.style = style
    fields = {"text": "Apporter du café", "place": "Place de l'Église"} if copied == "what people wrote" else {}
    series = Tuesdays.made(world, **fields)
    if copied == "our block":
        series.staff(4, "anne", "chloe")
    before = series.state()
    program = series.editor
    if order == "old first":
        series.meanwhile(program)
    rest = program.split_series(series.uid, week(3), start=week(3, 14), title="Autour d'un verre", remaining=3)
    world.sync()
    assert series.starts(CANCELLED) == []
    assert [series.uid_of(n) for n in range(6)] == [series.uid] * 3 + [rest] * 3
    assert {id: team for id, (_, team, _) in series.state().items()} == {id: team for id, (_, team, _) in before.items()}
    assert [series.outing(n).title for n in (2, 3, 5)] == [NAME, "Autour d'un verre", "Autour d'un verre"]
    assert [series.outing(n).start for n in (2, 3, 5)] == [week(2), week(3, 14), week(5, 14)]
    world.quiet()


def test_the_name_that_a_series_had_when_it_was_cut_is_remembered(begin: Begin) -> None:
    """It is renamed again before the second write of the split was seen; the dates that left never had the name between."""
    world = begin(outings=0)
    world.style = "thunderbird"
    series = Tuesdays.made(world)
    program = series.editor
    program.retitle(series.uid, "Autour d'un verre")
    series.meanwhile(program)
    rest = program.split_series(series.uid, week(3), start=week(3, 14), remaining=3)
    # Another window of the program: no pass between its writes.
    series.editor.retitle(series.uid, "Sur la place")
    world.sync()
    assert [series.uid_of(n) for n in range(6)] == [series.uid] * 3 + [rest] * 3
    assert series.starts(CANCELLED) == []
    world.quiet()


def test_a_series_of_somebodys_own_with_another_text_is_left_alone_though_ours_is_cut_there(begin: Begin) -> None:
    series = Tuesdays.made(begin(outings=0), text="Apporter du café", place="Place de l'Église")
    series.editor.end_series(series.uid, week(3))
    own = series.editor.create_series(
        "Piscine", week(3, 18), week(3, 19), "FREQ=WEEKLY;COUNT=3", text="Apporter du thé", place="Place de l'Église"
    )
    text = series.editor.text(own)
    series.world.sync()
    assert series.starts(CANCELLED) == [week(3), week(4), week(5)]
    assert text in series.world.texts().values()
    series.world.quiet()


def test_a_series_of_somebodys_own_that_comes_when_ours_is_cut_is_left_alone(begin: Begin) -> None:
    series = Tuesdays.made(begin(outings=0))
    series.editor.end_series(series.uid, week(3))
    own = series.editor.create_series("Piscine", week(3, 18), week(3, 19), "FREQ=WEEKLY;COUNT=3")
    text = series.editor.text(own)
    series.world.sync()
    series.editor.retitle(own, "Judo")
    text = series.editor.text(own)
    series.world.sync()
    assert len(series.world.outings()) == 6
    assert series.starts(CANCELLED) == [week(3), week(4), week(5)]
    assert text in series.world.texts().values()
    series.world.quiet()


def test_a_foreign_series_of_another_week_is_not_taken_for_its_namesake(begin: Begin) -> None:
    series = Tuesdays.made(begin(outings=0))
    series.editor.retitle(series.uid, "Réunion")
    series.world.sync()
    text = series.editor.text(series.editor.create_series("Réunion", week(20), week(20, 11), "FREQ=WEEKLY;COUNT=3"))
    series.world.sync()
    assert len(series.world.outings()) == 6
    assert text in series.world.texts().values()
    series.world.quiet()
