"""Dates that went and dates that came, told apart when everything was seen: what goes on keeps its appointment.

A series that is split, moved or made anew loses dates in one resource and has dates in another, in one pass or in two, in
either order. Only what goes on nowhere is cancelled, and only what continues nothing is new.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from calendars.icalendar import EventFacts
from calendars.merge.events import ATTENDEE
from calendars.merge.threeway import Value
from calendars.sync.ports import Memory
from sidecar.domain.appointments import Appointment, AppointmentState
from sidecar.domain.audit import Origin
from sidecar.domain.bindings import DELETED, Binding, Link, SubjectKind
from sidecar.domain.centres import Initiative
from sidecar.projection.telling import facts_map
from sidecar.services.checking import settle_confirmations
from sidecar.services.sync.cut_off import CutOff, cut_off, note_cut_off
from sidecar.services.sync.desk import Desk
from sidecar.services.sync.events import (
    TOLD,
    Taken,
    filled_in,
    keep_deletion,
    merge_event,
    new_appointment,
    ours_map,
    rejoining,
    returning,
    times,
)
from sidecar.services.sync.halves import NEAR, Half, Likelihood, likelihood, one_to_one
from sidecar.services.sync.twins import Twins, Vanished


@dataclass(eq=False)
class Fresh:
    """A date that nobody knew, in a resource that names an initiative; ``begun`` tells its series, where it begins.
    ``again``: a restored server has the resource as it was agreed once, though it was deleted since."""

    binding: Binding
    href: str
    uid: str
    key: str
    facts: EventFacts
    initiative: Initiative
    repeats: bool
    begun: Callable[[], Half]
    again: bool = False

    def is_of(self, appointment: Appointment) -> bool:
        same = self.initiative.id == getattr(appointment, "initiative_id", "")
        return same and self.binding.centre_id == appointment.centre_id

    def continues(self, vanished: Vanished) -> bool:
        """Whether it may be the date that went: of the same resource, or of a series split off it."""
        link = vanished.link
        same = (self.binding.id, self.href) == (link.binding_id, link.href)
        return self.is_of(vanished.appointment) and (same or (self.repeats and bool(link.recurrence_id)))

    def likely(self, gone: Appointment, ended: Half, start: datetime) -> Likelihood | None:
        """How likely it is the date that went from ``ended``; it begins at ``start``."""
        begun = self.begun()
        # What was called off long ago may have stood in it at another hour, when it was agreed last.
        ended = begun if self.again and ended.edge is None else ended
        return likelihood(gone.start, gone.title, ended, start, self.facts.summary, begun)


def _half(left: Mapping[str, CutOff], appointment: Appointment) -> Half:
    """The series that it left lately; none that can be told where it left longer ago."""
    return left[appointment.id].half if appointment.id in left else Half()


class Continuing:
    """Collects what went and what came during one unit; ``finish`` decides."""

    def __init__(self, desk: Desk, memory: Memory) -> None:
        self._desk = desk
        self._twins = Twins(desk, memory)
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
        note_cut_off(self._desk, {gone.appointment.id: gone.half for gone in vanished if gone.link.recurrence_id})
        for gone, twin in self._twins.pairs(vanished):
            vanished.remove(gone)
            count(gone, self._twins.join(gone, twin))
        for gone in vanished:
            count(gone, self.cancel(gone))
        self._take_up(fresh)
        made = []
        for one in fresh:
            if not self.is_past(one):
                made.append(new_appointment(self._desk, one.binding, one.facts, one.initiative, repeats=one.repeats))
                self._link(one, made[-1])
                if one.again:
                    self._desk.uow.appointments.save(replace(made[-1], state=AppointmentState.CANCELLED))
        settle_confirmations(self._desk.uow, made)
        return taken

    # --- seen side by side -----------------------------------------------------------------------------------

    def _pairs(self, vanished: Sequence[Vanished], fresh: Sequence[Fresh]) -> list[tuple[Vanished, Fresh]]:
        """Which fresh date continues which vanished one: the nearest to each other first, nothing beyond ``NEAR``. What is
        likelier one that went in an earlier pass is left to that."""
        starts = [self._start(f) for f in fresh]
        near = [
            (how, 0, i, j)
            for i, gone in enumerate(vanished)
            for j, came in enumerate(fresh)
            if came.continues(gone) and (how := came.likely(gone.appointment, gone.half, starts[j])) is not None
        ]
        if near:
            gone_now = {gone.appointment.id for gone in vanished}
            unseen, earlier = self._near(fresh)
            near += [(how, 1, i, j) for how, i, j in earlier if unseen[i].id not in gone_now]
        chosen = one_to_one(((before, i), j) for _, before, i, j in sorted(near))
        return [(vanished[i], fresh[j]) for (before, i), j in chosen if not before]

    def _go_on(self, gone: Vanished, came: Fresh) -> Taken:
        self._link(came, gone.appointment)
        base = rejoining(gone.standing(self._desk), came.facts)
        return merge_event(self._desk, gone.appointment, base, came.facts, came.uid)[1]

    # --- the first write of a split was seen before ------------------------------------------------------------

    def _take_up(self, fresh: list[Fresh]) -> None:
        """A date of a series that a calendar had cancelled and that is there again is the same appointment: at its own
        time whenever that is, nearby while the second write of a split may still come. One that the board cancelled goes
        on too where it was split off, and stays cancelled; so does one that the board brought back since. What is taken up
        leaves ``fresh``."""
        unseen, near = self._near(fresh)
        chosen = [(unseen[i], fresh[j]) for i, j in one_to_one((i, j) for _, i, j in near)]
        for appointment, came in chosen:
            fresh.remove(came)
            self._link(came, appointment)
            base = returning(self._desk, appointment, came.facts)
            if came.again or self._ended_by(appointment) is not Origin.CALENDAR:
                # Who splits a series brings nothing back of what the board called off, nor does who restores a server.
                base = replace(base, status=came.facts.status)
            agreed = self._not_deleted(appointment)
            merge_event(self._desk, appointment, base, came.facts, came.uid, agreed)

    def _near(self, fresh: Sequence[Fresh]) -> tuple[list[Appointment], list[tuple[Likelihood, int, int]]]:
        """Appointments that no calendar shows, and which of them a fresh date of a series may be: the likeliest first."""
        starts = {j: self._start(came) for j, came in enumerate(fresh) if came.repeats or came.again}
        if not starts:
            return [], []
        left, states = cut_off(self._desk), [AppointmentState.CANCELLED, AppointmentState.PUBLISHED]
        unseen = list(
            self._desk.uow.appointments.between(min(starts.values()) - NEAR, max(starts.values()) + NEAR, states=states)
        )
        near = sorted(
            (how, i, j)
            for i, appointment in enumerate(unseen)
            for j, start in starts.items()
            if fresh[j].is_of(appointment)
            and (how := fresh[j].likely(appointment, _half(left, appointment), start)) is not None
            and self._may_return(appointment, left, exactly=not how.moved, again=fresh[j].again)
        )
        return unseen, near

    def _not_deleted(self, appointment: Appointment) -> dict[str, Value]:
        """What seemed deleted goes on: nobody is asked about that any more. What was agreed before the board changed it."""
        agreed: dict[str, Value] = {}
        for conflict in self._desk.uow.conflicts.all(subject_id=appointment.id, field=DELETED, chosen=""):
            agreed |= {key: tuple(v) if isinstance(v, list) else v for key, v in (conflict.base or {}).items()}
            self._desk.uow.conflicts.remove(conflict.id)
        return agreed

    def _may_return(self, appointment: Appointment, left: Collection[str], *, exactly: bool, again: bool) -> bool:
        """Whether it was split off just now, or a deletion in a calendar cancelled it and it is there again at its very
        time, or it is called off and was there once."""
        if self._desk.link_of(appointment.id) is not None:
            return False
        called_off = appointment.state is AppointmentState.CANCELLED
        if appointment.id in left or (called_off and again):
            return True
        return called_off and exactly and self._ended_by(appointment) is Origin.CALENDAR

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
        facts = gone.standing(self._desk)
        if facts is None:
            return {}
        was, ours = facts_map(facts), ours_map(self._desk, gone.appointment, facts, gone.link.uid)
        edited = {key for key in was.keys() | ours.keys() if was.get(key) != ours.get(key)}
        edited = {key for key in edited if not filled_in(self._desk, gone.appointment, facts, key)}
        # Deleting what is crossed out contradicts nobody but who brought it back meanwhile.
        back = {"status"} if facts.status.upper() == "CANCELLED" else set()
        edited = {key for key in edited if key in TOLD or key in back or key.startswith(ATTENDEE)}
        return {key: (was.get(key), ours.get(key)) for key in sorted(edited)}

    # --- small things ------------------------------------------------------------------------------------------

    def _start(self, fresh: Fresh) -> datetime:
        return times(self._desk, fresh.binding.centre_id, fresh.facts)[0]

    def is_past(self, fresh: Fresh) -> bool:
        return times(self._desk, fresh.binding.centre_id, fresh.facts)[1] < self._desk.now

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
