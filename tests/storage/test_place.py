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


def test_a_database_lives_where_it_lived(storage: Storage, open_storage: Callable[..., Storage]) -> None:
    found = place(storage.engine)
    assert found
    again = open_storage(storage.engine.url.render_as_string(hide_password=False))
    assert place(again.engine) == found
    again.close()


def test_a_copied_file_lives_elsewhere_and_one_written_over_does_not(
    tmp_path: Path, sqlite_template: Path, open_storage: Callable[..., Storage]
) -> None:
    first, second = tmp_path / "first.db", tmp_path / "second.db"
    for file in (first, second):
        shutil.copyfile(sqlite_template, file)
    places = [place(open_storage(f"sqlite:///{file}").engine) for file in (first, second)]
    assert len(set(places)) == 2
    second.write_bytes(first.read_bytes())
    assert place(open_storage(f"sqlite:///{second}").engine) == places[1]


def test_a_database_in_memory_tells_nothing() -> None:
    assert place(sa.create_engine("sqlite://")) == ""


@pytest.mark.system
def test_a_copy_in_the_same_cluster_lives_elsewhere(
    cluster: postgres.Cluster, postgresql_template: str, open_storage: Callable[..., Storage]
) -> None:
    storages = [open_storage(cluster.url(cluster.create(template=postgresql_template))) for _ in range(2)]
    found = [place(storage.engine) for storage in storages]
    assert len(set(found)) == 2
    assert all(one.startswith("postgresql:") and ":None:" not in one for one in found)
    for storage in storages:
        storage.close()
