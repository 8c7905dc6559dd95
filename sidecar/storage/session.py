"""What everything in a unit of work shares: its connection, the clock, the ids, and whether it may write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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

    def upsert(self, table: sa.Table, keys: Sequence[str], values: Mapping[str, Any]) -> None:
        """Insert the row, or overwrite the values given of the one with the same keys."""
        self.require_write()
        dialect = sqlite if self.connection.dialect.name == "sqlite" else postgresql
        insert = dialect.insert(table).values(**values)
        rest = {name: insert.excluded[name] for name in values if name not in keys}
        self.connection.execute(insert.on_conflict_do_update(index_elements=list(keys), set_=rest))
