"""What the next pass has to look at, and the one place that knows what a change makes it look at.

A subject stands in the outbox at most once per transaction; marking it again gives it a new number, so that a pass
that clears the numbers it has read does not clear a change that came while it was busy.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from sidecar.domain.bindings import SubjectKind
from sidecar.storage import schema
from sidecar.storage.session import Session


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """One subject that the next pass has to look at; ``seq`` is what ``Outbox.clear`` takes."""

    seq: int
    subject_kind: SubjectKind
    subject_id: str


class Outbox:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._marks: dict[tuple[SubjectKind, str], None] = {}

    def mark(self, kind: SubjectKind | str, subject_id: str) -> None:
        self._session.require_write()
        self._marks[SubjectKind(kind), subject_id] = None

    def pending(self, limit: int | None = None) -> list[Waiting]:
        """What was marked and not cleared, oldest mark first."""
        self.flush()
        statement = sa.select(schema.outbox).order_by(schema.outbox.c.seq).limit(limit)
        return [Waiting(**row) for row in self._session.connection.execute(statement).mappings()]

    def clear(self, seqs: Iterable[int]) -> None:
        """The pass has looked at these."""
        self._session.require_write()
        numbers = [{"number": seq} for seq in seqs]
        if numbers:
            statement = sa.delete(schema.outbox).where(schema.outbox.c.seq == sa.bindparam("number"))
            self._session.connection.execute(statement, numbers)

    def flush(self) -> None:
        if not self._marks:
            return
        rows = [{"subject_kind": kind, "subject_id": subject_id} for kind, subject_id in self._marks]
        self._marks = {}
        table = schema.outbox
        older = sa.delete(table).where(
            table.c.subject_id == sa.bindparam("id"),
            table.c.subject_kind == sa.bindparam("kind", type_=table.c.subject_kind.type),
        )
        connection = self._session.connection
        connection.execute(older, [{"id": row["subject_id"], "kind": row["subject_kind"]} for row in rows])
        connection.execute(sa.insert(table), rows)

    def touched(self, kind: str, subject_id: str) -> None:
        """Something was added, saved, answered or removed: mark it and what shows it in a calendar.

        A person's name, a piece of equipment or an initiative stands in the events of appointments; those that are
        past (``end`` before now) are history and stay as they are.
        """
        appointments, participations = schema.appointments, schema.participations
        if kind == SubjectKind.APPOINTMENT:
            self.mark(SubjectKind.APPOINTMENT, subject_id)
        elif kind == SubjectKind.PERSON:
            self.mark(SubjectKind.PERSON, subject_id)
            theirs = sa.select(participations.c.appointment_id).where(participations.c.person_id == subject_id)
            self._mark_coming(appointments.c.id.in_(theirs))
        elif kind == "initiative":
            self._mark_coming(appointments.c.initiative_id == subject_id)
        elif kind == "equipment":
            # The list is JSON text, so that one query finds it on both engines without a table of its own.
            listed = sa.cast(appointments.c.equipment_ids, sa.Text)
            self._mark_coming(listed.contains(json.dumps(subject_id), autoescape=True))

    def _mark_coming(self, condition: sa.ColumnElement[bool]) -> None:
        table = schema.appointments
        coming = sa.select(table.c.id).where(condition, table.c.end >= self._session.clock()).order_by(table.c.id)
        for appointment_id in self._session.connection.scalars(coming):
            self.mark(SubjectKind.APPOINTMENT, appointment_id)
