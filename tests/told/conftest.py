"""One outing on a server that sends invitations itself, and its post."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from calendars.sync.memory_server import MemoryServer
from sidecar.domain.appointments import Participation, Response
from sidecar.services import rota
from tests.rows.world import Over, World
from tests.told.post import Post

BRUNO = "bruno@example.org"


@dataclass
class Told:
    """``world`` with a coordinator's calendar app in it; ``post`` is what the server sent so far; ``uid``: a series."""

    world: World
    server: MemoryServer
    post: Post
    uid: str = ""

    def sync(self) -> None:
        self.world.sync()

    def later(self, **span: float) -> None:
        self.world.scene.clock.forward(timedelta(**span))

    def answers(self, guest: str, answer: str, appointment_id: str = "cafe") -> None:
        """Somebody answers in their own calendar: the server writes it into ours."""
        href = self.world.scene.href_of(appointment_id)
        text = re.sub(r"\r?\n[ \t]", "", self.server.texts(self.world.calendar)[href])
        lines = [
            re.sub(r";RSVP=TRUE|;PARTSTAT=[A-Z-]+", "", line).replace(
                ":mailto", f";PARTSTAT={answer};SCHEDULE-STATUS=2.0:mailto"
            )
            if line.startswith("ATTENDEE") and f"{guest}@" in line
            else line
            for line in text.splitlines()
        ]
        self.server.put("service", href, "\r\n".join([*lines, ""]))
        copy = self.post.copies[f"{guest}@example.org", self.world.scene.uid_of(appointment_id)]
        for event in copy.values():
            event.lines = [
                re.sub(r"PARTSTAT=[A-Z-]+", f"PARTSTAT={answer}", line) if f"{guest}@" in line else line
                for line in event.lines
            ]

    def participation(self, person_id: str = "bruno") -> Participation:
        found = self.world.outing().participation(person_id)
        assert found is not None
        return found

    def response(self, person_id: str = "bruno") -> Response:
        return self.world.outing().response_for_now(self.participation(person_id))

    def own_answer(self, guest: str = "bruno") -> str:
        """What stands in somebody's own calendar as their answer."""
        return self.post.copy(guest, self.world.uid).guests[f"{guest}@example.org"]

    def staff(self, person_id: str, role: Any = None) -> None:
        with self.world.scene.board() as uow:
            rota.staff(uow, "cafe", person_id, role or rota.ParticipantRole.MEMBER)

    def unstaff(self, *person_ids: str) -> None:
        with self.world.scene.board() as uow:
            for person_id in person_ids:
                rota.unstaff(uow, "cafe", person_id)

    def quiet(self) -> None:
        """Another pass has nothing to do and tells nobody."""
        self.post.taken()
        self.world.quiet()
        assert self.post.taken() == []


@pytest.fixture
def begin(tmp_path: Path) -> Callable[..., Told]:
    def opened(**options: Any) -> Told:
        post = Post()
        server = MemoryServer(schedules=True, deliver=post.deliver)
        over = Over(name="twin", twin=server, user="service")
        options = {"schedules": True, "server": "nextcloud"} | options
        return Told(World.on(over, options.pop("style", "nextcloud_calendar"), tmp_path, **options), server, post)

    return opened


@pytest.fixture
def told(begin: Callable[..., Told]) -> Told:
    """Published and synced: everybody is invited, and nothing has been taken from the post."""
    return begin()
