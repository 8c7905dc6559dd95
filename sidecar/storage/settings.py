"""Settings of the instance: a key and a JSON value (``instance_id``, thresholds)."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from sidecar.storage import schema
from sidecar.storage.session import Session

# Put together once: every pass asks a dozen times.
_GET = sa.select(schema.settings.c.value).where(schema.settings.c.key == sa.bindparam("of_key"))


@cache
def _some(count: int) -> sa.Select[Any]:
    return sa.select(schema.settings).where(schema.settings.c.key.in_([sa.bindparam(f"key{n}") for n in range(count)]))


_UNASKED, _NONE = object(), object()


class Settings:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._seen: dict[str, Any] = {}

    def get(self, key: str, default: Any = None) -> Any:
        found = self._seen.get(key, _UNASKED)
        if found is _UNASKED:
            row = self._session.connection.execute(_GET, {"of_key": key}).first()
            found = _NONE if row is None else row.value
            if not self._session.writes:
                # A unit that only reads sees one moment, so that no answer changes.
                self._seen[key] = found
        return default if found is _NONE else deepcopy(found)

    def read_ahead(self, *keys: str) -> None:
        """``get`` of these will be asked, in a unit that only reads: one question for all of them."""
        if self._session.writes:
            raise ValueError("in a unit that writes each setting is asked for when it is wanted")
        asked = {f"key{number}": key for number, key in enumerate(keys)}
        found = {row.key: row.value for row in self._session.connection.execute(_some(len(keys)), asked)}
        self._seen.update({key: found.get(key, _NONE) for key in keys})

    def hold(self, key: str, first: Any) -> Any:
        """As ``get``, as of now, and nobody else changes it until this unit ends; for what is counted up.

        What is not there yet is set to ``first``.
        """
        self._session.require_write()
        held, connection = _GET.with_for_update(), self._session.connection
        row = connection.execute(held, {"of_key": key}).first()
        if row is None:
            insert = (sqlite if self._session.dialect == "sqlite" else postgresql).insert(schema.settings)
            connection.execute(insert.on_conflict_do_nothing(), {"key": key, "value": first})
            row = connection.execute(held, {"of_key": key}).one()
        return row.value

    def set(self, key: str, value: Any) -> None:
        self._session.upsert(schema.settings, ("key",), {"key": key, "value": value})

    def all(self) -> dict[str, Any]:
        statement = sa.select(schema.settings).order_by(schema.settings.c.key)
        return {row.key: row.value for row in self._session.connection.execute(statement)}

    def remove(self, key: str) -> None:
        self._session.require_write()
        self._session.connection.execute(sa.delete(schema.settings).where(schema.settings.c.key == key))
