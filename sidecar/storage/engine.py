"""One engine for SQLite and PostgreSQL: connections set up so that both behave alike."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import PoolProxiedConnection, QueuePool, StaticPool

from sidecar.storage.errors import StorageError, of_sqlite, translated

WAL_ATTEMPTS, WAL_PAUSE = 40, 0.05
"""How often, and after how many seconds, a connection asks again to write ahead."""
LARGEST_LOG = 16 * 1024 * 1024
"""Bytes that SQLite's write-ahead log keeps on the disk when nobody needs it."""
WRITES = "hlm_writes"
"""Execution option of a connection whose transaction is going to write."""
LASTS = "hlm_lasts"
"""Execution option of such a connection: what is committed has to outlast a power cut."""


class Connections(QueuePool):
    """A process's connections, fifteen at most; raises StorageError("storage_locked") where none came free for long."""

    def connect(self) -> PoolProxiedConnection:
        try:
            return super().connect()
        except sa.exc.TimeoutError as error:
            raise StorageError("storage_locked", reason=type(error).__name__) from error


def parse_url(url: str) -> sa.URL:
    """The URL with the driver we use. Raises StorageError("storage_bad_url") for anything but SQLite and PostgreSQL."""
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        # The text may hold a password, so it is not repeated.
        raise StorageError("storage_bad_url", reason=type(error).__name__) from None
    if parsed.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        return parsed.set(drivername="sqlite+pysqlite")
    raise StorageError("storage_bad_url", reason=parsed.drivername)


def create_engine(url: str, *, wait: float) -> sa.Engine:
    """``wait``: seconds that a statement waits for somebody else's lock before it gives up.

    Errors hold no values of statements: they are people's data, and errors are logged.
    ``sqlite://`` (in memory) is for tests of one thread: it has a single connection.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        in_memory = parsed.database in (None, "", ":memory:")
        engine = sa.create_engine(
            parsed,
            connect_args={"timeout": wait, "check_same_thread": False},
            hide_parameters=True,
            poolclass=StaticPool if in_memory else Connections,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        options = f"-c lock_timeout={int(wait * 1000)} -c timezone=UTC"
        connect_args = {"options": options, "connect_timeout": max(2, int(wait)), "application_name": "hors-les-murs"}
        engine = sa.create_engine(
            parsed, connect_args=connect_args, pool_pre_ping=True, hide_parameters=True, poolclass=Connections
        )
        event.listen(engine, "begin", _begin_postgresql)
    event.listen(engine, "handle_error", translated, retval=True)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own idea of when a transaction begins is switched off: _begin_sqlite decides.
    connection.isolation_level = None
    try:
        connection.execute("PRAGMA foreign_keys=ON")
        # What a large import or a long reader made of the log beside the database is given back to the disk.
        connection.execute(f"PRAGMA journal_size_limit={LARGEST_LOG}")
        _to_wal(connection)
    except sqlite3.Error as error:
        raise of_sqlite(error) from error


def _to_wal(connection: sqlite3.Connection) -> None:
    """Two processes that open a new database at once: SQLite does not wait for this one lock by itself."""
    for _ in range(WAL_ATTEMPTS - 1):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            time.sleep(WAL_PAUSE)
    connection.execute("PRAGMA journal_mode=WAL")


def _begin_sqlite(connection: sa.Connection) -> None:
    # A deferred transaction that turns to writing fails at once when somebody wrote meanwhile, without waiting.
    options = connection.get_execution_options()
    writes = options.get(WRITES, False)
    # FULL: a journal entry that was committed is on the disk before its request goes out, power cut or not.
    waits = "FULL" if options.get(LASTS, True) else "NORMAL"
    try:
        # Straight to the driver: every transaction of every pass begins here.
        driver: Any = connection.connection.driver_connection
        if writes and connection.info.get(LASTS) != waits:
            driver.execute(f"PRAGMA synchronous={waits}")
            connection.info[LASTS] = waits
        driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
    except sqlite3.Error as error:
        raise of_sqlite(error) from error


def _begin_postgresql(connection: sa.Connection) -> None:
    if not connection.get_execution_options().get(LASTS, True):
        connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")


def options_for(engine: sa.Engine, *, write: bool, lasts: bool = True) -> dict[str, Any]:
    """Execution options of a unit's connection: a reader sees one moment and can write nothing.

    ``lasts`` False: a power cut right after the commit may take back what was written, though never a part of it.
    """
    if engine.dialect.name == "sqlite":
        return {WRITES: write, LASTS: lasts}
    if write:
        return {"isolation_level": "READ COMMITTED", "postgresql_readonly": False, LASTS: lasts}
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
