"""Rows: edits the same field as the board did meanwhile -> both values are kept; another field -> both survive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC

import pytest

from sidecar.domain.appointments import Appointment, Response
from sidecar.domain.bindings import Conflict
from sidecar.domain.places import Place, PlaceKind
from sidecar.services import conflicts, rota
from tests.rows.world import World, next_week


def only_conflict(world: World) -> Conflict:
    (found,) = world.conflicts()
    return found


def test_the_calendars_title_stands_and_the_boards_is_kept(styled: World) -> None:
    world = styled
    world.change(title="Du tableau")
    world.editor.retitle(world.uid, "De l'agenda")
    report = world.sync()
    assert report.totals["conflicted"] == 1
    assert world.outing().title == "De l'agenda"
    assert "SUMMARY:De l'agenda" in world.text()
    conflict = only_conflict(world)
    assert (conflict.field, conflict.base, conflict.ours, conflict.theirs) == (
        "summary",
        "Le Café du facteur",
        "Du tableau",
        "De l'agenda",
    )
    assert world.from_calendar()["title"] == ["Du tableau", "De l'agenda"]
    world.quiet()


Edit = Callable[[World], None]
Read = Callable[[Appointment], object]

FIELDS: dict[str, tuple[Edit, Edit, Read, object, object, str]] = {
    "summary": (
        lambda w: w.change(title="Du tableau"),
        lambda w: w.editor.retitle(w.uid, "De l'agenda"),
        lambda a: a.title,
        "Du tableau",
        "De l'agenda",
        "SUMMARY:Du tableau",
    ),
    "time": (
        lambda w: w.change(start=next_week(14, 0), end=next_week(16, 0)),
        lambda w: w.editor.move(w.uid, next_week(10, 0)),
        lambda a: a.start.astimezone(UTC).hour,
        13,
        9,
        "T140000",
    ),
    "location": (
        lambda w: w.change(place=Place(name="Parc du tableau", kind=PlaceKind.PUBLIC_SPACE)),
        lambda w: w.editor.change_place(w.uid, "Parc de l'agenda"),
        lambda a: a.place.name if a.place else "",
        "Parc du tableau",
        "Parc de l'agenda",
        "LOCATION:Parc du tableau",
    ),
    "text": (
        lambda w: w.change(text="Note du tableau"),
        lambda w: w.editor.append_text(w.uid, "Note de l'agenda"),
        lambda a: a.text,
        "Note du tableau",
        "Note de l'agenda",
        "Note du tableau",
    ),
}


@pytest.mark.parametrize("field", FIELDS)
def test_choosing_ours_puts_the_boards_value_back_everywhere(world: World, field: str) -> None:
    board, calendar, value, ours, theirs, line = FIELDS[field]
    board(world)
    calendar(world)
    world.sync()
    assert value(world.outing()) == theirs
    conflict = only_conflict(world)
    assert conflict.field == field
    with world.scene.board() as uow:
        conflicts.choose(uow, conflict.id, "ours")
    world.sync()
    assert value(world.outing()) == ours
    assert line in world.text()
    assert world.conflicts() == []
    world.quiet()


def test_choosing_theirs_leaves_everything_as_it_stands(world: World) -> None:
    world.change(title="Du tableau")
    world.editor.retitle(world.uid, "De l'agenda")
    world.sync()
    with world.scene.board() as uow:
        conflicts.choose(uow, only_conflict(world).id, "theirs")
    world.quiet()
    assert world.outing().title == "De l'agenda"
    assert world.conflicts() == []


def test_the_same_value_on_both_sides_is_no_conflict(world: World) -> None:
    world.change(title="Le même")
    world.editor.retitle(world.uid, "Le même")
    world.sync()
    assert world.conflicts() == []
    world.quiet()


def test_different_fields_changed_meanwhile_both_survive(styled: World) -> None:
    world = styled
    world.change(title="Du tableau", meeting_point="Au coin")
    world.editor.move(world.uid, next_week(14, 0))
    world.editor.append_text(world.uid, "Clé chez Denis")
    world.sync()
    outing = world.outing()
    assert (outing.title, outing.start, outing.text) == ("Du tableau", next_week(14, 0), "Clé chez Denis")
    text = world.text()
    assert "SUMMARY:Du tableau" in text and "T140000" in text and "Clé chez Denis" in text and "Au coin" in text
    assert world.conflicts() == []
    world.quiet()


def test_one_person_joins_on_the_board_and_another_leaves_in_the_calendar(styled: World) -> None:
    world = styled
    world.staff("cafe", "chloe")
    world.editor.remove_attendee(world.uid, "bruno@example.org")
    world.editor.answer(world.uid, "anne@example.org", "ACCEPTED")
    world.sync()
    outing = world.outing()
    assert {p.person_id for p in outing.participants} == {"anne", "chloe", "denis"}
    anne = outing.participation("anne")
    assert anne is not None and outing.response_for_now(anne) is Response.ACCEPTED
    assert world.conflicts() == []
    world.quiet()


def test_an_answer_by_telephone_and_another_in_the_calendar_are_both_kept(world: World) -> None:
    with world.scene.board() as uow:
        rota.answer(uow, "cafe", "bruno", Response.DECLINED, now=world.scene.clock(), new_id=lambda: "request")
    world.editor.answer(world.uid, "bruno@example.org", "ACCEPTED")
    world.sync()
    conflict = only_conflict(world)
    assert (conflict.field, conflict.ours, conflict.theirs) == ("partstat:bruno@example.org", "DECLINED", "ACCEPTED")
    with world.scene.board() as uow:
        conflicts.choose(uow, conflict.id, "ours")
    world.sync()
    assert world.editor.attendees(world.uid)["bruno@example.org"] == "DECLINED"
    world.quiet()


def test_an_answer_by_telephone_does_not_fight_with_a_move_in_the_calendar(world: World) -> None:
    world.editor.answer(world.uid, "bruno@example.org", "ACCEPTED")
    world.sync()
    with world.scene.board() as uow:
        rota.answer(uow, "cafe", "bruno", Response.DECLINED, now=world.scene.clock(), new_id=lambda: "request")
    opened = world.editor.open(world.uid)
    for name, hour in (("DTSTART", 14), ("DTEND", 16)):
        fresh = world.editor.when(name, next_week(hour, 0))
        opened.master.set(name, fresh.value, fresh.params)
    for guest in opened.master.lines("ATTENDEE"):
        guest.set_param("PARTSTAT", "NEEDS-ACTION")
    world.editor.save(opened, matters=True)
    world.sync()
    outing = world.outing()
    bruno = outing.participation("bruno")
    assert bruno is not None and outing.response_for_now(bruno) is Response.NEEDS_ACTION
    assert world.conflicts() == []
    world.quiet()
