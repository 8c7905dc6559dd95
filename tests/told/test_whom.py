"""Each write tells those whom it concerns, once, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from sidecar.domain.appointments import Response
from sidecar.domain.places import Place
from sidecar.services import rota
from tests.rows.world import next_week
from tests.told.conftest import Told

TEAM = {"anne": 1, "bruno": 1, "denis": 1}
Change = Callable[[Told], object]


def test_publishing_invites_everybody_once_and_not_the_centre_itself(told: Told) -> None:
    assert told.post.mails() == TEAM
    assert {m.method for m in told.post.taken()} == {"REQUEST"}
    told.quiet()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda t: t.world.change(start=next_week(15, 0), end=next_week(17, 0)), id="time"),
        pytest.param(lambda t: t.world.change(end=next_week(13, 0)), id="end alone"),
        pytest.param(lambda t: t.world.change(place=Place(name="Parc de Maurepas")), id="place"),
        pytest.param(lambda t: t.world.change(title="Café au soleil"), id="title"),
    ],
)
def test_what_people_have_to_know_is_told_to_everybody_once(told: Told, change: Change) -> None:
    told.post.taken()
    change(told)
    told.sync()
    assert told.post.mails() == TEAM
    told.quiet()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda t: t.world.change(text="Apporter du café"), id="text"),
        pytest.param(lambda t: t.world.change(meeting_point="Devant la boulangerie"), id="the block"),
        pytest.param(lambda t: t.staff("chloe"), id="somebody without an account"),
    ],
)
def test_what_is_ours_alone_is_written_and_told_to_nobody(told: Told, change: Change) -> None:
    told.post.taken()
    before = told.world.text()
    change(told)
    told.sync()
    assert told.world.text() != before
    assert told.post.messages == []
    told.quiet()


def test_calling_off_is_told_once_and_what_changes_after_it_to_nobody(told: Told) -> None:
    told.post.taken()
    with told.world.scene.board() as uow:
        rota.cancel(uow, "cafe")
    told.sync()
    assert told.post.mails("CANCEL") == TEAM
    told.post.taken()
    told.world.change(start=next_week(15, 0), end=next_week(17, 0), title="Autre")
    told.unstaff("bruno")
    told.sync()
    assert told.post.messages == []
    told.quiet()


def test_an_outing_that_takes_place_after_all_is_told_once_with_all_that_changed_meanwhile(told: Told) -> None:
    with told.world.scene.board() as uow:
        rota.cancel(uow, "cafe")
    told.sync()
    told.world.change(start=next_week(15, 0), end=next_week(17, 0))
    told.sync()
    told.post.taken()
    with told.world.scene.board() as uow:
        rota.bring_back(uow, "cafe")
    told.sync()
    assert told.post.mails() == TEAM
    copy = told.post.copy("bruno", told.world.uid)
    assert (copy.value("STATUS"), copy.value("DTSTART")) == ("CONFIRMED", "20260303T150000")
    told.quiet()


def test_who_joins_is_invited_and_the_others_calendars_show_it_without_a_mail(told: Told) -> None:
    with told.world.scene.board() as uow:
        uow.people.save(replace(uow.people.get("chloe"), account="chloe"))
    told.post.taken()
    told.staff("chloe")
    told.sync()
    assert told.post.mails() == {"chloe": 1}
    told.post.taken()
    copy = told.post.copy("anne", told.world.uid)
    assert "chloe@example.org" in copy.guests
    assert "Chloé" in copy.value("DESCRIPTION")
    told.quiet()


def test_who_leaves_is_told_alone(told: Told) -> None:
    told.post.taken()
    told.unstaff("bruno")
    told.sync()
    assert (told.post.mails("CANCEL"), told.post.mails()) == ({"bruno": 1}, {})
    assert told.post.copy("bruno", told.world.uid).value("STATUS") == "CANCELLED"
    assert "bruno@example.org" not in told.post.copy("anne", told.world.uid).guests
    told.quiet()


def test_who_comes_back_is_invited_anew(told: Told) -> None:
    told.unstaff("bruno")
    told.sync()
    told.post.taken()
    told.staff("bruno")
    told.sync()
    assert told.post.mails() == {"bruno": 1}
    assert told.post.copy("bruno", told.world.uid).value("STATUS") == "CONFIRMED"
    told.quiet()


def test_an_answer_taken_down_on_the_board_shows_in_that_persons_own_calendar_without_a_mail(told: Told) -> None:
    told.post.taken()
    with told.world.scene.board() as uow:
        new_id = told.world.scene.application.new_id
        rota.answer(uow, "cafe", "bruno", Response.ACCEPTED, now=told.world.scene.clock(), new_id=new_id)
    told.sync()
    assert told.own_answer() == "ACCEPTED"
    assert told.post.mails() == {}
    told.quiet()


def test_a_decline_changes_the_block_and_is_told_to_nobody(told: Told) -> None:
    told.post.taken()
    told.answers("bruno", "DECLINED")
    told.sync()
    assert told.response() is Response.DECLINED
    assert "Bruno" not in told.world.text().partition("== Hors les murs ==")[2].partition("== Fin")[0]
    assert told.post.messages == []
    told.quiet()


def test_sequence_rises_once_with_the_time_and_never_with_a_silent_redrawing(told: Told) -> None:
    def sequence() -> int:
        return int(told.world.text().partition("SEQUENCE:")[2].split("\n")[0])

    assert sequence() == 0
    told.world.change(meeting_point="Devant la boulangerie", text="Apporter du café")
    told.sync()
    told.unstaff("denis")
    told.sync()
    assert sequence() == 0
    told.world.change(start=next_week(15, 0), end=next_week(17, 0))
    told.sync()
    assert sequence() == 1
    told.sync()
    told.world.change(meeting_point="Ailleurs")
    told.sync()
    assert sequence() == 1


def test_on_a_server_that_tells_nobody_nothing_is_held_and_the_centre_is_no_guest(begin: Callable[..., Told]) -> None:
    told = begin(schedules=False, server="radicale", tell_after=120)
    told.world.change(start=next_week(15, 0), end=next_week(17, 0))
    told.sync()
    assert "T150000" in told.world.text()
    assert "CUTYPE=GROUP" not in told.world.text()
