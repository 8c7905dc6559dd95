"""Traps 11 and 12: answers that cross a change of ours, or come in odd forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from calendars.sync.memory_server import Request
from sidecar.domain.appointments import ParticipantRole, Response
from sidecar.services import rota
from tests.twin import Twin


@pytest.fixture
def invited(make: Callable[..., Twin]) -> Twin:
    """Anne, Bruno and Denis are invited by a server that sends invitations itself."""
    world = make(schedules=True)
    world.scene.sync()
    world.scene.sync()
    return world


def answer(world: Twin, guest: str, partstat: str, **params: str) -> None:
    """The server writes somebody's answer into our copy, as sabre does: without RSVP, with its note about the delivery."""
    lines = re.sub(r"\r?\n[ \t]", "", world.text()).split("\r\n")
    more = "".join(f";{name.replace('_', '-')}={value}" for name, value in params.items())
    told = [
        re.sub(r";(RSVP|PARTSTAT)=[A-Z-]+", "", line).replace(":mailto:", f";PARTSTAT={partstat}{more}:mailto:")
        if line.startswith("ATTENDEE") and f"{guest}@" in line
        else line
        for line in lines
    ]
    assert told != lines
    world.server.put("service", world.scene.href_of(), "\r\n".join(told))


def responses(world: Twin) -> dict[str, Response]:
    return {p.person_id: p.response for p in world.scene.appointment().participants}


def test_an_answer_that_crosses_a_change_of_ours_is_kept_and_so_is_the_change(invited: Twin) -> None:
    """Trap 12: sabre/dav issue 827 lost PARTSTAT when organizer and attendee wrote at once."""
    crossed: list[Request] = []

    def meanwhile(request: Request) -> None:
        if request.method == "PUT" and len(crossed) < 2:
            crossed.append(request)
            answer(invited, ("bruno", "denis")[len(crossed) - 1], ("ACCEPTED", "DECLINED")[len(crossed) - 1])

    invited.server.before = meanwhile
    with invited.scene.board() as uow:
        rota.staff(uow, "cafe", "chloe", ParticipantRole.MEMBER)
    invited.change(title="Autre titre")
    invited.scene.sync()
    invited.scene.sync()
    assert len(crossed) == 2
    found = responses(invited)
    assert (found["bruno"], found["denis"]) == (Response.ACCEPTED, Response.DECLINED)
    assert "chloe" in found
    text = re.sub(r"\r?\n[ \t]", "", invited.text())
    assert "SUMMARY:Autre titre" in text
    assert re.search(r"PARTSTAT=ACCEPTED[^\r\n]*bruno@", text) and re.search(r"PARTSTAT=DECLINED[^\r\n]*denis@", text)
    assert invited.conflicts() == []


def test_two_answers_and_a_change_of_the_team_meet_person_by_person(invited: Twin) -> None:
    """Trap 12: attendees are merged one by one, whatever stands in the other lines."""
    answer(invited, "bruno", "TENTATIVE", SCHEDULE_STATUS="2.0")
    with invited.scene.board() as uow:
        rota.unstaff(uow, "cafe", "denis")
    invited.scene.sync()
    found = responses(invited)
    assert found["bruno"] is Response.TENTATIVE
    assert "denis" not in found and "anne" in found


def test_an_answer_in_a_text_that_lost_its_organizer_is_one(invited: Twin) -> None:
    """Trap 11: Outlook leaves ORGANIZER out of its replies (nextcloud/server issue 58904)."""
    answer(invited, "bruno", "ACCEPTED")
    href, text = invited.scene.href_of(), re.sub(r"\r?\n[ \t]", "", invited.text())
    invited.server.put("service", href, re.sub(r"ORGANIZER[^\r\n]*\r\n", "", text))
    invited.scene.sync()
    assert responses(invited)["bruno"] is Response.ACCEPTED
    assert invited.scene.href_of() == href


def test_an_answer_with_more_parameters_and_another_case_of_the_address_is_one(invited: Twin) -> None:
    """Trap 11: Google's replies carry X-NUM-GUESTS and write addresses in their own way (nextcloud/calendar issue 7787)."""
    answer(invited, "bruno", "ACCEPTED", X_NUM_GUESTS="0", SCHEDULE_STATUS="2.0")
    invited.server.put("service", invited.scene.href_of(), invited.text().replace("mailto:bruno@", "MAILTO:Bruno@"))
    invited.scene.sync()
    assert responses(invited)["bruno"] is Response.ACCEPTED
    with invited.scene.reading() as uow:
        assert not [person for person in uow.people.all() if person.suggested]


def test_a_time_that_changes_under_an_answer_asks_again_although_the_server_keeps_it(invited: Twin) -> None:
    """Trap 11: Nextcloud keeps ACCEPTED when the organizer moves an event (nextcloud/server issue 13862)."""
    answer(invited, "bruno", "ACCEPTED")
    invited.scene.sync()
    appointment = invited.scene.appointment()
    invited.change(start=appointment.start.replace(hour=14), end=appointment.end.replace(hour=16))
    invited.scene.sync()
    text = re.sub(r"\r?\n[ \t]", "", invited.text())
    assert "PARTSTAT=ACCEPTED" not in re.sub(r"ATTENDEE[^\r\n]*CUTYPE=GROUP[^\r\n]*", "", text)
    moved = invited.scene.appointment()
    participation = moved.participation("bruno")
    assert participation is not None and moved.response_for_now(participation) is Response.NEEDS_ACTION


@pytest.mark.parametrize("loud", [True, False])
def test_nothing_that_we_write_mutes_other_peoples_calendar_apps(invited: Twin, loud: bool) -> None:
    """SCHEDULE-AGENT=NONE tells all the same (sabre/dav issue 1293), and CLIENT mutes later edits from the Calendar app
    (nextcloud/calendar issue 6941): quiet writes say so in their headers alone."""
    written: list[Request] = []
    invited.server.before = lambda request: written.append(request) if request.method == "PUT" else None
    with invited.scene.board() as uow:
        if loud:
            uow.appointments.save(replace(uow.appointments.get("cafe"), title="Autre titre"))
        else:
            uow.people.save(replace(uow.people.get("denis"), phones=("+33639980099",)))
    invited.scene.sync()
    assert [request.notify for request in written] == [loud]
    assert ("Autre titre" if loud else "06 39 98 00 99") in re.sub(r"\r?\n[ \t]", "", invited.text())
    assert "SCHEDULE-AGENT" not in invited.text()
