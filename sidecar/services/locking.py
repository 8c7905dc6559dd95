"""One pass of a space at a time: a lock file beside SQLite, an advisory lock on PostgreSQL."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import sqlalchemy as sa

from sidecar.domain.errors import DomainError
from sidecar.storage import Storage


class SpaceBusy(DomainError):
    """Another process is syncing this space."""


@contextmanager
def space_lock(storage: Storage, data_dir: Path, space_id: str) -> Iterator[None]:
    """Hold the space, or raise SpaceBusy at once. A process that dies gives its lock back by dying."""
    if storage.engine.dialect.name == "postgresql":
        with _advisory(storage, space_id):
            yield
    else:
        with _file(data_dir, space_id):
            yield


@contextmanager
def _file(data_dir: Path, space_id: str) -> Iterator[None]:
    with try_lock(data_dir, f"space-{space_id}") as held:
        if not held:
            raise SpaceBusy("space_busy", space=space_id)
        yield


@contextmanager
def try_lock(data_dir: Path, name: str) -> Iterator[bool]:
    """Hold a lock file of this machine for the block, or yield False at once where another process holds it."""
    with _opened(data_dir / "locks" / f"{name}.lock") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _opened(file: Path) -> IO[bytes]:
    try:
        return file.open("wb", buffering=0)
    except FileNotFoundError:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return file.open("wb", buffering=0)


@contextmanager
def _advisory(storage: Storage, space_id: str) -> Iterator[None]:
    key = int.from_bytes(hashlib.sha256(space_id.encode()).digest()[:8], "big", signed=True)
    with storage.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(sa.text("SELECT pg_try_advisory_lock(:key)"), {"key": key}):
            raise SpaceBusy("space_busy", space=space_id)
        try:
            yield
        finally:
            connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": key})
