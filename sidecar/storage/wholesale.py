"""All rows of a database out of it and into another one, whichever engine and whatever revision: plain values, no records.

Tables are read as the database describes them, not as ``schema`` does, so that a database of another revision can be
carried too. Values are what JSON knows: instants, days and times as ISO 8601 texts (instants in UTC), JSON columns as the
text that stands there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from sidecar.storage import migrate, schema
from sidecar.storage.errors import StorageError

VERSION_TABLE = "alembic_version"
AT_ONCE = 500
"""Rows of one statement."""
_APART = frozenset({VERSION_TABLE, "settings"})
"""Tables in which a database has rows before anything was put into it."""


@dataclass(frozen=True)
class Described:
    """The tables of one database at one moment, those that others refer to first. ``revision``: None where it has none."""

    revision: str | None
    tables: tuple[sa.Table, ...]

    def table(self, name: str) -> sa.Table | None:
        return next((table for table in self.tables if table.name == name), None)


def table_names(connection: sa.Connection) -> set[str]:
    """Every table that there is now, but for the one that says which revision they are."""
    return set(sa.inspect(connection).get_table_names()) - {VERSION_TABLE}


def describe(connection: sa.Connection, only: Collection[str] | None = None) -> Described:
    """What there is; ``only`` of these tables. Without it, those are ours that this program knows, and all of them where the
    database is of another revision."""
    revision, names = migrate.current_revision(connection), table_names(connection)
    if only is None and revision == migrate.head_revision():
        only = schema.metadata.tables
    names = names if only is None else names & set(only)
    found = sa.MetaData()
    found.reflect(connection, only=sorted(names))
    return Described(revision, tuple(table for table in found.sorted_tables if table.name in names))


def is_empty(connection: sa.Connection, described: Described) -> bool:
    """Whether nobody has put anything in yet; what a first start leaves does not count."""
    tables = [table for table in described.tables if table.name not in _APART]
    return not any(connection.scalar(sa.select(sa.exists().select_from(table))) for table in tables)


def counters(connection: sa.Connection, described: Described) -> dict[str, int]:
    """The highest number that each counting table ever gave, also where that row is gone."""
    found: dict[str, int] = {}
    for table, column in _counting(described):
        highest = connection.scalar(sa.select(sa.func.max(column))) or 0
        if connection.dialect.name == "sqlite":
            given = _sqlite_given(connection, table.name)
        else:
            sequence = connection.scalar(sa.select(sa.func.pg_get_serial_sequence(table.name, column.name)))
            given = connection.scalar(sa.text(f"SELECT last_value FROM {sequence} WHERE is_called")) if sequence else 0  # noqa: S608 - PostgreSQL's own name
        found[table.name] = max(highest, given or 0)
    return found


def set_counters(connection: sa.Connection, described: Described, values: dict[str, int]) -> None:
    """From here on each counting table gives higher numbers than these."""
    for table, column in _counting(described):
        highest = max(values.get(table.name, 0), connection.scalar(sa.select(sa.func.max(column))) or 0)
        if highest == 0:
            continue
        if connection.dialect.name == "sqlite":
            if _sqlite_counts(connection):
                connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
                row = {"name": table.name, "seq": highest}
                connection.execute(sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :seq)"), row)
        else:
            sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
            connection.execute(sa.select(sa.func.setval(sequence, highest)))


def rows(connection: sa.Connection, table: sa.Table) -> Iterator[list[Any]]:
    """Every row in the order of its key, values in the order of the table's columns; read piece by piece."""
    columns = [_read_as(column) for column in table.columns]
    statement = sa.select(*columns).order_by(*table.primary_key.columns)
    with connection.execute(statement, execution_options={"yield_per": AT_ONCE}) as found:
        for row in found:
            yield [_plain(value) for value in row]


def put(connection: sa.Connection, table: sa.Table, names: Sequence[str], found: Iterable[Sequence[Any]]) -> int:
    """Insert rows whose values stand in the order of ``names``; how many there were.

    Raises StorageError("storage_bad_value") for a value that its column cannot hold.
    """
    unknown = [name for name in names if name not in table.columns]
    if unknown:
        raise StorageError("storage_bad_value", reason=f"{table.name} has no {', '.join(unknown)}")
    columns = [table.columns[name] for name in names]
    kept = [_kept_as(connection, column) for column in columns]
    statement = sa.insert(table).values({c.name: _written_as(connection, c) for c in columns})
    batch: list[dict[str, Any]] = []
    count = 0
    for row in found:
        try:
            batch.append({f"v_{n}": keep(value) for n, keep, value in zip(names, kept, row, strict=True)})
        except (TypeError, ValueError) as error:
            raise StorageError("storage_bad_value", reason=f"{table.name}: {error}") from error
        if len(batch) == AT_ONCE:
            connection.execute(statement, batch)
            count, batch = count + len(batch), []
    if batch:
        connection.execute(statement, batch)
    return count + len(batch)


def drop(connection: sa.Connection, described: Described) -> None:
    """Every table described goes, and the revision with them."""
    names = [table.name for table in reversed(described.tables)]
    quote = connection.dialect.identifier_preparer.quote
    for name in [*names, VERSION_TABLE]:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {quote(name)}")


# --- values -------------------------------------------------------------------------------------------------------


def _read_as(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    if isinstance(column.type, sa.JSON):
        # SQLite keeps a text that is a number as a number.
        return sa.cast(column, sa.Text)
    return column


def _written_as(connection: sa.Connection, column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    name = f"v_{column.name}"
    if isinstance(column.type, sa.JSON):
        text = sa.bindparam(name, type_=sa.Text())
        return sa.cast(text, postgresql.JSON()) if _is_postgresql(connection) else sa.type_coerce(text, sa.Text)
    return sa.bindparam(name, type_=column.type)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value if value.tzinfo is not None else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return value


def _kept_as(connection: sa.Connection, column: sa.Column[Any]) -> Callable[[Any], Any]:
    """What makes the column's value of a plain one; None stays None."""
    kind = column.type
    make: Callable[[Any], Any]
    if isinstance(kind, sa.DateTime):
        naive = not _is_postgresql(connection)
        make = lambda text: (found := datetime.fromisoformat(text)) and (found.replace(tzinfo=None) if naive else found)  # noqa: E731
    elif isinstance(kind, sa.Date):
        make = date.fromisoformat
    elif isinstance(kind, sa.Time):
        make = time.fromisoformat
    elif isinstance(kind, sa.Boolean):
        make = _boolean
    else:
        return lambda value: value
    return lambda value: None if value is None else make(value)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool | int):
        raise TypeError(f"{value!r} is neither true nor false")
    return bool(value)


def _is_postgresql(connection: sa.Connection) -> bool:
    return connection.dialect.name == "postgresql"


# --- counters -----------------------------------------------------------------------------------------------------


def _counting(described: Described) -> Iterator[tuple[sa.Table, sa.Column[Any]]]:
    for table in described.tables:
        key = list(table.primary_key.columns)
        if len(key) == 1 and isinstance(key[0].type, sa.Integer):
            yield table, key[0]


def _sqlite_counts(connection: sa.Connection) -> bool:
    """SQLite makes its table of counters with the first table that wants one."""
    return bool(connection.scalar(sa.text("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_sequence'")))


def _sqlite_given(connection: sa.Connection, table: str) -> int:
    if not _sqlite_counts(connection):
        return 0
    return connection.scalar(sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table}) or 0
