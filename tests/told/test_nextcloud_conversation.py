"""What was tried on a Nextcloud 32.0.1 is tried again: our writes are still those, and the twin's post is that server's.

Recorded were our requests with their bodies, the mails that arrived, and the copies in people's own calendars.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from calendars.sync.memory_server import Request
from sidecar.domain.appointments import Response
from sidecar.domain.places import Place
from sidecar.services import rota
from tests.editor import Editor
from tests.scene import BEGINNING, outing
from tests.told.conftest import Told
from tests.told.conversation import PEOPLE, STEPS, own_copy, written

RECORDED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "nextcloud_32_0_1.json").read_text(encoding="utf-8").replace("20270302", "20260303")
)["steps"]


class Stage:
    """Carries out steps and keeps what we write."""

    def __init__(self, begin: Callable[..., Told]) -> None:
        self.writes: list[dict[str, Any]] = []
        self.told = begin(outings=0)
        self._seconds = (BEGINNING + timedelta(hours=1, seconds=number) for number in itertools.count())
        server, deliver = self.told.server, self.told.post.deliver

        def asked(request: Request) -> None:
            self.writes.append({"method": request.method, "quiet": not request.notify, "number": request.number, "text": ""})

        def delivered(writer: str, before: str | None, after: str | None) -> None:
            self.writes[-1]["text"] = after
            deliver(writer, before, after)

        def wrote(_: Request, __: str | None, after: str | None) -> None:
            self.writes[-1]["text"] = after or ""

        server.before, server.deliver, server.wrote = asked, delivered, wrote
        with self.told.world.scene.board() as uow:
            uow.appointments.add(outing())

    def taken(self) -> list[dict[str, Any]]:
        """What was written since the last time."""
        log = self.told.server.log
        found = [{**w, "status": log[w["number"] - 1][2]} for w in self.writes if w["method"] in ("PUT", "DELETE")]
        self.writes.clear()
        return found

    def act(self, kind: str, *args: str) -> None:
        told, world = self.told, self.told.world
        match kind:
            case "published":
                return
            case "answers":
                told.answers(*args)
            case "moves in the calendar":
                self.app().move(world.uid, world.outing().start + timedelta(hours=int(args[0])))
            case "moves on the board":
                hours, outing = timedelta(hours=int(args[0])), world.outing()
                world.change(start=outing.start + hours, end=outing.end + hours)
            case "other meeting point":
                world.change(meeting_point=args[0])
            case "other text":
                world.change(text=args[0])
            case "other place":
                world.change(place=Place(name=args[0]))
            case "other title":
                world.change(title=args[0])
            case "taken out":
                told.unstaff(*args)
            case "taken in":
                told.staff(*args)
            case "taken out in the calendar":
                for guest in args:
                    self.app().remove_attendee(world.uid, f"{guest}@example.org")
            case "answer taken down":
                with world.scene.board() as uow:
                    rota.answer(uow, "cafe", args[0], Response.ACCEPTED, now=world.scene.clock(), new_id=lambda: "x")
            case "called off":
                with world.scene.board() as uow:
                    rota.cancel(uow, "cafe")
            case "takes place after all":
                with world.scene.board() as uow:
                    rota.bring_back(uow, "cafe")
            case "bins it":
                told.answers(args[0], "DECLINED")
                del told.post.copies[f"{args[0]}@example.org", world.uid]
                told.post.binned.add(f"{args[0]}@example.org")
            case _:
                pytest.fail(f"nobody knows how to do {kind}")

    def app(self) -> Editor:
        """The coordinator's calendar app; each of its writes is made in a second of its own."""
        adapter = self.told.world.editor.adapter
        return Editor(adapter, "nextcloud_calendar", me="coord@example.org", clock=lambda: next(self._seconds))

    def own(self, guest: str) -> dict[str, Any] | None:
        copies = self.told.post.copies.get((f"{guest}@example.org", self.told.world.uid))
        return own_copy(copies[""].lines, guest) if copies else None


def test_every_write_is_the_recorded_one_and_reaches_the_same_people_in_the_same_way(begin: Callable[..., Told]) -> None:
    stage = Stage(begin)
    assert [tuple(step["step"]) for step in RECORDED] == list(STEPS)
    for number, recorded in enumerate(RECORDED):
        where = f"step {number}: {' '.join(recorded['step'])}"
        stage.told.post.taken()
        stage.act(*recorded["step"])
        stage.taken()
        stage.told.sync()
        ours, theirs = stage.taken(), recorded["writes"]
        assert [(w["quiet"], w["status"] < 300) for w in ours] == [(bool(w["quiet"]), w["status"] < 300) for w in theirs], (
            where
        )
        for mine, was in zip(ours, theirs, strict=True):
            assert written(mine["text"]) == written(was["body"].replace("INSTANCE", "testinstance")), where
            assert was["quiet"] in ({}, {"Schedule-Reply": "F", "x-nc-scheduling": "false"})
            assert was["etag"] is bool(was["quiet"]), f"{where}: what tells people is answered without etag"
        assert {m: dict(stage.told.post.mails(m)) for m in ("REQUEST", "CANCEL")} == recorded["mails"], where
        assert {guest: stage.own(guest) for guest in PEOPLE} == recorded["own"], where
