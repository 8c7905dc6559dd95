"""Appointments of the four kinds in one table, their participants in another, to be found by person and by time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from sidecar.domain.appointments import CLASSES, Appointment, AppointmentKind, AppointmentState, Participation
from sidecar.domain.audit import AuditAction
from sidecar.domain.bindings import SubjectKind
from sidecar.domain.errors import NotFound
from sidecar.storage import schema
from sidecar.storage.plain import plain
from sidecar.storage.repository import Repository
from sidecar.storage.zones import in_zone, zone_name

_FIELDS = {kind: tuple(f.name for f in fields(cls) if f.name != "participants") for kind, cls in CLASSES.items()}
_ANSWER = ("response", "answered_for", "verified")


class AppointmentRepository(Repository[Appointment]):
    record = Appointment
    table = schema.appointments
    kind = "appointment"
    order = ("start", "id")
    in_parts = True

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._seen: dict[str, tuple[Participation, ...]] = {}

    def between(
        self,
        start: datetime,
        end: datetime,
        *,
        centre_id: str | None = None,
        kinds: Iterable[AppointmentKind] | None = None,
        states: Iterable[AppointmentState] | None = None,
    ) -> list[Appointment]:
        """Those that share time with [start, end), by start; one without duration counts from its start."""
        table = self.table
        conditions = [_meets(start, end)]
        if centre_id is not None:
            conditions.append(table.c.centre_id == centre_id)
        if kinds is not None:
            conditions.append(table.c.kind.in_(list(kinds)))
        if states is not None:
            conditions.append(table.c.state.in_(list(states)))
        return self._by_start(*conditions)

    def of_person(self, person_id: str, start: datetime, end: datetime) -> list[Appointment]:
        """Those of ``between`` that the person takes part in, in whatever role and with whatever answer."""
        theirs = sa.select(schema.participations.c.appointment_id).where(schema.participations.c.person_id == person_id)
        return self._by_start(_meets(start, end), self.table.c.id.in_(theirs))

    def record_response(self, appointment_id: str, participation: Participation) -> None:
        """Keep a participant's answer (response, answered_for, verified); role and version stay as they are.

        Raises NotFound for an appointment that is not there, or a person who takes no part in it.
        """
        self._session.require_write()
        stored = self._locked(appointment_id)
        numbered = enumerate(stored.participants)
        position, before = next((pair for pair in numbered if pair[1].person_id == participation.person_id), (0, None))
        if before is None:
            raise NotFound("not_a_participant", kind="participation", id=appointment_id, person=participation.person_id)
        after = _with_answer(before, participation)
        if after == before:
            return
        table = schema.participations
        self._connection.execute(
            sa.update(table)
            .where(table.c.appointment_id == appointment_id, table.c.position == position)
            .values(response=after.response, answered_for=after.answered_for, verified=after.verified)
        )
        answered = replace(
            stored, participants=tuple(after if n == position else p for n, p in enumerate(stored.participants))
        )
        self._changed(appointment_id, AuditAction.RESPOND, {"participants": ((before,), (after,))}, stored, answered)

    def find(self, id: str) -> Appointment | None:
        return next(iter(self._noted(self._of_id(id))), None)

    def all(self, **filters: Any) -> list[Appointment]:
        return self._noted(super().all(**filters))

    def add(self, record: Appointment, *, later: bool = False) -> Appointment:
        return self._noted([super().add(record, later=later)])[0]

    def add_shown(self, record: Appointment) -> Appointment:
        """Add what a calendar shows already, just as it is: nothing of it waits to be drawn. Its row goes in later."""
        added = self.add(record, later=True)
        self._outbox.unmark(SubjectKind.APPOINTMENT, added.id)
        return added

    def save(self, record: Appointment) -> Appointment:
        """As every ``save``; an answer that came in since this unit read the appointment is kept, not overwritten.

        Answers have no version, so read the appointment in the unit that saves it: from the difference to what was
        read, an answer that the caller changed is told from one that the caller does not know yet.
        """
        return self._noted([super().save(record)])[0]

    def _reconciled(self, record: Appointment, stored: Appointment) -> Appointment:
        read, now = _by_person(self._seen.get(record.id, ())), _by_person(stored.participants)
        answered = {person for person in read.keys() & now.keys() if _answer(read[person]) != _answer(now[person])}
        kept = tuple(
            _with_answer(p, now[p.person_id]) if p.person_id in answered and _answer(p) == _answer(read[p.person_id]) else p
            for p in record.participants
        )
        return record if kept == record.participants else replace(record, participants=kept)

    def _noted(self, found: list[Appointment]) -> list[Appointment]:
        self._seen.update((appointment.id, appointment.participants) for appointment in found)
        return found

    def _by_start(self, *conditions: sa.ColumnElement[bool]) -> list[Appointment]:
        return self._noted(sorted(self._select(*conditions), key=lambda a: (a.start, a.id)))

    def _row(self, record: Appointment) -> dict[str, Any]:
        row: dict[str, Any] = dict.fromkeys(self.table.c.keys())
        row.update((name, getattr(record, name)) for name in _FIELDS[record.kind])
        return row | {"kind": record.kind, "start_zone": zone_name(record.start), "end_zone": zone_name(record.end)}

    def _record(self, row: sa.RowMapping, parts: Mapping[str, Any]) -> Appointment:
        values = {name: row[name] for name in _FIELDS[row["kind"]]}
        values["start"] = in_zone(row["start"], row["start_zone"])
        values["end"] = in_zone(row["end"], row["end_zone"])
        return CLASSES[row["kind"]](**values, **parts)

    def _parts(self, ids: sa.Select[Any]) -> dict[str, dict[str, Any]]:
        table = schema.participations
        found: dict[str, list[Participation]] = {}
        statement = sa.select(table).where(table.c.appointment_id.in_(ids))
        for row in self._connection.execute(statement.order_by(table.c.appointment_id, table.c.position)):
            found.setdefault(row.appointment_id, []).append(
                Participation(
                    person_id=row.person_id,
                    role=row.role,
                    response=row.response,
                    answered_for=row.answered_for,
                    verified=row.verified,
                )
            )
        return {id: {"participants": tuple(people)} for id, people in found.items()}

    def _write_parts(self, record: Appointment, stored: Appointment | None) -> None:
        table = schema.participations
        if stored is not None:
            # By plain form, as what was changed is found: an equal instant in another zone is to be written.
            if plain(record.participants) == plain(stored.participants):
                return
            self._connection.execute(sa.delete(table).where(table.c.appointment_id == record.id))
        if record.participants:
            self._connection.execute(
                sa.insert(table),
                [
                    {"appointment_id": record.id, "position": n, "person_id": p.person_id, "role": p.role}
                    | {name: getattr(p, name) for name in _ANSWER}
                    for n, p in enumerate(record.participants)
                ],
            )


def _meets(start: datetime, end: datetime) -> sa.ColumnElement[bool]:
    table = schema.appointments
    return sa.and_(table.c.start < end, sa.or_(table.c.end > start, table.c.start >= start))


def _by_person(participants: tuple[Participation, ...]) -> dict[str, Participation]:
    """Who takes part once; of somebody listed twice it cannot be told which answer is which."""
    times = Counter(p.person_id for p in participants)
    return {p.person_id: p for p in participants if times[p.person_id] == 1}


def _answer(participation: Participation) -> tuple[Any, ...]:
    return tuple(getattr(participation, name) for name in _ANSWER)


def _with_answer(participation: Participation, answer: Participation) -> Participation:
    return replace(participation, response=answer.response, answered_for=answer.answered_for, verified=answer.verified)
