"""Everything one pass pulled from calendars, absorbed together: moves, splits and deletions show only side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from calendars.errors import UnreadableText
from calendars.icalendar import CalendarObject, EventFacts, is_masked, read
from calendars.sync.ports import LOOK_AGAIN, Memory, Past
from calendars.sync.replica import Absorbed, Change, Verdict
from sidecar.domain.appointments import Participation
from sidecar.domain.bindings import Binding, Link, Purpose, SubjectKind
from sidecar.domain.centres import Initiative
from sidecar.services.sync.claims import is_anothers, named_initiative
from sidecar.services.sync.continuing import Continuing, Fresh
from sidecar.services.sync.cut_off import called_off_initiative, continued_initiative, split_off
from sidecar.services.sync.desk import Desk
from sidecar.services.sync.events import Taken
from sidecar.services.sync.halves import Half, edge, half_of
from sidecar.services.sync.recognising import Adopted, own_uid, recognise
from sidecar.services.sync.rewound import answers, doubt, keep_answers, put_back, write_again
from sidecar.services.sync.series import absorb_dates, comes_later, dates_of, is_series
from sidecar.services.sync.twins import Vanished
from sidecar.services.sync.unread import (
    agreed_before,
    initiative_of,
    readable,
    tell_masked,
    tell_not_counted,
    tell_unreadable,
)


class EventAbsorber:
    """Absorbs the calendar changes of one unit; ``absorb`` answers for each, ``finish`` carries out what had to wait."""

    def __init__(self, desk: Desk, memory: Memory) -> None:
        self._desk = desk
        self._memory = memory
        self._open = Continuing(desk, memory)

    def absorb(self, changes: Sequence[Change]) -> list[Absorbed]:
        # What is ours by its name first: an appointment that it shows is not cancelled for what else went. What is known
        # before what is new: a series has the name that people gave it when another goes on with it.
        instance = self._desk.instance
        in_turn = sorted(changes, key=lambda c: (c.theirs is None, own_uid(c.uid, instance) is None, c.base is None))
        answers = [self._gone(c) if c.theirs is None else self._present(c) for c in in_turn]
        late = self._open.finish()
        return [self._counted(answer, late) for answer in answers]

    def look_again(self, binding: Binding, href: str, text: str) -> None:
        """The horizon moved on: dates of a series that came into it become appointments."""
        known = self._desk.uow.links.of_resource(binding.id, href)
        self._dates(binding, href, text, text, None if known else initiative_of(self._desk, binding, text))
        self._open.finish()

    def _counted(self, answer: Absorbed, late: dict[tuple[str, str], Taken]) -> Absorbed:
        """With what was decided about its dates when all was seen."""
        change = answer.change
        more = late.get((self._desk.binding_at(change.collection).id, change.href))
        if more is None:
            return answer
        return replace(answer, taken=answer.taken + more.taken, conflicts=answer.conflicts + more.conflicts)

    # --- one resource ----------------------------------------------------------------------------------------

    def _gone(self, change: Change) -> Absorbed:
        binding = self._desk.binding_at(change.collection)
        total = Taken()
        twin = self._twin(change)
        if twin is not None:
            self._follow((change.collection, change.href), twin[0], twin[1])
        if change.past is not Past.NOT:
            again = write_again(self._desk, self._memory, binding, change.href, change.base, change.past)
            return Absorbed(change=change, verdict=Verdict.OURS, put_back=again > 0)
        shown = [
            (link, self._desk.uow.appointments.find(link.subject_id))
            for link in self._desk.uow.links.of_resource(binding.id, change.href)
        ]
        coming = [link.recurrence_id for link, a in shown if a is not None and a.end >= self._desk.now]
        half = half_of(change.base, edge(coming, ()))
        for link, appointment in shown:
            if appointment is not None and link.recurrence_id and appointment.end >= self._desk.now:
                # Perhaps its series goes on in another resource.
                self._open.vanished.append(Vanished(link, appointment, change.base, half))
                continue
            self._desk.uow.links.remove(link)
            if appointment is not None:
                total += self._open.cancel(Vanished(link, appointment, change.base, half))
        return Absorbed(change=change, verdict=Verdict.OURS, taken=total.taken, conflicts=total.conflicts)

    def _present(self, change: Change) -> Absorbed:
        binding = self._desk.binding_at(change.collection)
        assert change.theirs is not None
        if change.moved_from is not None:
            self._follow(change.moved_from, binding, change.href)
        links = self._desk.uow.links.of_resource(binding.id, change.href)
        try:
            theirs = read(change.theirs.text)
            if links and change.earlier and change.past is Past.REWOUND and change.base is not None:
                return put_back(self._desk, self._memory, change)
            if links and is_masked(change.theirs.text):
                told = tell_masked(self._desk, binding, links[0], change.base)
                return Absorbed(change=change, verdict=Verdict.UNREADABLE, conflicts=int(told))
            if links:
                doubted = change.earlier or change.past is Past.REWOUND
                base = change.base or agreed_before(self._desk, links)
                return self._merged(binding, change, links, base, doubted=doubted)
            found = self._recognised(binding, change, theirs)
            if isinstance(found, Adopted):
                link = Link(
                    subject_kind=SubjectKind.APPOINTMENT, subject_id=found.appointment.id, binding_id=binding.id,
                    href=change.href, uid=theirs.uid,
                )  # fmt: skip
                self._desk.uow.links.put(link)
                return self._merged(binding, change, [link], found.base, doubted=found.doubted)
            if found is not None:
                return Absorbed(change=change, verdict=found)
            return Absorbed(change=change, verdict=self._claim(binding, change, theirs.master, change.theirs.text))
        except UnreadableText as error:
            if not links:
                told = tell_not_counted(self._desk, binding, change.href, change.theirs.text, str(error))
                verdict = Verdict.UNREADABLE if told else Verdict.FOREIGN
                return Absorbed(change=change, verdict=verdict, conflicts=int(told))
            told = tell_unreadable(self._desk, binding, links[0], change, str(error))
            return Absorbed(change=change, verdict=Verdict.UNREADABLE, conflicts=int(told))

    def _merged(
        self, binding: Binding, change: Change, links: Sequence[Link], base: str | None, *, doubted: bool
    ) -> Absorbed:
        """Theirs taken into what the links show; ``doubted``: it may be older than ours, which is then kept beside."""
        assert change.theirs is not None
        kept, stood = 0, dict[str, dict[str, Participation]]()
        if doubted:
            kept, stood = doubt(self._desk, links, base, change.theirs.text), answers(self._desk, links)
        taken = self._dates(binding, change.href, base, change.theirs.text)
        readable(self._desk, change.href, links)
        keep_answers(self._desk, stood)
        return Absorbed(change=change, verdict=Verdict.OURS, taken=taken.taken, conflicts=taken.conflicts + kept)

    def _recognised(self, binding: Binding, change: Change, theirs: CalendarObject) -> Adopted | Verdict | None:
        facts = theirs.master
        if facts is None or theirs.component != "VEVENT" or theirs.method:
            return None
        return recognise(self._desk, self._memory, binding, change, facts, repeats=is_series(theirs))

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

    def _dates(
        self,
        binding: Binding,
        href: str,
        base: str | None,
        theirs: str,
        claimed: Initiative | None = None,
        *,
        again: bool = False,
    ) -> Taken:
        """``claimed`` is what a series names whose dates nobody knows yet: its changed dates may be called otherwise.
        ``again``: see ``Fresh``."""
        found = absorb_dates(self._desk, binding, href, base, theirs)
        calendar_object = read(theirs)
        uid, repeats = calendar_object.uid, is_series(calendar_object)
        # Asked for only where something went that may go on in it.
        begun = cache(lambda: half_of(theirs, found.begins))
        for key, facts in found.fresh:
            initiative = named_initiative(facts, self._desk.initiatives, binding.centre_id)
            initiative = initiative or claimed or self._initiative_at(binding, href)
            if initiative is not None:
                self._open.fresh.append(Fresh(binding, href, uid, key, facts, initiative, repeats, begun, again))
        cut = half_of(theirs, found.cut) if found.vanished else Half()
        for link, appointment in found.vanished:
            self._open.vanished.append(Vanished(link, appointment, base or theirs, cut))
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
        initiative = named_initiative(facts, self._desk.initiatives, binding.centre_id)
        if initiative is None and is_series(calendar_object):
            begun = half_of(text, edge(dates_of(self._desk, text), ()))
            left = [(gone.appointment, gone.half) for gone in self._open.vanished]
            initiative = continued_initiative(self._desk, binding, facts) or split_off(self._desk, binding, begun, left)
        assert change.theirs is not None
        again = change.past is Past.REWOUND and self._memory.earlier(change.collection, change.href, change.theirs.etag)
        if initiative is None and again:
            initiative = called_off_initiative(self._desk, binding, facts)
        if initiative is None or is_masked(text):
            return Verdict.FOREIGN
        if is_anothers(facts, (self._desk.space.organizer, self._desk.space.username)):
            return Verdict.WATCHED
        if self._desk.uow.links.by_uid(change.uid):
            # The same UID twice in one account: the first is ours, this one is left alone.
            return Verdict.WATCHED
        before = len(self._open.fresh)
        self._dates(binding, change.href, None, text, initiative, again=again)
        readable(self._desk, change.href)
        coming = self._open.fresh[before:]
        if not is_series(calendar_object) and coming and self._open.is_past(coming[0]):
            # History that somebody else wrote stays theirs.
            del self._open.fresh[before:]
            return Verdict.FOREIGN
        # A series that begins beyond the horizon, or comes once a year, is kept until its dates come near.
        return Verdict.OURS if coming or comes_later(self._desk, text) else Verdict.FOREIGN
