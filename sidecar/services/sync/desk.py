"""What absorbing and drawing share inside one unit of work: records by id, bindings, contexts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol, TypeVar

from calendars.dav import Account
from calendars.dav.servers import UNKNOWN, ServerTraits, named
from calendars.icalendar import EventFacts
from sidecar.domain.appointments import Appointment
from sidecar.domain.bindings import PURPOSE_OF, Binding, Link, Purpose, Space, SubjectKind
from sidecar.domain.centres import Centre, Equipment
from sidecar.domain.people import Person
from sidecar.i18n import translator
from sidecar.projection.context import Context
from sidecar.projection.events import is_organizer
from sidecar.projection.telling import Telling
from sidecar.services.sync.claims import Initiatives
from sidecar.storage import UnitOfWork

ACCOUNT_KEY = "account:{space}"
"""Setting: what discovery found of a space, so that a pass begins with its look."""

UNREAD = "text_unreadable"
"""The field of a conflict that tells of a text which cannot be read, or not any more."""


def traits_of(uow: UnitOfWork, space: Space) -> ServerTraits:
    """How the server of a space differs from others; those of an unknown one before discovery."""
    found = uow.settings.get(ACCOUNT_KEY.format(space=space.id))
    return named(Account.from_json(found).server) if found is not None else UNKNOWN


class Identified(Protocol):
    """Any record."""

    @property
    def id(self) -> str: ...


R = TypeVar("R", bound=Identified)


class Finds(Protocol[R]):
    """Its repository."""

    def find(self, id: str, /) -> R | None: ...
    def all(self) -> list[R]: ...


class ById(Mapping[str, R]):
    """Records by id, each read when it is asked for, and once per unit; ``put`` keeps that true after a save."""

    def __init__(self, repository: Finds[R]) -> None:
        self._repository = repository
        self._seen: dict[str, R | None] = {}

    def __getitem__(self, id: str) -> R:
        if id not in self._seen:
            self._seen[id] = self._repository.find(id)
        record = self._seen[id]
        if record is None:
            raise KeyError(id)
        return record

    def __iter__(self) -> Iterator[str]:
        return (record.id for record in self._repository.all())

    def __len__(self) -> int:
        return len(self._repository.all())

    def put(self, record: R) -> R:
        self._seen[record.id] = record
        return record


@dataclass
class Desk:
    """One space's view in one unit of work. ``now`` is aware; ``new_id`` gives ids; ``instance`` marks our UIDs.

    ``as_if_writing``: read-only bindings are drawn as if they could be written, for a dry run. ``tell_after``: how long what
    people are told of rests after its last change, so that a slip can be undone.
    """

    uow: UnitOfWork
    space: Space
    now: datetime
    new_id: Callable[[], str]
    instance: str
    page: str = ""
    as_if_writing: bool = False
    tell_after: timedelta = timedelta(0)
    people: ById[Person] = field(init=False)

    def __post_init__(self) -> None:
        self.people = ById(self.uow.people)

    @cached_property
    def bindings(self) -> tuple[Binding, ...]:
        found = self.uow.bindings.all(space_id=self.space.id)
        return tuple(replace(b, writes=True) if self.as_if_writing else b for b in found)

    @cached_property
    def traits(self) -> ServerTraits:
        return traits_of(self.uow, self.space)

    @cached_property
    def centres(self) -> ById[Centre]:
        return ById(self.uow.centres)

    @cached_property
    def initiatives(self) -> Initiatives:
        # An event may name another centre's.
        return self.uow.initiatives.digest(Initiatives)

    @cached_property
    def equipment(self) -> ById[Equipment]:
        return ById(self.uow.equipment)

    @cached_property
    def unread(self) -> set[tuple[str, str]]:
        """(kind, id) of whatever people are or were told of that its text cannot be read; who tells of more adds it."""
        told = self.uow.conflicts.all(field=UNREAD, centre_id={binding.centre_id for binding in self.bindings})
        return {(conflict.subject_kind, conflict.subject_id) for conflict in told}

    def binding_at(self, collection: str) -> Binding:
        return next(b for b in self.bindings if b.href == collection)

    def binding_of(self, link: Link) -> Binding | None:
        return next((b for b in self.bindings if b.id == link.binding_id), None)

    def binding_for(self, centre_id: str, purpose: Purpose) -> Binding | None:
        return next((b for b in self.bindings if b.centre_id == centre_id and purpose in b.purposes), None)

    def binding_for_appointment(self, appointment: Appointment) -> Binding | None:
        return self.binding_for(appointment.centre_id, PURPOSE_OF[appointment.kind])

    def link_of(self, appointment_id: str) -> Link | None:
        """The one resource (or date of a series) that shows the appointment, None while it has none."""
        links = self.uow.links.of_subject(SubjectKind.APPOINTMENT, appointment_id)
        return links[0] if links else None

    def context(self, centre_id: str) -> Context:
        centre = self.centres[centre_id]
        return Context(
            centre=centre,
            words=translator(centre.language),
            people=self.people,
            initiatives=self.initiatives,
            equipment=self.equipment,
            organizer=self.space.organizer,
            schedules=self.space.schedules is True,
            page=self.page,
        )

    def tells(self, facts: EventFacts) -> bool:
        """Whether the server sends messages for a write of ours: it schedules, and we are the organizer."""
        return self.space.schedules is True and is_organizer(facts.organizer, self.space.organizer)

    def how(self, telling: Telling, facts: EventFacts) -> Telling:
        """How a write can be told there: nobody's but the organizer's writes are, and not every server keeps mere answers
        from the mail."""
        if self.space.schedules and not self.tells(facts):
            return Telling.QUIET
        return Telling.QUIET if telling is Telling.REFRESH and not self.traits.refreshes else telling

    def save(self, before: Appointment, after: Appointment) -> Appointment:
        """Save only what really changed, so that the audit trail tells of changes alone."""
        return after if after == before else self.uow.appointments.save(after)

    def uid(self, appointment: Appointment) -> str:
        """UIDs hold the instance and the generation and are never used twice (RFC 5545 section 3.8.4.7)."""
        return f"{appointment.id}-{appointment.generation}@{self.instance}.hors-les-murs"
