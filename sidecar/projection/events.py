"""An appointment as an event: which facts stand in the calendar, drawn onto what stands there already."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from calendars.icalendar import CalendarUser, EventFacts, When
from calendars.merge import compose
from sidecar.domain.appointments import Appointment, AppointmentState, ParticipantRole, Participation
from sidecar.domain.people import Person
from sidecar.projection.block import block
from sidecar.projection.context import CLOSING, GROUP, OPENING, Context

ROLES: dict[ParticipantRole, str] = {
    ParticipantRole.MEMBER: "REQ-PARTICIPANT",
    ParticipantRole.DRIVER: "REQ-PARTICIPANT",
    ParticipantRole.TRAINEE: "OPT-PARTICIPANT",
    ParticipantRole.BASE_CONTACT: "NON-PARTICIPANT",
    ParticipantRole.FACILITATOR: "CHAIR",
    ParticipantRole.GUEST: "OPT-PARTICIPANT",
}
"""ROLE of ATTENDEE (RFC 5545 section 3.2.16)."""

KEPT_TYPES = {"ROOM", "RESOURCE", "GROUP"}
"""Attendees of these CUTYPEs are no people: they stay as they are."""
_ASHORE = "GROUP"
"""CUTYPE under which the centre itself stands in an event from which the last guest was taken."""


def event_facts(appointment: Appointment, context: Context, current: EventFacts | None, uid: str) -> EventFacts:
    """What the event should say; what is nobody's but the calendar's (alarms, colours, notes) is not in it.

    ``current`` is what stands there (base or theirs): the layout of its DESCRIPTION, its categories, its other
    attendees and a foreign form of times are kept. People with an account are attendees; people without are never
    added, so that no list of addresses is disclosed, but stay where somebody else wrote them.
    """
    attendees = _attendees(appointment, context, current)
    organizer = current.organizer if current is not None else None
    if attendees and organizer is None and context.organizer:
        organizer = CalendarUser(address=context.organizer, name=context.centre.name)
    start, end = _times(appointment, context)
    place = appointment.place
    facts = EventFacts(
        uid=uid,
        start=start,
        end=end,
        summary=appointment.title,
        description=compose(
            current.description if current is not None else "",
            appointment.text,
            block(appointment, context),
            OPENING,
            CLOSING,
        ),
        location=place.name if place is not None else "",
        geo=place.geo if place is not None else None,
        status=_status(appointment, current),
        categories=current.categories if current is not None else _categories(appointment, context),
        organizer=organizer,
        attendees=attendees,
    )
    if current is None:
        return facts
    return replace(current, **{name: getattr(facts, name) for name in DRAWN})


def _status(appointment: Appointment, current: EventFacts | None) -> str:
    """CANCELLED when it is, CONFIRMED for what we made; another's TENTATIVE or none stays: each flip is mailed to all."""
    if appointment.state is AppointmentState.CANCELLED:
        return "CANCELLED"
    return "CONFIRMED" if current is None or current.status == "CANCELLED" else current.status


DRAWN = (
    "start", "end", "summary", "description", "location", "geo", "status", "categories", "organizer", "attendees",
)  # fmt: skip
"""The facts that are ours to draw; every other one belongs to whoever wrote it."""


def _times(appointment: Appointment, context: Context) -> tuple[When, When]:
    zone = ZoneInfo(context.centre.timezone)
    start, end = appointment.start.astimezone(zone), appointment.end.astimezone(zone)
    if appointment.all_day:
        last = end.date() if end.date() > start.date() else start.date() + timedelta(days=1)
        return When(value=start.date(), tzid=None), When(value=last, tzid=None)
    return When(value=start, tzid=zone.key), When(value=end, tzid=zone.key)


def _categories(appointment: Appointment, context: Context) -> tuple[str, ...]:
    initiative = context.initiatives.get(getattr(appointment, "initiative_id", ""))
    return (GROUP, initiative.name) if initiative is not None else (GROUP, context.words(f"kind.{appointment.kind}"))


def _attendees(appointment: Appointment, context: Context, current: EventFacts | None) -> tuple[CalendarUser, ...]:
    there = {a.address.lower(): a for a in (current.attendees if current is not None else ())}
    kept = [a for a in there.values() if (a.cutype or "").upper() in KEPT_TYPES and not _stands_in(a, context)]
    drawn: list[CalendarUser] = []
    for participation in appointment.participants:
        person = context.people.get(participation.person_id)
        if person is None:
            continue
        standing = next((there[e.lower()] for e in person.emails if e.lower() in there), None)
        if standing is None and (person.account is None or not person.emails or appointment.to_confirm):
            continue
        drawn.append(_attendee(appointment, participation, person, standing))
    if there and not kept and not drawn and context.schedules and _is_ours(current, context):
        # sabre/vobject answers 500 to an event that lost its last attendee, and then nobody is told. The organizer is
        # sent no message, so with the centre as only guest the one who was taken out gets the CANCEL.
        name = context.centre.name
        return (CalendarUser(
            address=context.organizer, name=name, partstat="ACCEPTED", role="NON-PARTICIPANT", cutype=_ASHORE
        ),)  # fmt: skip
    return (*kept, *drawn)


def _stands_in(attendee: CalendarUser, context: Context) -> bool:
    return attendee.cutype == _ASHORE and attendee.address.lower() == context.organizer.lower()


def _is_ours(current: EventFacts | None, context: Context) -> bool:
    organizer = current.organizer if current is not None else None
    return organizer is not None and organizer.address.lower() == context.organizer.lower()


def _attendee(
    appointment: Appointment, participation: Participation, person: Person, standing: CalendarUser | None
) -> CalendarUser:
    partstat = appointment.response_for_now(participation).upper()
    if standing is None:
        return CalendarUser(
            address=person.emails[0].lower(),
            name=person.full_name,
            partstat=partstat,
            role=ROLES[participation.role],
            cutype="INDIVIDUAL",
            rsvp=partstat == "NEEDS-ACTION",
        )
    # What stands there and means the same is left as it was written.
    same_answer = (standing.partstat or "NEEDS-ACTION") == partstat
    same_role = (standing.role or "REQ-PARTICIPANT") == ROLES[participation.role]
    return replace(
        standing,
        partstat=standing.partstat if same_answer else partstat,
        role=standing.role if same_role else ROLES[participation.role],
    )
