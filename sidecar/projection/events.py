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


def event_facts(appointment: Appointment, context: Context, current: EventFacts | None, uid: str) -> EventFacts:
    """What the event should say; what is nobody's but the calendar's (alarms, colours, notes) is not in it.

    ``current`` is what stands there (base or theirs): the layout of its DESCRIPTION, its categories, its other
    attendees and a foreign form of times are kept. People with an account are attendees; people without are never
    added, so that no list of addresses is disclosed, but stay where somebody else wrote them.
    """
    attendees = _attendees(appointment, context, current)
    organizer = _organizer(appointment, context, current, uid, inviting=bool(attendees))
    if current is not None and organizer is not None and not is_organizer(current.organizer, organizer.address):
        # Moved to another account, the centre was a guest of its own event under the address of the former one.
        attendees = tuple(a for a in attendees if not is_host(a, current.organizer))
    start, end = _times(appointment, context, current)
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
    facts = hosted(facts, context)
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


def _times(appointment: Appointment, context: Context, current: EventFacts | None) -> tuple[When, When]:
    """In the centre's zone; floating where the event floats, since that is the centre's time too."""
    zone = ZoneInfo(context.centre.timezone)
    start, end = appointment.start.astimezone(zone), appointment.end.astimezone(zone)
    if appointment.all_day:
        last = end.date() if end.date() > start.date() else start.date() + timedelta(days=1)
        return When(value=start.date(), tzid=None), When(value=last, tzid=None)
    if current is not None and current.start.floating and current.end.floating:
        return When(value=start.replace(tzinfo=None)), When(value=end.replace(tzinfo=None))
    return When(value=start, tzid=zone.key), When(value=end, tzid=zone.key)


def _categories(appointment: Appointment, context: Context) -> tuple[str, ...]:
    initiative = context.initiatives.get(getattr(appointment, "initiative_id", ""))
    return (GROUP, initiative.name) if initiative is not None else (GROUP, context.words(f"kind.{appointment.kind}"))


def _attendees(appointment: Appointment, context: Context, current: EventFacts | None) -> tuple[CalendarUser, ...]:
    there = {a.address.lower(): a for a in (current.attendees if current is not None else ())}
    kept = [a for a in there.values() if (a.cutype or "").upper() in KEPT_TYPES and not is_organizer(a, context.organizer)]
    drawn: list[CalendarUser] = []
    for participation in appointment.participants:
        person = context.people.get(participation.person_id)
        if person is None:
            continue
        standing = next((there[e.lower()] for e in person.emails if e.lower() in there), None)
        if standing is None and (person.account is None or not person.emails or appointment.to_confirm):
            continue
        drawn.append(_attendee(appointment, participation, person, standing))
    return (*kept, *drawn)


def _organizer(
    appointment: Appointment, context: Context, current: EventFacts | None, uid: str, *, inviting: bool
) -> CalendarUser | None:
    """We are, where nobody else is: in what we make on a server that tells people, elsewhere once somebody is invited.

    A calendar app that adds the first guest to an event makes its own user the organizer, and then no move of ours would be
    told to anybody: an event that we made is ours again with the next writing.
    """
    standing = current.organizer if current is not None else None
    if not context.organizer or is_organizer(standing, context.organizer):
        return standing
    ours = CalendarUser(address=context.organizer, name=context.centre.name)
    if standing is not None and standing.address:
        made_here = uid.startswith(f"{appointment.id}-")
        return ours if made_here and context.schedules and inviting else standing
    return ours if inviting or (current is None and context.schedules) else standing


def is_organizer(user: CalendarUser | None, organizer: str) -> bool:
    """Whether somebody is the organizer of that address."""
    return user is not None and bool(organizer) and user.address.lower() == organizer.lower()


def is_host(attendee: CalendarUser, organizer: CalendarUser | None) -> bool:
    """Whether the centre itself stands there as a guest of its own event; a person who organizes is no such guest."""
    return attendee.cutype.upper() == "GROUP" and organizer is not None and is_organizer(attendee, organizer.address)


def hosted(facts: EventFacts, context: Context) -> EventFacts:
    """The event with the centre among its guests, where it is ours and the server tells people.

    Nextcloud 32 answers 500 to an event that loses its last guest, whoever takes them out, and then nobody is told; the
    same for a date of a series whose master has no guest. An organizer is sent no message, and its calendar app does not
    show them as a guest: with the centre there, no guest of ours is ever the last.
    """
    if not context.schedules or not is_organizer(facts.organizer, context.organizer):
        return facts
    if any(is_organizer(guest, context.organizer) for guest in facts.attendees):
        return facts
    host = CalendarUser(
        address=context.organizer.lower(),
        name=context.centre.name,
        partstat="ACCEPTED",
        role="NON-PARTICIPANT",
        cutype="GROUP",
    )
    return replace(facts, attendees=(*facts.attendees, host))


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
