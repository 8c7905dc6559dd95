"""Somebody's own answer, given on the page of the appointment they are asked to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sidecar.domain.access import Visitor
from sidecar.domain.appointments import Appointment, AppointmentState, Response
from sidecar.domain.errors import DomainError, NotNow
from sidecar.services.overview import takes_part
from sidecar.services.rota import answer
from sidecar.storage import UnitOfWork

ANSWERS = (Response.ACCEPTED, Response.TENTATIVE, Response.DECLINED)
"""What can be answered; nobody takes an answer back, they give another one."""


def may_answer(visitor: Visitor, appointment: Appointment, now: datetime) -> bool:
    """Whether it is theirs to answer now: they are asked to something published that is not over."""
    coming = appointment.state is AppointmentState.PUBLISHED and appointment.end > now
    return coming and takes_part(visitor, appointment)


def answer_oneself(
    uow: UnitOfWork,
    visitor: Visitor,
    appointment: Appointment,
    response: str,
    *,
    shown_for: str,
    now: datetime,
    new_id: Callable[[], str],
) -> Appointment:
    """Record the visitor's answer as if their calendar had given it; ``shown_for``: the start (ISO) that they were shown.

    Raises NotNow where nothing is to be answered (any more), or for another time than the one shown: an answer belongs to
    its time. Raises DomainError for what is no answer.
    """
    if not may_answer(visitor, appointment, now) or visitor.person_id is None:
        raise NotNow("nothing_to_answer", title=appointment.title)
    if shown_for != appointment.start.isoformat():
        raise NotNow("answer_for_another_time", title=appointment.title)
    if response not in ANSWERS:
        raise DomainError("no_answer", text=response[:50])
    return answer(uow, appointment.id, visitor.person_id, Response(response), now=now, new_id=new_id)
