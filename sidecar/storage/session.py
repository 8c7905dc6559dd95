"""What everything in a unit of work shares: its connection, the clock, the ids, and whether it may write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from sidecar.storage import schema
from sidecar.storage.errors import ReadOnlyUnit

_RANKS = {table.name: number for number, table in enumerate(schema.metadata.sorted_tables)}
_AT_MOST = 500
"""New rows that are held back before they are written."""


class Session:
    """``connection`` sees all that was written before: rows held back by ``later`` go first, whoever asks for it."""

    def __init__(
        self, connection: sa.Connection, *, clock: Callable[[], datetime], new_id: Callable[[], str], writes: bool
    ) -> None:
        self._connection = connection
        self._held: dict[sa.Insert, list[Mapping[str, Any]]] = {}
        self._count = 0
        self.clock = clock
        self.new_id = new_id
        self.writes = writes

    @property
    def connection(self) -> sa.Connection:
        if self._held:
            self.write_held()
        return self._connection

    @property
    def dialect(self) -> str:
        return self._connection.dialect.name

    def require_write(self) -> None:
        if not self.writes:
            raise ReadOnlyUnit("this unit was opened with write=False")

    def upsert(self, table: sa.Table, keys: Sequence[str], *rows: Mapping[str, Any], at_first: Sequence[str] = ()) -> None:
        """Insert the rows, or overwrite the values given of those with the same keys, but for those named ``at_first``.

        All rows have the same names.
        """
        self.require_write()
        if rows:
            statement = upserting(self.dialect, table, tuple(keys), tuple(rows[0]), tuple(at_first))
            insert(self.connection, statement, rows)

    def later(self, statement: sa.Insert, *rows: Mapping[str, Any]) -> None:
        """Insert the rows in one statement with others of their kind, at the latest before the unit ends.

        What the database refuses is raised only then. All rows of one statement have the same names.
        """
        self.require_write()
        self._held.setdefault(statement, []).extend(rows)
        self._count += len(rows)
        if self._count >= _AT_MOST:
            self.write_held()

    def write_held(self) -> None:
        """Tables that others refer to first. What is refused stays: the unit cannot end without it."""
        for statement in sorted(self._held, key=lambda insert: _RANKS[insert.table.name]):
            insert(self._connection, statement, self._held[statement])
            del self._held[statement]
        self._count = 0


@lru_cache(maxsize=64)
def upserting(
    dialect: str, table: sa.Table, keys: tuple[str, ...], names: tuple[str, ...], at_first: tuple[str, ...] = ()
) -> sa.Insert:
    # Built once: putting a statement together costs several times what carrying it out does.
    insert = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    insert = insert.values({name: sa.bindparam(name) for name in names})
    rest = {name: insert.excluded[name] for name in names if name not in keys + at_first}
    return insert.on_conflict_do_update(index_elements=list(keys), set_=rest)


def insert(connection: sa.Connection, statement: sa.Insert, rows: Sequence[Mapping[str, Any]]) -> None:
    """The rows in one statement; all have the same names.

    SQLAlchemy makes the values of each row ready by a dozen calls, which takes longer than SQLite takes to keep them.
    """
    ready = _made_ready(statement, connection.dialect, tuple(rows[0])) if len(rows) > 1 else None
    if ready is None:
        connection.execute(statement, list(rows))
        return
    text, values = ready
    made = [tuple([row[name] if make is None else make(row[name]) for name, make in values]) for row in rows]
    connection.exec_driver_sql(text, made)


_Values = tuple[tuple[str, Callable[[Any], Any] | None], ...]
"""Names in the order of a statement's question marks, each with what makes a value as the driver wants it."""


@lru_cache(maxsize=128)
def _made_ready(statement: sa.Insert, dialect: sa.Dialect, names: tuple[str, ...]) -> tuple[str, _Values] | None:
    """The text of the statement and its values; None where SQLAlchemy has more to do than that."""
    compiled: Any = statement.compile(dialect=dialect, column_keys=list(names))
    if not compiled.positional or compiled.insert_prefetch or set(compiled.positiontup) != set(names):
        return None
    kinds = {name: compiled.binds[name].type.dialect_impl(dialect) for name in names}
    return str(compiled), tuple((name, kinds[name].bind_processor(dialect)) for name in compiled.positiontup)
