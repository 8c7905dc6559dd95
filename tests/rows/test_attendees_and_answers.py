"""Rows: adds or removes an attendee; accepts, declines, tentative."""

from __future__ import annotations

import pytest

from sidecar.domain.appointments import ParticipantRole, Response
from sidecar.domain.audit import Origin
from sidecar.domain.cover import CoverState
from sidecar.services import rota
from tests.rows.world import World, next_week

BRUNO = "bruno@example.org"


def response(world: World, person_id: str = "bruno") -> Response:
    outing = world.outing()
    participation = outing.participation(person_id)
    assert participation is not None
    return outing.response_for_now(participation)


def team(world: World) -> set[str]:
    return {p.person_id for p in world.outing().participants}


def test_an_attendee_whom_we_know_joins_the_team(styled: World) -> None:
    world = styled
    world.editor.add_attendee(world.uid, "chloe@example.org", "Chloé Martin")
    world.sync()
    chloe = world.outing().participation("chloe")
    assert chloe is not None and chloe.role is ParticipantRole.MEMBER
    assert "participants" in world.from_calendar()
    assert "Chloé" in world.text()
    assert "chloe@example.org" in world.editor.attendees(world.uid)
    world.quiet()


def test_an_unknown_address_becomes_a_suggested_contact(styled: World) -> None:
    world = styled
    world.editor.add_attendee(world.uid, "Yvon.Riou@example.net", "Yvon Riou", role="OPT-PARTICIPANT")
    world.sync()
    yvon = world.person("yvon.riou@example.net")
    assert yvon is not None and yvon.suggested
    assert (yvon.given_name, yvon.family_name) == ("Yvon", "Riou")
    assert not any(m.in_contacts for m in yvon.memberships)
    participation = world.outing().participation(yvon.id)
    assert participation is not None and participation.role is ParticipantRole.TRAINEE
    (entry,) = world.audit("person", yvon.id)
    assert (entry.origin, entry.actor) == (Origin.CALENDAR, "calendar:service")
    assert "yvon.riou@example.net" in world.editor.attendees(world.uid)
    world.quiet()


def test_an_attendee_who_is_removed_leaves_the_team(styled: World) -> None:
    world = styled
    world.editor.remove_attendee(world.uid, BRUNO)
    world.sync()
    assert world.outing().participation("bruno") is None
    assert "Bruno" not in world.text()
    assert BRUNO not in world.editor.attendees(world.uid)
    world.quiet()


@pytest.mark.parametrize(
    ("role", "written", "again"),
    [
        (ParticipantRole.DRIVER, "REQ-PARTICIPANT", ParticipantRole.DRIVER),
        (ParticipantRole.GUEST, "OPT-PARTICIPANT", ParticipantRole.GUEST),
        (ParticipantRole.FACILITATOR, "", ParticipantRole.FACILITATOR),
        # What the calendar says is believed, where it says something else.
        (ParticipantRole.DRIVER, "OPT-PARTICIPANT", ParticipantRole.TRAINEE),
        (ParticipantRole.BASE_CONTACT, "REQ-PARTICIPANT", ParticipantRole.MEMBER),
    ],
)
def test_who_is_taken_out_and_put_in_again_has_the_role_of_before(
    world: World, role: ParticipantRole, written: str, again: ParticipantRole
) -> None:
    """A driver and a member, a guest and a trainee are written alike."""
    with world.scene.board() as uow:
        rota.staff(uow, "cafe", "bruno", role)
    world.sync()
    world.editor.remove_attendee(world.uid, BRUNO)
    world.sync()
    assert world.outing().participation("bruno") is None
    world.editor.add_attendee(world.uid, BRUNO, "Bruno Petit", role=written)
    world.sync()
    bruno = world.outing().participation("bruno")
    assert bruno is not None and bruno.role is again
    world.quiet()


def test_who_was_a_driver_and_a_member_since_comes_back_as_a_member(world: World) -> None:
    for role in (ParticipantRole.DRIVER, ParticipantRole.MEMBER):
        with world.scene.board() as uow:
            rota.staff(uow, "cafe", "bruno", role)
    world.sync()
    world.editor.remove_attendee(world.uid, BRUNO)
    world.sync()
    world.editor.add_attendee(world.uid, BRUNO, "Bruno Petit")
    world.sync()
    bruno = world.outing().participation("bruno")
    assert bruno is not None and bruno.role is ParticipantRole.MEMBER
    world.quiet()


def test_a_guest_under_another_address_of_theirs_stays_the_same_person(world: World) -> None:
    with world.scene.board() as uow:
        bruno = uow.people.get("bruno")
        uow.people.save(type(bruno)(**{**vars(bruno), "emails": (BRUNO, "bruno@home.example")}))
    world.sync()
    world.editor.change_address(world.uid, BRUNO, "bruno@home.example")
    world.sync()
    assert world.outing().participation("bruno") is not None
    assert set(world.people()) == {"anne", "bruno", "chloe", "denis"}
    assert "bruno@home.example" in world.editor.attendees(world.uid)
    assert BRUNO not in world.editor.attendees(world.uid)
    world.quiet()


def test_a_room_in_the_event_stays_a_room(world: World) -> None:
    opened = world.editor.open(world.uid)
    opened.master.add(type(opened.master.lines("ATTENDEE")[0])("ATTENDEE", "mailto:salle@example.org", ";CUTYPE=ROOM"))
    world.editor.save(opened)
    world.sync()
    world.change(meeting_point="Devant la boulangerie")
    world.sync()
    assert world.person("salle@example.org") is None
    assert "salle@example.org" in world.editor.attendees(world.uid)
    world.quiet()


@pytest.mark.parametrize("answer", ["ACCEPTED", "TENTATIVE", "DECLINED"])
def test_an_answer_shows_at_the_next_pass_and_is_unverified_where_the_server_does_not_schedule(
    styled: World, answer: str
) -> None:
    world = styled
    world.editor.answer(world.uid, BRUNO, answer)
    world.sync()
    assert response(world) == answer.lower()
    bruno = world.outing().participation("bruno")
    assert bruno is not None and not bruno.verified
    assert "participants" in world.from_calendar()
    assert world.editor.attendees(world.uid)[BRUNO] == answer
    world.quiet()


def test_a_decline_opens_one_cover_request_and_coming_after_all_withdraws_it(styled: World) -> None:
    world = styled
    world.editor.answer(world.uid, BRUNO, "DECLINED", comment="Malade")
    world.sync()
    world.editor.touch(world.uid)
    world.sync()
    world.editor.answer(world.uid, BRUNO, "DECLINED", comment="Toujours malade")
    world.sync()
    (request,) = world.cover_requests()
    assert (request.person_id, request.state) == ("bruno", CoverState.OPEN)
    assert "Bruno" not in world.text().partition("== Hors les murs ==")[2].partition("== Fin")[0]
    world.editor.answer(world.uid, BRUNO, "ACCEPTED")
    world.sync()
    (request,) = world.cover_requests()
    assert request.state is CoverState.WITHDRAWN
    world.quiet()


def test_an_answer_belongs_to_its_time_and_is_asked_again_after_a_move(styled: World) -> None:
    world = styled
    world.editor.answer(world.uid, BRUNO, "ACCEPTED")
    world.editor.answer(world.uid, "anne@example.org", "DECLINED")
    world.sync()
    world.editor.move(world.uid, next_week(15, 0))
    world.sync()
    assert response(world) is Response.NEEDS_ACTION
    assert set(world.editor.attendees(world.uid).values()) == {"NEEDS-ACTION"}
    world.editor.answer(world.uid, BRUNO, "DECLINED")
    world.sync()
    assert response(world) is Response.DECLINED
    assert [r.person_id for r in world.cover_requests() if r.state is CoverState.OPEN] == ["bruno"]
    world.quiet()


def test_a_board_move_asks_again_in_the_calendar(styled: World) -> None:
    world = styled
    world.editor.answer(world.uid, BRUNO, "ACCEPTED")
    world.sync()
    world.change(start=next_week(16, 0), end=next_week(18, 0))
    world.sync()
    assert world.editor.attendees(world.uid)[BRUNO] == "NEEDS-ACTION"
    world.quiet()


def test_a_program_that_asks_again_by_itself_while_moving_is_understood(styled: World) -> None:
    world = styled
    world.editor.answer(world.uid, BRUNO, "ACCEPTED")
    world.sync()
    opened = world.editor.open(world.uid)
    for name, hour in (("DTSTART", 14), ("DTEND", 16)):
        fresh = world.editor.when(name, next_week(hour, 0))
        opened.master.set(name, fresh.value, fresh.params)
    for guest in opened.master.lines("ATTENDEE"):
        guest.set_param("PARTSTAT", "NEEDS-ACTION")
    world.editor.save(opened, matters=True)
    world.sync()
    assert world.outing().start == next_week(14, 0)
    assert response(world) is Response.NEEDS_ACTION
    assert world.conflicts() == []
    world.quiet()


def test_who_moves_an_event_and_answers_at_once_has_answered_for_the_new_time(world: World) -> None:
    world.editor.move(world.uid, next_week(14, 0))
    world.editor.answer(world.uid, BRUNO, "ACCEPTED")
    world.sync()
    assert response(world) is Response.ACCEPTED
    assert world.editor.attendees(world.uid)[BRUNO] == "ACCEPTED"
    world.quiet()


def test_a_second_decline_after_a_move_opens_a_second_request(world: World) -> None:
    world.editor.answer(world.uid, BRUNO, "DECLINED")
    world.sync()
    world.editor.move(world.uid, next_week(14, 0))
    world.sync()
    world.editor.answer(world.uid, BRUNO, "DECLINED")
    world.sync()
    assert sorted(r.state for r in world.cover_requests()) == [CoverState.OPEN, CoverState.WITHDRAWN]
    world.quiet()


def test_an_answer_on_the_board_and_another_persons_in_the_calendar_both_stand(world: World) -> None:
    with world.scene.board() as uow:
        new_id = world.scene.application.new_id
        rota.answer(uow, "cafe", "anne", Response.ACCEPTED, now=world.scene.clock(), new_id=new_id)
    world.editor.answer(world.uid, BRUNO, "TENTATIVE")
    world.sync()
    assert (response(world, "anne"), response(world)) == ("accepted", "tentative")
    assert world.editor.attendees(world.uid)["anne@example.org"] == "ACCEPTED"
    assert world.conflicts() == []
    world.quiet()


def test_somebody_without_an_account_is_put_into_no_event_by_us(world: World) -> None:
    with world.scene.board() as uow:
        rota.staff(uow, "cafe", "chloe", ParticipantRole.MEMBER)
    world.sync()
    assert "chloe" in team(world)
    assert "chloe@example.org" not in world.text()
    assert "Chloé" in world.text()
    world.quiet()


def test_the_same_guest_under_another_address_is_a_suggested_contact_in_their_place(world: World) -> None:
    world.editor.change_address(world.uid, BRUNO, "bruno.petit@example.net")
    world.sync()
    other = world.person("bruno.petit@example.net")
    assert other is not None and other.suggested
    assert team(world) == {"anne", "denis", other.id}
    world.quiet()
