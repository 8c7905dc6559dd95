"""Publishing drafts: says first whom it tells, asks for a reason where findings block."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sidecar.domain.appointments import Appointment, AppointmentState
from sidecar.domain.errors import PublishingBlocked
from sidecar.domain.rules import Finding, blocking
from sidecar.services.checking import findings
from sidecar.storage import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class PublishingPlan:
    """What publishing would do: which drafts, whom it tells, what blocks.

    ``tells`` are ids of people, each once; ``by_calendar`` of these have an account and are invited by the calendar.
    ``preparing`` are drafts of initiatives in preparation (S12): they stay drafts.
    """

    drafts: tuple[Appointment, ...]
    tells: frozenset[str]
    by_calendar: frozenset[str]
    blocking: tuple[Finding, ...]
    preparing: tuple[Appointment, ...]

    @property
    def blocked(self) -> frozenset[str]:
        """Ids of drafts that need a reason."""
        return frozenset(finding.appointment_id for finding in self.blocking)


def plan_publishing(uow: UnitOfWork, centre_id: str, start: datetime, end: datetime) -> PublishingPlan:
    """Look at a centre's drafts that begin in [start, end)."""
    ready, held = drafts(uow, centre_id, start, end)
    tells = frozenset(p.person_id for d in ready for p in d.participants)
    ids = {d.id for d in ready}
    return PublishingPlan(
        drafts=ready,
        tells=tells,
        by_calendar=frozenset(p for p in tells if _has_account(uow, p)),
        blocking=tuple(f for f in blocking(findings(uow, centre_id, start, end)) if f.appointment_id in ids),
        preparing=held,
    )


def drafts(
    uow: UnitOfWork, centre_id: str, start: datetime, end: datetime
) -> tuple[tuple[Appointment, ...], tuple[Appointment, ...]]:
    """A centre's drafts that can be published, and those of initiatives in preparation."""
    found = uow.appointments.between(start, end, centre_id=centre_id, states=[AppointmentState.DRAFT])
    preparing = {i.id for i in uow.initiatives.all() if i.preparing}
    held = tuple(d for d in found if getattr(d, "initiative_id", "") in preparing)
    return tuple(d for d in found if d not in held), held


def _has_account(uow: UnitOfWork, person_id: str) -> bool:
    person = uow.people.find(person_id)
    return person is not None and person.account is not None and bool(person.emails)


def publish(
    uow: UnitOfWork, plan: PublishingPlan, *, reason: str = "", only: Iterable[str] | None = None
) -> list[Appointment]:
    """Publish what the plan showed. Blocked drafts need a ``reason``, which is kept; without one nothing is published.

    Raises PublishingBlocked with the findings. ``only`` narrows to some ids of the plan.
    """
    chosen = [d for d in plan.drafts if only is None or d.id in set(only)]
    blocked = [d for d in chosen if d.id in plan.blocked]
    if blocked and not reason:
        raise PublishingBlocked(
            "publishing_blocked", findings=[f for f in plan.blocking if f.appointment_id in {d.id for d in blocked}]
        )
    return [
        uow.appointments.save(
            replace(d, state=AppointmentState.PUBLISHED, override_reason=reason if d.id in plan.blocked else "")
        )
        for d in chosen
    ]
