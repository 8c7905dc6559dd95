"""Row: edits the same field as the board did meanwhile -> the calendar's stands, the board's is kept to choose."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sidecar.domain.appointments import ParticipantRole, Response
from sidecar.domain.places import Place, PlaceKind
from sidecar.services import rota
from sidecar.services.access import OPERATOR
from sidecar.services.conflicts import choose
from sidecar.services.overview import conflicts as open_conflicts
from sidecar.services.standing import Now, has_come_true, moved_on
from tests.rows.world import World, next_week


def choosing(world: World, chosen: str) -> None:
    (conflict,) = world.conflicts()
    with world.scene.board() as uow:
        choose(uow, conflict.id, chosen)
    assert world.conflicts() == []
    world.sync()


def both_move(world: World) -> None:
    world.change(start=next_week(15, 0), end=next_week(17, 0))
    world.editor.move(world.uid, next_week(8, 0))
    world.sync()


def test_both_moved_the_outing_and_the_calendar_stands_with_both_values_kept(styled: World) -> None:
    both_move(styled)
    assert styled.outing().start == next_week(8, 0)
    (conflict,) = styled.conflicts()
    assert (conflict.field, conflict.subject_id, conflict.why) == ("time", "cafe", "both_changed")
    assert conflict.base[0] == "2026-03-03T08:30:00+00:00"
    assert conflict.ours[0] == "2026-03-03T14:00:00+00:00"
    assert conflict.theirs[0] == "2026-03-03T07:00:00+00:00"
    assert "T080000" in styled.text()
    styled.quiet()


@pytest.mark.parametrize(("chosen", "hour"), [("ours", 15), ("theirs", 8)])
def test_one_click_chooses(world: World, chosen: str, hour: int) -> None:
    both_move(world)
    choosing(world, chosen)
    assert world.outing().start == next_week(hour, 0)
    assert f"T{hour:02}0000" in world.text()
    world.quiet()


@pytest.mark.parametrize("chosen", ["ours", "theirs"])
@pytest.mark.parametrize("field", ["summary", "text", "location"])
def test_title_text_and_place_are_chosen_likewise(world: World, field: str, chosen: str) -> None:
    here, there = "Dit au tableau", "Dit au calendrier"
    match field:
        case "summary":
            world.change(title=here)
            world.editor.retitle(world.uid, there)
        case "text":
            world.change(text=here)
            world.editor.append_text(world.uid, there)
        case _:
            world.change(place=Place(name=here, kind=PlaceKind.PUBLIC_SPACE))
            world.editor.change_place(world.uid, there)
    world.sync()
    (conflict,) = world.conflicts()
    assert (conflict.field, conflict.ours, conflict.theirs) == (field, here, there)
    assert there in world.text() and here not in world.text()
    choosing(world, chosen)
    wanted, other = (here, there) if chosen == "ours" else (there, here)
    assert wanted in world.text() and other not in world.text()
    world.quiet()


def test_different_fields_are_no_conflict(styled: World) -> None:
    world = styled
    world.change(meeting_point="Devant la boulangerie", title="Le Café du facteur, fête")
    world.editor.move(world.uid, next_week(8, 0))
    world.sync()
    assert world.conflicts() == []
    assert (world.outing().title, world.outing().start) == ("Le Café du facteur, fête", next_week(8, 0))
    assert "fête" in world.text() and "T080000" in world.text() and "boulangerie" in world.text()
    world.quiet()


def test_the_same_change_on_both_sides_is_no_conflict(world: World) -> None:
    world.change(title="Café au soleil")
    world.editor.retitle(world.uid, "Café au soleil")
    world.sync()
    assert world.conflicts() == []
    assert world.outing().title == "Café au soleil"
    world.quiet()


def test_both_changed_a_phone_number_and_the_contact_list_stands(world: World) -> None:
    with world.scene.reading() as uow:
        href = uow.links.of_subject("person", "bruno")[0].href
    with world.scene.board() as uow:
        uow.people.save(replace(uow.people.get("bruno"), phones=("+33611111111",)))
    world.contacts.change_phone(href, "06 22 22 22 22")
    world.sync()
    assert world.people()["bruno"].phones == ("+33622222222",)
    (conflict,) = world.conflicts()
    assert (conflict.field, conflict.subject_kind, conflict.subject_id) == ("phones", "person", "bruno")
    choosing(world, "ours")
    assert world.people()["bruno"].phones == ("+33611111111",)
    assert "611111111" in world.contacts.text(href).replace(" ", "")
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
    (conflict,) = world.conflicts()
    assert (conflict.field, conflict.ours, conflict.theirs) == ("partstat:bruno@example.org", "DECLINED", "ACCEPTED")
    with world.scene.board() as uow:
        choose(uow, conflict.id, "ours")
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


def test_a_driver_who_is_put_back_by_a_click_drives_again(world: World) -> None:
    """The calendar calls drivers and members alike; here the driver was in training meanwhile."""
    with world.scene.board() as uow:
        rota.staff(uow, "cafe", "bruno", ParticipantRole.TRAINEE)
    world.sync()
    with world.scene.board() as uow:
        rota.staff(uow, "cafe", "bruno", ParticipantRole.DRIVER)
    world.editor.remove_attendee(world.uid, "bruno@example.org")
    world.sync()
    assert world.outing().participation("bruno") is None
    choosing(world, "ours")
    bruno = world.outing().participation("bruno")
    assert bruno is not None and bruno.role is ParticipantRole.DRIVER
    world.quiet()


@pytest.mark.parametrize("chosen", ["ours", "theirs"])
def test_who_got_another_role_here_and_was_taken_out_there_is_put_back_by_one_click(world: World, chosen: str) -> None:
    with world.scene.board() as uow:
        rota.staff(uow, "cafe", "bruno", ParticipantRole.BASE_CONTACT)
    world.editor.remove_attendee(world.uid, "bruno@example.org")
    world.sync()
    assert world.outing().participation("bruno") is None
    (conflict,) = world.conflicts()
    assert (conflict.field, conflict.theirs) == ("attendee:bruno@example.org", None)
    choosing(world, chosen)
    bruno = world.outing().participation("bruno")
    assert (bruno.role if bruno is not None else None) is (ParticipantRole.BASE_CONTACT if chosen == "ours" else None)
    assert ("bruno@example.org" in world.editor.attendees(world.uid)) is (chosen == "ours")
    world.quiet()


# --- what was changed again since ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("chosen", "title"), [("ours", "Au tableau"), ("theirs", "À l'agenda"), ("now", "Depuis")])
@pytest.mark.parametrize("where", ["board", "calendar"])
def test_the_value_shown_is_the_value_chosen_whatever_was_made_of_it_since(
    world: World, where: str, chosen: str, title: str
) -> None:
    world.change(title="Au tableau")
    world.editor.retitle(world.uid, "À l'agenda")
    world.sync()
    if where == "board":
        world.change(title="Depuis")
    else:
        world.editor.retitle(world.uid, "Depuis")
    world.sync()
    (conflict,) = world.conflicts()
    with world.scene.reading() as uow:
        assert moved_on(uow, conflict) == Now("Depuis")
    choosing(world, chosen)
    assert world.outing().title == title
    assert f"SUMMARY:{title}" in world.text()
    world.quiet()


def test_what_nobody_changed_since_has_not_moved_on(world: World) -> None:
    """Each property that can be put back, where the calendar's value stands."""
    with world.scene.board() as uow:
        rota.staff(uow, "cafe", "bruno", ParticipantRole.BASE_CONTACT)
        rota.cancel(uow, "cafe")
    world.change(
        title="A", text="A", place=Place(name="A", kind=PlaceKind.MARKET, geo=(48.1, -1.6)),
        start=next_week(15, 0), end=next_week(17, 0),
    )  # fmt: skip
    program = world.editor
    program.retitle(world.uid, "B")
    program.change_text(world.uid, "B")
    program.change_place(world.uid, "B")
    program.move(world.uid, next_week(8, 0))
    program.set_status(world.uid, "TENTATIVE")
    program.remove_attendee(world.uid, "bruno@example.org")
    world.sync()
    asked = {c.field: c for c in world.conflicts()}
    assert {"summary", "text", "location", "time", "attendee:bruno@example.org"} <= asked.keys()
    with world.scene.reading() as uow:
        assert [(field, found) for field, c in asked.items() if (found := moved_on(uow, c)) is not None] == []
        assert [field for field, c in asked.items() if has_come_true(uow, c)] == []
    with world.scene.board() as uow:
        for conflict in asked.values():
            choose(uow, conflict.id, "theirs")
    world.sync()
    assert (world.outing().title, world.outing().start) == ("B", next_week(8, 0))
    world.quiet()


def test_where_our_value_stands_by_now_nothing_is_asked_any_more(world: World) -> None:
    both_move(world)
    world.change(start=next_week(15, 0), end=next_week(17, 0))
    with world.scene.reading() as uow:
        assert open_conflicts(uow, "maurepas", {}, OPERATOR) == ()
    world.change(start=next_week(16, 0), end=next_week(18, 0))
    with world.scene.reading() as uow:
        ((conflict, _),) = open_conflicts(uow, "maurepas", {}, OPERATOR)
        found = moved_on(uow, conflict)
    assert found is not None and found.value[0] == "2026-03-03T15:00:00+00:00"
