"""The conflict list: both values are kept, one click chooses. The calendar's value stands until then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sidecar.domain.appointments import Appointment, AppointmentState, Response
from sidecar.domain.bindings import Conflict, SubjectKind
from sidecar.domain.errors import DomainError
from sidecar.domain.people import Person
from sidecar.domain.places import Place
from sidecar.projection.cards import first_of
from sidecar.storage import UnitOfWork

OURS, THEIRS = "ours", "theirs"


def choose(uow: UnitOfWork, conflict_id: str, chosen: str) -> Conflict:
    """Settle a conflict. ``theirs`` changes nothing, it stands already; ``ours`` is put back and goes out again.

    Raises DomainError for a choice that is none, and where ``ours`` is not one value that could be put back.
    """
    conflict = uow.conflicts.get(conflict_id)
    if chosen not in (OURS, THEIRS):
        raise DomainError("choice_unknown", choice=chosen)
    if conflict.chosen:
        raise DomainError("conflict_settled", choice=conflict.chosen)
    if chosen == OURS:
        if conflict.subject_kind == SubjectKind.APPOINTMENT:
            before = uow.appointments.get(conflict.subject_id)
            uow.appointments.save(_put_back(uow, before, conflict))
        elif conflict.subject_kind == SubjectKind.PERSON:
            uow.people.save(_put_back_person(uow.people.get(conflict.subject_id), conflict))
        else:
            raise DomainError("conflict_not_ours", field=conflict.field)
    return uow.conflicts.save(replace(conflict, chosen=chosen))


def _put_back(uow: UnitOfWork, appointment: Appointment, conflict: Conflict) -> Appointment:
    value, name = conflict.ours, conflict.field
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
    if name.startswith("partstat:"):
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


def _moment(text: str, zone: ZoneInfo) -> datetime:
    if "T" not in text:
        return datetime.combine(date.fromisoformat(text), time(0), zone)
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)


def _put_back_person(person: Person, conflict: Conflict) -> Person:
    value = conflict.ours
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
