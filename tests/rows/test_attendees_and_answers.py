"""Rows: adds or removes an attendee -> the team changes; accepts, declines, tentative -> the answer shows."""

from __future__ import annotations

import pytest

from sidecar.domain.appointments import ParticipantRole, Response
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


@pytest.mark.parametrize("answer", ["ACCEPTED", "DECLINED", "TENTATIVE"])
def test_an_answer_arrives_with_the_time_it_was_given_for(styled: World, answer: str) -> None:
    world = styled
    world.editor.answer(world.uid, BRUNO, answer)
    world.sync()
    assert response(world) == answer.lower()
    participation = world.outing().participation("bruno")
    assert participation is not None and participation.answered_for == world.outing().start
    assert world.editor.attendees(world.uid)[BRUNO] == answer
    assert len(world.cover_requests()) == (answer == "DECLINED")
    world.quiet()


def test_a_decline_opens_one_cover_request_and_coming_after_all_withdraws_it(styled: World) -> None:
    world = styled
    for _ in range(2):
        world.editor.answer(world.uid, BRUNO, "DECLINED", comment="Grippe")
        world.sync()
        assert [(c.person_id, c.state) for c in world.cover_requests()] == [("bruno", CoverState.OPEN)]
    world.editor.answer(world.uid, BRUNO, "ACCEPTED")
    world.sync()
    assert [c.state for c in world.cover_requests()] == [CoverState.WITHDRAWN]
    assert response(world) == "accepted"
    world.quiet()


def test_who_declined_goes_from_the_team_in_the_block(world: World) -> None:
    world.editor.answer(world.uid, BRUNO, "DECLINED")
    world.sync()
    assert "Anne" in world.text().partition("DESCRIPTION")[2]
    assert "Bruno" not in world.text().partition("DESCRIPTION:")[2].partition("\n")[0]
    world.quiet()


def test_an_answer_and_a_move_at_once_belong_together(world: World) -> None:
    world.editor.move(world.uid, next_week(15, 0))
    world.editor.answer(world.uid, BRUNO, "ACCEPTED")
    world.sync()
    assert world.outing().start == next_week(15, 0)
    assert response(world) == "accepted"
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


def test_an_attendee_who_is_added_joins_the_team(styled: World) -> None:
    world = styled
    world.editor.add_attendee(world.uid, "chloe@example.org", "Chloé Martin")
    world.sync()
    assert team(world) == {"anne", "bruno", "denis", "chloe"}
    chloe = world.outing().participation("chloe")
    assert chloe is not None and chloe.role is ParticipantRole.MEMBER
    assert set(world.editor.attendees(world.uid)) == {f"{p}@example.org" for p in team(world)}
    world.quiet()


def test_an_attendee_who_is_removed_leaves_the_team(styled: World) -> None:
    world = styled
    world.editor.remove_attendee(world.uid, BRUNO)
    world.sync()
    assert team(world) == {"anne", "denis"}
    assert BRUNO not in world.editor.attendees(world.uid)
    world.quiet()


def test_an_unknown_address_becomes_a_suggested_contact_without_a_card(styled: World) -> None:
    world = styled
    cards = set(world.contacts.texts())
    world.editor.add_attendee(world.uid, "Yann.Guillou@example.net", "Yann Guillou")
    world.sync()
    yann = world.person("yann.guillou@example.net")
    assert yann is not None and yann.suggested
    assert (yann.given_name, yann.family_name) == ("Yann", "Guillou")
    assert yann.id in team(world)
    assert set(world.contacts.texts()) == cards
    assert world.audit("person", yann.id)[0].origin == "calendar"
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
