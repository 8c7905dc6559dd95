"""One transaction: every repository in it, its audit entries and what it leaves for the next pass."""

from __future__ import annotations

from calendars.kept import Kept
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
from sidecar.storage.place import place
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
        self._shared = (session, self.audit, self.outbox, self.happenings, self._versions)
        self._vault = vault

    # Each is made when it is first asked for: most units want two or three of them.
    centres = Kept[CentreRepository](lambda unit: CentreRepository(*unit._shared))
    neighbourhoods = Kept[NeighbourhoodRepository](lambda unit: NeighbourhoodRepository(*unit._shared))
    people = Kept[PersonRepository](lambda unit: PersonRepository(*unit._shared))
    initiatives = Kept[InitiativeRepository](lambda unit: InitiativeRepository(*unit._shared))
    equipment = Kept[EquipmentRepository](lambda unit: EquipmentRepository(*unit._shared))
    courses = Kept[CourseRepository](lambda unit: CourseRepository(*unit._shared))
    qualifications = Kept[QualificationRepository](lambda unit: QualificationRepository(*unit._shared))
    appointments = Kept[AppointmentRepository](lambda unit: AppointmentRepository(*unit._shared))
    spaces = Kept[SpaceRepository](lambda unit: SpaceRepository(*unit._shared, vault=unit._vault))
    bindings = Kept[BindingRepository](lambda unit: BindingRepository(*unit._shared))
    conflicts = Kept[ConflictRepository](lambda unit: ConflictRepository(*unit._shared))
    cover_requests = Kept[CoverRequestRepository](lambda unit: CoverRequestRepository(*unit._shared))
    grants = Kept[RoleGrantRepository](lambda unit: RoleGrantRepository(*unit._shared))
    destinations = Kept[DestinationRepository](lambda unit: DestinationRepository(*unit._shared, vault=unit._vault))
    deliveries = Kept[Deliveries](lambda unit: Deliveries(unit._session))
    runs = Kept[RunRepository](lambda unit: RunRepository(unit._session))
    tokens = Kept[Tokens](lambda unit: Tokens(unit._session, unit.audit))
    settings = Kept[Settings](lambda unit: Settings(unit._session))
    hints = Kept[Hints](lambda unit: Hints(unit._session))
    gauges = Kept[Gauges](lambda unit: Gauges(unit._session))
    links = Kept[Links](lambda unit: Links(unit._session))

    def memory(self, space_id: str) -> SqlMemory:
        """The sync engine's memory of a space, within this transaction."""
        return SqlMemory(self._session, space_id, self.outbox)

    def place(self) -> str:
        """Where the database lives (``sidecar.storage.place``)."""
        return place(self._session.connection)

    def flush(self) -> None:
        """Write what was held back to go in few statements; ``Storage.unit`` does it before it commits."""
        self.audit.flush()
        self.outbox.flush()
        self.happenings.flush()
        self._versions.flush()
        self._session.write_held()
