"""Entries of our own making that no link leads to: after a restore on either side, a move, an unbinding.

A UID of ours names the instance, the appointment and its generation (``Desk.uid``), and is never used twice. So whatever
was forgotten, an entry is known again by it: taken up where nothing shows the appointment, let go where a younger
generation does, and where this database has never heard of it, it is an old backup, or not the only one at work.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from calendars.icalendar import EventFacts, is_masked
from calendars.merge import split, three_way
from calendars.sync.ports import Action, Memory, Past
from calendars.sync.replica import Change, Verdict
from sidecar.domain.appointments import CLASSES, Appointment, AppointmentKind, AppointmentState
from sidecar.domain.bindings import PURPOSE_OF, Binding, Conflict, Link, SubjectKind
from sidecar.i18n import translator
from sidecar.projection.context import CLOSING, OPENING
from sidecar.projection.telling import facts_map
from sidecar.services.muting import Why, notice
from sidecar.services.sync.claims import named_initiative, plain
from sidecar.services.sync.desk import Desk
from sidecar.services.sync.events import absorb_values, times
from sidecar.services.sync.rewound import intend_onto

TAKEN_UP, SUPERSEDED, UNKNOWN_ENTRY = "taken_up", "text_superseded", "unknown_entry"
"""Fields of conflicts that tell what happened; there is nothing to choose."""


@dataclass(frozen=True)
class Adopted:
    """The appointment that an entry shows from here on. ``base``: what was agreed of it before, where that is known.

    ``doubted``: nobody knows which side is newer, so what is taken from the entry leaves our value to choose.
    """

    appointment: Appointment
    base: str | None
    doubted: bool


def own_uid(uid: str, instance: str) -> tuple[str, int] | None:
    """(appointment id, generation) of a UID of ours, None for any other.

    >>> own_uid("cafe-2@here.hors-les-murs", "here"), own_uid("cafe-2@there.hors-les-murs", "here")
    (('cafe', 2), None)
    """
    if not uid.endswith(f"@{instance}.hors-les-murs"):
        return None
    found = re.fullmatch(rf"(?P<id>.+)-(?P<generation>\d{{1,9}})@{re.escape(instance)}\.hors-les-murs", uid)
    return (found["id"], int(found["generation"])) if found is not None else None


def recognise(
    desk: Desk, memory: Memory, binding: Binding, change: Change, facts: EventFacts, *, repeats: bool
) -> Adopted | Verdict | None:
    """What an entry without link is to us; None for one that is not of our making, or shown elsewhere under its name."""
    own = own_uid(facts.uid, desk.instance)
    if own is None or (change.theirs is not None and is_masked(change.theirs.text)):
        return None
    appointment_id, generation = own
    appointment = desk.uow.appointments.find(appointment_id)
    if appointment is None:
        notice(desk.uow, Why.ELSEWHERE, desk.now)
        return None if repeats else _take_up(desk, binding, change, facts, appointment_id, generation)
    if appointment.centre_id != binding.centre_id:
        return None
    if generation > appointment.generation:
        notice(desk.uow, Why.ELSEWHERE, desk.now)
        return _newer(desk, memory, appointment, generation, facts)
    link, cancelled = desk.link_of(appointment.id), appointment.state is AppointmentState.CANCELLED
    if generation < appointment.generation and (link is not None or not cancelled or change.past is Past.REWOUND):
        return _let_go(desk, memory, binding, change, appointment)
    if link is not None:
        return None
    if cancelled and change.past is Past.REWOUND:
        # It came back with the server's backup, by nobody's wish: it stays called off.
        desk.uow.links.put(_link(binding, change, facts, appointment))
        desk.uow.outbox.mark(SubjectKind.APPOINTMENT, appointment.id)
        return Verdict.OURS
    if appointment.state is AppointmentState.DRAFT:
        # What stands in a calendar was published; a database that does not know is an old one.
        notice(desk.uow, Why.ELSEWHERE, desk.now)
        appointment = desk.uow.appointments.save(replace(appointment, state=AppointmentState.PUBLISHED))
    return Adopted(appointment, None, doubted=not cancelled)


def _newer(desk: Desk, memory: Memory, appointment: Appointment, generation: int, facts: EventFacts) -> Adopted:
    """A younger generation than we know of: it was brought back, or put back, after this database was saved."""
    base = None
    for link in desk.uow.links.of_subject(SubjectKind.APPOINTMENT, appointment.id):
        binding = desk.binding_of(link)
        known = memory.get(binding.href, link.href) if binding is not None else None
        base = known.base if known is not None else None
        desk.uow.links.remove(link)
    state = appointment.state
    if state in (AppointmentState.CANCELLED, AppointmentState.DRAFT) and facts.status.upper() != "CANCELLED":
        state = AppointmentState.PUBLISHED
    saved = desk.uow.appointments.save(replace(appointment, generation=generation, state=state))
    return Adopted(saved, base, doubted=base is None)


def _let_go(desk: Desk, memory: Memory, binding: Binding, change: Change, appointment: Appointment) -> Verdict:
    """An older generation is back beside the one that stands: it goes, and a text that is not as we left it is kept to be
    read."""
    assert change.theirs is not None
    if not memory.earlier(change.collection, change.href, change.theirs.etag):
        _tell(desk, binding, appointment.id, SUPERSEDED, change.theirs.text)
    intend_onto(desk, memory, change, Action.DELETE)
    return Verdict.WATCHED


def _take_up(
    desk: Desk, binding: Binding, change: Change, facts: EventFacts, appointment_id: str, generation: int
) -> Verdict:
    """An entry of ours that nothing here knows becomes an appointment again, under its own id and *to confirm*: its block
    may name people whom the calendar does not hold otherwise, and is shown to the coordinator."""
    start, end, all_day = times(desk, binding.centre_id, facts)
    if end < desk.now:
        return Verdict.FOREIGN
    initiative = named_initiative(facts, desk.initiatives, binding.centre_id)
    kind = _kind(desk, binding, facts)
    if kind is None or (kind is AppointmentKind.OUTING and initiative is None):
        _tell(desk, binding, "", UNKNOWN_ENTRY, f"{facts.summary}, {start:%Y-%m-%d %H:%M}")
        return Verdict.WATCHED
    extra: dict[str, object] = {}
    if kind is not AppointmentKind.SUPERVISION:
        extra["initiative_id"] = initiative.id if initiative is not None else ""
    if kind is AppointmentKind.OUTING and initiative is not None:
        extra["equipment_ids"] = initiative.equipment_ids
        extra["neighbourhood_id"] = next(iter(initiative.neighbourhood_ids), None)
    blank = CLASSES[kind](
        id=appointment_id,
        centre_id=binding.centre_id,
        title=facts.summary,
        start=start,
        end=end,
        all_day=all_day,
        state=AppointmentState.CANCELLED if facts.status.upper() == "CANCELLED" else AppointmentState.PUBLISHED,
        generation=generation,
        to_confirm=True,
        **extra,  # type: ignore[arg-type]
    )
    found = {key: value for key, value in facts_map(facts).items() if key not in ("summary", "time", "status", "block")}
    made = desk.uow.appointments.add(absorb_values(desk, blank, three_way({}, {}, found), facts))
    desk.uow.links.put(_link(binding, change, facts, made))
    _tell(desk, binding, made.id, TAKEN_UP, split(facts.description, OPENING, CLOSING).block or "")
    return Verdict.OURS


def _kind(desk: Desk, binding: Binding, facts: EventFacts) -> AppointmentKind | None:
    """What kind of appointment stood there: the calendar is for one alone, or the entry's categories name it."""
    kinds = [kind for kind, purpose in PURPOSE_OF.items() if purpose in binding.purposes]
    words = translator(desk.centres[binding.centre_id].language)
    named = {plain(category) for category in facts.categories}
    told = [kind for kind in kinds if plain(words(f"kind.{kind}")) in named]
    if len(kinds) == 1 or len(told) == 1:
        return (told or kinds)[0]
    initiative = named_initiative(facts, desk.initiatives, binding.centre_id)
    return AppointmentKind.OUTING if initiative is not None and AppointmentKind.OUTING in kinds else None


def _link(binding: Binding, change: Change, facts: EventFacts, appointment: Appointment) -> Link:
    return Link(
        subject_kind=SubjectKind.APPOINTMENT,
        subject_id=appointment.id,
        binding_id=binding.id,
        href=change.href,
        uid=facts.uid,
    )


def _tell(desk: Desk, binding: Binding, appointment_id: str, field: str, theirs: str) -> None:
    desk.uow.conflicts.add(
        Conflict(
            id=desk.new_id(),
            at=desk.now,
            centre_id=binding.centre_id,
            subject_kind=SubjectKind.APPOINTMENT if appointment_id else "",
            subject_id=appointment_id,
            field=field,
            base=None,
            ours=None,
            theirs=theirs,
            why=field,
        )
    )
