"""What is logged names no person, no entry and no account: an id or a kind leads to the page that does."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from calendars.errors import Unauthorised
from sidecar.api import PREFIX
from sidecar.app import create_app
from sidecar.domain.people import Membership, Person
from sidecar.observability import configure, get_logger
from sidecar.services.keeping import Keeper
from sidecar.storage import StorageError, TokenKind
from tests.twin import twin

NAMES = (
    "Nolwenn",
    "Quéméneur",
    "nolwenn.q@example.org",
    "+33612345678",
    "0612345678",
    "Pleine lune au jardin",
    "note-privée",
)


@pytest.fixture(params=["console", "json"])
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    configure(level="debug", format=request.param, stream=stream)
    yield stream
    configure()


def nolwenn(**more: object) -> Person:
    made = Person(
        id="nolwenn", given_name="Nolwenn", family_name="Quéméneur", emails=("nolwenn.q@example.org",),
        phones=("+33612345678",), account="nolwenn.q@example.org", memberships=(Membership(centre_id="maurepas"),),
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def test_a_life_with_troubles_names_nobody(log: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = twin(tmp_path, outings=2)
    scene = world.scene
    app = scene.application
    with scene.board() as uow:
        uow.people.add(nolwenn())
    keeper = Keeper(app, syncer=scene.syncer)
    keeper.once()
    # Two sides at once, an unreadable text, a password that is refused with a chatty answer.
    world.edit("SUMMARY:", "SUMMARY:Pleine lune au jardin ")
    world.change(title="Pleine lune au jardin, bis", text="note-privée")
    keeper.once()
    world.edit("BEGIN:VEVENT", "BEGIN:VEVENT\nnote-privée Nolwenn", "cafe1")
    keeper.once()

    def refused(*_arguments: object, **_options: object) -> object:
        raise Unauthorised("nolwenn.q@example.org is not known at /calendars/nolwenn.q@example.org/", status=401)

    with monkeypatch.context() as patched:
        patched.setattr(type(scene.syncer), "home", refused)
        keeper.once()
    # A database that refuses a row of hers, told with its history.
    for act in ("add", "save"):
        try:
            with scene.board() as uow:
                if act == "add":
                    uow.people.add(nolwenn())
                else:
                    uow.people.save(replace(uow.people.get("nolwenn"), memberships=(Membership(centre_id="nowhere"),)))
        except StorageError:
            get_logger(__name__).exception("storage_failed")
    # The interface: what is refused, what is not there, what breaks.
    with scene.board() as uow:
        token = uow.tokens.issue(TokenKind.API, name="Nolwenn")
    client = create_app(app, scene.syncer).test_client()
    headers = {"Authorization": f"Bearer {token}"}
    body = {"given_name": "Nolwenn", "family_name": "Quéméneur", "phones": ["0612345678"], "centre_id": "nowhere"}
    assert client.post(f"{PREFIX}/people", json=body, headers=headers).status_code == 404
    assert client.post(f"{PREFIX}/people", json={**body, "phones": "0612345678"}, headers=headers).status_code == 422
    assert client.get(f"{PREFIX}/people/Nolwenn", headers=headers).status_code == 404
    assert client.post("/sign-in", data={"user": "nolwenn.q@example.org", "password": "note-privée"}).status_code == 403

    told = log.getvalue()
    assert "storage_failed" in told
    assert "pass_stopped" in told
    for spelling in (told, told.encode().decode("unicode_escape", errors="replace")):
        assert [name for name in NAMES if name in spelling] == []
    if told.startswith("{"):
        assert all(json.loads(line)["event"] for line in told.splitlines())
