"""Dates that went and dates that came, told apart when everything was seen: what goes on keeps its appointment.

A series that is split, moved or made anew loses dates in one resource and has dates in another, in one pass or in two, in
either order. Only what goes on nowhere is cancelled, and only what continues nothing is new.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from calendars.icalendar import EventFacts
from calendars.merge.events import ATTENDEE
from calendars.merge.threeway import Decision, Outcome, Value
from calendars.sync.ports import Memory
from sidecar.domain.appointments import Appointment, AppointmentState
from sidecar.domain.audit import AuditAction, AuditEntry, Origin
from sidecar.domain.bindings import DELETED, Binding, Link, SubjectKind
from sidecar.domain.centres import Initiative
from sidecar.projection.telling import facts_map
from sidecar.services.checking import settle_confirmations
from sidecar.services.sync.cut_off import cut_off, lately, note_cut_off
from sidecar.services.sync.desk import Desk
from sidecar.services.sync.events import (
    Taken,
    keep_conflict,
    keep_deletion,
    merge_event,
    new_appointment,
    ours_map,
    rejoining,
    returning,
    times,
)
from sidecar.services.sync.series import NEAR, dates_of

TOLD = ("time", "summary", "location", "text")
"""What a person may have changed on the board, beside who takes part."""


@dataclass(eq=False)
class Fresh:
    """A date that nobody knew, in a resource that names an initiative."""

    binding: Binding
    href: str
    uid: str
    key: str
    facts: EventFacts
    initiative: Initiative
    repeats: bool

    def is_of(self, appointment: Appointment) -> bool:
        same = self.initiative.id == getattr(appointment, "initiative_id", "")
        return same and self.binding.centre_id == appointment.centre_id

    def continues(self, vanished: Vanished) -> bool:
        """Whether it may be the date that went: of the same resource, or of a series split off it."""
        link = vanished.link
        same = (self.binding.id, self.href) == (link.binding_id, link.href)
        return self.is_of(vanished.appointment) and (same or (self.repeats and bool(link.recurrence_id)))


@dataclass(eq=False)
class Vanished:
    """An appointment whose date is not in its resource any more; ``base`` is the text that had it."""

    link: Link
    appointment: Appointment
    base: str | None


class Continuing:
    """Collects what went and what came during one unit; ``finish`` decides."""

    def __init__(self, desk: Desk, memory: Memory) -> None:
        self._desk = desk
        self._memory = memory
        self.fresh: list[Fresh] = []
        self.vanished: list[Vanished] = []

    def finish(self) -> dict[tuple[str, str], Taken]:
        """Decide about all of it. How much each resource (binding, href) brought that dates had vanished from."""
        taken: dict[tuple[str, str], Taken] = {}

        def count(gone: Vanished, more: Taken) -> None:
            key = gone.link.binding_id, gone.link.href
            taken[key] = taken.get(key, Taken()) + more

        fresh, self.fresh = self.fresh, []
        vanished, self.vanished = self.vanished, []
        for gone in vanished:
            self._desk.uow.links.remove(gone.link)
        for gone, came in self._pairs(vanished, fresh):
            vanished.remove(gone)
            fresh.remove(came)
            count(gone, self._go_on(gone, came))
        # A single event that goes is no half of a split.
        note_cut_off(self._desk, [gone.appointment.id for gone in vanished if gone.link.recurrence_id])
        for gone in vanished:
            count(gone, self._took_over(gone) or self.cancel(gone))
        self._take_up(fresh)
        made = []
        for one in fresh:
            if not self.is_past(one):
                made.append(new_appointment(self._desk, one.binding, one.facts, one.initiative))
                self._link(one, made[-1])
        settle_confirmations(self._desk.uow, made)
        return taken

    # --- seen side by side -----------------------------------------------------------------------------------

    def _pairs(self, vanished: Sequence[Vanished], fresh: Sequence[Fresh]) -> list[tuple[Vanished, Fresh]]:
        """Which fresh date continues which vanished one: the nearest to each other first, nothing beyond ``NEAR``."""
        starts = [self._start(f) for f in fresh]
        near = sorted(
            (abs(starts[j] - gone.appointment.start), i, j)
            for i, gone in enumerate(vanished)
            for j, came in enumerate(fresh)
            if abs(starts[j] - gone.appointment.start) <= NEAR and came.continues(gone)
        )
        return [(vanished[i], fresh[j]) for i, j in _one_to_one((i, j) for _, i, j in near)]

    def _go_on(self, gone: Vanished, came: Fresh) -> Taken:
        self._link(came, gone.appointment)
        base = rejoining(self._standing(gone), came.facts)
        return merge_event(self._desk, gone.appointment, base, came.facts, came.uid)[1]

    # --- the second write of a split is seen first -------------------------------------------------------------

    def _took_over(self, gone: Vanished) -> Taken | None:
        """The new half of a split came in an earlier pass than the end of the old one, so its dates became appointments of
        their own. The older one goes on; the younger one was the same outing seen twice."""
        twin = self._twin_of(gone)
        if twin is None:
            return None
        younger, link, facts = twin
        self._desk.uow.links.put(replace(link, subject_id=gone.appointment.id))
        base = rejoining(self._standing(gone), facts)
        merged, taken = merge_event(self._desk, gone.appointment, base, facts, link.uid)
        return taken + Taken(conflicts=self._inherit(merged, younger, facts, link.uid))

    def _twin_of(self, gone: Vanished) -> tuple[Appointment, Link, EventFacts] | None:
        if not gone.link.recurrence_id:
            return None
        desk, old = self._desk, gone.appointment
        # One that was called off is split off as such.
        states = [AppointmentState.PUBLISHED, AppointmentState.CANCELLED]
        found: list[tuple[timedelta, Appointment, Link, EventFacts]] = []
        for other in desk.uow.appointments.between(old.start - NEAR, old.end + NEAR, states=states):
            same = getattr(other, "initiative_id", "") == getattr(old, "initiative_id", None)
            if other.id == old.id or not same or other.centre_id != old.centre_id:
                continue
            link = desk.link_of(other.id)
            elsewhere = link is not None and link.recurrence_id and link.href != gone.link.href
            if link is None or not elsewhere or not self._came_lately(other, after=old):
                continue
            facts = self._now_at(link)
            if facts is not None:
                found.append((abs(other.start - old.start), other, link, facts))
        nearest = min(found, key=lambda f: (f[0], f[1].id), default=None)
        return nearest[1:] if nearest is not None and nearest[0] <= NEAR else None

    def _came_lately(self, appointment: Appointment, *, after: Appointment) -> bool:
        """Whether a calendar brought it just now, and the other one was there before."""
        came, stood = self._added(appointment), self._added(after)
        if came is None or came.origin is not Origin.CALENDAR or not lately(self._desk, came.at):
            return False
        return stood is None or stood.at <= came.at

    def _added(self, appointment: Appointment) -> AuditEntry | None:
        entries = self._desk.uow.audit.of(SubjectKind.APPOINTMENT, appointment.id)
        return next((e for e in entries if e.action == AuditAction.ADD), None)

    def _now_at(self, link: Link) -> EventFacts | None:
        """What the calendar says of a linked date."""
        binding = self._desk.binding_of(link)
        known = self._memory.get(binding.href, link.href) if binding is not None else None
        if known is None:
            return None
        text = known.pending.text if known.pending is not None else known.base
        return dates_of(self._desk, text).get(link.recurrence_id) if text is not None else None

    def _inherit(self, older: Appointment, younger: Appointment, facts: EventFacts, uid: str) -> int:
        """What somebody did to the younger one on the board is not lost: its people join, called off it stays so, the
        rest is asked about.

        How many conflicts that makes.
        """
        desk = self._desk
        there = {p.person_id for p in older.participants}
        joining = tuple(p for p in younger.participants if p.person_id not in there)
        state = older.state if younger.state is AppointmentState.PUBLISHED else younger.state
        older = desk.save(older, replace(older, participants=(*older.participants, *joining), state=state))
        was, theirs, ours = facts_map(facts), ours_map(desk, older, facts, uid), ours_map(desk, younger, facts, uid)
        changed = [key for key in TOLD if ours.get(key) not in (was.get(key), theirs.get(key))]
        changed = [key for key in changed if not _filled_in(desk, younger, facts, key)]
        for key in changed:
            value = was.get(key)
            decision = Decision(
                key=key, outcome=Outcome.CONFLICT, base=value, ours=ours.get(key), theirs=theirs.get(key), result=value
            )
            keep_conflict(desk, older, decision, "both_changed")
        for conflict in desk.uow.conflicts.all(subject_id=younger.id):
            desk.uow.conflicts.save(replace(conflict, subject_id=older.id))
        desk.uow.appointments.remove(younger.id)
        desk.uow.outbox.mark(SubjectKind.APPOINTMENT, older.id)
        return len(changed)

    # --- the first write of a split was seen before ------------------------------------------------------------

    def _take_up(self, fresh: list[Fresh]) -> None:
        """A date of a series that a calendar had cancelled and that is there again is the same appointment: at its own
        time whenever that is, nearby while the second write of a split may still come. One that the board cancelled goes
        on too where it was split off, and stays cancelled; so does one that the board brought back since. What is taken up
        leaves ``fresh``."""
        repeating = [f for f in fresh if f.repeats]
        if not repeating:
            return
        starts, left = [self._start(f) for f in repeating], cut_off(self._desk)
        unseen = self._desk.uow.appointments.between(
            min(starts) - NEAR, max(starts) + NEAR, states=[AppointmentState.CANCELLED, AppointmentState.PUBLISHED]
        )
        near = sorted(
            (abs(starts[j] - appointment.start), i, j)
            for i, appointment in enumerate(unseen)
            for j, came in enumerate(repeating)
            if came.is_of(appointment)
            and abs(starts[j] - appointment.start) <= NEAR
            and self._may_return(appointment, left, exactly=starts[j] == appointment.start)
        )
        for i, j in _one_to_one((i, j) for _, i, j in near):
            appointment, came = unseen[i], repeating[j]
            fresh.remove(came)
            self._link(came, appointment)
            base = returning(self._desk, appointment, came.facts)
            if self._ended_by(appointment) is not Origin.CALENDAR:
                # Who splits a series brings nothing back of what the board called off.
                base = replace(base, status=came.facts.status)
            agreed = self._not_deleted(appointment)
            merge_event(self._desk, appointment, base, came.facts, came.uid, agreed)

    def _not_deleted(self, appointment: Appointment) -> dict[str, Value]:
        """What seemed deleted goes on: nobody is asked about that any more. What was agreed before the board changed it."""
        agreed: dict[str, Value] = {}
        for conflict in self._desk.uow.conflicts.all(subject_id=appointment.id, field=DELETED, chosen=""):
            agreed |= {key: tuple(v) if isinstance(v, list) else v for key, v in (conflict.base or {}).items()}
            self._desk.uow.conflicts.remove(conflict.id)
        return agreed

    def _may_return(self, appointment: Appointment, left: Collection[str], *, exactly: bool) -> bool:
        """Whether it was split off just now, or a deletion in a calendar cancelled it and it is there again at its very
        time."""
        if self._desk.link_of(appointment.id) is not None:
            return False
        called_off = appointment.state is AppointmentState.CANCELLED
        return appointment.id in left or (called_off and exactly and self._ended_by(appointment) is Origin.CALENDAR)

    def _ended_by(self, appointment: Appointment) -> Origin | None:
        """Where it was cancelled last."""
        entries = self._desk.uow.audit.of(SubjectKind.APPOINTMENT, appointment.id)
        ended = [e for e in entries if e.changes.get("state", [None])[-1] == AppointmentState.CANCELLED]
        return ended[-1].origin if ended else None

    # --- what goes on nowhere ----------------------------------------------------------------------------------

    def cancel(self, gone: Vanished) -> Taken:
        """A deletion cancels, it does not lose; what is past stays as it was; what the board changed meanwhile wins."""
        desk, appointment = self._desk, gone.appointment
        if appointment.end < desk.now or appointment.state is not AppointmentState.PUBLISHED:
            return Taken()
        if changed := self._changed_on_board(gone):
            kept = desk.uow.appointments.save(replace(appointment, generation=appointment.generation + 1))
            keep_deletion(desk, kept, changed, recurrence_id=gone.link.recurrence_id)
            return Taken(conflicts=1)
        desk.uow.appointments.save(replace(appointment, state=AppointmentState.CANCELLED))
        return Taken(taken=1)

    def _changed_on_board(self, gone: Vanished) -> dict[str, tuple[Value, Value]]:
        """What a person changed on our side since both agreed, before and after; a mere redrawing of ours does not count."""
        facts = self._standing(gone)
        if facts is None:
            return {}
        was, ours = facts_map(facts), ours_map(self._desk, gone.appointment, facts, gone.link.uid)
        edited = {key for key in was.keys() | ours.keys() if was.get(key) != ours.get(key)}
        edited = {key for key in edited if not _filled_in(self._desk, gone.appointment, facts, key)}
        # Deleting what is crossed out contradicts nobody but who brought it back meanwhile.
        back = {"status"} if facts.status.upper() == "CANCELLED" else set()
        edited = {key for key in edited if key in TOLD or key in back or key.startswith(ATTENDEE)}
        return {key: (was.get(key), ours.get(key)) for key in sorted(edited)}

    # --- small things ------------------------------------------------------------------------------------------

    def _start(self, fresh: Fresh) -> datetime:
        return times(self._desk, fresh.binding.centre_id, fresh.facts)[0]

    def is_past(self, fresh: Fresh) -> bool:
        return times(self._desk, fresh.binding.centre_id, fresh.facts)[1] < self._desk.now

    def _standing(self, gone: Vanished) -> EventFacts | None:
        return dates_of(self._desk, gone.base).get(gone.link.recurrence_id) if gone.base is not None else None

    def _link(self, fresh: Fresh, appointment: Appointment) -> None:
        self._desk.uow.links.put(
            Link(
                subject_kind=SubjectKind.APPOINTMENT,
                subject_id=appointment.id,
                binding_id=fresh.binding.id,
                href=fresh.href,
                uid=fresh.uid,
                recurrence_id=fresh.key,
            )
        )


def _filled_in(desk: Desk, appointment: Appointment, facts: EventFacts, key: str) -> bool:
    """Whether we took a place from the initiative because the event names none: nobody changed it."""
    initiative = desk.initiatives.get(getattr(appointment, "initiative_id", ""))
    return key == "location" and not facts.location and initiative is not None and appointment.place == initiative.place


def _one_to_one(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of pairs in order of preference, those of which neither half was taken before."""
    left, right, chosen = set[int](), set[int](), list[tuple[int, int]]()
    for i, j in pairs:
        if i not in left and j not in right:
            left.add(i)
            right.add(j)
            chosen.append((i, j))
    return chosen
