"""What is on the disk when a unit has ended, and what may be forgotten in a power cut."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from sidecar.storage import Storage
from sidecar.storage.engine import LARGEST_LOG
from tests.storage.conftest import OpenStorage


def how(storage: Storage, *, lasts: bool = True) -> str:
    """How the database says that it writes, in a unit."""
    asked = {"sqlite": "PRAGMA synchronous", "postgresql": "SHOW synchronous_commit"}[storage.engine.dialect.name]
    with storage.unit(lasts=lasts) as uow:
        uow.settings.set("lasts", lasts)
        answer = uow.settings._session.connection.scalar(sa.text(asked))
    return {"2": "full", "1": "normal"}.get(str(answer), str(answer))


def test_what_is_committed_is_on_the_disk_but_where_it_may_be_forgotten(storage: Storage) -> None:
    full, lax = {"sqlite": ("full", "normal"), "postgresql": ("on", "off")}[storage.engine.dialect.name]
    assert [how(storage), how(storage, lasts=False), how(storage)] == [full, lax, full]
    with storage.unit(write=False) as uow:
        assert uow.settings.get("lasts") is True


def test_the_log_beside_the_database_is_given_back_after_a_large_write(tmp_path: Path, open_storage: OpenStorage) -> None:
    file = tmp_path / "rota.db"
    storage = open_storage(f"sqlite:///{file}")
    storage.migrate()
    log = file.with_name("rota.db-wal")
    with storage.unit() as uow:
        uow.settings.set("large", "x" * (3 * LARGEST_LOG))
    assert log.stat().st_size > LARGEST_LOG
    with storage.unit() as uow:
        uow.settings.set("small", 1)
    assert log.stat().st_size <= LARGEST_LOG
    storage.close()
