"""Somebody went back to an older version: beside a newer database, or a newer backup, it says so and changes nothing."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa

from sidecar.app import create_app
from sidecar.services.keeping import Keeper
from sidecar.storage.migrate import head_revision
from tests.cli.command import NOT_DONE, SAMPLE, CommandLine
from tests.twin import Twin, twin

NEWER = {"fr": "vient d'une version plus récente du programme", "en": "comes from a newer version of the program"}
TO_DO = {"fr": "Installez cette version", "en": "Install that version"}


def made_newer(database: Path) -> bytes:
    """As a later version leaves it; what the file holds then."""
    connection = sqlite3.connect(database)
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("CREATE TABLE of_a_later_version (id TEXT)")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return database.read_bytes()


@pytest.fixture
def first(tmp_path: Path) -> CommandLine:
    command = CommandLine(tmp_path / "first")
    command("import", str(SAMPLE))
    return command


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("words", [("show", "Maurepas"), ("sync",), ("serve",), ("serve", "--no-sync"), ("vacuum",)])
def test_every_command_says_what_to_do(words: tuple[str, ...], language: str, tmp_path: Path) -> None:
    command = CommandLine(tmp_path)
    command("mute")
    database = tmp_path / "hors-les-murs.sqlite"
    before = made_newer(database)
    said = command(*words, code=NOT_DONE, language=language).err
    assert NEWER[language] in said
    assert TO_DO[language] in said
    assert database.read_bytes() == before


def test_a_newer_backup_is_refused_and_an_older_one_takes_the_newer_databases_place(
    first: CommandLine, tmp_path: Path
) -> None:
    ours, theirs = tmp_path / "ours.backup", tmp_path / "theirs.backup"
    first("backup", str(ours))
    with zipfile.ZipFile(ours) as old, zipfile.ZipFile(theirs, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "manifest.json":
                content = json.dumps(json.loads(content) | {"schema": "9999", "version": "7.0.0"}).encode()
            new.writestr(name, content)
    before = made_newer(first.folder / "hors-les-murs.sqlite")
    for language in ("fr", "en"):
        said = first("restore", str(theirs), "--replace", code=NOT_DONE, language=language).err
        assert NEWER[language] in said
        assert "7.0.0" in said
        assert TO_DO[language] in said
    assert (first.folder / "hors-les-murs.sqlite").read_bytes() == before
    # The way back: what the newer version had is kept aside, and what stood before the update works.
    aside = Path(first.json("restore", str(ours), "--replace")["aside"])
    assert aside.exists()
    assert first.json("show", "Maurepas")


def waiting(folder: Path) -> Twin:
    """A running program with something to write, whose database another machine brought forward."""
    world = twin(folder)
    assert world.scene.sync().ok
    world.change(title="Renommé")
    with world.scene.application.storage.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    return world


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_running_program_is_not_ready_any_more_and_says_why(language: str, tmp_path: Path) -> None:
    world = waiting(tmp_path)
    client = create_app(world.scene.application).test_client()
    for path in ("/readyz", "/healthz"):
        answer = client.get(path, headers={"Accept-Language": language})
        assert answer.status_code == 503
        assert answer.json is not None
        assert NEWER[language] in answer.json["detail"]
        assert TO_DO[language] in answer.json["detail"]


def test_a_running_program_asks_no_server_and_changes_nothing(tmp_path: Path) -> None:
    world = waiting(tmp_path)
    asked = len(world.server.log)
    keeper = Keeper(world.scene.application, syncer=world.scene.syncer)
    keeper.once()
    assert len(world.server.log) == asked
    with world.scene.application.storage.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :head"), {"head": head_revision()})
    keeper.once()
    assert len(world.server.log) > asked
