"""What everything in a unit of work shares: its connection, the clock, the ids, and whether it may write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from sidecar.storage.errors import ReadOnlyUnit


@dataclass(frozen=True, kw_only=True)
class Session:
    connection: sa.Connection
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    writes: bool

    def require_write(self) -> None:
        if not self.writes:
            raise ReadOnlyUnit("this unit was opened with write=False")

    def upsert(self, table: sa.Table, keys: Sequence[str], *rows: Mapping[str, Any], at_first: Sequence[str] = ()) -> None:
        """Insert the rows, or overwrite the values given of those with the same keys, but for those named ``at_first``.

        All rows have the same names.
        """
        self.require_write()
        if rows:
            statement = _upsert(self.connection.dialect.name, table, tuple(keys), tuple(rows[0]), tuple(at_first))
            self.connection.execute(statement, list(rows))


@lru_cache(maxsize=64)
def _upsert(
    dialect: str, table: sa.Table, keys: tuple[str, ...], names: tuple[str, ...], at_first: tuple[str, ...]
) -> sa.Insert:
    # Built once: putting a statement together costs several times what carrying it out does.
    insert = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    insert = insert.values({name: sa.bindparam(name) for name in names})
    rest = {name: insert.excluded[name] for name in names if name not in keys + at_first}
    return insert.on_conflict_do_update(index_elements=list(keys), set_=rest)
