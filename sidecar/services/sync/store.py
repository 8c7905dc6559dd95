"""The engine's store: one unit of work over memory and rota, and the rota as the engine's replica."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from calendars.errors import DavError, UnreadableText
from calendars.icalendar import read
from calendars.sync.ports import CollectionKind, Intent, Resource
from calendars.sync.replica import Absorbed, Change, Wanted
from sidecar.domain.appointments import Appointment, AppointmentState
from sidecar.domain.audit import Origin
from sidecar.domain.bindings import Conflict, Space, SubjectKind
from sidecar.observability import get_logger
from sidecar.projection.events import is_organizer
from sidecar.services.muting import MUTED_KEY, count
from sidecar.services.sync.absorbing import EventAbsorber
from sidecar.services.sync.cards import absorb_cards
from sidecar.services.sync.cut_off import cut_off
from sidecar.services.sync.desk import UNREAD, Desk
from sidecar.services.sync.drawing import Page, draw_appointment, page_of
from sidecar.services.sync.drawing_cards import draw_cards
from sidecar.services.sync.renaming import renew
from sidecar.services.sync.sifting import sift
from sidecar.storage import Storage, UnitOfWork, Waiting
from sidecar.storage.memory import SqlMemory

log = get_logger(__name__)
HORIZON_KEY = "horizon:{space}"
"""Setting: the day on which the dates of series were last looked at."""


LONGEST_REST = 5
"""What people are told of rests at most so many times ``tell_after``, however often it is changed meanwhile."""
UNTOLD = "untold"
"""The field of a conflict that tells who may not have heard of a change."""
WRITE_REFUSED = "write_refused"
"""The field of a conflict that tells of a write which a server will not take."""


SECOND_WRITE = timedelta(minutes=2)
"""How long a date that left its series, and stays because of what the board changed, waits for an event of its own."""


class _RolledBack(Exception):
    """Leaves the unit's block so that nothing of it stays."""


@dataclass
class RotaUnit:
    """One transaction, as ``calendars.sync.replica.Unit``."""

    memory: SqlMemory
    replica: RotaReplica

    def rollback(self) -> None:
        raise _RolledBack


class RotaStore:
    """Opens units of one space; every change in them has the calendar for its origin."""

    def __init__(
        self,
        storage: Storage,
        space: Space,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        instance: str,
        page: str = "",
        as_if_writing: bool = False,
        tell_after: timedelta = timedelta(0),
    ) -> None:
        self._storage = storage
        self._space = space
        self._now = now
        self._new_id = new_id
        self._instance = instance
        self._page = page
        self._as_if_writing = as_if_writing
        self._tell_after = tell_after

    def unit(self, *, lasts: bool = True) -> AbstractContextManager[RotaUnit]:
        return self._opened(write=True, lasts=lasts)

    def look(self) -> AbstractContextManager[RotaUnit]:
        return self._opened(write=False)

    @contextmanager
    def _opened(self, *, write: bool, lasts: bool = True) -> Iterator[RotaUnit]:
        actor = f"calendar:{self._space.username}"
        try:
            with self._storage.unit(actor=actor, origin=Origin.CALENDAR, write=write, lasts=lasts) as uow:
                yield self.over(uow)
        except _RolledBack:
            return

    def over(self, uow: UnitOfWork) -> RotaUnit:
        """A transaction that is open already."""
        desk = Desk(
            uow=uow,
            space=self._space,
            now=self._now(),
            new_id=self._new_id,
            instance=self._instance,
            page=self._page,
            as_if_writing=self._as_if_writing,
            tell_after=self._tell_after,
        )
        memory = uow.memory(self._space.id)
        return RotaUnit(memory, RotaReplica(uow, desk, memory))


class RotaReplica:
    """``calendars.sync.replica.Replica`` over the rota."""

    def __init__(self, uow: UnitOfWork, desk: Desk, memory: SqlMemory) -> None:
        self._uow = uow
        self._desk = desk
        self._memory = memory
        self._series: set[tuple[str, str]] = set()

    def waiting(self) -> bool:
        return self._uow.outbox.waits(self._desk.space.id, held=self._desk.as_if_writing)

    def due(self) -> bool:
        return self._uow.settings.get(self._horizon_key) != self._desk.now.date().isoformat()

    def sift(self, collection: str, read: Sequence[tuple[Resource, str]]) -> frozenset[str]:
        return sift(self._desk, collection, read)

    def absorb(self, changes: Sequence[Change]) -> Sequence[Absorbed]:
        """Calendars together (moves and splits show side by side), cards one by one."""
        events = EventAbsorber(self._desk, self._memory)
        calendars = [c for c in changes if c.kind is CollectionKind.CALENDAR]
        self._read_ahead(calendars)
        answers = events.absorb(calendars)
        self._uow.links.forget_ahead()
        cards = [c for c in changes if c.kind is CollectionKind.ADDRESSBOOK]
        answers += absorb_cards(self._desk, self._memory, cards)
        self._extend_horizon(events)
        # In the transaction that decides what is written, so that a pass that dies is counted too.
        count(self._uow)
        return answers

    def _read_ahead(self, changes: Sequence[Change]) -> None:
        """What each change will be asked for, in few questions."""
        at: dict[str, list[Change]] = {}
        for change in changes:
            at.setdefault(change.collection, []).append(change)
        for collection, here in at.items():
            binding = self._desk.binding_at(collection)
            self._uow.links.read_ahead(binding.id, [change.href for change in here], [change.uid for change in here])

    def may_write(self) -> bool:
        return self._desk.as_if_writing or self._uow.settings.get(MUTED_KEY) is None

    def draw(self, limit: int) -> Sequence[Wanted]:
        rows = self._pending(limit)
        held: set[int] = set()
        drawn: dict[tuple[str, str], Wanted] = {}
        left = {} if self._desk.as_if_writing else cut_off(self._desk)
        asked = [row.subject_id for row in rows if row.subject_kind == SubjectKind.APPOINTMENT]
        appointments = {found.id: found for found in self._uow.appointments.all(id=asked)}
        self._uow.links.read_ahead_of(SubjectKind.APPOINTMENT, asked)
        page = page_of(self._desk, self._memory, list(appointments.values()))
        for row in rows:
            if row.held_until is None and row.subject_id in left and self._may_go_on(row.subject_id):
                comes = left[row.subject_id].at + SECOND_WRITE
                if comes > self._desk.now:
                    self._uow.outbox.hold(row.seq, comes)
                    held.add(row.seq)
                    continue
            try:
                wanted = self._drawn(row, appointments.get(row.subject_id), page)
            except UnreadableText as error:
                # One odd text is no reason to stop for everybody else.
                self._tell_unreadable(row, error)
                continue
            if (until := self._rests_until(row, wanted)) is not None:
                self._uow.outbox.hold(row.seq, until)
                held.add(row.seq)
                continue
            drawn.update({(w.collection, w.href): w for w in wanted if w is not None})
        self._uow.links.forget_ahead()
        self._uow.outbox.clear([row.seq for row in rows if row.seq not in held])
        return list(drawn.values())

    def _may_go_on(self, appointment_id: str) -> bool:
        """Whether a second write of a split may still show it; an event of its own beside that would show it twice."""
        appointment = self._uow.appointments.find(appointment_id)
        published = appointment is not None and appointment.state is AppointmentState.PUBLISHED
        return published and self._desk.link_of(appointment_id) is None

    def _pending(self, limit: int) -> list[Waiting]:
        return self._uow.outbox.pending(self._desk.space.id, limit=limit, held=self._desk.as_if_writing)

    def _rests_until(self, row: Waiting, wanted: Sequence[Wanted | None]) -> datetime | None:
        """Until when a slip can be undone before people are told of it; None for what is told now, or to nobody.

        It rests for ``tell_after`` from the last change on. What has rested is told when nobody changed it again.
        """
        desk = self._desk
        if desk.as_if_writing or row.held_until is not None or not any(w is not None and w.coalesces for w in wanted):
            return None
        until = desk.now + desk.tell_after
        if row.since is not None:
            until = min(until, row.since + LONGEST_REST * desk.tell_after)
        return until if until > desk.now else None

    def _drawn(self, row: Waiting, appointment: Appointment | None, page: Page) -> list[Wanted | None]:
        if row.subject_kind == SubjectKind.APPOINTMENT:
            if appointment is None:
                return []
            return [draw_appointment(self._desk, page, appointment, self._series)]
        return list(draw_cards(self._desk, self._memory, row.subject_id))

    def _tell_unreadable(self, row: Waiting, error: UnreadableText) -> None:
        """Kept for people to read, once while it is open."""
        known = self._uow.conflicts.all(subject_id=row.subject_id, field=UNREAD, chosen="")
        link = next(iter(self._uow.links.of_subject(row.subject_kind, row.subject_id)), None)
        binding = self._desk.binding_of(link) if link is not None else None
        if known or binding is None:
            return
        self._desk.unread.add((row.subject_kind, row.subject_id))
        self._uow.conflicts.add(
            Conflict(
                id=self._desk.new_id(), at=self._desk.now, centre_id=binding.centre_id, subject_kind=row.subject_kind,
                subject_id=row.subject_id, field=UNREAD, base=None, ours=None, theirs=str(error),
                why="unreadable",
            )
        )  # fmt: skip

    def redraw(self, collection: str, href: str) -> None:
        binding = self._desk.binding_at(collection)
        for link in self._uow.links.of_resource(binding.id, href):
            self._uow.outbox.mark(link.subject_kind, link.subject_id)

    def refused(self, intent: Intent, error: DavError) -> None:
        """What the server will not take is shown beside the conflicts, with its words, once for each subject."""
        binding = self._desk.binding_at(intent.collection)
        links = self._uow.links.of_resource(binding.id, intent.href)
        for standing in self._refusals(binding.id, (intent.href,)):
            self._uow.conflicts.remove(standing.id)
        self._uow.conflicts.add(
            Conflict(
                id=self._desk.new_id(),
                at=self._desk.now,
                centre_id=binding.centre_id,
                subject_kind=links[0].subject_kind if links else "",
                subject_id=links[0].subject_id if links else "",
                field=WRITE_REFUSED,
                base=None,
                ours=intent.text,
                theirs=str(error),
                why=type(error).__name__,
            )
        )

    def renew(self, intent: Intent) -> str:
        return renew(self._desk, self._memory, intent)

    def untold(self, intent: Intent, before: str | None, *, reached: bool) -> None:
        """Those who may not know are shown by name: who has declined may have put the invitation into the bin."""
        was, now = _guests(before), _guests(intent.text)
        gone = [address for address in was if address not in now]
        binding = self._desk.binding_at(intent.collection)
        links = [link for link in self._uow.links.of_resource(binding.id, intent.href) if link.subject_id]
        if not links:
            return
        earlier = self._uow.conflicts.all(subject_id=links[0].subject_id, field=UNTOLD)
        # Who was in the way once and has not answered since is so again.
        binned = {address for conflict in earlier for address in conflict.ours or ()}
        suspected = [
            a for a, answer in now.items() if was.get(a) == "DECLINED" or (a in binned and answer == "NEEDS-ACTION")
        ]
        doubtful = gone if reached else list(dict.fromkeys([*gone, *(suspected or now)]))
        for conflict in earlier:
            if not conflict.chosen:
                self._uow.conflicts.remove(conflict.id)
        if not doubtful:
            return
        people = {address: self._uow.people.by_email(address) for address in doubtful}
        names = [person.full_name if person is not None else address for address, person in people.items()]
        self._uow.conflicts.add(
            Conflict(
                id=self._desk.new_id(), at=self._desk.now, centre_id=binding.centre_id, subject_kind=links[0].subject_kind,
                subject_id=links[0].subject_id, field=UNTOLD, base=None, ours=suspected, theirs=", ".join(names), why=UNTOLD,
            )
        )  # fmt: skip

    def written(self, intents: Sequence[Intent]) -> None:
        hrefs: dict[str, list[str]] = {}
        for intent in intents:
            hrefs.setdefault(intent.collection, []).append(intent.href)
        for collection, written in hrefs.items():
            for refusal in self._refusals(self._desk.binding_at(collection).id, written):
                self._uow.conflicts.remove(refusal.id)

    def retry(self, collection: str) -> None:
        binding = self._desk.binding_at(collection)
        for refusal in self._uow.conflicts.all(chosen="", field=WRITE_REFUSED, centre_id=binding.centre_id):
            if refusal.subject_id:
                # Refused again it is told again; where nothing is left to write, there is nothing left to tell.
                self._uow.conflicts.remove(refusal.id)
                self._uow.outbox.mark(refusal.subject_kind, refusal.subject_id)

    def _refusals(self, binding_id: str, hrefs: Sequence[str]) -> list[Conflict]:
        """What is told of refused writes at these hrefs; nothing more is read when nothing is told at all."""
        told = self._uow.conflicts.all(chosen="", field=WRITE_REFUSED)
        if not told:
            return []
        links = [link for href in hrefs for link in self._uow.links.of_resource(binding_id, href)]
        subjects = {(link.subject_kind, link.subject_id) for link in links}
        return [conflict for conflict in told if (conflict.subject_kind, conflict.subject_id) in subjects]

    @property
    def _horizon_key(self) -> str:
        return HORIZON_KEY.format(space=self._desk.space.id)

    def _extend_horizon(self, events: EventAbsorber) -> None:
        """Once a day the dates of every series are looked at again: the horizon moved on."""
        if not self.due():
            return
        self._uow.settings.set(self._horizon_key, self._desk.now.date().isoformat())
        for binding in self._desk.bindings:
            links = self._uow.links.of_binding(binding.id)
            series = {link.href for link in links if link.recurrence_id}
            # Kept and linked to nothing: its first date was beyond the horizon.
            later = set(self._memory.hrefs_of_ours(binding.href)) - {link.href for link in links}
            for href in sorted(series | later):
                known = self._memory.get(binding.href, href)
                # What changed in this pass was looked at just now, in its new text.
                if known is None or known.base is None or known.gone or known.pending is not None:
                    continue
                try:
                    events.look_again(binding, href, known.base)
                except UnreadableText as error:
                    log.warning("series_not_read", binding=binding.id, kind=type(error).__name__)


def _guests(text: str | None) -> dict[str, str]:
    """Address -> answer of everybody invited anywhere in a text but the organizer; {} where there is none or it is odd."""
    try:
        found = read(text) if text is not None else None
    except UnreadableText:
        return {}
    parts = [found.master, *found.overrides.values()] if found is not None else []
    return {
        guest.address: guest.partstat
        for part in parts
        if part is not None
        for guest in part.attendees
        if not is_organizer(part.organizer, guest.address)
    }
