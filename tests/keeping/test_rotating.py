"""Another key, while everything runs; broken off after any of its steps, and taken again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from sidecar import keys
from sidecar.app import create_app
from sidecar.bootstrap import Application, start
from sidecar.config import Config
from sidecar.domain.bindings import Space
from sidecar.domain.errors import NotNow
from sidecar.services import backup as backups
from sidecar.services import rotating
from sidecar.storage import StorageError, TokenKind, schema
from sidecar.storage.vault import LOCKED
from tests.cli.command import NOT_DONE, CommandLine

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.system)]
SECRETS = {"a": "correct horse", "b": "battery staple"}


@pytest.fixture(params=ENGINES)
def running(request: pytest.FixtureRequest, fresh: Callable[..., Config]) -> Application:
    """A process that was started before anything is rotated."""
    app = start(fresh(request.param))
    with app.storage.unit() as uow:
        for name, secret in SECRETS.items():
            uow.spaces.add(Space(id=name, url=f"https://{name}.example.org/", username="rota", secret=secret))
    return app


def secrets_of(app: Application) -> dict[str, str]:
    with app.storage.unit(write=False) as uow:
        return {space.id: space.secret for space in uow.spaces.all()}


def locked_texts(app: Application) -> set[str]:
    with app.storage.engine.connect() as connection:
        return set(connection.scalars(sa.select(schema.spaces.c.secret)))


def test_a_running_process_goes_on_reading_and_writing(running: Application) -> None:
    before, first = locked_texts(running), running.config.secret_key()
    assert rotating.rotate(start(running.config), actor="cli") == len(SECRETS)
    assert running.config.secret_key() != first
    assert locked_texts(running).isdisjoint(before)
    assert secrets_of(running) == SECRETS
    with running.storage.unit() as uow:
        uow.spaces.save(replace(uow.spaces.get("a"), secret="a new password"))
    # Whoever has the first key alone opens nothing of it.
    only_first = replace(running.config, secret_key_file=running.config.data_dir / "first")
    only_first.secret_key_file.write_bytes(first)
    with pytest.raises(StorageError):
        secrets_of(start(only_first))
    assert secrets_of(start(running.config)) == SECRETS | {"a": "a new password"}


def test_what_is_written_while_the_key_is_renewed_is_read_afterwards(running: Application) -> None:
    file = running.config.secret_key_file
    running.storage.lock_again(keys.prepare(file), actor="cli")
    with running.storage.unit() as uow:
        uow.spaces.save(replace(uow.spaces.get("a"), secret="meanwhile"))
    keys.promote(file)
    assert secrets_of(start(running.config)) == SECRETS | {"a": "meanwhile"} == secrets_of(running)


@pytest.mark.parametrize("step", ["prepared", "half locked", "locked"])
def test_broken_off_anywhere_all_is_read_and_a_second_call_ends_it(
    running: Application, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, first = running.config.secret_key_file, running.config.secret_key()
    prepared = keys.prepare(file)
    if step == "half locked":
        seen: list[str] = []
        unlock = running.storage._vault.unlock

        def gives_up(locked: str) -> str:
            seen.append(locked)
            if len(seen) == len(SECRETS):
                raise RuntimeError("the power is gone")
            return unlock(locked)

        with monkeypatch.context() as patched:
            patched.setattr(running.storage._vault, "unlock", gives_up)
            with pytest.raises(RuntimeError):
                running.storage.lock_again(prepared, actor="cli")
    elif step == "locked":
        running.storage.lock_again(prepared, actor="cli")
    assert running.config.keys() == keys.Keys(first, prepared)
    assert secrets_of(running) == secrets_of(start(running.config)) == SECRETS
    rotating.rotate(running, actor="cli")
    assert running.config.keys() == keys.Keys(prepared, None, (first,))
    assert secrets_of(running) == secrets_of(start(running.config)) == SECRETS


def test_a_text_that_no_key_opens_stops_it_before_anything_changes(running: Application) -> None:
    with running.storage.engine.begin() as connection:
        table = schema.spaces
        connection.execute(sa.update(table).where(table.c.id == "b").values(secret="not ours"))
    before = locked_texts(running)
    with pytest.raises(StorageError, match="storage_wrong_key"):
        rotating.rotate(running, actor="cli")
    assert locked_texts(running) == before


def test_earlier_keys_are_forgotten_in_time(running: Application) -> None:
    first = running.config.secret_key()
    for _ in range(keys.KEPT):
        rotating.rotate(running, actor="cli")
    assert first in running.config.keys().all
    rotating.rotate(running, actor="cli")
    assert first not in running.config.keys().all
    assert secrets_of(running) == SECRETS


def test_who_is_signed_in_stays_so(running: Application) -> None:
    with running.storage.unit() as uow:
        token = uow.tokens.issue(TokenKind.API, name="office")
    client = create_app(running).test_client()
    client.get("/")
    with client.session_transaction() as session:
        form = session["form"]
    assert client.post("/sign-in", data={"token": token, "form_token": form}).status_code == 303
    rotating.rotate(running, actor="cli")
    after = create_app(start(running.config)).test_client()
    cookie = client.get_cookie("hlm")
    assert cookie is not None
    after.set_cookie("hlm", cookie.value)
    assert after.get("/docs/api").status_code == 200


def test_a_backup_from_before_is_put_back_after(running: Application, tmp_path: Path) -> None:
    file = tmp_path / "b"
    backups.back_up(running.config, file, now=lambda: datetime.now(UTC))
    rotating.rotate(running, actor="cli")
    running.storage.close()
    backups.restore(running.config, file, now=lambda: datetime.now(UTC), replace=True)
    assert secrets_of(start(running.config)) == SECRETS


def test_no_backup_takes_one_of_two_keys_along(running: Application, tmp_path: Path) -> None:
    keys.prepare(running.config.secret_key_file)
    with pytest.raises(NotNow, match="backup_key_changing"):
        backups.back_up(running.config, tmp_path / "b", now=lambda: datetime.now(UTC), with_key=True)
    assert not (tmp_path / "b").exists()


def test_another_machine_with_the_prepared_file_never_stops(running: Application, tmp_path: Path) -> None:
    rotating.prepare(running)
    theirs = tmp_path / "other" / "secret.key"
    theirs.parent.mkdir()
    theirs.write_bytes(running.config.secret_key_file.read_bytes())
    elsewhere = start(replace(running.config, secret_key_file=theirs))
    rotating.rotate(running, actor="cli")
    assert secrets_of(elsewhere) == SECRETS
    with elsewhere.storage.unit() as uow:
        uow.spaces.save(replace(uow.spaces.get("b"), secret="from elsewhere"))
    assert secrets_of(running) == SECRETS | {"b": "from elsewhere"}


def test_every_column_of_secrets_is_one_that_is_locked_again() -> None:
    named = {column.name for table in schema.metadata.tables.values() for column in table.columns if "secret" in column.name}
    assert named <= LOCKED


def test_the_command_says_what_to_do_next(tmp_path: Path) -> None:
    command = CommandLine(tmp_path / "machine")
    assert "une étape à la fois" in command("rotate-key", "--prepare", "--forget", code=NOT_DONE).err
    assert "Copiez ce fichier" in command("rotate-key", "--prepare").out
    assert "nouvelle clé" in command("rotate-key").out
    file = tmp_path / "machine" / "secret.key"
    file.write_bytes(file.read_bytes() + b"something else\n")
    assert "is not a key" in command("rotate-key", code=NOT_DONE).err
