"""A small world on one server, with a person's calendar and contacts programs beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from calendars.sync.memory_server import MemoryServer
from calendars.sync.ports import CollectionKind, Home
from calendars.sync.report import PassReport
from sidecar.domain.appointments import Appointment, Outing, ParticipantRole
from sidecar.domain.audit import AuditEntry, Origin
from sidecar.domain.bindings import Conflict, Purpose
from sidecar.domain.cover import CoverRequest
from sidecar.domain.people import Person
from sidecar.services import rota
from tests.editor import Adapter, ContactsEditor, Editor, HttpAdapter
from tests.rows.twin_adapter import TwinAdapter
from tests.scene import TUESDAY, Scene, build

SERVERS = ("twin", "radicale", "xandikos")
STYLES = ("nextcloud_calendar", "davx5", "ios", "thunderbird", "gnome")
MARKED = "== Hors les murs =="


def next_week(hour: int = 9, minute: int = 30, *, days: int = 0) -> datetime:
    """The day of the scene's first outing, or ``days`` after it, at another hour."""
    return TUESDAY.replace(hour=hour, minute=minute) + timedelta(days=days)


@dataclass(frozen=True, kw_only=True)
class Over:
    """How one server is reached: the in-memory one as it is, the others over HTTP."""

    name: str
    user: str
    password: str = ""
    url: str = ""
    twin: MemoryServer | None = None
    home: Home | None = None

    def opened(self, _: object = None) -> Home:
        if self.twin is not None:
            return self.twin.home(self.user)
        assert self.home is not None
        return self.home

    def adapter(self, collection: str, kind: CollectionKind) -> Adapter:
        if self.twin is not None:
            return TwinAdapter(self.twin, self.user, collection, kind)
        content = "text/vcard" if kind is CollectionKind.ADDRESSBOOK else "text/calendar"
        return HttpAdapter(urljoin(self.url, collection), self.user, self.password, content_type=f"{content}; charset=utf-8")


@dataclass
class World:
    """``editor`` and ``contacts`` are a person's programs; ``scene`` is our side."""

    over: Over
    scene: Scene
    style: str

    @classmethod
    def on(cls, over: Over, style: str, folder: Path, **options: Any) -> World:
        scene = build(folder, over.opened, **options)
        scene.syncer = replace(scene.syncer, pause=lambda seconds: None)
        world = cls(over=over, scene=scene, style=style)
        world.sync()
        return world

    @property
    def calendar(self) -> str:
        return self.scene.collections[Purpose.OUTINGS]

    @property
    def book(self) -> str:
        return self.scene.collections[Purpose.CONTACTS]

    def with_style(self, style: str) -> Editor:
        return Editor(self.over.adapter(self.calendar, CollectionKind.CALENDAR), style, me="service@example.org")

    @property
    def editor(self) -> Editor:
        return self.with_style(self.style)

    def contacts_with(self, style: str) -> ContactsEditor:
        return ContactsEditor(self.over.adapter(self.book, CollectionKind.ADDRESSBOOK), style)

    @property
    def contacts(self) -> ContactsEditor:
        return self.contacts_with(self.style)

    # --- our side --------------------------------------------------------------------------------------------

    def sync(self, **options: bool) -> PassReport:
        report = self.scene.sync(**options)
        assert not report.error, report.error
        return report

    def quiet(self) -> PassReport:
        """Another pass: nothing is left to do, in either direction."""
        report = self.sync()
        counts = report.totals
        assert (counts["pulled"], counts["pushed"], counts["refused"]) == (0, 0, 0), report.as_json()
        return report

    @property
    def uid(self) -> str:
        return self.scene.uid_of()

    def text(self, appointment_id: str = "cafe") -> str:
        """What stands in the calendar, unfolded."""
        return unfolded(self.stored(self.scene.href_of(appointment_id)))

    def stored(self, href: str) -> str:
        """What the server holds, as it is."""
        collection = href.rpartition("/")[0] + "/"
        return self.over.adapter(collection, CollectionKind.CALENDAR).get(href)[1]

    def texts(self) -> dict[str, str]:
        adapter = self.over.adapter(self.calendar, CollectionKind.CALENDAR)
        return {href: adapter.get(href)[1] for href in adapter.list()}

    def outing(self, appointment_id: str = "cafe") -> Appointment:
        return self.scene.appointment(appointment_id)

    def outings(self) -> list[Outing]:
        with self.scene.reading() as uow:
            found = [a for a in uow.appointments.all() if isinstance(a, Outing)]
        return sorted(found, key=lambda a: (a.start, a.id))

    def others(self) -> list[Outing]:
        """Outings that the scene did not begin with."""
        return [a for a in self.outings() if not a.id.startswith("cafe")]

    def change(self, appointment_id: str = "cafe", **fields: Any) -> None:
        """Somebody changes an appointment on the board."""
        with self.scene.board() as uow:
            uow.appointments.save(replace(uow.appointments.get(appointment_id), **fields))

    def staff(self, appointment_id: str, *team: str, ashore: str = "denis") -> None:
        """Somebody puts a team and a base contact together on the board."""
        with self.scene.board() as uow:
            for person_id in team:
                rota.staff(uow, appointment_id, person_id, ParticipantRole.MEMBER)
            rota.staff(uow, appointment_id, ashore, ParticipantRole.BASE_CONTACT)

    def program_at(self, purpose: Purpose) -> Editor:
        """A person's program at another bound calendar."""
        collection = self.scene.collections[purpose]
        return Editor(self.over.adapter(collection, CollectionKind.CALENDAR), self.style, me="service@example.org")

    def people(self) -> dict[str, Person]:
        with self.scene.reading() as uow:
            return {person.id: person for person in uow.people.all()}

    def person(self, mail: str) -> Person | None:
        with self.scene.reading() as uow:
            return uow.people.by_email(mail)

    def conflicts(self) -> list[Conflict]:
        with self.scene.reading() as uow:
            return list(uow.conflicts.open())

    def cover_requests(self, appointment_id: str = "cafe") -> list[CoverRequest]:
        with self.scene.reading() as uow:
            return list(uow.cover_requests.all(appointment_id=appointment_id))

    def audit(self, kind: str = "appointment", subject_id: str = "cafe") -> list[AuditEntry]:
        with self.scene.reading() as uow:
            return list(uow.audit.of(kind, subject_id))

    def from_calendar(self, subject_id: str = "cafe", kind: str = "appointment") -> dict[str, list[Any]]:
        """field -> [from, to] of all changes that came out of the calendar, the newest of each field."""
        found: dict[str, list[Any]] = {}
        for entry in sorted(self.audit(kind, subject_id), key=lambda e: e.at):
            if entry.origin is Origin.CALENDAR:
                assert entry.actor == "calendar:service"
                found.update(entry.changes)
        return found


def unfolded(text: str) -> str:
    return text.replace("\r\n ", "").replace("\r\n", "\n").replace("\n ", "")
