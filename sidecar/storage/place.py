"""Where a database lives, so that a copy of it can tell that it is one."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

_MAY_ASK = sa.text("SELECT has_function_privilege('pg_control_system()', 'execute')")
_CLUSTER = sa.text("SELECT system_identifier FROM pg_control_system()")
_NUMBER = sa.text("SELECT oid FROM pg_database WHERE datname = current_database()")


_KNOWN = "hlm_place"


def place(connection: sa.Connection) -> str:
    """A text that is another one once the database was copied, or put back as a new file; "" where nothing can tell.

    SQLite: the number of its file (each copy has one of its own; writing over a file keeps it). PostgreSQL: the identifier
    of the cluster, where we may ask for it, and the number of the database in it; a promoted replica has both. As long as
    somebody is connected neither can change, and each connection is asked once.
    """
    if connection.dialect.name == "postgresql":
        if _KNOWN not in connection.info:
            cluster = connection.scalar(_CLUSTER) if connection.scalar(_MAY_ASK) else ""
            connection.info[_KNOWN] = f"postgresql:{cluster}:{connection.scalar(_NUMBER)}"
        return str(connection.info[_KNOWN])
    name = connection.engine.url.database or ""
    return f"sqlite:{Path(name).stat().st_ino}" if name not in ("", ":memory:") else ""
