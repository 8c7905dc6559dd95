"""A disk that is full, a file that is none: an error that says so, and a database as it was."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event

from sidecar.domain.centres import Centre
from sidecar.storage import Storage, StorageError
from tests.storage import postgres
from tests.storage.builders import settle_in

OpenStorage = Callable[..., Storage]


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(StorageError) as caught:
        act()
    return caught.value.code


def test_a_full_disk_is_said_and_nothing_is_half_written(sqlite_url: str, open_storage: OpenStorage) -> None:
    storage = open_storage(sqlite_url)
    # The engine's own bound on the file answers as a full disk does: SQLITE_FULL.
    event.listen(storage.engine, "connect", lambda c, _: c.execute("PRAGMA max_page_count=150"))

    def fill() -> None:
        with storage.unit() as uow:
            for number in range(1000):
                uow.centres.add(Centre(id=f"c{number}", name="x" * 4000))

    assert code_of(fill) == "storage_full"
    with storage.unit() as uow:
        assert uow.centres.all() == []
        uow.centres.add(Centre(id="c1", name="There is room for this"))
    storage.close()


def test_a_database_that_takes_no_writes_is_said(sqlite_url: str, open_storage: OpenStorage) -> None:
    writable = open_storage(sqlite_url)
    settle_in(writable)
    path = sqlite_url.removeprefix("sqlite:///")
    storage = open_storage(f"sqlite:///file:{path}?mode=ro&uri=true")
    with storage.unit(write=False) as uow:
        assert uow.centres.get("c1").id == "c1"

    def rename() -> None:
        with storage.unit() as uow:
            uow.centres.save(replace(uow.centres.get("c1"), name="Other"))

    assert code_of(rename) == "storage_read_only"
    storage.close()
    writable.close()


@pytest.mark.parametrize("act", ["migrate", "check"])
def test_a_file_that_is_no_database_is_said_and_left_as_it_is(tmp_path: Path, open_storage: OpenStorage, act: str) -> None:
    path = tmp_path / "letter.odt"
    path.write_bytes(b"PK\x03\x04 a letter to the town hall" * 200)
    before = path.read_bytes()
    storage = open_storage(f"sqlite:///{path}")
    assert code_of(getattr(storage, act)) == "storage_not_a_database"
    assert path.read_bytes() == before
    storage.close()


def test_a_damaged_database_is_said(sqlite_url: str, open_storage: OpenStorage) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    storage = open_storage(sqlite_url)

    def read() -> None:
        with storage.unit(write=False) as uow:
            uow.centres.all()

    assert code_of(read) == "storage_damaged"
    storage.close()


def test_a_folder_that_is_not_there_is_said(tmp_path: Path, open_storage: OpenStorage) -> None:
    storage = open_storage(f"sqlite:///{tmp_path / 'missing' / 'rota.db'}")
    assert code_of(storage.migrate) == "storage_cannot_open"
    storage.close()


@pytest.mark.parametrize("url", ["", "rota.db", "mysql://user:hunter2@host/db", "sqlite+aiosqlite:///x"])
def test_an_address_of_another_kind_is_said_without_its_password(url: str, open_storage: OpenStorage) -> None:
    with pytest.raises(StorageError) as caught:
        open_storage(url)
    assert caught.value.code == "storage_bad_url"
    assert "hunter2" not in str(caught.value)


def test_a_server_that_does_not_answer_is_said(tmp_path: Path, open_storage: OpenStorage) -> None:
    storage = open_storage(f"postgresql://hlm:hunter2@/rota?host={tmp_path}")
    with pytest.raises(StorageError) as caught:
        storage.check()
    assert caught.value.code == "storage_unreachable"
    assert "hunter2" not in str(caught.value)
    storage.close()


@pytest.mark.system
def test_a_server_without_that_database_is_said(cluster: postgres.Cluster, open_storage: OpenStorage) -> None:
    storage = open_storage(cluster.url("no_such_rota"))
    assert code_of(storage.check) == "storage_access_refused"
    storage.close()


@pytest.mark.system
def test_a_server_that_was_restarted_is_talked_to_again(
    cluster: postgres.Cluster, postgresql_url: str, open_storage: OpenStorage
) -> None:
    storage = open_storage(postgresql_url)
    storage.check()
    database = postgresql_url.partition("@/")[2].partition("?")[0]
    cluster.kick(database)
    storage.check()

    def cut_off() -> None:
        with storage.unit() as uow:
            uow.centres.add(Centre(id="c9", name="Half way"))
            cluster.kick(database)
            uow.centres.all()

    assert code_of(cut_off) == "storage_unreachable"
    with storage.unit(write=False) as uow:
        assert uow.centres.find("c9") is None
    storage.close()


def test_a_process_whose_connections_are_all_in_use_is_told_so(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage.engine.pool, "_timeout", 0.01)

    def look() -> None:
        with storage.unit(write=False) as uow:
            uow.centres.all()

    with ExitStack() as held:
        for _ in range(15):
            held.enter_context(storage.engine.connect())
        assert code_of(look) == "storage_locked"
    look()
