"""Hints that a space may have changed: a row a space, which every machine on the database can leave and take."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from sidecar.storage import schema
from sidecar.storage.session import Session

_STANDING = sa.select(schema.hints.c.space_id)
_TAKE = sa.delete(schema.hints).returning(schema.hints.c.space_id)
_LEAVE = {dialect.dialect.name: dialect.insert(schema.hints).on_conflict_do_nothing() for dialect in (sqlite, postgresql)}


class Hints:
    def __init__(self, session: Session) -> None:
        self._session = session

    def standing(self) -> frozenset[str]:
        """The spaces that somebody left a hint for and nobody took."""
        return frozenset(self._session.connection.scalars(_STANDING))

    def leave(self, space_ids: Iterable[str]) -> None:
        """One a space, however often it is left."""
        self._session.require_write()
        rows = [{"space_id": space_id} for space_id in sorted(space_ids)]
        if rows:
            self._session.connection.execute(_LEAVE[self._session.dialect], rows)

    def take(self) -> frozenset[str]:
        """All that stand; of two that take at once each hint is one's."""
        self._session.require_write()
        return frozenset(self._session.connection.scalars(_TAKE))
