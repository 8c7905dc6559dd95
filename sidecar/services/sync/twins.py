"""The second write of a split that is seen first: its dates became appointments of their own and are an older one's twins.

When the old half ends in a later pass, the older appointment goes on and the younger one goes, with what people did to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from calendars.icalendar import EventFacts
from calendars.merge.threeway import Decision, Outcome
from calendars.sync.ports import Memory
from sidecar.domain.appointments import Appointment, AppointmentState
from sidecar.domain.audit import AuditAction, AuditEntry, Origin
from sidecar.domain.bindings import Link, SubjectKind
from sidecar.projection.telling import facts_map
from sidecar.services.sync.cut_off import lately
from sidecar.services.sync.desk import Desk
from sidecar.services.sync.events import TOLD, Taken, filled_in, keep_conflict, merge_event, ours_map, rejoining
from sidecar.services.sync.halves import NEAR, Half, Likelihood, edge, half_of, likelihood, one_to_one
from sidecar.services.sync.series import dates_of


@dataclass(eq=False)
class Vanished:
    """An appointment whose date is not in its resource any more; ``base`` is the text that had it, ``half`` its series,
    where it was cut."""

    link: Link
    appointment: Appointment
    base: str | None
    half: Half

    def standing(self, desk: Desk) -> EventFacts | None:
        """What both sides agreed on about that date."""
        return dates_of(desk, self.base).get(self.link.recurrence_id) if self.base is not None else None


@dataclass(eq=False)
class Twin:
    """The younger appointment, and what the calendar says of it now."""

    appointment: Appointment
    link: Link
    facts: EventFacts


class Twins:
    """Which appointments of one unit are the same outing seen twice."""

    def __init__(self, desk: Desk, memory: Memory) -> None:
        self._desk = desk
        self._memory = memory

    def pairs(self, vanished: Sequence[Vanished]) -> list[tuple[Vanished, Twin]]:
        """Each appointment that went with the one that it goes on in, the likeliest first."""
        found: list[tuple[Likelihood, str, int, Twin]] = []
        for number, gone in enumerate(vanished):
            if gone.link.recurrence_id:
                found += ((how, twin.appointment.id, number, twin) for how, twin in self._of(gone))
        found.sort(key=lambda one: one[:3])
        twins = {(number, twin_id): twin for _, twin_id, number, twin in found}
        chosen = one_to_one((number, twin_id) for _, twin_id, number, _ in found)
        return [(vanished[number], twins[number, twin_id]) for number, twin_id in chosen]

    def join(self, gone: Vanished, twin: Twin) -> Taken:
        """The older one goes on where the younger one stood."""
        desk, facts, uid = self._desk, twin.facts, twin.link.uid
        desk.uow.links.put(replace(twin.link, subject_id=gone.appointment.id))
        base = rejoining(gone.standing(desk), facts)
        merged, taken = merge_event(desk, gone.appointment, base, facts, uid)
        return taken + Taken(conflicts=self._inherit(merged, twin.appointment, facts, uid))

    # --- looking -------------------------------------------------------------------------------------------------

    def _of(self, gone: Vanished) -> list[tuple[Likelihood, Twin]]:
        desk, old = self._desk, gone.appointment
        # One that was called off is split off as such.
        states = [AppointmentState.PUBLISHED, AppointmentState.CANCELLED]
        found: list[tuple[Likelihood, Twin]] = []
        for other in desk.uow.appointments.between(old.start - NEAR, old.end + NEAR, states=states):
            same = getattr(other, "initiative_id", "") == getattr(old, "initiative_id", None)
            if other.id == old.id or not same or other.centre_id != old.centre_id or not self._came_lately(other):
                continue
            link = desk.link_of(other.id)
            if link is None or not link.recurrence_id or link.href == gone.link.href:
                continue
            dates, half = self._now_at(link)
            facts = dates.get(link.recurrence_id)
            if facts is None:
                continue
            how = likelihood(old.start, old.title, gone.half, other.start, facts.summary, half)
            if how is not None and (how.certain or self._began_later(link, old)):
                found.append((how, Twin(other, link, facts)))
        return found

    def _came_lately(self, appointment: Appointment) -> bool:
        """Whether a calendar brought it just now."""
        came = self._added(appointment.id)
        return came is not None and came.origin is Origin.CALENDAR and lately(self._desk, came.at)

    def _began_later(self, link: Link, older: Appointment) -> bool:
        """Whether the series of ``link`` came in a later pass than the appointment: what came together was never one, nor
        what a clock that ran ahead says came later."""
        links = self._desk.uow.links.of_resource(link.binding_id, link.href)
        first, stood = self._added(min(links, key=lambda x: x.recurrence_id).subject_id), self._added(older.id)
        if first is None or stood is None:
            return stood is None
        if first.at > self._desk.now:
            return False
        runs = self._desk.uow.runs.all(space_id=self._desk.space.id)
        return any(stood.at <= run.ended_at < first.at for run in runs)

    def _added(self, appointment_id: str) -> AuditEntry | None:
        entries = self._desk.uow.audit.of(SubjectKind.APPOINTMENT, appointment_id)
        return next((e for e in entries if e.action == AuditAction.ADD), None)

    def _now_at(self, link: Link) -> tuple[dict[str, EventFacts], Half]:
        """The dates that a resource shows now, and where they begin."""
        binding = self._desk.binding_of(link)
        known = self._memory.get(binding.href, link.href) if binding is not None else None
        text = None
        if known is not None:
            text = known.pending.text if known.pending is not None else known.base
        dates = dict(dates_of(self._desk, text)) if text is not None else {}
        return dates, half_of(text, edge(dates, ()))

    # --- joining -------------------------------------------------------------------------------------------------

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
        changed = [key for key in changed if not filled_in(desk, younger, facts, key)]
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
