"""The key file in the hands of several processes, of another user, and while somebody copies it."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sidecar import keys
from sidecar.bootstrap import Application, start
from sidecar.config import Config, ConfigError
from sidecar.domain.bindings import Space
from sidecar.domain.errors import NotNow
from sidecar.services import rotating, webhooks

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.system)]
SECRETS = {"a": "correct horse", "b": "battery staple"}


@pytest.fixture(params=ENGINES)
def running(request: pytest.FixtureRequest, fresh: Callable[..., Config]) -> Application:
    app = start(fresh(request.param))
    with app.storage.unit() as uow:
        for name, secret in SECRETS.items():
            uow.spaces.add(Space(id=name, url=f"https://{name}.example.org/", username="rota", secret=secret))
    return app


def secrets_of(app: Application) -> dict[str, str]:
    with app.storage.unit(write=False) as uow:
        return {space.id: space.secret for space in uow.spaces.all()}


def test_of_two_that_renew_the_key_at_once_one_is_refused(running: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both found none prepared, and the second one's file would forget the key with which the first locked all."""
    put, troubles, others = keys._put, list[NotNow](), list[threading.Thread]()

    def second() -> None:
        try:
            rotating.rotate(start(running.config), actor="cli")
        except NotNow as error:
            troubles.append(error)

    def slowly(path: Path, content: bytes, **options: bool) -> None:
        if not others:
            others.append(threading.Thread(target=second))
            others[0].start()
            others[0].join(timeout=1)
        put(path, content, **options)

    monkeypatch.setattr(keys, "_put", slowly)
    rotating.rotate(running, actor="cli")
    others[0].join(timeout=60)
    assert not others[0].is_alive()
    assert [str(trouble) for trouble in troubles] == ["key_changing"]
    assert running.config.keys().prepared is None
    assert secrets_of(start(running.config)) == secrets_of(running) == SECRETS


def test_a_password_that_is_changed_while_all_is_locked_again_is_not_overwritten(
    running: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock, savers = running.storage._vault.unlock, list[threading.Thread]()
    other = start(running.config)

    def save() -> None:
        with other.storage.unit() as uow:
            uow.spaces.save(replace(uow.spaces.get("b"), secret="meanwhile"))

    def meanwhile(locked: str) -> str:
        if not savers:
            savers.append(threading.Thread(target=save))
            savers[0].start()
            savers[0].join(timeout=1)
        return unlock(locked)

    monkeypatch.setattr(running.storage._vault, "unlock", meanwhile)
    rotating.rotate(running, actor="cli")
    savers[0].join(timeout=60)
    assert not savers[0].is_alive()
    assert secrets_of(start(running.config)) == SECRETS | {"b": "meanwhile"}


def test_webhooks_sign_with_their_own_secrets_before_and_after(running: Application) -> None:
    with running.storage.unit() as uow:
        added = webhooks.add(uow, "https://example.org/", now=running.now(), new_id=lambda: "w")
        renewed = webhooks.rotate(uow, added.id, running.now())
    rotating.rotate(start(running.config), actor="cli")
    rotating.forget(start(running.config), actor="cli")
    for app in (running, start(running.config)):
        with app.storage.unit(write=False) as uow:
            found = uow.destinations.get("w")
        assert (found.secret, found.former_secret) == (renewed.secret, added.secret)


@pytest.mark.parametrize("content", [None, b"", b"c2hvcnQ=\n", b"\x00" * 44])
def test_while_the_file_is_gone_or_half_copied_a_process_goes_on_with_the_keys_it_knows(
    running: Application, content: bytes | None
) -> None:
    file = running.config.secret_key_file
    kept = file.read_bytes()
    file.unlink() if content is None else file.write_bytes(content)
    with running.storage.unit() as uow:
        uow.spaces.save(replace(uow.spaces.get("a"), secret="a new password"))
    assert secrets_of(running) == SECRETS | {"a": "a new password"}
    assert file.exists() == (content is not None)
    file.write_bytes(kept)
    assert secrets_of(start(running.config)) == SECRETS | {"a": "a new password"}


@pytest.mark.parametrize("content", [b"", b"c2hvcnQ=\n", b"\x00" * 44])
def test_nothing_starts_with_half_a_key(tmp_path: Path, content: bytes) -> None:
    config = Config(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path / 'r.db'}", secret_key_file=tmp_path / "key")
    config.secret_key_file.write_bytes(content)
    with pytest.raises(ConfigError, match="is not a key"):
        start(config)
    assert config.secret_key_file.read_bytes() == content


def test_it_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    keys.read_or_make(tmp_path / "folder" / "key")
    assert stat.S_IMODE((tmp_path / "folder" / "key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o700
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["key"]


@pytest.mark.parametrize(("before", "after"), [(0o600, 0o600), (0o640, 0o640), (0o664, 0o640), (0o644, 0o640)])
def test_who_may_read_it_may_read_the_renewed_one_and_nobody_else(tmp_path: Path, before: int, after: int) -> None:
    file = tmp_path / "key"
    keys.read_or_make(file)
    file.chmod(before)
    keys.prepare(file)
    keys.promote(file)
    assert stat.S_IMODE(file.stat().st_mode) == after


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_renewed_by_root_it_stays_the_services(tmp_path: Path) -> None:
    file = tmp_path / "key"
    keys.read_or_make(file)
    os.chown(file, 65534, 65534)
    keys.prepare(file)
    assert (file.stat().st_uid, file.stat().st_gid) == (65534, 65534)


def test_a_link_to_the_file_stays_one(tmp_path: Path) -> None:
    true, link = tmp_path / "true" / "key", tmp_path / "link"
    keys.read_or_make(true)
    link.symlink_to(true)
    prepared = keys.prepare(link)
    assert link.is_symlink()
    assert keys.read(true).prepared == prepared
