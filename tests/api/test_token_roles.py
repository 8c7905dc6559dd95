"""What an access token opens that was made for a role, or for one centre: every call stands in the table."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from calendars.sync.ports import CollectionKind
from sidecar.domain.access import Role
from sidecar.domain.appointments import AppointmentState, Participation, SupervisionSlot
from sidecar.domain.bindings import Conflict, Space
from sidecar.domain.centres import Centre, Initiative
from sidecar.domain.happenings import HappeningKind
from sidecar.domain.people import Membership
from sidecar.services import webhooks
from sidecar.storage import TokenKind
from tests.api.conftest import Web
from tests.api.test_access import PERIOD, WITH_TOKEN
from tests.scene import outing

N, F, OK = 404, 403, 200
CREATED, GONE, CONFLICT = 201, 204, 409
ASKERS = ("everything", "admin", "coordinator", "supervision_organiser", "team_member", "viewer", "elsewhere")
"""Made without a role; for one role in Maurepas; coordinator and admin of Cleunay alone."""
MOMENTS = {"start": "2026-03-20T09:00:00+01:00", "end": "2026-03-20T11:00:00+01:00"}
API = "/api/v1"
NEW_OUTING = {"kind": "outing", "centre_id": "maurepas", "title": "Marché", **MOMENTS}
NEW_PERSON = {"given_name": "Zoé", "family_name": "Bel", "centre_id": "maurepas"}
# In an order in which each can be done after those before it.
TABLE: dict[tuple[str, str], tuple[Any, tuple[int, ...]]] = {
    ("GET", "/openapi.json"): (None, (OK, OK, OK, OK, OK, OK, OK)),
    ("GET", f"/appointments?centre=maurepas&{PERIOD}"): (None, (OK, OK, OK, OK, OK, OK, OK)),
    ("POST", "/appointments"): (NEW_OUTING, (CREATED, F, CREATED, F, F, F, N)),
    ("GET", "/appointments/cafe"): (None, (OK, N, OK, OK, OK, OK, N)),
    ("GET", "/appointments/draft"): (None, (OK, N, OK, N, N, N, N)),
    ("PUT", "/appointments/cafe"): ({"version": 1, "title": "Café"}, (OK, N, OK, F, F, F, N)),
    ("PUT", "/appointments/draft"): ({"version": 1, "title": "Café"}, (OK, N, OK, N, N, N, N)),
    ("POST", "/appointments/cafe/cancel"): (None, (OK, N, OK, F, F, F, N)),
    ("POST", "/appointments/cafe/bring-back"): (None, (OK, N, OK, F, F, F, N)),
    ("PUT", "/appointments/cafe/participants/chloe"): ({"role": "member"}, (OK, N, OK, F, F, F, N)),
    ("PUT", "/appointments/cafe/participants/claire"): ({"role": "member"}, (OK, N, N, F, F, F, N)),
    ("POST", "/appointments/cafe/participants/bruno/answer"): ({"response": "declined"}, (OK, N, OK, F, F, F, N)),
    ("DELETE", "/appointments/cafe/participants/bruno"): (None, (OK, N, OK, F, F, F, N)),
    ("GET", "/appointments/cafe/audit"): (None, (OK, N, OK, F, F, F, N)),
    ("GET", "/people"): (None, (OK, OK, OK, OK, OK, OK, OK)),
    ("POST", "/people"): (NEW_PERSON, (CREATED, F, CREATED, F, F, F, N)),
    ("GET", "/people/bruno"): (None, (OK, N, OK, OK, OK, N, N)),
    ("PUT", "/people/bruno"): ({"version": 1, "given_name": "Brunot"}, (OK, N, OK, F, F, N, N)),
    ("GET", "/centres"): (None, (OK, OK, OK, OK, OK, OK, OK)),
    ("GET", "/initiatives"): (None, (OK, OK, OK, OK, OK, OK, OK)),
    ("GET", f"/findings?centre=maurepas&{PERIOD}"): (None, (OK, F, OK, F, F, F, N)),
    ("GET", "/sync-runs"): (None, (OK, OK, OK, OK, OK, OK, OK)),
    ("GET", "/conflicts"): (None, (OK, OK, OK, OK, OK, OK, OK)),
    ("POST", "/conflicts/c1/choice"): ({"chosen": "theirs"}, (OK, N, OK, N, N, N, N)),
    ("POST", "/centres/maurepas/resume"): ({"decision": "accept"}, (CONFLICT, F, CONFLICT, F, F, F, N)),
    ("POST", "/centres/maurepas/rebind"): ({}, (CONFLICT, F, F, F, F, F, N)),
    ("GET", "/webhooks"): (None, (OK, OK, OK, OK, OK, OK, OK)),
    ("POST", "/webhooks"): (
        {"url": "https://example.org/x", "centre_id": "maurepas"}, (CREATED, CREATED, N, N, N, N, N),
    ),
    ("GET", "/webhooks/w1/log"): (None, (OK, OK, N, N, N, N, N)),
    ("POST", "/webhooks/w1/pause"): (None, (OK, OK, N, N, N, N, N)),
    ("POST", "/webhooks/w1/resume"): (None, (OK, OK, N, N, N, N, N)),
    ("POST", "/webhooks/w1/rotate"): (None, (OK, OK, N, N, N, N, N)),
    ("POST", "/webhooks/w1/test"): (None, (OK, OK, N, N, N, N, N)),
    ("DELETE", "/webhooks/w1"): (None, (GONE, GONE, N, N, N, N, N)),
}  # fmt: skip


@pytest.fixture
def two(web: Web, monkeypatch: pytest.MonkeyPatch) -> Web:
    """Beside Maurepas there is Cleunay, with somebody, an initiative and an account of its own."""
    # Nothing is called: who may ask for it is what counts here.
    monkeypatch.setattr(webhooks.Webhooks, "test", lambda *_: webhooks.calling.Outcome(result=webhooks.calling.Result.SENT))
    now = web.scene.clock()
    with web.scene.board() as uow:
        uow.centres.add(Centre(id="cleunay", name="Cleunay"))
        bruno = uow.people.get("bruno")
        cleunay = (Membership(centre_id="cleunay"),)
        uow.people.add(replace(bruno, id="claire", account=None, emails=(), memberships=cleunay, version=0))
        uow.initiatives.add(Initiative(id="jardin", centre_id="cleunay", name="Jardin"))
        uow.appointments.add(outing(8, id="draft", state=AppointmentState.DRAFT))
        uow.appointments.add(outing(9, id="theirs", centre_id="cleunay", initiative_id="jardin", participants=()))
        uow.spaces.add(Space(id="other", url="https://other.example", username="x"))
        uow.conflicts.add(
            Conflict(
                id="c1", at=now, centre_id="maurepas", subject_kind="appointment", subject_id="cafe", field="title",
                base="a", ours="b", theirs="c", why="both",
            )
        )  # fmt: skip
        webhooks.add(
            uow, "https://example.org/w", centre_id="maurepas", kinds=[HappeningKind.PUBLISHED], now=now, new_id=lambda: "w1"
        )
    return web


def token_of(web: Web, asker: str) -> str:
    with web.scene.board() as uow:
        if asker == "everything":
            return uow.tokens.issue(TokenKind.API)
        if asker == "elsewhere":
            return uow.tokens.issue(TokenKind.API, subject_id="cleunay")
        return uow.tokens.issue(TokenKind.API, subject_id="maurepas", role=Role(asker))


def call(web: Web, method: str, path: str, data: Any, token: str) -> Any:
    return web.ask(method, API + path, data, token)


def test_the_table_knows_every_call() -> None:
    known = {(method, _pattern(path)) for method, path in TABLE}
    assert known == {(method, path.removeprefix(API)) for method, path in WITH_TOKEN}


def _pattern(path: str) -> str:
    parts = path.partition("?")[0].split("/")
    gaps = {
        "appointments": "<appointment_id>", "participants": "<person_id>", "people": "<person_id>",
        "centres": "<centre_id>", "conflicts": "<conflict_id>", "webhooks": "<webhook_id>",
    }  # fmt: skip
    return "/".join(gaps.get(before, part) for before, part in zip(["", *parts], parts, strict=False))


@pytest.mark.parametrize("role", Role)
def test_the_table_knows_every_role_that_a_token_may_be_made_for(role: Role) -> None:
    assert role in ASKERS


@pytest.mark.parametrize("asker", ASKERS)
def test_each_token_opens_what_it_was_made_for_and_nothing_else(two: Web, asker: str) -> None:
    token, found = token_of(two, asker), {}
    for (method, path), (data, _) in TABLE.items():
        sent = data | {"version": version_of(two, path)} if data and "version" in data else data
        found[method, path] = call(two, method, path, sent, token).status_code
    assert found == {row: expected[ASKERS.index(asker)] for row, (_, expected) in TABLE.items()}


def version_of(web: Web, path: str) -> int:
    _, kind, id, *_ = path.split("/")
    with web.scene.reading() as uow:
        return (uow.people if kind == "people" else uow.appointments).get(id).version


def test_what_is_of_another_centre_answers_as_what_does_not_exist(two: Web) -> None:
    token, compared = token_of(two, "elsewhere"), 0
    for (method, path), (data, expected) in TABLE.items():
        for name in ("cafe", "draft", "bruno", "c1", "w1", "maurepas"):
            if f"/{name}" not in path or expected[-1] != N:
                continue
            theirs = call(two, method, path, data, token)
            missing = call(two, method, path.replace(f"/{name}", "/nothing", 1), data, token)
            assert (theirs.status_code, theirs.json) == (missing.status_code, missing.json), (method, path)
            compared += 1
    assert compared > 20


def names(web: Web, path: str, asker: str) -> set[str]:
    found = call(web, "GET", path, None, token_of(web, asker)).json
    return {one["id"] for one in (found["items"] if isinstance(found, dict) else found)}


OURS, PEOPLE = {"cafe", "cafe1", "cafe2"}, {"anne", "bruno", "chloe", "denis"}
LISTS: dict[str, tuple[set[str], ...]] = {
    f"/appointments?{PERIOD}": ({*OURS, "draft", "theirs"}, set(), {*OURS, "draft"}, OURS, OURS, OURS, {"theirs"}),
    "/people": ({*PEOPLE, "claire"}, set(), PEOPLE, PEOPLE, PEOPLE, set(), {"claire"}),
    "/people?centre=maurepas": (PEOPLE, set(), PEOPLE, PEOPLE, PEOPLE, set(), set()),
    "/centres": ({"maurepas", "cleunay"}, {"maurepas"}, {"maurepas"}, {"maurepas"}, {"maurepas"}, {"maurepas"}, {"cleunay"}),
    "/initiatives": ({"facteur", "jardin"}, set(), {"facteur"}, {"facteur"}, {"facteur"}, {"facteur"}, {"jardin"}),
    "/conflicts": ({"c1"}, set(), {"c1"}, set(), set(), set(), set()),
    "/webhooks": ({"w1"}, {"w1"}, set(), set(), set(), set(), set()),
}


def test_a_list_holds_what_is_the_tokens_own(two: Web) -> None:
    assert {path: tuple(names(two, path, asker) for asker in ASKERS) for path in LISTS} == LISTS


def test_of_a_person_the_team_learns_the_name_and_the_number_and_who_decides_the_card(two: Web) -> None:
    card = {
        "id", "version", "given_name", "family_name", "full_name", "kind", "emails", "phones", "organisation", "function",
        "account", "centre_ids", "weekly_ceiling", "suggested", "active",
    }  # fmt: skip
    number = card - {"emails", "function", "account", "weekly_ceiling", "suggested", "active"}
    told = {
        **dict.fromkeys(("everything", "coordinator", "elsewhere"), card),
        "supervision_organiser": number,
        "team_member": number,
    }
    for asker, fields in told.items():
        token, id = token_of(two, asker), "claire" if asker == "elsewhere" else "bruno"
        listed = call(two, "GET", "/people", None, token).json["items"]
        assert {frozenset(one) for one in listed} == {frozenset(fields)}, asker
        assert set(call(two, "GET", f"/people/{id}", None, token).json) == fields, asker


def test_passes_are_told_to_who_runs_all_that_the_account_holds(two: Web) -> None:
    counts = {asker: len(names(two, "/sync-runs", asker)) for asker in ASKERS}
    assert counts == {
        "everything": 1,
        "admin": 1,
        "coordinator": 1,
        "supervision_organiser": 0,
        "team_member": 0,
        "viewer": 0,
        "elsewhere": 0,
    }
    with two.scene.board() as uow:
        found = uow.bindings.all()[0]
        uow.bindings.add(replace(found, id="shared", centre_id="cleunay", href="/elsewhere/", version=0))
    assert {asker: len(names(two, "/sync-runs", asker)) for asker in ("everything", "admin", "elsewhere")} == {
        "everything": 1, "admin": 0, "elsewhere": 0,
    }  # fmt: skip


def test_a_reason_to_publish_all_the_same_is_for_who_plans(two: Web) -> None:
    told = {a: call(two, "GET", "/appointments/cafe", None, token_of(two, a)).json for a in ("coordinator", "viewer")}
    assert "override_reason" in told["coordinator"]
    assert "override_reason" not in told["viewer"]
    assert told["viewer"]["title"] == told["coordinator"]["title"]


def test_who_is_in_a_supervision_and_what_its_text_says_is_told_to_its_organisers_token_alone(two: Web) -> None:
    start = two.scene.clock() + timedelta(days=9)
    with two.scene.board() as uow:
        uow.appointments.add(
            SupervisionSlot(
                id="slot", centre_id="maurepas", title="Supervision", start=start, end=start + timedelta(hours=1),
                state=AppointmentState.PUBLISHED, participants=(Participation(person_id="chloe"),), text="avec Chloé",
            )
        )  # fmt: skip
    for asker in ASKERS[:-1]:
        token = token_of(two, asker)
        for path in ("/appointments/slot", "/appointments/slot/audit", f"/appointments?{PERIOD}"):
            told = call(two, "GET", path, None, token).text
            assert ("chloe" in told and "avec Chlo" in told) == (asker == "supervision_organiser" and "audit" not in path), (
                path
            )
        for method in ("PUT", "DELETE"):
            answer = call(two, method, "/appointments/slot/participants/chloe", {"role": "member"}, token)
            assert answer.status_code in (N, F)


def test_who_is_in_several_centres_is_changed_by_who_decides_in_all_of_them(two: Web) -> None:
    with two.scene.board() as uow:
        bruno = uow.people.get("bruno")
        uow.people.save(replace(bruno, memberships=(*bruno.memberships, Membership(centre_id="cleunay"))))
    here, every = token_of(two, "coordinator"), token_of(two, "everything")
    told = call(two, "GET", "/people/bruno", None, here).json
    assert told["centre_ids"] == ["maurepas"]
    for other in ("cleunay", "nowhere"):
        assert call(two, "GET", f"/people?centre={other}", None, here).json["items"] == []
    change = {"version": told["version"], "active": False}
    assert call(two, "PUT", "/people/bruno", change, here).status_code == F
    changed = call(two, "PUT", "/people/bruno", change, every)
    assert (changed.status_code, changed.json["centre_ids"]) == (OK, ["maurepas", "cleunay"])


def test_an_initiative_in_preparation_is_told_to_who_plans(two: Web) -> None:
    with two.scene.board() as uow:
        uow.initiatives.add(Initiative(id="guitoune", centre_id="maurepas", name="La Guitoune", preparing=True))
    assert [asker for asker in ASKERS if "guitoune" in names(two, "/initiatives", asker)] == ["everything", "coordinator"]


def test_what_an_account_holds_is_not_named_to_who_sets_up_one_centre(two: Web) -> None:
    two.server.home("service", "x").create_collection(CollectionKind.CALENDAR, "theirs", "Agenda de Cleunay")
    wanted = {"purpose": "outings", "collection": "nothing"}
    answer = call(two, "POST", "/centres/maurepas/rebind", wanted, token_of(two, "everything"))
    assert "Agenda de Cleunay" in answer.json["detail"]
    answer = call(two, "POST", "/centres/maurepas/rebind", wanted, token_of(two, "admin"))
    assert answer.status_code == F
    assert "Agenda de Cleunay" not in answer.text


def test_a_new_appointment_is_of_no_initiative_of_a_centre_that_is_not_the_tokens(two: Web) -> None:
    token = token_of(two, "coordinator")
    assert call(two, "POST", "/appointments", {**NEW_OUTING, "initiative_id": "jardin"}, token).status_code == N
    assert call(two, "POST", "/appointments", {**NEW_OUTING, "initiative_id": "facteur"}, token).status_code == CREATED


def test_a_token_opens_nothing_from_its_end_on_here_and_on_the_page(two: Web) -> None:
    with two.scene.board() as uow:
        plain = uow.tokens.issue(TokenKind.API, expires_at=two.scene.clock() + timedelta(hours=2))
    page = two.client.get("/")
    form = page.text.partition('name="form_token" value="')[2].partition('"')[0]
    assert two.client.post("/sign-in", data={"token": plain, "form_token": form}).status_code == 303
    assert two.client.get("/").status_code == OK
    assert call(two, "GET", "/centres", None, plain).status_code == OK
    two.scene.clock.forward(timedelta(hours=2))
    assert call(two, "GET", "/centres", None, plain).status_code == 401
    assert two.client.get("/").status_code == 401


def test_on_the_page_it_opens_what_its_role_opens(two: Web) -> None:
    page = two.client.get("/")
    form = page.text.partition('name="form_token" value="')[2].partition('"')[0]
    two.client.post("/sign-in", data={"token": token_of(two, "viewer"), "form_token": form})
    shown = two.client.get("/").text
    assert "Cleunay" not in shown
    assert two.client.get("/appointments/cafe").status_code == OK
    assert [two.client.get(path).status_code for path in ("/appointments/draft", "/appointments/theirs")] == [N, N]
    assert [two.client.get(path).status_code for path in ("/link", "/set-up/", "/centres/maurepas/publish")] == [F, F, F]
