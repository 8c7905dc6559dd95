"""Cover requests: opened by a decline, withdrawn when the same person can come after all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sidecar.domain.appointments import Appointment, Response
from sidecar.domain.cover import CoverRequest, CoverState
from sidecar.storage import UnitOfWork


def open_cover_request(
    uow: UnitOfWork, appointment: Appointment, person_id: str, now: datetime, new_id: Callable[[], str]
) -> CoverRequest:
    """Ask for somebody else, once: a request that is open already is that request."""
    for request in uow.cover_requests.all(appointment_id=appointment.id):
        if request.person_id == person_id and request.state is CoverState.OPEN:
            return request
    return uow.cover_requests.add(
        CoverRequest(
            id=new_id(),
            appointment_id=appointment.id,
            centre_id=appointment.centre_id,
            person_id=person_id,
            opened_at=now,
        )
    )


def withdraw_cover_requests(uow: UnitOfWork, appointment: Appointment) -> None:
    """Who comes after all, or is asked again for another time, needs no cover: their open requests are withdrawn."""
    for request in uow.cover_requests.all(appointment_id=appointment.id, state=CoverState.OPEN):
        participation = appointment.participation(request.person_id)
        if participation is not None and appointment.response_for_now(participation) is not Response.DECLINED:
            uow.cover_requests.save(replace(request, state=CoverState.WITHDRAWN))
