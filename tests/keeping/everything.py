"""All that a database holds, to be compared."""

from __future__ import annotations

from typing import Any

from sidecar.config import Config
from sidecar.storage import wholesale
from sidecar.storage.engine import create_engine, options_for

Rows = dict[str, list[list[Any]]]


def everything(config: Config) -> Rows:
    """Table -> rows in the order of their key; of spaces without the password, which is encrypted anew each time."""
    engine = create_engine(config.database_url, wait=5)
    found: Rows = {}
    with engine.connect().execution_options(**options_for(engine, write=False)) as connection, connection.begin():
        for table in wholesale.describe(connection).tables:
            hidden = [
                number for number, name in enumerate(table.columns.keys()) if (table.name, name) == ("spaces", "secret")
            ]
            found[table.name] = [
                ["…" if number in hidden else value for number, value in enumerate(row)]
                for row in wholesale.rows(connection, table)
            ]
    engine.dispose()
    return found


def without_notice(rows: Rows) -> Rows:
    """Without the setting that says why the database is silent."""
    return rows | {"settings": [row for row in rows["settings"] if row[0] != "muted"]}
