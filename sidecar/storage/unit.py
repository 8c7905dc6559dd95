"""One transaction: every repository in it, its audit entries and what it leaves for the next pass."""

from __future__ import annotations

from sidecar.domain.audit import Origin
from sidecar.storage.appointments import AppointmentRepository
from sidecar.storage.audit import AuditTrail
from sidecar.storage.deliveries import Deliveries, DestinationRepository
from sidecar.storage.gauges import Gauges
from sidecar.storage.happenings import Happenings
from sidecar.storage.hints import Hints
from sidecar.storage.kept import Shelf, Versions
from sidecar.storage.links import Links
from sidecar.storage.memory import SqlMemory
from sidecar.storage.outbox import Outbox
from sidecar.storage.people import PersonRepository
from sidecar.storage.records import (
    BindingRepository,
    CentreRepository,
    ConflictRepository,
    CourseRepository,
    CoverRequestRepository,
    EquipmentRepository,
    InitiativeRepository,
    NeighbourhoodRepository,
    QualificationRepository,
    RoleGrantRepository,
    RunRepository,
)
from sidecar.storage.session import Session
from sidecar.storage.settings import Settings
from sidecar.storage.spaces import SpaceRepository
from sidecar.storage.tokens import Tokens
from sidecar.storage.vault import Vault


class UnitOfWork:
    """What ``Storage.unit`` hands out; it ends with the ``with`` block and is used by one thread."""

    def __init__(self, session: Session, *, actor: str, origin: Origin, vault: Vault, shelf: Shelf) -> None:
        self._session = session
        self.actor = actor
        self.origin = origin
        self.audit = AuditTrail(session, actor=actor, origin=origin)
        self.outbox = Outbox(session)
        self.happenings = Happenings(session)
        self._versions = Versions(session, shelf)
        shared = (session, self.audit, self.outbox, self.happenings, self._versions)
        self.centres = CentreRepository(*shared)
        self.neighbourhoods = NeighbourhoodRepository(*shared)
        self.people = PersonRepository(*shared)
        self.initiatives = InitiativeRepository(*shared)
        self.equipment = EquipmentRepository(*shared)
        self.courses = CourseRepository(*shared)
        self.qualifications = QualificationRepository(*shared)
        self.appointments = AppointmentRepository(*shared)
        self.spaces = SpaceRepository(*shared, vault=vault)
        self.bindings = BindingRepository(*shared)
        self.conflicts = ConflictRepository(*shared)
        self.cover_requests = CoverRequestRepository(*shared)
        self.grants = RoleGrantRepository(*shared)
        self.destinations = DestinationRepository(*shared, vault=vault)
        self.deliveries = Deliveries(session)
        self.runs = RunRepository(session)
        self.tokens = Tokens(session, self.audit)
        self.settings = Settings(session)
        self.hints = Hints(session)
        self.gauges = Gauges(session)
        self.links = Links(session)

    def memory(self, space_id: str) -> SqlMemory:
        """The sync engine's memory of a space, within this transaction."""
        return SqlMemory(self._session, space_id)

    def flush(self) -> None:
        """Write what was held back to go in few statements; ``Storage.unit`` does it before it commits."""
        self.audit.flush()
        self.outbox.flush()
        self.happenings.flush()
        self._versions.flush()
        self._session.write_held()
