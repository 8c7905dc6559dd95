"""``webhook``: added with a secret that is shown once, listed without it, tried, paused and taken away."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import NOT_DONE, NOT_UNDERSTOOD, SERVER_FAILED, CommandLine
from tests.webhooks.receiver import receiving


@pytest.fixture
def own(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "data")


def test_a_webhook_from_adding_to_taking_away(own: CommandLine) -> None:
    assert "webhook add" in own("webhook", "list").out
    with receiving() as receiver:
        called = ("webhook", "add", receiver.url + "?key=hidden", "--kind", "published", "--kind", "cancelled")
        assert "--internal" in own(*called, code=NOT_DONE).err
        added = own.json(*called, "--internal")
        assert added["secret"].startswith("whsec_")
        listed = own("webhook", "list").out
        assert receiver.url in listed
        assert "publié, annulé" in listed
        assert "hidden" not in listed
        assert added["secret"] not in listed + own("webhook", "list", "--json").out
        assert "204" in own("webhook", "test", added["id"], NO_PROXY="127.0.0.1").out
        assert receiver.calls[0].said["type"] == "test"
        assert receiver.calls[0].signed_by(added["secret"])
        assert own.json("webhook", "rotate", added["id"])["secret"] != added["secret"]
        own("webhook", "test", added["id"], NO_PROXY="127.0.0.1")
        assert receiver.calls[1].signed_by(added["secret"])
        receiver.answers = [(404, {})]
        assert "404" in own("webhook", "test", added["id"], NO_PROXY="127.0.0.1", code=SERVER_FAILED).out
        assert "silence" in own("webhook", "test", added["id"], HLM_MUTED="yes", code=NOT_DONE).err
        assert len(receiver.calls) == 3
    assert "depuis un mois" in own("webhook", "log", added["id"]).out
    own("webhook", "pause", added["id"])
    assert own.json("webhook", "list")["webhooks"][0]["state"] == "paused"
    own("webhook", "resume", added["id"])
    assert own.json("webhook", "list")["webhooks"][0]["state"] == "active"
    own("webhook", "remove", added["id"])
    assert own.json("webhook", "list") == {"webhooks": []}


def test_what_will_not_do_is_told_with_what_to_write(own: CommandLine) -> None:
    assert "https" in own("webhook", "add", "http://example.org/", code=NOT_DONE).err
    assert "mot de passe" in own("webhook", "add", "https://u:p@example.org/", code=NOT_DONE).err
    assert "webhook list" in own("webhook", "log", "nothing", code=NOT_DONE).err
    own("webhook", "add", "https://example.org/", "--kind", "everything", code=NOT_UNDERSTOOD)
