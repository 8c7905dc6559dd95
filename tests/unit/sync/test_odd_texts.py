"""One odd text is no reason to stop for everybody else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from unittest import mock

from calendars.errors import UnreadableText
from calendars.sync.memory_server import MemoryServer
from sidecar.services.sync import store
from tests.scene import build


def test_an_appointment_that_cannot_be_drawn_is_told_and_the_others_go_out(tmp_path: Path) -> None:
    server = MemoryServer()
    server.add_user("service", "x")
    scene = build(tmp_path, lambda space: server.home("service", "x"), outings=3)
    scene.sync()
    with scene.board() as uow:
        for id in ("cafe", "cafe1", "cafe2"):
            uow.appointments.save(replace(uow.appointments.get(id), title="Autre"))
    draw = store.draw_appointment

    def odd(desk: object, memory: object, appointment: object, *rest: object) -> object:
        if getattr(appointment, "id", "") == "cafe1":
            raise UnreadableText("the repetition cannot be read")
        return draw(desk, memory, appointment, *rest)  # type: ignore[arg-type]

    with mock.patch.object(store, "draw_appointment", odd):
        report = scene.sync()
        scene.sync()
    assert not report.error
    assert report.totals["updated"] == 2
    with scene.reading() as uow:
        assert [(c.subject_id, c.why) for c in uow.conflicts.open()] == [("cafe1", "unreadable")]
