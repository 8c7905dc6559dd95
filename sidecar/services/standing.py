"""What a conflict is about may have changed again since: the value that stands now, and putting one of those shown back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from calendars.merge import card_map
from sidecar.domain.appointments import Appointment, AppointmentState, Participation, Response
from sidecar.domain.bindings import Conflict, SubjectKind
from sidecar.domain.errors import DomainError
from sidecar.domain.people import Person
from sidecar.domain.places import Place
from sidecar.i18n import translator
from sidecar.projection.cards import card_facts, first_of
from sidecar.projection.events import ROLES
from sidecar.services.former_roles import role_of
from sidecar.storage import UnitOfWork

ATTENDEE, PARTSTAT = "attendee:", "partstat:"


@dataclass(frozen=True)
class Now:
    """A value that stands and is neither of the two that a conflict shows; ``value`` is JSON-able, as theirs are."""

    value: Any


def moved_on(uow: UnitOfWork, conflict: Conflict) -> Now | None:
    """What stands now, where the property was changed again since; None where one of both stands, or none can be told."""
    found = _standing(uow, conflict)
    if found is None or _alike(uow, conflict, found.value) & {"ours", "theirs"}:
        return None
    return found


def has_come_true(uow: UnitOfWork, conflict: Conflict) -> bool:
    """Whether our value stands meanwhile: there is nothing left to choose."""
    found = _standing(uow, conflict)
    return found is not None and "ours" in _alike(uow, conflict, found.value)


def _alike(uow: UnitOfWork, conflict: Conflict, value: Any) -> set[str]:
    centre = uow.centres.find(conflict.centre_id)
    zone = ZoneInfo(centre.timezone) if centre is not None else ZoneInfo("UTC")
    sides = {"ours": conflict.ours, "theirs": conflict.theirs}
    meant = _meaning(conflict.field, value, zone)
    return {side for side, other in sides.items() if _meaning(conflict.field, other, zone) == meant}


def _meaning(name: str, value: Any, zone: ZoneInfo) -> object:
    """A value so that two are equal when they say the same."""
    if name == "status":
        return value == "CANCELLED"
    if name.startswith(PARTSTAT):
        return value or Response.NEEDS_ACTION.value.upper()
    if name == "time" and value:
        try:
            return [("T" in text, _moment(text, zone)) for text in value]
        except ValueError:
            return value
    if isinstance(value, list):
        return tuple(value) or ""
    return value or ""


def _standing(uow: UnitOfWork, conflict: Conflict) -> Now | None:
    if conflict.of_deletion:
        return None
    if conflict.subject_kind == SubjectKind.APPOINTMENT:
        appointment = uow.appointments.find(conflict.subject_id)
        return _of_appointment(uow, appointment, conflict.field) if appointment is not None else None
    person = uow.people.find(conflict.subject_id) if conflict.subject_kind == SubjectKind.PERSON else None
    if person is None or conflict.field not in _OF_PERSON:
        return None
    value = card_map(card_facts(person, translator("fr"), None, "")).get(conflict.field)
    return Now(list(value) if isinstance(value, tuple) else value)


def _of_appointment(uow: UnitOfWork, appointment: Appointment, name: str) -> Now | None:
    place = appointment.place
    if name == "time":
        return Now([_as_kept(moment, all_day=appointment.all_day) for moment in (appointment.start, appointment.end)])
    if name == "status":
        return Now("CANCELLED" if appointment.state is AppointmentState.CANCELLED else "CONFIRMED")
    plain: Mapping[str, Any] = {
        "summary": appointment.title,
        "text": appointment.text,
        "location": place.name if place is not None else "",
        "geo": [round(part, 6) for part in place.geo] if place is not None and place.geo is not None else None,
    }
    if name in plain:
        return Now(plain[name])
    kind, _, address = name.partition(":")
    person = uow.people.by_email(address) if kind in ("attendee", "partstat") else None
    if person is None:
        return None
    standing = appointment.participation(person.id)
    if kind == "attendee":
        return Now(ROLES[standing.role] if standing is not None else None)
    return Now(appointment.response_for_now(standing).value.upper()) if standing is not None else None


def _as_kept(moment: datetime, *, all_day: bool) -> str:
    return moment.date().isoformat() if all_day else moment.astimezone(UTC).isoformat()


# --- putting a value back ------------------------------------------------------------------------------------------


def put_back(uow: UnitOfWork, conflict: Conflict, value: Any) -> None:
    """Set the property to one of the values that the conflict holds. Raises DomainError where that is not one value."""
    if conflict.subject_kind == SubjectKind.APPOINTMENT:
        before = uow.appointments.get(conflict.subject_id)
        uow.appointments.save(_appointment_with(uow, before, conflict.field, value))
    elif conflict.subject_kind == SubjectKind.PERSON:
        uow.people.save(_person_with(uow.people.get(conflict.subject_id), conflict, value))
    else:
        raise DomainError("conflict_not_ours", field=conflict.field)


def _appointment_with(uow: UnitOfWork, appointment: Appointment, name: str, value: Any) -> Appointment:
    if name == "summary":
        return replace(appointment, title=value or "")
    if name == "text":
        return replace(appointment, text=value or "")
    if name == "location":
        kind = appointment.place.kind if appointment.place is not None else None
        return replace(appointment, place=Place(name=value, kind=kind) if value else None)
    if name == "geo" and appointment.place is not None:
        return replace(appointment, place=replace(appointment.place, geo=tuple(value) if value else None))
    if name == "status":
        cancelled = value == "CANCELLED"
        return replace(appointment, state=AppointmentState.CANCELLED if cancelled else AppointmentState.PUBLISHED)
    if name == "time":
        zone = ZoneInfo(uow.centres.get(appointment.centre_id).timezone)
        start, end = (_moment(text, zone) for text in value)
        return replace(appointment, start=start, end=end, all_day="T" not in value[0])
    if name.startswith(ATTENDEE) and (person := uow.people.by_email(name.partition(":")[2])) is not None:
        return replace(appointment, participants=_team_with(uow, appointment, person.id, value))
    if name.startswith(PARTSTAT):
        person = uow.people.by_email(name.partition(":")[2])
        standing = appointment.participation(person.id) if person is not None else None
        if standing is not None:
            response = Response((value or "needs-action").lower())
            answered = replace(
                standing,
                response=response,
                answered_for=None if response is Response.NEEDS_ACTION else appointment.start,
            )
            return replace(
                appointment, participants=tuple(answered if p is standing else p for p in appointment.participants)
            )
    raise DomainError("conflict_not_ours", field=name)


def _team_with(uow: UnitOfWork, appointment: Appointment, person_id: str, written: str | None) -> tuple[Participation, ...]:
    """The team with that person in what ROLE says, None: without."""
    others = tuple(p for p in appointment.participants if p.person_id != person_id)
    if written is None:
        return others
    standing = appointment.participation(person_id)
    if standing is not None and ROLES[standing.role] == written:
        return (*others, standing)
    role = role_of(uow, appointment.id, person_id, written)
    return (*others, replace(standing or Participation(person_id=person_id), role=role))


def _moment(text: str, zone: ZoneInfo) -> datetime:
    if "T" not in text:
        return datetime.combine(date.fromisoformat(text), time(0), zone)
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)


_OF_PERSON = frozenset({"phones", "first_phone", "emails", "first_email", "full_name", "name", "organisation", "function"})
"""Properties of a card that have one value; whether there is a card at all is another question."""


def _person_with(person: Person, conflict: Conflict, value: Any) -> Person:
    match conflict.field:
        case "card":
            # Back among the contacts of that centre: a new card, or the one that left the group into it again.
            memberships = [
                replace(m, in_contacts=True) if m.centre_id == conflict.centre_id else m for m in person.memberships
            ]
            return replace(person, memberships=tuple(memberships))
        case "phones":
            return replace(person, phones=tuple(value or ()))
        case "first_phone":
            return replace(person, phones=first_of(person.phones, value or ""))
        case "first_email":
            return replace(person, emails=first_of(person.emails, value or ""))
        case "emails":
            return replace(person, emails=tuple(value or ()))
        case "full_name":
            given, _, family = (value or "").partition(" ")
            return replace(person, given_name=given, family_name=family)
        case "name":
            family, given = value or ("", "")
            return replace(person, family_name=family, given_name=given)
        case "organisation":
            return replace(person, organisation=value or "")
        case "function":
            return replace(person, function=value or "")
    raise DomainError("conflict_not_ours", field=conflict.field)
