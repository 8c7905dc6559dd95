"""Which role somebody had in an appointment before: a calendar cannot tell a driver from a member."""

from __future__ import annotations

from collections.abc import Iterator

from sidecar.domain.appointments import ParticipantRole
from sidecar.domain.bindings import SubjectKind
from sidecar.projection.events import ROLES
from sidecar.storage import UnitOfWork


def role_of(uow: UnitOfWork, appointment_id: str, person_id: str, written: str) -> ParticipantRole:
    """The role that ``written`` (ROLE, RFC 5545 section 3.2.16, "" where there is none) means for that person there.

    Of several that are written alike it is the one that they had last, as the audit trail tells.
    """
    for role in _had(uow, appointment_id, person_id):
        if written.upper() in ("", ROLES[role]):
            return role
    said = written.upper() or "REQ-PARTICIPANT"
    return next((role for role, value in ROLES.items() if value == said), ParticipantRole.MEMBER)


def _had(uow: UnitOfWork, appointment_id: str, person_id: str) -> Iterator[ParticipantRole]:
    """The newest first."""
    for entry in reversed(uow.audit.of(SubjectKind.APPOINTMENT, appointment_id)):
        for team in reversed(entry.changes.get("participants", [])):
            for participation in team or ():
                if participation["person_id"] == person_id:
                    yield ParticipantRole(participation["role"])
