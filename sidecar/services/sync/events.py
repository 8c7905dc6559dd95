"""Absorbing one event: what a person changed there becomes a change of the appointment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from calendars.icalendar import CalendarUser, EventFacts, When
from calendars.merge import Decision, Merge, split, three_way
from calendars.merge.events import ATTENDEE, PARTSTAT
from calendars.merge.threeway import Outcome, Value
from sidecar.domain.appointments import (
    Appointment,
    AppointmentState,
    Outing,
    ParticipantRole,
    Participation,
    Response,
    TeamMeeting,
    TrainingSession,
)
from sidecar.domain.bindings import DELETED, DELETED_THERE, Binding, Conflict, Purpose, SubjectKind
from sidecar.domain.centres import Initiative
from sidecar.domain.people import Membership, Person
from sidecar.domain.places import Place
from sidecar.projection.context import CLOSING, OPENING
from sidecar.projection.events import KEPT_TYPES, ROLES, event_facts
from sidecar.projection.telling import facts_map
from sidecar.services.cover import open_cover_request, withdraw_cover_requests
from sidecar.services.former_roles import role_of
from sidecar.services.sync.desk import Desk


@dataclass(frozen=True)
class Taken:
    """How much one merge brought: properties absorbed, conflicts kept."""

    taken: int = 0
    conflicts: int = 0

    def __add__(self, other: Taken) -> Taken:
        return Taken(self.taken + other.taken, self.conflicts + other.conflicts)


TOLD = ("time", "summary", "location", "text")
"""What a person may have changed on the board, beside who takes part."""


def filled_in(desk: Desk, appointment: Appointment, facts: EventFacts, key: str) -> bool:
    """Whether we took a place from the initiative because the event names none: nobody changed it."""
    initiative = desk.initiatives.get(getattr(appointment, "initiative_id", ""))
    return key == "location" and not facts.location and initiative is not None and appointment.place == initiative.place


def ours_map(desk: Desk, appointment: Appointment, current: EventFacts | None, uid: str) -> dict[str, Value]:
    """What we would say of the appointment, drawn onto what both sides last agreed on."""
    return facts_map(event_facts(appointment, desk.context(appointment.centre_id), current, uid))


def merge_event(
    desk: Desk,
    appointment: Appointment,
    base: EventFacts | None,
    theirs: EventFacts,
    uid: str,
    agreed: Mapping[str, Value] | None = None,
) -> tuple[Appointment, Taken]:
    """Take into the appointment what changed from ``base`` to ``theirs``; saved, conflicts kept, declines followed.

    ``agreed``: properties of which more is known than ``base`` says.
    """
    ours = ours_map(desk, appointment, base, uid)
    # Without a base nobody knows who changed what: theirs stands, what we would say counts as agreed.
    was = {**(facts_map(base) if base is not None else ours), **(agreed or {})}
    becomes = facts_map(theirs)
    if base is not None and "CANCELLED" not in (base.status.upper(), theirs.status.upper()):
        # Programs add STATUS:CONFIRMED whatever they change: that contradicts no cancellation of ours.
        was["status"] = becomes.get("status")
    merge = three_way({key: value for key, value in was.items() if value is not None}, ours, becomes)
    after = absorb_values(desk, appointment, merge, theirs)
    conflicts = [*(d for d in merge.conflicts if not _asked_again(merge, d)), *_edited_block(merge, ours)]
    for decision in conflicts:
        keep_conflict(desk, appointment, decision, "both_changed" if decision.key != "block" else "block_edited")
    saved = desk.save(appointment, after)
    if "block" in merge.taken or any(d.outcome is Outcome.KEPT for d in merge.decisions):
        # Ours, whatever stands there now; a person's edit of it alone changes no appointment that would be drawn again.
        desk.uow.outbox.mark(SubjectKind.APPOINTMENT, saved.id)
    for participation in _newly_declined(appointment, saved):
        open_cover_request(desk.uow, saved, participation.person_id, desk.now, desk.new_id)
    withdraw_cover_requests(desk.uow, saved)
    return saved, Taken(taken=len([k for k in merge.taken if k != "block"]), conflicts=len(conflicts))


def rejoining(base: EventFacts | None, theirs: EventFacts) -> EventFacts | None:
    """The base for a date that was a changed one of its series and now follows the series again.

    Programs drop changed dates when they change the whole: nobody was taken out of the team by that, nothing that was
    called off takes place, and a place or a text of that date's own that the series never had was not taken from it.
    """
    if base is None or base.recurrence_id is None or theirs.recurrence_id is not None:
        return base
    base = replace(base, attendees=theirs.attendees, status=theirs.status)
    if not theirs.location:
        base = replace(base, location=theirs.location, geo=theirs.geo)
    return base if split(theirs.description, OPENING, CLOSING).human else replace(base, description=theirs.description)


def returning(desk: Desk, appointment: Appointment, theirs: EventFacts) -> EventFacts:
    """The base for a cancelled appointment whose date is there again: when and what it is comes from there, and a place
    or a text if one is said; the rest stays ours."""
    ours = event_facts(appointment, desk.context(appointment.centre_id), None, theirs.uid)
    base = replace(theirs, start=ours.start, end=ours.end, summary=ours.summary, status="CANCELLED")
    if theirs.location:
        base = replace(base, location=ours.location)
    return replace(base, description=ours.description) if split(theirs.description, OPENING, CLOSING).human else base


def _asked_again(merge: Merge, decision: Decision) -> bool:
    """A program that moves an event and asks everybody anew contradicts no answer: those were for the old time."""
    return "time" in merge.taken and decision.key.startswith(PARTSTAT) and decision.theirs in (None, "NEEDS-ACTION")


def _edited_block(merge: Merge, ours: dict[str, Value]) -> list[Decision]:
    """Edits inside the block are no text of anybody's: the block is drawn again, the edit is kept to be read."""
    return [
        d
        for d in merge.decisions
        if d.key == "block" and d.outcome is Outcome.TAKEN and d.theirs is not None and d.theirs != ours.get("block")
    ]


def absorb_values(desk: Desk, appointment: Appointment, merge: Merge, theirs: EventFacts) -> Appointment:
    """The appointment with what was taken; its answers belong to the time that theirs shows."""
    taken, changed = merge.taken, dict[str, Any]()
    if "time" in taken:
        changed["start"], changed["end"], changed["all_day"] = times(desk, appointment.centre_id, theirs)
    if "summary" in taken:
        changed["title"] = theirs.summary
    if "location" in taken or "geo" in taken:
        changed["place"] = place_of(desk, appointment, theirs)
    if "text" in taken:
        changed["text"] = taken["text"] or ""
    if "status" in taken:
        changed["state"] = _state(appointment, theirs)
    after = replace(appointment, **changed) if changed else appointment
    people = {key.removeprefix(prefix) for prefix in (ATTENDEE, PARTSTAT) for key in taken if key.startswith(prefix)}
    if people:
        after = replace(after, participants=_team(desk, after, theirs, people, taken))
    return after


def _state(appointment: Appointment, theirs: EventFacts) -> AppointmentState:
    if theirs.status.upper() == "CANCELLED":
        return AppointmentState.CANCELLED
    return AppointmentState.PUBLISHED if appointment.state is AppointmentState.CANCELLED else appointment.state


def times(desk: Desk, centre_id: str, facts: EventFacts) -> tuple[datetime, datetime, bool]:
    """Start, end, all day; dates and floating times are read in the centre's zone."""
    zone = ZoneInfo(desk.centres[centre_id].timezone)
    start, end = aware(facts.start, zone), aware(facts.end, zone)
    return start, max(start, end), not isinstance(facts.start.value, datetime)


def aware(when: When, zone: ZoneInfo) -> datetime:
    """The moment that a date (its local midnight), a floating or a zoned time means for the centre."""
    value: date | datetime = when.value
    if not isinstance(value, datetime):
        return datetime.combine(value, time(0), zone)
    return value.replace(tzinfo=zone) if value.tzinfo is None else value.astimezone(zone)


def place_of(desk: Desk, appointment: Appointment, theirs: EventFacts) -> Place | None:
    """A place by its name; its kind is known where an initiative of the centre uses a place of that name."""
    if not theirs.location and theirs.geo is None:
        return None
    name = theirs.location
    known = [appointment.place, *(i.place for i in desk.initiatives.of_centre(appointment.centre_id))]
    kind = next((p.kind for p in known if p is not None and p.name.casefold() == name.casefold()), None)
    return Place(name=name, kind=kind, geo=theirs.geo)


def _team(
    desk: Desk, appointment: Appointment, theirs: EventFacts, touched: Iterable[str], taken: dict[str, Value]
) -> tuple[Participation, ...]:
    team = {p.person_id: p for p in appointment.participants}
    attendees = {a.address.lower(): a for a in theirs.attendees}
    for address in sorted(touched):
        attendee = attendees.get(address)
        if attendee is not None and (attendee.cutype or "").upper() in KEPT_TYPES:
            continue
        if attendee is None:
            person = desk.uow.people.by_email(address)
            if person is not None and not _still_there(person, attendees):
                team.pop(person.id, None)
            continue
        person = person_at(desk, attendee, appointment.centre_id)
        standing = team.get(person.id)
        role = _role(desk, appointment.id, person.id, attendee, standing)
        participation = replace(standing, role=role) if standing else Participation(person_id=person.id, role=role)
        if PARTSTAT + address in taken:
            participation = answered(desk, participation, attendee, appointment.start)
        team[person.id] = participation
    return tuple(team.values())


def _still_there(person: Person, attendees: dict[str, CalendarUser]) -> bool:
    return any(email.lower() in attendees for email in person.emails)


def _role(
    desk: Desk, appointment_id: str, person_id: str, attendee: CalendarUser, standing: Participation | None
) -> ParticipantRole:
    """ROLE back to a role of ours; a driver stays a driver where the calendar cannot tell the two apart."""
    written = attendee.role if standing is None else attendee.role or "REQ-PARTICIPANT"
    if standing is not None and ROLES[standing.role] == written.upper():
        return standing.role
    return role_of(desk.uow, appointment_id, person_id, written)


def answered(desk: Desk, participation: Participation, attendee: CalendarUser, start: datetime) -> Participation:
    """An answer with the start it was given for; on a server that does not schedule anybody may have written it."""
    written = (attendee.partstat or "NEEDS-ACTION").lower()
    response = Response(written) if written in set(Response) else Response.NEEDS_ACTION
    return replace(
        participation,
        response=response,
        answered_for=start if response is not Response.NEEDS_ACTION else None,
        verified=desk.space.schedules is True,
    )


def person_at(desk: Desk, attendee: CalendarUser, centre_id: str) -> Person:
    """The person of an attendee's address; an unknown address becomes a suggested contact of the centre."""
    person = desk.uow.people.by_email(attendee.address)
    if person is not None:
        return person
    given, _, family = (attendee.name or attendee.address.split("@")[0]).partition(" ")
    return desk.people.put(
        desk.uow.people.add(
            Person(
                id=desk.new_id(),
                given_name=given,
                family_name=family,
                emails=(attendee.address.lower(),),
                memberships=(Membership(centre_id=centre_id, in_contacts=False),),
                suggested=True,
            )
        )
    )


def new_appointment(
    desk: Desk, binding: Binding, facts: EventFacts, initiative: Initiative, *, repeats: bool
) -> Appointment:
    """A published appointment *to confirm* made from an event that names an initiative; the event stays as it is.

    A date of a series is drawn with all others of it (``repeats``).
    """
    start, end, all_day = times(desk, binding.centre_id, facts)
    kind: type[Appointment] = Outing
    if Purpose.OUTINGS not in binding.purposes:
        kind = TrainingSession if Purpose.TRAINING in binding.purposes else TeamMeeting
    extra: dict[str, object] = {"initiative_id": initiative.id}
    if kind is Outing:
        extra["equipment_ids"] = initiative.equipment_ids
        extra["neighbourhood_id"] = next(iter(initiative.neighbourhood_ids), None)
    blank = kind(
        id=desk.new_id(),
        centre_id=binding.centre_id,
        title=facts.summary or initiative.name,
        start=start,
        end=end,
        all_day=all_day,
        state=AppointmentState.CANCELLED if facts.status.upper() == "CANCELLED" else AppointmentState.PUBLISHED,
        place=initiative.place,
        to_confirm=True,
        **extra,  # type: ignore[arg-type]
    )
    merge = three_way({}, {}, {k: v for k, v in facts_map(facts).items() if k not in ("summary", "time", "status")})
    made = absorb_values(desk, blank, merge, facts)
    if split(facts.description, OPENING, CLOSING).block is not None:
        # A copy of ours: the answers in it were given for another outing.
        team = tuple(Participation(person_id=p.person_id, role=p.role) for p in made.participants)
        made = replace(made, participants=team)
    # While it is to confirm all that we draw of it is its status, which was just read.
    return desk.uow.appointments.add(made, later=True) if repeats else desk.uow.appointments.add_shown(made)


def keep_conflict(
    desk: Desk, appointment: Appointment, decision: Decision, why: str, *, recurrence_id: str | None = None
) -> None:
    """Both values are kept for one click to choose; the calendar's stands meanwhile.

    ``recurrence_id`` says which date of its series it is where the appointment is linked to none any more.
    """
    if recurrence_id is None:
        link = desk.link_of(appointment.id)
        recurrence_id = link.recurrence_id if link is not None else ""
    values = (jsonable(value) for value in (decision.base, decision.ours, decision.theirs))
    _keep(desk, appointment, decision.key, why, recurrence_id, *values)


def keep_deletion(
    desk: Desk, appointment: Appointment, changed: Mapping[str, tuple[Value, Value]], *, recurrence_id: str
) -> None:
    """What the board ``changed`` (property: before and after) stands although the event was deleted; somebody may choose.

    Deleted again, it is one question with all that was changed since the first time.
    """
    base = {key: jsonable(before) for key, (before, _) in changed.items()}
    ours = {key: jsonable(after) for key, (_, after) in changed.items()}
    for earlier in desk.uow.conflicts.all(subject_id=appointment.id, field=DELETED, chosen=""):
        base, ours = {**base, **earlier.base}, {**earlier.ours, **ours}
        desk.uow.conflicts.remove(earlier.id)
    _keep(desk, appointment, DELETED, DELETED_THERE, recurrence_id, base, ours, None)


def _keep(
    desk: Desk,
    appointment: Appointment,
    field: str,
    why: str,
    recurrence_id: str,
    base: object,
    ours: object,
    theirs: object,
) -> None:
    desk.uow.conflicts.add(
        Conflict(
            id=desk.new_id(),
            at=desk.now,
            centre_id=appointment.centre_id,
            subject_kind=SubjectKind.APPOINTMENT,
            subject_id=appointment.id,
            field=field,
            why=why,
            recurrence_id=recurrence_id,
            base=base,
            ours=ours,
            theirs=theirs,
        )
    )


def jsonable(value: Value) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    return list(value) if isinstance(value, tuple) else value


def _newly_declined(before: Appointment, after: Appointment) -> list[Participation]:
    return [
        p
        for p in after.participants
        if after.response_for_now(p) is Response.DECLINED
        and ((was := before.participation(p.person_id)) is None or before.response_for_now(was) is not Response.DECLINED)
    ]
