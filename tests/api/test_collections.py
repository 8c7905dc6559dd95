"""Deciding about paused collections, and finding them again, over HTTP."""

from __future__ import annotations

import pytest

from calendars.errors import Unreachable
from sidecar.domain.appointments import AppointmentState
from sidecar.domain.bindings import Purpose
from sidecar.services.locking import space_lock
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


REBIND = "/api/v1/centres/maurepas/rebind"


def test_a_calendar_that_went_elsewhere_is_found_again_by_its_name(web: Web) -> None:
    was = calendar(web)
    href = web.server.relocate(was, "service", "elsewhere")
    web.server.rename(href, "C outings")
    answer = web.ask("POST", REBIND, {})
    told = {"was": was, "href": href, "purposes": ["outings"]}
    assert (answer.status_code, answer.json) == (200, {"rebound": [told]})
    report = web.scene.sync().of(href)
    assert (report.pushed, report.guarded) == (0, "")
    assert states(web) == {AppointmentState.PUBLISHED}


def test_a_calendar_is_named_where_names_do_not_tell(web: Web) -> None:
    href = web.server.relocate(calendar(web), "service", "elsewhere")
    web.server.rename(href, "Quartier")
    unclear = web.ask("POST", REBIND, {}, **{"Accept-Language": "en"})
    assert (unclear.status_code, unclear.json["code"]) == (422, "rebind_unclear")
    assert "Quartier" in unclear.json["detail"]
    named = web.ask("POST", REBIND, {"purpose": "outings", "collection": "Quartier"})
    assert named.json["rebound"][0]["href"] == href


def test_where_everything_is_in_place_nothing_has_to_be_found(web: Web) -> None:
    answer = web.ask("POST", REBIND, {})
    assert (answer.status_code, answer.json["code"]) == (409, "nothing_to_rebind")


def test_while_a_pass_runs_nothing_is_bound_anew(web: Web) -> None:
    web.server.relocate(calendar(web), "service", "elsewhere")
    app = web.scene.application
    with space_lock(app.storage, app.config.data_dir, "space"):
        answer = web.ask("POST", REBIND, {"purpose": "outings", "collection": "C outings"})
    assert (answer.status_code, answer.json["code"]) == (409, "space_busy")


def test_a_server_that_does_not_answer_is_said_to_be_the_trouble(web: Web) -> None:
    def down(request: object) -> None:
        raise Unreachable("no route")

    web.server.before = down
    answer = web.ask("POST", REBIND, {})
    assert (answer.status_code, answer.json["code"]) == (502, "Unreachable")


@pytest.mark.parametrize("sent", [{"purpose": "outings"}, {"collection": "x"}, {"purpose": "drawings", "collection": "x"}])
def test_half_a_wish_is_refused(web: Web, sent: object) -> None:
    assert web.ask("POST", REBIND, sent).status_code == 422


def test_nothing_is_bound_anew_for_a_centre_that_nobody_knows_or_that_is_not_bound(web: Web) -> None:
    assert web.ask("POST", "/api/v1/centres/nowhere/rebind", {}).status_code == 404
    answer = web.ask("POST", REBIND, {"purpose": "meetings", "collection": "x"})
    assert (answer.status_code, answer.json["code"]) == (409, "centre_not_bound")
