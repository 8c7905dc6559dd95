"""Findings of the rules, over what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sidecar.domain.appointments import Appointment
from sidecar.domain.rules import ALL, OF_ONE, Finding, Rota, Rule, Scope, blocking, check
from sidecar.storage import UnitOfWork

AROUND = timedelta(days=8)
"""Rest and weekly ceilings (R7) look beyond the period, to the whole week and the day before and after."""


def snapshot(uow: UnitOfWork, start: datetime, end: datetime) -> Rota:
    """Everything that rules may look at for a period; ``start`` and ``end`` are aware."""
    return replace(_without_appointments(uow), appointments=_around(uow, start, end))


def _around(uow: UnitOfWork, start: datetime, end: datetime) -> dict[str, Appointment]:
    return {a.id: a for a in uow.appointments.between(start - AROUND, end + AROUND)}


def _without_appointments(uow: UnitOfWork) -> Rota:
    return Rota(
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
    return settle_confirmations(uow, [appointment])[0]


def settle_confirmations(uow: UnitOfWork, appointments: Sequence[Appointment]) -> list[Appointment]:
    """The same for many at once: the rota is read and checked once for each centre."""
    waiting: dict[str, list[Appointment]] = {}
    for appointment in appointments:
        if appointment.to_confirm and not appointment.override_reason:
            waiting.setdefault(appointment.centre_id, []).append(appointment)
    blocked = {appointment_id for centre_id, held in waiting.items() for appointment_id in _blocked(uow, centre_id, held)}
    return [
        uow.appointments.save(replace(a, to_confirm=False))
        if a.to_confirm and (a.override_reason or a.id not in blocked)
        else a
        for a in appointments
    ]


def _blocked(uow: UnitOfWork, centre_id: str, held: Sequence[Appointment]) -> set[str]:
    """The ids of those of one centre's appointments that something blocks, and perhaps of others."""
    first, last = min(a.start for a in held), max(a.start for a in held)
    scope = Scope(centre_id=centre_id, start=first, end=last + timedelta(microseconds=1))

    def told(appointments: Mapping[str, Appointment], rules: Iterable[Rule]) -> set[str]:
        found = check(replace(rota, appointments=appointments), scope, rules)
        return {finding.appointment_id for finding in blocking(found)}

    rota = _without_appointments(uow)
    # What somebody wrote into a calendar mostly has no team yet: that is seen without the rota around it.
    blocked = told({a.id: a for a in held}, OF_ONE)
    if all(a.id in blocked for a in held):
        return blocked
    return blocked | told(_around(uow, scope.start, scope.end), (rule for rule in ALL if rule not in OF_ONE))
