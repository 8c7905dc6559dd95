"""Where a server bears several requests at once they go out together; one that chokes on it loses nothing."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from calendars.dav import DavHome
from calendars.dav.account import Account
from calendars.dav.auth import PasswordAuth
from calendars.dav.servers import ServerTraits
from calendars.dav.transport import Bounds, DavSession, Transport
from calendars.sync.memory_server import MemoryServer
from calendars.sync.ports import CollectionKind
from sidecar.domain.bindings import Purpose
from tests.bench.world import bind_more, event
from tests.faults.front import Answer, Front
from tests.faults.gate import Gate, gate_before
from tests.scene import Scene, build

COUNT = 20


class Crowded:
    """A server that notes how many writes (or other requests) it has at the same time, and may refuse all but one."""

    def __init__(self, behind: Front, *, refuses: bool, together: int, method: str = "PUT") -> None:
        self._behind = behind
        self._method = method
        self._refuses = refuses
        self._lock = threading.Lock()
        self._arrived = threading.Barrier(together)
        self.inside = self.most = self.refused = 0

    def __call__(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if method != self._method:
            return self._behind.answer(method, path, headers, body)
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self._wait_for_others()
        try:
            with self._lock:
                if self._refuses and self.inside > 1:
                    self.refused += 1
                    return 500, [], b"database is locked"
            return self._behind.answer(method, path, headers, body)
        finally:
            with self._lock:
                self.inside -= 1

    def _wait_for_others(self) -> None:
        # Only the first few meet, so that they are inside together for certain; later ones pass.
        if self._arrived.broken:
            return
        try:
            self._arrived.wait(5)
        except threading.BrokenBarrierError:
            return
        self._arrived.abort()


def scene_at(folder: Path, gate: Gate, front: Front, at_once: int) -> Scene:
    account = Account(origin=gate.url.rstrip("/"), principal="/p/", calendar_homes=(front.home_href,), addressbook_homes=())
    session = DavSession(account.origin, PasswordAuth("service", "x"), Bounds(), pause=lambda seconds: None)
    home = DavHome(Transport(session), account, ServerTraits(concurrency=at_once))
    return build(folder, lambda space: home, purposes=(Purpose.OUTINGS,), collections=collections(front), outings=COUNT)


def collections(front: Front) -> dict[Purpose, str]:
    return {Purpose.OUTINGS: f"{front.home_href}rota/"}


@pytest.fixture
def server() -> MemoryServer:
    server = MemoryServer()
    server.add_collection("service", CollectionKind.CALENDAR, "rota")
    return server


def test_as_many_writes_as_the_server_bears_are_under_way_together(server: MemoryServer, tmp_path: Path) -> None:
    front = Front(server, "service")
    crowded = Crowded(front, refuses=False, together=4)
    with gate_before(crowded) as gate:
        report = scene_at(tmp_path, gate, front, 4).sync()
        assert len(gate.taken("PUT")) == len(set(gate.taken("PUT"))) == COUNT
    assert (report.error, crowded.most) == ("", 4)
    assert len(server.texts(f"{front.home_href}rota/")) == COUNT


def test_one_after_another_where_nothing_else_is_known(server: MemoryServer, tmp_path: Path) -> None:
    front = Front(server, "service")
    crowded = Crowded(front, refuses=True, together=1)
    with gate_before(crowded) as gate:
        scene_at(tmp_path, gate, front, 1).sync()
    assert (crowded.most, crowded.refused) == (1, 0)
    assert len(server.texts(f"{front.home_href}rota/")) == COUNT


def test_a_server_that_chokes_on_several_gets_one_at_a_time_and_nothing_is_lost(
    server: MemoryServer, tmp_path: Path
) -> None:
    front = Front(server, "service")
    crowded = Crowded(front, refuses=True, together=4)
    with gate_before(crowded) as gate:
        scene = scene_at(tmp_path, gate, front, 4)
        report = scene.sync()
        assert crowded.refused > 0
        refused = crowded.refused
        if report.error or report.totals["delayed"]:
            report = scene.sync()
        assert len(gate.taken("PUT")) == len(set(gate.taken("PUT"))) == COUNT
        assert crowded.refused <= refused + 4
    assert (report.error, report.totals["refused"]) == ("", 0)
    assert len(server.texts(f"{front.home_href}rota/")) == COUNT
    with scene.reading() as uow:
        assert uow.conflicts.open() == []


@pytest.mark.parametrize("refuses", [False, True])
def test_several_calendars_are_asked_together_what_changed(server: MemoryServer, tmp_path: Path, refuses: bool) -> None:
    """Where the server chokes on that they are asked again one by one, in the same pass."""
    more = [server.add_collection("service", CollectionKind.CALENDAR, f"more{number}") for number in range(7)]
    front = Front(server, "service")
    crowded = Crowded(front, refuses=refuses, together=4, method="REPORT")
    with gate_before(front.answer) as gate:
        scene = scene_at(tmp_path, gate, front, 4)
        bind_more(scene, more)
        scene.sync()
        scene.sync()
        for number, href in enumerate(more):
            server.put("service", f"{href}e.ics", event(number))
        gate.backend = crowded
        report = scene.sync()
    assert [report.of(href).error for href in more] == [""] * 7
    assert [report.of(href).pulled for href in more] == [1] * 7
    assert crowded.most == 4
    assert (crowded.refused > 0) is refuses
