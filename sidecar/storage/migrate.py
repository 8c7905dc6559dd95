"""Bringing a database to the schema of this program, and saying where it stands."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from sidecar.storage.engine import options_for
from sidecar.storage.errors import StorageError

_LOCK = 0x484C4D
"""Number of the advisory lock under which one process at a time migrates a PostgreSQL database."""


def migrate(engine: sa.Engine) -> None:
    """Bring the database to ``head_revision()``, in one transaction. Raises StorageError("storage_newer")."""
    with engine.connect().execution_options(**options_for(engine, write=True)) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        _refuse_newer(current_revision(connection))
        upgrade(connection)


def upgrade(connection: sa.Connection, revision: str = "head") -> None:
    """Bring the database to that revision, in the connection's transaction. Raises StorageError("storage_newer") where this
    program has never heard of it."""
    if revision != "head":
        _refuse_newer(revision)
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def knows(revision: str) -> bool:
    """Whether this program can read a database at that revision, after migrating it."""
    return revision in _revisions()


def require_head(connection: sa.Connection) -> None:
    """Raises StorageError("storage_not_migrated") or ("storage_newer") unless the database is this program's."""
    current = current_revision(connection)
    _refuse_newer(current)
    if current != head_revision():
        raise StorageError("storage_not_migrated", database=current or "", program=head_revision())


def current_revision(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@lru_cache(maxsize=1)
def _revisions() -> tuple[str, ...]:
    """Every revision this program knows, newest first."""
    return tuple(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def head_revision() -> str:
    return _revisions()[0]


def _refuse_newer(current: str | None) -> None:
    if current is not None and current not in _revisions():
        raise StorageError("storage_newer", database=current, program=head_revision())


def _config() -> Config:
    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
