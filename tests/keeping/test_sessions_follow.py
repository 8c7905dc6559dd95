"""Who is signed in when the key is renewed: stays so at every worker, and not where the key before was leaked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from sidecar import keys
from sidecar.app import create_app
from sidecar.bootstrap import Application, start
from sidecar.config import Config, load
from sidecar.domain.bindings import Space
from sidecar.http.embedding import EMBEDDED
from sidecar.http.forms import _signer
from sidecar.services import rotating
from sidecar.services.platform import note_enabled
from sidecar.storage import StorageError, TokenKind
from tests.cli.command import CommandLine
from tests.nextcloud.conftest import environment
from tests.nextcloud.standin import appapi
from tests.scene import Clock, ids


@pytest.fixture
def running(fresh: Callable[..., Config]) -> Application:
    app = start(fresh("sqlite"))
    with app.storage.unit() as uow:
        uow.spaces.add(Space(id="a", url="https://a.example.org/", username="rota", secret="correct horse"))
    return app


def signed_in(app: Application, worker: Any) -> FlaskClient:
    with app.storage.unit() as uow:
        token = uow.tokens.issue(TokenKind.API, name="office")
    client: FlaskClient = worker.test_client()
    client.get("/")
    with client.session_transaction() as session:
        form = session["form"]
    assert client.post("/sign-in", data={"token": token, "form_token": form}).status_code == 303
    return client


def lets_in(worker: Any, of: FlaskClient) -> bool:
    cookie = of.get_cookie("hlm")
    assert cookie is not None
    client = worker.test_client()
    client.set_cookie("hlm", cookie.value)
    return bool(client.get("/docs/api").status_code == 200)


def test_a_worker_that_was_there_before_knows_who_signed_in_at_one_that_came_after(running: Application) -> None:
    old = create_app(running)
    early = signed_in(running, old)
    rotating.rotate(running, actor="cli")
    new = create_app(start(running.config))
    late = signed_in(running, new)
    assert all(lets_in(worker, client) for worker in (old, new) for client in (early, late))


def test_embedded_a_form_that_was_open_is_taken_and_still_no_cookie_is_set(tmp_path: Path) -> None:
    with appapi() as api:
        app = start(load(environment(api.url, tmp_path)), now=Clock(), new_id=ids())
        note_enabled(app, enabled=True)
        worker = create_app(app)
        marked = {EMBEDDED: True}
        with worker.test_request_context("/", environ_overrides=marked):
            before = _signer().dumps("marie")
        rotating.rotate(start(app.config), actor="cli")
        with worker.test_request_context("/", environ_overrides=marked) as context:
            assert _signer().loads(before) == "marie"
            assert context.session == {}
            assert worker.secret_key == app.config.secret_key()


def test_while_the_file_is_away_everybody_stays_signed_in(running: Application) -> None:
    worker = create_app(running)
    client = signed_in(running, worker)
    file = running.config.secret_key_file
    file.rename(file.with_name("moved"))
    assert lets_in(worker, client)
    assert not file.exists()


def test_a_key_that_was_leaked_signs_and_opens_nothing_any_more(running: Application) -> None:
    worker = create_app(running)
    client, leaked = signed_in(running, worker), running.config.secret_key()
    rotating.rotate(running, actor="cli")
    assert lets_in(worker, client)
    assert rotating.forget(running, actor="cli") == 1
    assert not lets_in(worker, client)
    assert not lets_in(create_app(start(running.config)), client)
    assert running.config.keys() == keys.Keys(running.config.secret_key())
    assert leaked not in running.config.keys().all
    with running.storage.unit(write=False) as uow:
        assert uow.spaces.get("a").secret == "correct horse"
    running.config.secret_key_file.write_bytes(leaked)
    with pytest.raises(StorageError), start(running.config).storage.unit(write=False) as uow:
        uow.spaces.get("a")


def test_what_was_locked_with_the_leaked_key_meanwhile_is_not_lost(
    running: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote = keys.promote

    def slowly(*arguments: Any) -> keys.Keys:
        with running.storage.unit() as uow:
            uow.spaces.add(Space(id="b", url="https://b.example.org/", username="rota", secret="battery staple"))
        return promote(*arguments)

    monkeypatch.setattr(keys, "promote", slowly)
    rotating.rotate(start(running.config), actor="cli")
    assert rotating.forget(start(running.config), actor="cli") == 2
    with start(running.config).storage.unit(write=False) as uow:
        assert uow.spaces.get("b").secret == "battery staple"


def test_another_machine_goes_on_while_the_earlier_keys_are_forgotten(running: Application, tmp_path: Path) -> None:
    file, theirs = running.config.secret_key_file, tmp_path / "theirs"
    rotating.rotate(running, actor="cli")
    theirs.write_bytes(file.read_bytes())
    elsewhere = start(replace(running.config, secret_key_file=theirs))
    rotating.forget(running, actor="cli")
    with elsewhere.storage.unit() as uow:
        uow.spaces.save(replace(uow.spaces.get("a"), secret="from elsewhere"))
    with running.storage.unit(write=False) as uow:
        assert uow.spaces.get("a").secret == "from elsewhere"


def test_forgetting_while_a_renewal_was_broken_off_loses_nothing(running: Application) -> None:
    file = running.config.secret_key_file
    running.storage.lock_again(keys.prepare(file), actor="cli")
    rotating.forget(running, actor="cli")
    rotating.rotate(running, actor="cli")
    with start(running.config).storage.unit(write=False) as uow:
        assert uow.spaces.get("a").secret == "correct horse"


def test_the_command_takes_the_earlier_keys_out(tmp_path: Path) -> None:
    command = CommandLine(tmp_path / "machine")
    command("rotate-key")
    assert "n'ouvrent plus rien" in command("rotate-key", "--forget").out
    assert len((tmp_path / "machine" / "secret.key").read_bytes().split()) == 1
