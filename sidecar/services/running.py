"""Who is at work on this data folder: programs share it, a restore has it to itself."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import sqlalchemy as sa

from sidecar.domain.errors import NotNow
from sidecar.storage.engine import create_engine

_OTHERS = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND application_name = 'hors-les-murs'"
)
_held: dict[Path, TextIO] = {}
"""Open as long as the process lives: whoever dies gives the folder back by dying."""


def work_here(data_dir: Path) -> None:
    """This process is at work on the folder until it ends, and what it forks with it. Raises NotNow("being_restored")."""
    if data_dir in _held:
        return
    handle = _opened(data_dir)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        raise NotNow("being_restored") from None
    _held[data_dir] = handle


@contextmanager
def alone(data_dir: Path) -> Iterator[None]:
    """Nobody else is at work on the folder for the block. Raises NotNow("still_running") where somebody is."""
    with _opened(data_dir) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotNow("still_running") from None
        yield


def refuse_others(database_url: str) -> None:
    """On PostgreSQL another machine may be at work too: it is connected. Raises NotNow("still_running")."""
    engine = create_engine(database_url, wait=5.0)
    try:
        if engine.dialect.name == "postgresql":
            with engine.connect() as connection:
                if connection.scalar(_OTHERS):
                    raise NotNow("still_running")
    finally:
        engine.dispose()


def _opened(data_dir: Path) -> TextIO:
    folder = data_dir / "locks"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return (folder / "running.lock").open("w")
