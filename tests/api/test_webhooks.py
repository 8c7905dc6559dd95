"""Webhooks over HTTP: the secret is told once, the rest is a list, a log and a few switches."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.api.conftest import Web
from tests.webhooks.receiver import receiving

PATH = "/api/v1/webhooks"


def test_a_webhook_is_added_listed_tried_paused_and_removed(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with receiving() as receiver:
        url = "https://example.org/hook"
        added = web.ask("POST", PATH, {"url": url, "kinds": ["changed"], "centre_id": "maurepas"}).json
        assert added["secret"].startswith("whsec_")
        one = f"{PATH}/{added['id']}"
        (listed,) = web.ask("GET", PATH).json
        assert (listed["url"], listed["kinds"], listed["centre_id"]) == (url, ["changed"], "maurepas")
        with web.scene.board() as uow:
            uow.destinations.save(replace(uow.destinations.get(added["id"]), address=receiver.url, internal=True))
        assert added["secret"] not in web.ask("GET", PATH).text
        assert web.ask("POST", f"{one}/test").json == {"arrived": True, "answer": "204"}
        assert receiver.calls[0].signed_by(added["secret"])
        with web.scene.board() as uow:
            uow.spaces.save(replace(uow.spaces.get("space"), muted=True))
        assert web.ask("POST", f"{one}/test").status_code == 409
        assert len(receiver.calls) == 1
    assert web.ask("GET", f"{one}/log").json == []
    assert web.ask("POST", f"{one}/rotate").json["secret"] != added["secret"]
    assert web.ask("POST", f"{one}/pause").json["state"] == "paused"
    assert web.ask("POST", f"{one}/resume").json["state"] == "active"
    assert web.ask("DELETE", one).status_code == 204
    assert web.ask("GET", PATH).json == []


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"url": "ftp://x/"},
        {"url": "http://example.org/"},
        {"url": "https://example.org/", "kinds": ["all"]},
        {"url": "https://192.168.0.1/"},
        {"url": "http://localhost:9000/"},
        {"url": "https://10.0.0.1/", "internal": True},
    ],
)
def test_what_will_not_do_is_refused(web: Web, data: dict[str, object]) -> None:
    assert web.ask("POST", PATH, data).status_code == 422


def test_another_centre_is_not_made_up(web: Web) -> None:
    assert web.ask("POST", PATH, {"url": "https://example.org/", "centre_id": "nowhere"}).status_code == 404
