"""Keeping the database small and quick: how large it is, giving room back, what its planner knows."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import sqlalchemy as sa

from sidecar.storage import schema
from sidecar.storage.errors import of_sqlite


def size(engine: sa.Engine) -> int:
    """Bytes on the disk: of the SQLite file and what waits beside it, or of the PostgreSQL database."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            return int(connection.scalar(sa.text("SELECT pg_database_size(current_database())")) or 0)
    name = engine.url.database or ""
    files = [Path(name + end) for end in ("", "-wal")] if name not in ("", ":memory:") else []
    return sum(file.stat().st_size for file in files if file.exists())


def vacuum(engine: sa.Engine) -> None:
    """Give back the room of what is gone. SQLite writes the whole file anew: that takes as much room again for a while, and
    nobody writes meanwhile; PostgreSQL does it beside everything else. Raises StorageError."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            quote = connection.dialect.identifier_preparer.quote
            for name in schema.metadata.tables:
                connection.exec_driver_sql(f"VACUUM (ANALYZE) {quote(name)}")
    else:
        _outside_of_transactions(engine, "VACUUM", "PRAGMA optimize=0x10002", "PRAGMA wal_checkpoint(TRUNCATE)")


def optimise(engine: sa.Engine) -> None:
    """Let SQLite's planner look at tables that changed much (quick); PostgreSQL does so by itself. Raises StorageError."""
    if engine.dialect.name == "sqlite":
        _outside_of_transactions(engine, "PRAGMA optimize")


def _outside_of_transactions(engine: sa.Engine, *statements: str) -> None:
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        try:
            for statement in statements:
                driver.execute(statement).fetchall()
        except sqlite3.Error as error:
            raise of_sqlite(error) from error
