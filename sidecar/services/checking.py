"""Findings of the rules, over what is stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sidecar.domain.appointments import Appointment
from sidecar.domain.rules import Finding, Rota, Scope, blocking, check
from sidecar.storage import UnitOfWork

AROUND = timedelta(days=8)
"""Rest and weekly ceilings (R7) look beyond the period, to the whole week and the day before and after."""


def snapshot(uow: UnitOfWork, start: datetime, end: datetime) -> Rota:
    """Everything that rules may look at for a period; ``start`` and ``end`` are aware."""
    return Rota(
        appointments={a.id: a for a in uow.appointments.between(start - AROUND, end + AROUND)},
        people={p.id: p for p in uow.people.all()},
        initiatives={i.id: i for i in uow.initiatives.all()},
        equipment={e.id: e for e in uow.equipment.all()},
        courses={c.id: c for c in uow.courses.all()},
        qualifications={q.id: q for q in uow.qualifications.all()},
        centres={c.id: c for c in uow.centres.all()},
        neighbourhoods={n.id: n for n in uow.neighbourhoods.all()},
    )


def findings(uow: UnitOfWork, centre_id: str, start: datetime, end: datetime) -> list[Finding]:
    """The findings of one centre for appointments that begin in [start, end)."""
    return check(snapshot(uow, start, end), Scope(centre_id=centre_id, start=start, end=end))


def findings_of(uow: UnitOfWork, appointment: Appointment) -> list[Finding]:
    """The findings about one appointment."""
    around = findings(uow, appointment.centre_id, appointment.start, appointment.start + timedelta(microseconds=1))
    return [finding for finding in around if finding.appointment_id == appointment.id]


def settle_confirmation(uow: UnitOfWork, appointment: Appointment) -> Appointment:
    """What came from a calendar *to confirm* is confirmed once nothing blocks it or a reason was given."""
    if not appointment.to_confirm:
        return appointment
    if appointment.override_reason or not blocking(findings_of(uow, appointment)):
        return uow.appointments.save(replace(appointment, to_confirm=False))
    return appointment
