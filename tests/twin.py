"""The scene of the tests on the in-memory server, with the faults that a test asks for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from calendars.errors import DavError
from calendars.sync.memory_server import MemoryServer, Request
from calendars.sync.ports import Action, Intent
from sidecar.domain.bindings import Conflict, Purpose
from sidecar.services.sync.store import RotaStore
from tests.scene import Scene, build

WRITES = ("PUT", "DELETE")


@dataclass
class Twin:
    """``server`` and the ``scene`` bound to it; ``paused`` holds the seconds that passes waited."""

    server: MemoryServer
    scene: Scene
    paused: list[float]

    @property
    def calendar(self) -> str:
        return self.scene.collections[Purpose.OUTINGS]

    def texts(self) -> dict[str, str]:
        return self.server.texts(self.calendar)

    def text(self, appointment_id: str = "cafe") -> str:
        return self.texts()[self.scene.href_of(appointment_id)]

    def edit(self, old: str, new: str, appointment_id: str = "cafe") -> None:
        """A person changes an event in a calendar app."""
        href, text = self.scene.href_of(appointment_id), self.text(appointment_id)
        assert old in text
        self.server.put("service", href, text.replace(old, new))

    def change(self, appointment_id: str = "cafe", **fields: Any) -> None:
        """A person changes an appointment on the board."""
        with self.scene.board() as uow:
            uow.appointments.save(replace(uow.appointments.get(appointment_id), **fields))

    def conflicts(self) -> list[Conflict]:
        with self.scene.reading() as uow:
            return uow.conflicts.open()

    def intents(self) -> list[Intent]:
        with self.scene.reading() as uow:
            return list(uow.memory(self.scene.space.id).intents())

    def store(self) -> RotaStore:
        return self.scene.syncer.store(self.scene.space)

    def intend(self, action: Action, text: str = "", appointment_id: str = "cafe") -> None:
        """A write that an earlier pass decided, of which nobody knows whether it went out."""
        with self.scene.board() as uow:
            memory = uow.memory(self.scene.space.id)
            href, uid = self.scene.href_of(appointment_id), self.scene.uid_of(appointment_id)
            known = memory.get(self.calendar, href)
            memory.intend(
                Intent(
                    op="earlier",
                    collection=self.calendar,
                    href=href,
                    uid=uid,
                    action=action,
                    text=text,
                    base_etag=known.etag if known is not None else None,
                    notify=True,
                )
            )

    def writes(self) -> list[tuple[str, str, int | None]]:
        return [entry for entry in self.server.log if entry[0] in WRITES]

    @contextmanager
    def failing(
        self, error: DavError, *, methods: tuple[str, ...] = WRITES, times: int = 10_000, after: bool = False, at: str = ""
    ) -> Iterator[list[Request]]:
        """Within the block these requests fail; ``after``: they are carried out and their answer is lost."""
        met: list[Request] = []

        def hook(request: Request) -> None:
            if request.method in methods and at in request.href and len(met) < times:
                met.append(request)
                raise error

        self.server.before, self.server.after = (None, hook) if after else (hook, None)
        try:
            yield met
        finally:
            self.server.before = self.server.after = None


def twin(folder: Path, *, server: MemoryServer | None = None, **options: Any) -> Twin:
    """Nothing is synced yet; ``options`` are those of ``tests.scene.build``."""
    server = server or MemoryServer()
    folder.mkdir(exist_ok=True)
    options.setdefault("purposes", (Purpose.OUTINGS,))
    scene = build(folder, lambda space: server.home("service"), **options)
    paused: list[float] = []
    scene.syncer = replace(scene.syncer, pause=paused.append)
    return Twin(server=server, scene=scene, paused=paused)
