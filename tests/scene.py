"""A small world for tests of the whole way: one centre, a few people, one initiative, a space bound to a server."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from calendars.dav import Account
from calendars.sync.ports import CollectionKind, Home
from calendars.sync.report import PassReport
from sidecar.bootstrap import Application
from sidecar.config import Config
from sidecar.domain.appointments import Appointment, AppointmentState, Outing, ParticipantRole, Participation
from sidecar.domain.bindings import Purpose, Space
from sidecar.domain.centres import Centre, Initiative
from sidecar.domain.people import Membership, Person, PersonKind
from sidecar.domain.places import Place, PlaceKind
from sidecar.domain.training import Course, Qualification
from sidecar.services.binding import bind
from sidecar.services.sync.desk import ACCOUNT_KEY
from sidecar.services.syncing import Syncer
from sidecar.storage import Storage, UnitOfWork

PARIS = ZoneInfo("Europe/Paris")
TUESDAY = datetime(2026, 3, 3, 9, 30, tzinfo=PARIS)
"""The outing of most tests; ``Scene.now`` begins the week before."""
BEGINNING = datetime(2026, 2, 23, 8, 0, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = BEGINNING

    def __call__(self) -> datetime:
        return self.now

    def forward(self, span: timedelta) -> None:
        self.now += span


@dataclass
class Scene:
    """What a test acts on. ``collections``: purpose -> href on the server."""

    application: Application
    clock: Clock
    space: Space
    syncer: Syncer
    collections: dict[Purpose, str] = field(default_factory=dict)

    def sync(self, **options: bool) -> PassReport:
        return self.syncer.sync(self.space.id, **options)

    @contextmanager
    def board(self) -> Iterator[UnitOfWork]:
        with self.application.storage.unit(actor="coordinator") as uow:
            yield uow

    @contextmanager
    def reading(self) -> Iterator[UnitOfWork]:
        with self.application.storage.unit(write=False) as uow:
            yield uow

    def appointment(self, appointment_id: str = "cafe") -> Appointment:
        with self.reading() as uow:
            return uow.appointments.get(appointment_id)

    def href_of(self, appointment_id: str = "cafe") -> str:
        with self.reading() as uow:
            return uow.links.of_subject("appointment", appointment_id)[0].href

    def uid_of(self, appointment_id: str = "cafe") -> str:
        with self.reading() as uow:
            return uow.links.of_subject("appointment", appointment_id)[0].uid


def ids() -> Callable[[], str]:
    counter = itertools.count(1)
    return lambda: f"id{next(counter):08d}"


def build(
    folder: Path,
    open_home: Callable[[Space], Home],
    *,
    purposes: tuple[Purpose, ...] = (Purpose.OUTINGS, Purpose.CONTACTS),
    collections: dict[Purpose, str] | None = None,
    url: str | None = None,
    writes: bool = True,
    schedules: bool = False,
    server: str = "",
    tell_after: int = 0,
    outings: int = 1,
) -> Scene:
    """The world with its collections made (or those given) and bound; nothing is synced yet.

    ``server`` is what discovery would have called the server; ``tell_after`` is in seconds.
    """
    clock, new_id = Clock(), ids()
    config = Config(
        data_dir=folder,
        database_url=url or f"sqlite:///{folder / 'rota.db'}",
        secret_key_file=folder / "secret.key",
        tell_after=tell_after,
    )
    config.ensure_data_dir()
    storage = Storage(config.database_url, clock=clock, new_id=new_id, secret_key=config.secret_key())
    storage.migrate()
    application = Application(config=config, storage=storage, now=clock, new_id=new_id, instance="testinstance")
    space = Space(
        id="space", url="https://server.example", username="service", organizer="service@example.org", schedules=schedules
    )
    home = open_home(space)
    made = dict(collections or {})
    for purpose in purposes:
        if purpose not in made:
            kind = CollectionKind.ADDRESSBOOK if purpose is Purpose.CONTACTS else CollectionKind.CALENDAR
            made[purpose] = home.create_collection(kind, f"c-{purpose}", f"C {purpose}").href
    with storage.unit(actor="coordinator") as uow:
        space = uow.spaces.add(space)
        if server:
            found = Account(origin=space.url, principal="/", schedules=schedules, server=server)
            uow.settings.set(ACCOUNT_KEY.format(space=space.id), found.as_json())
        people(uow)
        for number in range(outings):
            uow.appointments.add(outing(number))
        for href in dict.fromkeys(made.values()):
            bind(
                uow,
                space=space,
                centre_id="maurepas",
                href=href,
                purposes=tuple(p for p, h in made.items() if h == href),
                display_name="",
                writes=writes,
                now=clock(),
                new_id=new_id,
            )
    syncer = Syncer(application, open_home=open_home, pause=lambda seconds: None)
    return Scene(application=application, clock=clock, space=space, syncer=syncer, collections=made)


def people(uow: UnitOfWork) -> None:
    """Maurepas with Anne (professional, account), Bruno (volunteer, account), Chloé (volunteer, mail only), Denis ashore."""
    uow.centres.add(Centre(id="maurepas", name="Centre social de Maurepas", phone="+33299000000"))
    course = uow.courses.add(Course(id="posture", name="Posture", by_default=True))
    rows = (
        ("anne", "Anne", "Le Roux", PersonKind.PROFESSIONAL, "anne"),
        ("bruno", "Bruno", "Petit", PersonKind.VOLUNTEER, "bruno"),
        ("chloe", "Chloé", "Martin", PersonKind.VOLUNTEER, None),
        ("denis", "Denis", "Morvan", PersonKind.PROFESSIONAL, "denis"),
    )
    for number, (id, given, family, kind, account) in enumerate(rows):
        uow.people.add(
            Person(
                id=id,
                given_name=given,
                family_name=family,
                kind=kind,
                account=account,
                emails=(f"{id}@example.org",),
                phones=(f"+3363998000{number}",),
                memberships=(Membership(centre_id="maurepas"),),
            )
        )
        uow.qualifications.add(
            Qualification(id=f"q-{id}", person_id=id, course_id=course.id, since=BEGINNING.date() - timedelta(days=90))
        )
    uow.initiatives.add(
        Initiative(
            id="facteur",
            centre_id="maurepas",
            name="Le Café du facteur",
            place=Place(name="Place du Gros-Chêne", kind=PlaceKind.PUBLIC_SPACE),
        )
    )


def outing(number: int = 0, **fields: object) -> Outing:
    """A published outing: "cafe", then "cafe1", … one day later each."""
    start = TUESDAY + timedelta(days=number)
    values: dict[str, object] = {
        "id": "cafe" if number == 0 else f"cafe{number}",
        "centre_id": "maurepas",
        "title": "Le Café du facteur",
        "initiative_id": "facteur",
        "start": start,
        "end": start + timedelta(hours=2),
        "state": AppointmentState.PUBLISHED,
        "place": Place(name="Place du Gros-Chêne", kind=PlaceKind.PUBLIC_SPACE),
        "participants": (
            Participation(person_id="anne"),
            Participation(person_id="bruno"),
            Participation(person_id="denis", role=ParticipantRole.BASE_CONTACT),
        ),
    }
    return Outing(**(values | fields))  # type: ignore[arg-type]
