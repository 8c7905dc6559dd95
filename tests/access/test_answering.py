"""One's own answer on an appointment's page: of who is asked, for the time that was shown, seen in the calendar."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import Any

import pytest

from calendars.sync.ports import CollectionKind
from sidecar.domain.appointments import AppointmentState, Response
from sidecar.domain.bindings import Purpose
from sidecar.domain.cover import CoverState
from sidecar.services import rota
from tests.access.conftest import Embedded
from tests.access.test_every_route import _form_of


def text(answer: Any) -> str:
    return html.unescape(answer.text)


def press(embedded: Embedded, response: str, who: str = "bruno", of: str = "cafe", shown_for: str | None = None) -> Any:
    page = embedded.get(f"/appointments/{of}", who).text
    moment = page.partition('name="for" value="')[2].partition('"')[0] if shown_for is None else shown_for
    token = _form_of(embedded, who)
    return embedded.post(f"/appointments/{of}/answer", who, {"form_token": token, "for": moment, "response": response})


def given(embedded: Embedded, who: str = "bruno", of: str = "cafe") -> Response:
    found = embedded.scene.appointment(of)
    standing = found.participation(who)
    assert standing is not None
    return found.response_for_now(standing)


@pytest.mark.parametrize(
    ("response", "told"), [("accepted", "Vient"), ("tentative", "Ne sait pas encore"), ("declined", "Ne peut pas venir")]
)
def test_who_is_asked_answers_on_the_page_and_it_stands_in_the_calendar(
    embedded: Embedded, response: str, told: str
) -> None:
    scene = embedded.scene
    scene.sync()
    assert "Votre réponse : Sans réponse" in text(embedded.get("/appointments/cafe", "bruno"))
    assert press(embedded, response).status_code == 200
    assert f"Votre réponse : {told}" in text(embedded.get("/appointments/cafe", "bruno"))
    with scene.reading() as uow:
        assert uow.audit.of("appointment", "cafe")[-1].actor == "page:bruno"
        assert uow.hints.standing() == {"space"}
    scene.sync()
    outings = scene.syncer.home(scene.space).collection(scene.collections[Purpose.OUTINGS], CollectionKind.CALENDAR)
    stands = next(iter(outings.fetch([scene.href_of()]))).text
    lines = stands.replace("\r\n ", "").splitlines()
    theirs = next(line for line in lines if line.startswith("ATTENDEE") and "bruno@example.org" in line)
    assert f"PARTSTAT={response.upper()}" in theirs


def test_who_cannot_come_is_covered_for_and_who_comes_after_all_is_not(embedded: Embedded) -> None:
    press(embedded, "declined")
    press(embedded, "accepted")
    with embedded.scene.reading() as uow:
        assert [r.state for r in uow.cover_requests.all(appointment_id="cafe")] == [CoverState.WITHDRAWN]


def test_the_answer_is_the_visitors_own_whatever_the_form_says(embedded: Embedded) -> None:
    token = embedded.form_token("bruno", "/appointments/cafe")
    moment = embedded.scene.appointment().start.isoformat()
    form = {"form_token": token, "for": moment, "response": "declined", "person": "anne", "person_id": "anne"}
    embedded.post("/appointments/cafe/answer", "bruno", form)
    assert (given(embedded, "bruno"), given(embedded, "anne")) == (Response.DECLINED, Response.NEEDS_ACTION)


def test_in_a_supervision_too_who_takes_part_answers(embedded: Embedded) -> None:
    assert press(embedded, "accepted", of="slot").status_code == 200
    assert given(embedded, of="slot") is Response.ACCEPTED


def test_who_takes_no_part_is_asked_nothing(embedded: Embedded) -> None:
    assert "Votre réponse" not in text(embedded.get("/appointments/cafe", "coralie"))
    assert press(embedded, "accepted", "coralie", shown_for="x").status_code == 403


def test_an_answer_to_a_time_that_is_no_more_is_not_taken_and_the_new_one_is_shown(embedded: Embedded) -> None:
    was = embedded.scene.appointment()
    with embedded.scene.board() as uow:
        rota.change(uow, "cafe", was.version, start=was.start + timedelta(days=1), end=was.end + timedelta(days=1))
    answer = press(embedded, "accepted", shown_for=was.start.isoformat())
    assert answer.status_code == 422
    assert "a été déplacé entre-temps" in text(answer)
    assert "mercredi 4 mars" in text(answer).lower()
    assert given(embedded) is Response.NEEDS_ACTION


@pytest.mark.parametrize("why", ["over", "called off", "made up"])
def test_what_cannot_be_answered_is_told(embedded: Embedded, why: str) -> None:
    moment = embedded.scene.appointment().start.isoformat()
    if why == "over":
        embedded.scene.clock.forward(timedelta(days=30))
    if why == "called off":
        with embedded.scene.board() as uow:
            assert rota.cancel(uow, "cafe").state is AppointmentState.CANCELLED
    answer = press(embedded, "needs-action" if why == "made up" else "accepted", shown_for=moment)
    assert answer.status_code == 422
    assert ("n'est pas une réponse" if why == "made up" else "n'attend pas de réponse de vous") in text(answer)
    assert given(embedded) is Response.NEEDS_ACTION
