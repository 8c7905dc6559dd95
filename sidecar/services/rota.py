"""What coordinators and volunteers do to appointments: plan, move, staff, answer, cancel, bring back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sidecar.domain.appointments import (
    Appointment,
    AppointmentState,
    ParticipantRole,
    Participation,
    Response,
)
from sidecar.domain.errors import DomainError
from sidecar.services.checking import settle_confirmation
from sidecar.services.cover import open_cover_request, withdraw_cover_requests
from sidecar.storage import UnitOfWork


def change(uow: UnitOfWork, appointment_id: str, version: int, **fields: object) -> Appointment:
    """Change fields of an appointment that the asker saw at ``version``; StaleVersion tells what changed meanwhile."""
    appointment = uow.appointments.get(appointment_id)
    if appointment.state is AppointmentState.DONE:
        raise DomainError("appointment_is_done", title=appointment.title)
    saved = uow.appointments.save(replace(appointment, version=version, **fields))  # type: ignore[arg-type]
    withdraw_cover_requests(uow, saved)
    return settle_confirmation(uow, saved)


def staff(uow: UnitOfWork, appointment_id: str, person_id: str, role: ParticipantRole) -> Appointment:
    """Put somebody into an appointment, or into another role there."""
    uow.people.get(person_id)
    appointment = uow.appointments.get(appointment_id)
    others = tuple(p for p in appointment.participants if p.person_id != person_id)
    standing = appointment.participation(person_id) or Participation(person_id=person_id)
    saved = uow.appointments.save(replace(appointment, participants=(*others, replace(standing, role=role))))
    return settle_confirmation(uow, saved)


def unstaff(uow: UnitOfWork, appointment_id: str, person_id: str) -> Appointment:
    """Take somebody out of an appointment."""
    appointment = uow.appointments.get(appointment_id)
    rest = tuple(p for p in appointment.participants if p.person_id != person_id)
    if len(rest) == len(appointment.participants):
        return appointment
    return uow.appointments.save(replace(appointment, participants=rest))


def answer(
    uow: UnitOfWork,
    appointment_id: str,
    person_id: str,
    response: Response,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> Appointment:
    """Record an answer for the present time; a decline opens a cover request, coming after all withdraws it."""
    appointment = uow.appointments.get(appointment_id)
    standing = appointment.participation(person_id)
    if standing is None:
        raise DomainError("not_a_participant", title=appointment.title)
    answered_for = None if response is Response.NEEDS_ACTION else appointment.start
    uow.appointments.record_response(
        appointment_id, replace(standing, response=response, answered_for=answered_for, verified=True)
    )
    appointment = uow.appointments.get(appointment_id)
    if response is Response.DECLINED:
        open_cover_request(uow, appointment, person_id, now, new_id)
    else:
        withdraw_cover_requests(uow, appointment)
    return appointment


def cancel(uow: UnitOfWork, appointment_id: str) -> Appointment:
    """Cancel: the event stays with STATUS:CANCELLED, the participants are told, it can be brought back.

    Raises DomainError for what has taken place.
    """
    appointment = uow.appointments.get(appointment_id)
    if appointment.state is AppointmentState.DONE:
        raise DomainError("appointment_is_done", title=appointment.title)
    if appointment.state is AppointmentState.CANCELLED:
        return appointment
    return uow.appointments.save(replace(appointment, state=AppointmentState.CANCELLED))


def bring_back(uow: UnitOfWork, appointment_id: str) -> Appointment:
    """A cancelled appointment takes place after all. Where its event is gone it gets a new UID: none is used twice."""
    appointment = uow.appointments.get(appointment_id)
    if appointment.state is not AppointmentState.CANCELLED:
        return appointment
    generation = appointment.generation
    if not uow.links.of_subject("appointment", appointment_id):
        generation += 1
    return uow.appointments.save(replace(appointment, state=AppointmentState.PUBLISHED, generation=generation))
