"""The audit trail: written at the end of a unit in one statement, read by subject or by time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from sidecar.domain.audit import AuditEntry, Origin
from sidecar.domain.bindings import SubjectKind
from sidecar.storage import schema
from sidecar.storage.plain import plain
from sidecar.storage.session import Session, insert

_INSERT = sa.insert(schema.audit)


class AuditTrail:
    def __init__(self, session: Session, *, actor: str, origin: Origin) -> None:
        self._session = session
        self._actor = actor
        self._origin = origin
        self._unwritten: list[dict[str, Any]] = []

    def record(
        self, subject_kind: str, subject_id: str, action: str, changes: Mapping[str, tuple[Any, Any]] | None = None
    ) -> None:
        """Keep who did what, in this unit's transaction. ``changes`` maps field -> (from, to)."""
        self._session.require_write()
        self._unwritten.append(
            {
                "id": self._session.new_id(),
                "at": self._session.clock(),
                "actor": self._actor,
                "origin": self._origin,
                "subject_kind": str(subject_kind),
                "subject_id": subject_id,
                "action": str(action),
                "changes": {name: [plain(old), plain(new)] for name, (old, new) in (changes or {}).items()},
            }
        )

    def of(self, subject_kind: str, subject_id: str) -> list[AuditEntry]:
        """Everything about one thing, oldest first."""
        table = schema.audit
        return self._read(table.c.subject_id == subject_id, table.c.subject_kind == str(subject_kind))

    def since(self, moment: datetime, *, limit: int | None = None) -> list[AuditEntry]:
        """What happened at or after ``moment`` (aware), oldest first."""
        return self._read(schema.audit.c.at >= moment, limit=limit)

    def outdated(self, before: datetime, most: int) -> list[int]:
        """The first ``most`` numbers of what happened before that, but for what tells of an appointment that is there:
        its story is kept as long as itself."""
        table, standing = schema.audit, sa.select(schema.appointments.c.id)
        told_of = (table.c.subject_kind == SubjectKind.APPOINTMENT.value) & table.c.subject_id.in_(standing)
        statement = sa.select(table.c.seq).where(table.c.at < before, sa.not_(told_of)).order_by(table.c.seq).limit(most)
        return list(self._session.connection.scalars(statement))

    def drop(self, numbers: Sequence[int]) -> None:
        """Entries are gone for good; ``numbers`` as ``outdated`` gives them."""
        self._session.require_write()
        self._session.connection.execute(sa.delete(schema.audit).where(schema.audit.c.seq.in_(numbers)))

    def flush(self) -> None:
        if self._unwritten:
            insert(self._session.connection, _INSERT, self._unwritten)
            self._unwritten = []

    def _read(self, *conditions: sa.ColumnElement[bool], limit: int | None = None) -> list[AuditEntry]:
        self.flush()
        statement = sa.select(schema.audit).where(*conditions).order_by(schema.audit.c.seq).limit(limit)
        rows = self._session.connection.execute(statement).mappings()
        return [AuditEntry(**{name: row[name] for name in row if name != "seq"}) for row in rows]
