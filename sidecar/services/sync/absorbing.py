"""Everything one pass pulled from calendars, absorbed together: moves, splits and deletions show only side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from calendars.errors import UnreadableText
from calendars.icalendar import EventFacts, read
from calendars.merge.events import ATTENDEE
from calendars.merge.threeway import Decision, Outcome
from calendars.sync.ports import LOOK_AGAIN, Memory
from calendars.sync.replica import Absorbed, Change, Verdict
from sidecar.domain.appointments import Appointment, AppointmentState
from sidecar.domain.audit import Origin
from sidecar.domain.bindings import Binding, Conflict, Link, Purpose, SubjectKind
from sidecar.domain.centres import Initiative
from sidecar.services.checking import settle_confirmations
from sidecar.services.sync.claims import is_anothers, is_masked, named_initiative
from sidecar.services.sync.desk import Desk
from sidecar.services.sync.events import (
    Taken,
    facts_map,
    keep_conflict,
    merge_event,
    new_appointment,
    ours_map,
    rejoining,
    returning,
    times,
)
from sidecar.services.sync.series import NEAR, absorb_dates, dates_of, is_series, nearest

LATELY = timedelta(minutes=15)
"""How long the second write of a split may come after the first."""


@dataclass
class Fresh:
    """A date that nobody knew, in a resource that names an initiative."""

    binding: Binding
    href: str
    uid: str
    key: str
    facts: EventFacts
    initiative: Initiative
    repeats: bool

    def continues(self, link: Link) -> bool:
        """Whether it may be the date that vanished from ``link``: of the same resource, or of a series split off it."""
        same = (self.binding.id, self.href) == (link.binding_id, link.href)
        return same or (self.repeats and bool(link.recurrence_id))


class EventAbsorber:
    """Absorbs the calendar changes of one unit; ``absorb`` answers for each, ``finish`` carries out what had to wait."""

    def __init__(self, desk: Desk, memory: Memory) -> None:
        self._desk = desk
        self._memory = memory
        self._fresh: list[Fresh] = []
        self._vanished: list[tuple[Link, Appointment, str]] = []

    def absorb(self, changes: Sequence[Change]) -> list[Absorbed]:
        answers = [self._gone(c) if c.theirs is None else self._present(c) for c in changes]
        self._finish()
        return answers

    def look_again(self, binding: Binding, href: str, text: str) -> None:
        """The horizon moved on: dates of a series that came into it become appointments."""
        self._dates(binding, href, text, text)
        self._finish()

    # --- one resource ----------------------------------------------------------------------------------------

    def _gone(self, change: Change) -> Absorbed:
        binding = self._desk.binding_at(change.collection)
        total = Taken()
        twin = self._twin(change)
        if twin is not None:
            self._follow((change.collection, change.href), twin[0], twin[1])
        for link in self._desk.uow.links.of_resource(binding.id, change.href):
            appointment = self._desk.uow.appointments.find(link.subject_id)
            self._desk.uow.links.remove(link)
            if appointment is not None:
                total += self._cancel(appointment, change.base, link)
        return Absorbed(change=change, verdict=Verdict.OURS, taken=total.taken, conflicts=total.conflicts)

    def _present(self, change: Change) -> Absorbed:
        binding = self._desk.binding_at(change.collection)
        assert change.theirs is not None
        if change.moved_from is not None:
            self._follow(change.moved_from, binding, change.href)
        links = self._desk.uow.links.of_resource(binding.id, change.href)
        try:
            theirs = read(change.theirs.text)
            if links:
                taken = self._dates(binding, change.href, change.base, change.theirs.text)
                return Absorbed(change=change, verdict=Verdict.OURS, taken=taken.taken, conflicts=taken.conflicts)
            return Absorbed(change=change, verdict=self._claim(binding, change, theirs.master, change.theirs.text))
        except UnreadableText as error:
            if not links:
                return Absorbed(change=change, verdict=Verdict.FOREIGN)
            self._tell_unreadable(binding, links[0], change.theirs.text, str(error))
            return Absorbed(change=change, verdict=Verdict.UNREADABLE, conflicts=1)

    def _twin(self, change: Change) -> tuple[Binding, str] | None:
        """Where the same UID stood already when this one went: the other half of a move, seen by an earlier pass.

        It was only watched and its text not kept, so it is forgotten and its collection read again in this pass.
        """
        for binding in self._desk.bindings:
            if Purpose.CONTACTS in binding.purposes:
                continue
            for href in self._memory.hrefs_of(binding.href, [change.uid] if change.uid else []):
                known = self._memory.get(binding.href, href)
                if (binding.href, href) == (change.collection, change.href) or known is None or known.gone or known.ours:
                    continue
                self._memory.forget(binding.href, href)
                cursor = self._memory.cursor(binding.href)
                self._memory.set_cursor(binding.href, replace(cursor, mark=LOOK_AGAIN, token=None))
                return binding, href
        return None

    def _follow(self, source: tuple[str, str], binding: Binding, href: str) -> None:
        """The resource went to another bound collection: its appointments go with it, to another centre too."""
        old = self._desk.binding_at(source[0])
        for link in self._desk.uow.links.of_resource(old.id, source[1]):
            self._desk.uow.links.remove(link)
            self._desk.uow.links.put(replace(link, binding_id=binding.id, href=href))
            appointment = self._desk.uow.appointments.get(link.subject_id)
            if appointment.centre_id != binding.centre_id:
                self._desk.uow.appointments.save(replace(appointment, centre_id=binding.centre_id))

    def _dates(self, binding: Binding, href: str, base: str | None, theirs: str) -> Taken:
        found = absorb_dates(self._desk, binding, href, base, theirs)
        calendar_object = read(theirs)
        uid, repeats = calendar_object.uid, is_series(calendar_object)
        for key, facts in found.fresh:
            initiative = named_initiative(facts, self._desk.initiatives.values(), binding.centre_id)
            initiative = initiative or self._initiative_at(binding, href)
            if initiative is not None:
                self._fresh.append(Fresh(binding, href, uid, key, facts, initiative, repeats))
        self._vanished.extend((link, appointment, base or theirs) for link, appointment in found.vanished)
        return found.taken

    def _initiative_at(self, binding: Binding, href: str) -> Initiative | None:
        """The initiative of the appointments that the resource shows already (its title may have been changed)."""
        for link in self._desk.uow.links.of_resource(binding.id, href):
            appointment = self._desk.uow.appointments.get(link.subject_id)
            found = self._desk.initiatives.get(getattr(appointment, "initiative_id", ""))
            if found is not None:
                return found
        return None

    def _claim(self, binding: Binding, change: Change, master: EventFacts | None, text: str) -> Verdict:
        """Whether a resource that nobody knew becomes ours."""
        calendar_object = read(text)
        facts = master or next(iter(calendar_object.overrides.values()), None)
        if calendar_object.component != "VEVENT" or facts is None or calendar_object.method:
            return Verdict.FOREIGN
        returned = self._returned(calendar_object.uid, binding)
        if returned is not None:
            link = Link(
                subject_kind=SubjectKind.APPOINTMENT, subject_id=returned.id, binding_id=binding.id, href=change.href,
                uid=calendar_object.uid,
            )  # fmt: skip
            self._desk.uow.links.put(link)
            self._dates(binding, change.href, None, text)
            return Verdict.OURS
        initiative = named_initiative(facts, self._desk.initiatives.values(), binding.centre_id)
        if initiative is None or is_masked(facts):
            return Verdict.FOREIGN
        if is_anothers(facts, (self._desk.space.organizer, self._desk.space.username)):
            return Verdict.WATCHED
        if self._desk.uow.links.by_uid(change.uid):
            # The same UID twice in one account: the first is ours, this one is left alone.
            return Verdict.WATCHED
        before = len(self._fresh)
        self._dates(binding, change.href, None, text)
        coming = self._fresh[before:]
        if not is_series(calendar_object) and coming and self._is_past(coming[0]):
            # History that somebody else wrote stays theirs.
            del self._fresh[before:]
            return Verdict.FOREIGN
        return Verdict.OURS if coming else Verdict.FOREIGN

    def _returned(self, uid: str, binding: Binding) -> Appointment | None:
        """The cancelled appointment whose own event somebody took back out of the server's trash bin."""
        appointment = self._desk.uow.appointments.find(uid.partition("@")[0].rpartition("-")[0])
        if appointment is None or appointment.centre_id != binding.centre_id or self._desk.uid(appointment) != uid:
            return None
        cancelled = appointment.state is AppointmentState.CANCELLED
        return appointment if cancelled and self._desk.link_of(appointment.id) is None else None

    def _is_past(self, fresh: Fresh) -> bool:
        _, end, _ = times(self._desk, fresh.binding.centre_id, fresh.facts)
        return end < self._desk.now

    # --- what had to wait until everything was seen ----------------------------------------------------------

    def _finish(self) -> None:
        fresh, self._fresh = self._fresh, []
        vanished, self._vanished = self._vanished, []
        for link, appointment, base in sorted(vanished, key=lambda v: v[1].start):
            candidates = [
                (index, times(self._desk, f.binding.centre_id, f.facts)[0])
                for index, f in enumerate(fresh)
                if f.continues(link)
                and f.initiative.id == getattr(appointment, "initiative_id", "")
                and f.binding.centre_id == appointment.centre_id
            ]
            index = nearest(appointment, candidates)
            self._desk.uow.links.remove(link)
            if index is None:
                self._cancel(appointment, base, link)
                continue
            taken = fresh.pop(index)
            self._link(taken, appointment)
            standing = self._standing(base, link)
            merge_event(self._desk, appointment, rejoining(standing, taken.facts), taken.facts, taken.uid)
        self._take_up(fresh)
        made = []
        for one in fresh:
            if not self._is_past(one):
                made.append(new_appointment(self._desk, one.binding, one.facts, one.initiative))
                self._link(one, made[-1])
        settle_confirmations(self._desk.uow, made)

    def _take_up(self, fresh: list[Fresh]) -> None:
        """A program splits a series in two writes, and a pass may fall between: the dates that it saw vanish come back
        with the new series. What is taken up leaves ``fresh``."""
        uow = self._desk.uow
        new = [f for f in fresh if f.repeats and not uow.links.of_resource(f.binding.id, f.href)]
        if not new:
            return
        starts = [times(self._desk, f.binding.centre_id, f.facts)[0] for f in new]
        centres = {f.binding.centre_id for f in new}
        cancelled = [AppointmentState.CANCELLED]
        for appointment in uow.appointments.between(min(starts) - NEAR, max(starts) + NEAR, states=cancelled):
            if appointment.centre_id not in centres or not self._cancelled_lately(appointment):
                continue
            candidates = [
                (index, starts[index])
                for index, f in enumerate(new)
                if f in fresh
                and f.initiative.id == getattr(appointment, "initiative_id", "")
                and f.binding.centre_id == appointment.centre_id
            ]
            index = nearest(appointment, candidates)
            if index is not None:
                taken = new[index]
                fresh.remove(taken)
                self._link(taken, appointment)
                merge_event(self._desk, appointment, returning(self._desk, appointment, taken.facts), taken.facts, taken.uid)

    def _cancelled_lately(self, appointment: Appointment) -> bool:
        """Whether a deletion in a calendar cancelled it just now."""
        if self._desk.link_of(appointment.id) is not None:
            return False
        return any(
            entry.origin is Origin.CALENDAR
            and entry.changes.get("state", [None])[-1] == AppointmentState.CANCELLED
            and self._desk.now - entry.at <= LATELY
            for entry in self._desk.uow.audit.of(SubjectKind.APPOINTMENT, appointment.id)
        )

    def _standing(self, base: str, link: Link) -> EventFacts | None:
        return dates_of(self._desk, base).get(link.recurrence_id)

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

    def _cancel(self, appointment: Appointment, base: str | None, link: Link) -> Taken:
        """A deletion cancels, it does not lose; what is past stays as it was; what the board changed meanwhile wins."""
        desk = self._desk
        if appointment.end < desk.now or appointment.state is not AppointmentState.PUBLISHED:
            return Taken()
        if base is not None and (changed := self._changed_on_board(appointment, base, link)):
            kept = desk.uow.appointments.save(replace(appointment, generation=appointment.generation + 1))
            decision = Decision(
                key=", ".join(sorted(changed)), outcome=Outcome.CONFLICT, base=None, ours=None, theirs=None, result=None
            )
            keep_conflict(desk, kept, decision, "deleted_there_changed_here")
            return Taken(conflicts=1)
        desk.uow.appointments.save(replace(appointment, state=AppointmentState.CANCELLED))
        return Taken(taken=1)

    def _changed_on_board(self, appointment: Appointment, base: str, link: Link) -> set[str]:
        """What a person changed on our side since both agreed; a mere redrawing of ours does not count."""
        facts = self._standing(base, link)
        if facts is None:
            return set()
        was, ours = facts_map(facts), ours_map(self._desk, appointment, facts, link.uid)
        edited = {key for key in was.keys() | ours.keys() if was.get(key) != ours.get(key)}
        initiative = self._desk.initiatives.get(getattr(appointment, "initiative_id", ""))
        if not facts.location and initiative is not None and appointment.place == initiative.place:
            edited.discard("location")  # we filled it in from the initiative; nobody changed it
        return {key for key in edited if key in ("time", "summary", "location", "text") or key.startswith(ATTENDEE)}

    def _tell_unreadable(self, binding: Binding, link: Link, text: str, why: str) -> None:
        self._desk.uow.conflicts.add(
            Conflict(
                id=self._desk.new_id(),
                at=self._desk.now,
                centre_id=binding.centre_id,
                subject_kind=SubjectKind.APPOINTMENT,
                subject_id=link.subject_id,
                field="text_unreadable",
                base=None,
                ours=why,
                theirs=text,
                why="unreadable",
            )
        )
