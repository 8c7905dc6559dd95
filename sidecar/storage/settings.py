"""Settings of the instance: a key and a JSON value (``instance_id``, thresholds)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from sidecar.storage import schema
from sidecar.storage.session import Session

# Put together once: every pass asks a dozen times.
_GET = sa.select(schema.settings.c.value).where(schema.settings.c.key == sa.bindparam("of_key"))


class Settings:
    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, key: str, default: Any = None) -> Any:
        row = self._session.connection.execute(_GET, {"of_key": key}).first()
        return default if row is None else row.value

    def set(self, key: str, value: Any) -> None:
        self._session.upsert(schema.settings, ("key",), {"key": key, "value": value})

    def all(self) -> dict[str, Any]:
        statement = sa.select(schema.settings).order_by(schema.settings.c.key)
        return {row.key: row.value for row in self._session.connection.execute(statement)}

    def remove(self, key: str) -> None:
        self._session.require_write()
        self._session.connection.execute(sa.delete(schema.settings).where(schema.settings.c.key == key))
