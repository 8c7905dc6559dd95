"""What the next pass has to look at, and the one place that knows what a change makes it look at.

A subject stands in the outbox once for each space that shows it (its centre is bound there, or a resource there is
linked to it): one space's pass never clears another's. Marking it again gives it a new number, so that a pass that
clears the numbers it has read does not clear a change that came while it was busy. What no space shows waits for
nobody; binding a centre marks all it has.

What people would be told of may be held for a while, so that a slip can be undone and several changes are told as one:
what waits stands here, whatever becomes of the process.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from sidecar.domain.bindings import SubjectKind
from sidecar.storage import schema
from sidecar.storage.session import Session


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """One subject that the next pass has to look at; ``seq`` is what ``Outbox.clear`` takes.

    ``since`` (aware): when it was marked first and has waited ever since. ``held_until``: it was held till then, and nobody
    marked it again.
    """

    seq: int
    space_id: str
    subject_kind: SubjectKind
    subject_id: str
    since: datetime | None = None
    held_until: datetime | None = None


LONGEST_HOLD = timedelta(minutes=15)
"""Nothing is held for longer. What seems to be was held by a clock that ran ahead and was set right since."""
_OF_SPACE: sa.BindParameter[str] = sa.bindparam("of_space")
_NOW = sa.bindparam("now", type_=schema.outbox.c.held_until.type)
_LATEST = sa.bindparam("latest", type_=schema.outbox.c.held_until.type)
IS_DUE = schema.outbox.c.held_until.is_(None) | (schema.outbox.c.held_until <= _NOW) | (schema.outbox.c.held_until > _LATEST)
"""What nobody holds now; ``due_at`` gives its values."""
# Put together once: every pass asks, also one that finds nothing to do.
STANDING = sa.select(
    sa.exists().where(schema.outbox.c.space_id == _OF_SPACE, IS_DUE).label("due"),
    sa.select(sa.func.count())
    .where(schema.outbox.c.space_id == _OF_SPACE, sa.not_(IS_DUE))
    .scalar_subquery()
    .label("resting"),
)
"""Whether anything is due in a space, and how many subjects are held; ``Outbox.asked`` gives its values."""


def due_at(now: datetime) -> dict[str, datetime]:
    """What ``IS_DUE`` is asked with, at an aware moment."""
    return {"now": now, "latest": now + LONGEST_HOLD}


class Outbox:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._marks: dict[tuple[SubjectKind, str], None] = {}
        self._standing: dict[str, tuple[bool, int]] = {}

    def mark(self, kind: SubjectKind | str, subject_id: str) -> None:
        self._session.require_write()
        self._marks[SubjectKind(kind), subject_id] = None

    def unmark(self, kind: SubjectKind | str, subject_id: str) -> None:
        """What this unit marked is as it should be after all; what waited before goes on waiting."""
        self._marks.pop((SubjectKind(kind), subject_id), None)

    def pending(self, space_id: str, limit: int | None = None, *, held: bool = False) -> list[Waiting]:
        """What was marked for a space and not cleared, oldest mark first; what is held only where that is asked for."""
        self.flush()
        table = schema.outbox
        due = sa.true() if held else IS_DUE
        statement = sa.select(table).where(table.c.space_id == _OF_SPACE, due).order_by(table.c.seq).limit(limit)
        return [Waiting(**row) for row in self._session.connection.execute(statement, self.asked(space_id)).mappings()]

    def waits(self, space_id: str, *, held: bool = False) -> bool:
        """Whether ``pending`` would give anything."""
        self.flush()
        due, resting = self._counted(space_id)
        return due or (held and resting > 0)

    def hold(self, seq: int, until: datetime) -> None:
        """Nobody looks at it before then (aware; ``LONGEST_HOLD`` from now at most), unless it is marked again."""
        self._session.require_write()
        table = schema.outbox
        self._session.connection.execute(sa.update(table).where(table.c.seq == seq).values(held_until=until))

    def held(self, space_id: str) -> int:
        """How many subjects are held now."""
        return self._counted(space_id)[1]

    def _counted(self, space_id: str) -> tuple[bool, int]:
        """Whether anything is due, and how many subjects are held."""
        found = self._standing.get(space_id)
        if found is None:
            row = self._session.connection.execute(STANDING, self.asked(space_id)).one()
            found = bool(row.due), int(row.resting)
            self.learn(space_id, *found)
        return found

    def learn(self, space_id: str, due: bool, resting: int) -> None:
        """What ``STANDING`` answered in this unit, to whoever asked."""
        if not self._session.writes:
            # A unit that only reads sees one moment, so that no answer changes.
            self._standing[space_id] = due, resting

    def asked(self, space_id: str) -> dict[str, object]:
        return {"of_space": space_id, **due_at(self._session.clock())}

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
        marks, self._marks = list(self._marks), {}
        table, connection = schema.outbox, self._session.connection
        for kind in SubjectKind:
            ids = [subject_id for marked, subject_id in marks if marked is kind]
            for chunk in (ids[start : start + 500] for start in range(0, len(ids), 500)):
                same = (table.c.subject_id.in_(chunk), table.c.subject_kind == kind)
                before = sa.select(table.c.subject_id, table.c.space_id, table.c.since).where(*same)
                since = {(row.subject_id, row.space_id): row.since for row in connection.execute(before)}
                connection.execute(sa.delete(table).where(*same))
                shown = {(row.subject_id, row.space_id) for row in connection.execute(_spaces_of(kind, chunk))}
                order = {subject_id: number for number, subject_id in enumerate(chunk)}
                rows = [
                    {
                        "subject_kind": kind,
                        "subject_id": subject_id,
                        "space_id": space_id,
                        "since": since.get((subject_id, space_id)) or self._session.clock(),
                    }
                    for subject_id, space_id in sorted(shown, key=lambda pair: (order[pair[0]], pair[1]))
                ]
                if rows:
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


def _spaces_of(kind: SubjectKind, ids: list[str]) -> sa.CompoundSelect[tuple[str, str]]:
    """(subject_id, space_id) for every space in which the subject's centre is bound or a resource shows it."""
    bindings, links, appointments, memberships = (
        schema.bindings,
        schema.links,
        schema.appointments,
        schema.memberships,
    )
    if kind is SubjectKind.APPOINTMENT:
        subject, centre = appointments.c.id, appointments.c.centre_id
    else:
        subject, centre = memberships.c.person_id, memberships.c.centre_id
    bound = sa.select(subject.label("subject_id"), bindings.c.space_id).where(
        subject.in_(ids), bindings.c.centre_id == centre
    )
    linked = sa.select(links.c.subject_id, bindings.c.space_id).where(
        links.c.subject_id.in_(ids), links.c.subject_kind == kind, links.c.binding_id == bindings.c.id
    )
    return sa.union(bound, linked)
