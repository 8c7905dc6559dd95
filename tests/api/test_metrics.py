"""Figures for Prometheus: who may read them, that they tell the truth, and nobody's name."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from sidecar.domain.bindings import Conflict, Space, SyncRun
from sidecar.domain.happenings import DeliveryState, DestinationState, HappeningKind, Message
from sidecar.services import webhooks
from sidecar.storage import TokenKind
from tests.api.conftest import Web
from tests.scene import TUESDAY
from tests.storage.test_query_counts import counted

SAMPLE = re.compile(r'^(hlm_[a-z_]+)(?:\{space="([^"]*)"\})? (-?[0-9.e+]+)$')


def figures(web: Web) -> dict[str, float]:
    with web.scene.board() as uow:
        token = uow.tokens.issue(TokenKind.METRICS)
    answer = web.ask("GET", "/metrics", token=token)
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    found = [SAMPLE.match(line) for line in answer.text.splitlines() if not line.startswith("#")]
    assert all(found)
    return {match[1]: float(match[3]) for match in found if match}


def test_only_a_token_of_its_own_kind_opens_them(web: Web) -> None:
    assert web.ask("GET", "/metrics").status_code == 401
    assert web.client.get("/metrics").status_code == 401
    with web.scene.board() as uow:
        token = uow.tokens.issue(TokenKind.METRICS)
    assert web.ask("GET", "/metrics", token=token).status_code == 200
    assert web.ask("GET", "/api/v1/centres", token=token).status_code == 401


def test_they_tell_what_is_so(web: Web) -> None:
    web.scene.clock.forward(timedelta(minutes=5))
    before = figures(web)
    assert (before["hlm_pass_ok"], before["hlm_waiting"], before["hlm_conflicts_open"]) == (1, 0, 0)
    assert before["hlm_pass_age_seconds"] == 300
    assert before["hlm_database_bytes"] > 10_000
    with web.scene.board() as uow:
        uow.appointments.save(uow.appointments.get("cafe").moved(TUESDAY + timedelta(hours=1), TUESDAY + timedelta(hours=3)))
        uow.conflicts.add(
            Conflict(
                id="c",
                at=TUESDAY,
                centre_id="maurepas",
                subject_kind="appointment",
                subject_id="cafe",
                field="summary",
                base="A",
                ours="B",
                theirs="C",
                why="both_changed",
            )
        )
    web.scene.clock.forward(timedelta(seconds=90))
    after = figures(web)
    assert (after["hlm_waiting"], after["hlm_conflicts_open"]) == (1, 1)
    assert (after["hlm_waiting_seconds"], after["hlm_waiting_resting"], after["hlm_spaces_in_trouble"]) == (90, 0, 0)
    with web.scene.board() as uow:
        (mark,) = uow.outbox.pending(web.scene.space.id)
        uow.outbox.hold(mark.seq, web.scene.clock() + timedelta(minutes=1))
        (binding, *_) = uow.bindings.all()
        memory = uow.memory(web.scene.space.id)
        memory.set_cursor(binding.href, replace(memory.cursor(binding.href), guarded="gone"))
        run = uow.runs.latest(web.scene.space.id)
        assert run is not None
        uow.runs.add(replace(run, id="later", started_at=web.scene.clock(), ended_at=web.scene.clock(), ok=False))
    troubled = figures(web)
    assert (troubled["hlm_waiting"], troubled["hlm_waiting_resting"]) == (1, 1)
    assert (troubled["hlm_collections_paused"], troubled["hlm_spaces_in_trouble"], troubled["hlm_pass_ok"]) == (1, 1, 0)


def test_as_much_is_asked_of_the_database_however_many_spaces_there_are(web: Web) -> None:
    asked = []
    for spaces in (2, 30):
        with web.scene.board() as uow:
            token = uow.tokens.issue(TokenKind.METRICS)
            for number in range(spaces):
                space = uow.spaces.add(
                    Space(id=f"s{spaces}-{number}", url="https://other.example.org/", username=f"u{number}", secret="geheim")
                )
                run = SyncRun(
                    id=f"r{space.id}", space_id=space.id, started_at=web.scene.clock(), ended_at=web.scene.clock(), ok=True,
                    report={},
                )  # fmt: skip
                uow.runs.add(run)
        with counted(web.scene.application.storage) as sent:
            text = web.ask("GET", "/metrics", token=token).text
        assert len(re.findall(r"^hlm_pass_ok{", text, re.MULTILINE)) >= spaces
        asked.append(len(sent))
    assert asked[0] == asked[1] <= 15


def test_they_tell_what_does_not_arrive_elsewhere(web: Web) -> None:
    with web.scene.board() as uow:
        for name in ("fails", "gone", "well"):
            webhooks.add(uow, "https://example.org/", now=TUESDAY, new_id=lambda name=name: name)
        uow.destinations.failed("fails", rests_until=None)
        uow.destinations.save(replace(uow.destinations.get("gone"), state=DestinationState.GONE))
        message = Message(kind=HappeningKind.CONFLICT, at=TUESDAY, centre_id="maurepas", centre_name="", conflict_id="k")
        uow.deliveries.add("fails", ["a", "b", "c"], "k", message)
        uow.deliveries.settle(uow.deliveries.log("fails", limit=1), DeliveryState.GIVEN_UP, "500")
    found = figures(web)
    names = ("hlm_messages_waiting", "hlm_messages_given_up", "hlm_destinations_failing", "hlm_destinations_gone")
    assert [found[name] for name in names] == [2, 1, 1, 1]


def test_they_name_nobody_and_nothing(web: Web) -> None:
    with web.scene.board() as uow:
        token = uow.tokens.issue(TokenKind.METRICS)
        told = [*(p.full_name for p in uow.people.all()), *(c.name for c in uow.centres.all()), "server.example", "service"]
    text = web.ask("GET", "/metrics", token=token).text
    assert [word for word in told if word in text] == []


def test_a_database_in_trouble_is_not_ready(web: Web) -> None:
    assert web.client.get("/readyz").status_code == 200
    with web.scene.application.storage.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
    assert web.client.get("/readyz").status_code == 503
