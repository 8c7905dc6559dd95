"""Deciding about paused collections over HTTP."""

from __future__ import annotations

import pytest

from sidecar.domain.appointments import AppointmentState
from sidecar.domain.bindings import Purpose
from sidecar.storage import TokenKind
from tests.api.conftest import Web

RESUME = "/api/v1/centres/maurepas/resume"


@pytest.fixture
def paused(web: Web) -> Web:
    """The outings' calendar was emptied, and a pass saw it."""
    for href in web.server.texts(calendar(web)):
        web.server.delete("service", href)
    assert web.scene.sync().of(calendar(web)).guarded == "emptied"
    return web


def calendar(web: Web) -> str:
    return web.scene.collections[Purpose.OUTINGS]


def states(web: Web) -> set[AppointmentState]:
    with web.scene.reading() as uow:
        return {a.state for a in uow.appointments.all()}


def test_losses_that_are_accepted_cancel(paused: Web) -> None:
    answer = paused.ask("POST", RESUME, {"decision": "accept"})
    assert (answer.status_code, answer.json) == (200, {"decided": [calendar(paused)]})
    assert paused.scene.sync().ok
    assert states(paused) == {AppointmentState.CANCELLED}


def test_losses_that_were_a_mistake_are_written_again(paused: Web) -> None:
    assert paused.ask("POST", RESUME, {"decision": "restore"}).json == {"decided": [calendar(paused)]}
    assert paused.scene.sync().ok
    assert states(paused) == {AppointmentState.PUBLISHED}
    assert len(paused.server.texts(calendar(paused))) == 3


def test_where_nothing_is_paused_there_is_nothing_to_decide(web: Web) -> None:
    answer = web.ask("POST", RESUME, {"decision": "accept"}, **{"Accept-Language": "en"})
    assert (answer.status_code, answer.json["code"]) == (409, "nothing_paused")
    assert "nothing to decide" in answer.json["detail"]


def test_what_is_gone_cannot_be_put_back_there(web: Web) -> None:
    web.server.remove_collection(calendar(web))
    assert web.scene.sync().of(calendar(web)).guarded == "gone"
    answer = web.ask("POST", RESUME, {"decision": "restore"})
    assert (answer.status_code, answer.json["code"]) == (409, "restore_gone")
    assert "rebind" in answer.json["detail"]


def test_a_centre_that_nobody_knows_is_not_found(web: Web) -> None:
    assert web.ask("POST", "/api/v1/centres/nowhere/resume", {"decision": "accept"}).status_code == 404


@pytest.mark.parametrize("sent", [{}, {"decision": "both"}, {"decision": "accept", "and": 1}, []])
def test_a_decision_that_is_none_is_refused(paused: Web, sent: object) -> None:
    assert paused.ask("POST", RESUME, sent).status_code == 422
    assert paused.scene.sync().of(calendar(paused)).guarded == "emptied"


def test_a_feeds_token_decides_nothing(paused: Web) -> None:
    with paused.scene.board() as uow:
        feed = uow.tokens.issue(TokenKind.FEED_CENTRE, subject_id="maurepas")
    assert paused.ask("POST", RESUME, {"decision": "accept"}, token=feed).status_code == 401
    assert paused.client.post(RESUME, json={"decision": "accept"}).status_code == 401
    assert paused.scene.sync().of(calendar(paused)).guarded == "emptied"
