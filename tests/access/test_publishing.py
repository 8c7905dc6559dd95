"""Publishing from the page: shown first with whom it tells and what blocks, done as it was shown, kept who and why."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import Any

import pytest

from sidecar.domain.appointments import AppointmentState, SupervisionSlot
from tests.access.conftest import Embedded
from tests.scene import outing

PAGE = "/centres/maurepas/publish"


def text(answer: Any) -> str:
    return html.unescape(answer.text)


def press(embedded: Embedded, mark: str | None = None, **fields: str) -> Any:
    shown = embedded.get(PAGE, "coralie").text
    found = shown.partition('name="mark" value="')[2].partition('"')[0]
    token = embedded.form_token("coralie", PAGE)
    return embedded.post(PAGE, "coralie", {"form_token": token, "mark": found if mark is None else mark, **fields})


def state(embedded: Embedded, id: str = "draft") -> AppointmentState:
    with embedded.scene.reading() as uow:
        return uow.appointments.get(id).state


@pytest.fixture
def embedded(embedded: Embedded) -> Embedded:
    """The draft has one person and no base contact: rules block it."""
    with embedded.scene.board() as uow:
        draft = uow.appointments.get("draft")
        uow.appointments.save(replace(draft, participants=draft.participants[:1]))
    return embedded


@pytest.fixture
def another(embedded: Embedded) -> Embedded:
    """Beside the draft of an outing that somebody has still to settle, one of a supervision, which nothing blocks."""
    with embedded.scene.board() as uow:
        team = uow.appointments.get("draft")
        uow.appointments.add(
            SupervisionSlot(id="calm", centre_id="maurepas", title="Supervision d'avril", start=team.start, end=team.end)
        )
    return embedded


def test_the_first_page_tells_who_publishes_that_there_is_something_to_publish(embedded: Embedded) -> None:
    assert "1 brouillon à publier" in text(embedded.get("/?centre=maurepas", "coralie"))
    assert "brouillon à publier" not in text(embedded.get("/?centre=maurepas", "anne"))


def test_what_would_be_published_is_shown_with_whom_it_tells_and_what_blocks_it(embedded: Embedded) -> None:
    page = text(embedded.get(PAGE, "coralie"))
    assert "Brouillon de mars" in page
    assert "Cela prévient" in page
    assert "1 brouillon a un point à régler." in page
    assert state(embedded) is AppointmentState.DRAFT


def test_what_blocks_wants_a_reason_and_the_reason_is_kept_with_who_gave_it(embedded: Embedded) -> None:
    answer = press(embedded)
    assert answer.status_code == 422
    assert "donnez une raison" in text(answer)
    assert state(embedded) is AppointmentState.DRAFT
    answer = press(embedded, reason="  Convenu au téléphone ")
    assert answer.status_code == 200
    assert "1 rendez-vous publié." in text(answer)
    with embedded.scene.reading() as uow:
        found = uow.appointments.get("draft")
        entry = uow.audit.of("appointment", "draft")[-1]
    assert (found.state, found.override_reason) == (AppointmentState.PUBLISHED, "Convenu au téléphone")
    assert entry.actor == "page:coralie"


def test_the_rest_is_published_without_what_blocks(another: Embedded) -> None:
    page = text(another.get(PAGE, "coralie"))
    assert "Publier celui qui n'a rien à régler" in page
    assert press(another, rest="1").status_code == 200
    assert (state(another), state(another, "calm")) == (AppointmentState.DRAFT, AppointmentState.PUBLISHED)


def test_what_changed_since_it_was_shown_is_shown_again_and_not_published(another: Embedded) -> None:
    mark = another.get(PAGE, "coralie").text.partition('name="mark" value="')[2].partition('"')[0]
    with another.scene.board() as uow:
        uow.appointments.add(outing(4, id="late", title="Arrivée entre-temps", state=AppointmentState.DRAFT))
    answer = press(another, mark=mark, reason="Convenu")
    assert answer.status_code == 422
    assert "Entre-temps quelque chose a changé" in text(answer)
    assert "Arrivée entre-temps" in text(answer)
    assert state(another, "calm") is AppointmentState.DRAFT


def test_a_form_that_is_not_ours_publishes_nothing(embedded: Embedded) -> None:
    answer = embedded.post(PAGE, "coralie", {"form_token": "x", "reason": "y"})
    assert answer.status_code == 403
    assert state(embedded) is AppointmentState.DRAFT


def test_the_calendars_are_looked_at_at_once_so_that_invitations_leave(embedded: Embedded) -> None:
    assert "Les invitations partent." in text(press(embedded, reason="Convenu"))
    with embedded.scene.reading() as uow:
        assert uow.hints.standing() == {"space"}


def test_where_no_calendar_is_written_the_page_says_that_what_is_published_waits(embedded: Embedded) -> None:
    with embedded.scene.board() as uow:
        for binding in uow.bindings.all(centre_id="maurepas"):
            uow.bindings.save(replace(binding, writes=False))
    assert "ce qui est publié attend" in text(embedded.get(PAGE, "coralie"))
    assert "Les invitations partent." not in text(press(embedded, reason="Convenu"))


def test_when_all_is_published_the_page_says_that_nothing_is_left(embedded: Embedded) -> None:
    press(embedded, reason="Convenu")
    assert "Aucun brouillon dans les 12 semaines à venir." in text(embedded.get(PAGE, "coralie"))
