"""A database can tell that it was copied."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from sidecar.storage import Storage
from sidecar.storage.place import place
from tests.storage import postgres
from tests.storage.test_query_counts import counted


def lives(storage: Storage) -> str:
    with storage.unit(write=False) as uow:
        return uow.place()


def test_a_database_lives_where_it_lived(storage: Storage, open_storage: Callable[..., Storage]) -> None:
    found = lives(storage)
    assert found
    again = open_storage(storage.engine.url.render_as_string(hide_password=False))
    assert lives(again) == found
    again.close()


def test_a_copied_file_lives_elsewhere_and_one_written_over_does_not(
    tmp_path: Path, sqlite_template: Path, open_storage: Callable[..., Storage]
) -> None:
    first, second = tmp_path / "first.db", tmp_path / "second.db"
    for file in (first, second):
        shutil.copyfile(sqlite_template, file)
    places = [lives(open_storage(f"sqlite:///{file}")) for file in (first, second)]
    assert len(set(places)) == 2
    second.write_bytes(first.read_bytes())
    assert lives(open_storage(f"sqlite:///{second}")) == places[1]


def test_a_database_in_memory_tells_nothing() -> None:
    with sa.create_engine("sqlite://").connect() as connection:
        assert place(connection) == ""


@pytest.mark.system
def test_a_copy_in_the_same_cluster_lives_elsewhere(
    cluster: postgres.Cluster, postgresql_template: str, open_storage: Callable[..., Storage]
) -> None:
    storages = [open_storage(cluster.url(cluster.create(template=postgresql_template))) for _ in range(2)]
    found = [lives(storage) for storage in storages]
    assert len(set(found)) == 2
    assert all(one.startswith("postgresql:") and ":None:" not in one for one in found)
    for storage in storages:
        storage.close()


@pytest.mark.system
def test_on_postgresql_a_connection_is_asked_once(postgresql_url: str, open_storage: Callable[..., Storage]) -> None:
    """It is asked in each pass, within the pass's own transaction: a pass that waited for one more connection while it holds
    two could wait for others that do the same."""
    storage = open_storage(postgresql_url)
    found = lives(storage)
    with counted(storage) as sent, storage.unit(write=False) as uow:
        assert uow.place() == found
    assert [text for text in sent if "pg_" in text] == []
    assert storage.engine.pool.checkedin() == 1
    storage.close()
