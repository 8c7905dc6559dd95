"""A pass that is killed anywhere is continued by the next: everything is there, nothing twice."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from calendars.dav import Account, connect
from calendars.icalendar import peek
from calendars.sync.memory_server import MemoryServer
from calendars.sync.ports import CollectionKind, Home
from sidecar.domain.bindings import Purpose
from tests.faults.front import Front
from tests.faults.gate import Gate, Hold, forwarding, gate_before
from tests.faults.victim import Victim, Warmed, victim
from tests.scene import Scene, build
from tests.servers import Served

SOAK = bool(os.environ.get("HLM_TEST_SOAK"))
CHANGES = 30 if SOAK else 12


@dataclass
class Stage:
    """A scene whose passes run in a process of their own, behind a gate."""

    scene: Scene
    gate: Gate
    victim: Victim
    home: Home
    user: str = "service"
    password: str = ""

    @property
    def calendar(self) -> str:
        return self.scene.collections[Purpose.OUTINGS]

    def texts(self) -> list[str]:
        collection = self.home.collection(self.calendar, CollectionKind.CALENDAR)
        return [resource.text for resource in collection.fetch(list(collection.listing().changed))]

    def rename_all(self, title: str) -> None:
        with self.scene.board() as uow:
            for appointment in uow.appointments.all():
                uow.appointments.save(replace(appointment, title=title))

    def must_be_settled(self, events: int) -> None:
        """One more pass finds nothing to do, nothing is open, and every UID stands there once."""
        before = len(self.gate.log)
        assert self.victim.run() == 0
        assert [method for method, _, _ in self.gate.log[before:]] == ["PROPFIND"]
        with self.scene.reading() as uow:
            assert list(uow.memory("space").intents()) == []
            assert uow.conflicts.open() == []
        uids = Counter(peek(text)[0] for text in self.texts())
        assert len(uids) == events
        assert set(uids.values()) <= {1}


@contextmanager
def in_memory(
    warmed: Warmed, folder: Path, outings: int, twin: MemoryServer | None = None, **options: Any
) -> Iterator[tuple[Stage, MemoryServer]]:
    """``options`` are those of ``tests.scene.build``."""
    server = twin or MemoryServer()
    front = Front(server, "service")
    home = server.home("service")
    scene = build(folder, lambda space: home, purposes=(Purpose.OUTINGS,), outings=outings, **options)
    with gate_before(front.answer) as gate:
        account = Account(
            origin=gate.url.rstrip("/"),
            principal="/",
            calendar_homes=(front.home_href,),
            server=options.get("server", "unknown"),
            schedules=options.get("schedules", False),
        )
        yield Stage(scene, gate, victim(warmed, folder, gate, account, "service", ""), home), server


@contextmanager
def on(
    warmed: Warmed, served: Served, folder: Path, outings: int, account: tuple[str, str] | None = None, **options: Any
) -> Iterator[Stage]:
    """``account`` is a new one unless it is given; ``options`` are those of ``tests.scene.build``."""
    user, password = account or served.new_user()
    # Xandikos takes logins from a proxy only.
    with gate_before(forwarding(served.child.url if served.name == "radicale" else served.url)) as gate:
        home = connect(gate.url, user, password)
        scene = build(folder, lambda space: home, purposes=(Purpose.OUTINGS,), outings=outings, **options)
        yield Stage(scene, gate, victim(warmed, folder, gate, home.account, user, password), home, user, password)


def creates(stage: Stage) -> Counter[str]:
    return Counter(stage.gate.taken("PUT"))


def test_every_write_of_a_first_push_of_300_is_survived(warmed: Warmed, tmp_path: Path) -> None:
    """Killed after each single write, 300 times over: every restart gets one event further."""
    with in_memory(warmed, tmp_path, 300) as (stage, _):
        kills = 0
        while stage.victim.run_and_kill(Hold(number=1)):
            kills += 1
            assert kills <= 300
        assert kills == 300
        assert len(creates(stage)) == 300
        assert set(creates(stage).values()) == {1}
        stage.must_be_settled(300)


@pytest.mark.parametrize("number", range(1, 301) if SOAK else (51, 300))
def test_a_first_push_of_300_killed_at_one_write_is_carried_on(warmed: Warmed, tmp_path: Path, number: int) -> None:
    with in_memory(warmed, tmp_path, 300) as (stage, _):
        assert stage.victim.run_and_kill(Hold(number=number))
        assert len(creates(stage)) == number
        assert stage.victim.run() == 0
        assert len(creates(stage)) == 300
        assert set(creates(stage).values()) == {1}
        stage.must_be_settled(300)


@pytest.mark.parametrize("number", [1, 2, 49, 50, 51, 60] if SOAK else [2, 50])
@pytest.mark.parametrize("name", ["radicale", "xandikos"])
def test_the_same_on_real_servers(
    name: str, request: pytest.FixtureRequest, warmed: Warmed, tmp_path: Path, number: int
) -> None:
    served: Served = request.getfixturevalue(name)
    with on(warmed, served, tmp_path, 60) as stage:
        assert stage.victim.run_and_kill(Hold(number=number))
        assert stage.victim.run() == 0
        assert len(creates(stage)) == 60
        assert set(creates(stage).values()) == {1}
        stage.must_be_settled(60)


def test_300_on_radicale_killed_at_the_borders_of_batches(radicale: Served, warmed: Warmed, tmp_path: Path) -> None:
    """One push of 300, killed on the way at writes 1, 50, 51, 100, 150, 299 and 300."""
    with on(warmed, radicale, tmp_path, 300) as stage:
        done = 0
        for border in (1, 50, 51, 100, 150, 299, 300):
            assert stage.victim.run_and_kill(Hold(number=border - done))
            done = border
            assert len(creates(stage)) == done
        assert stage.victim.run() == 0
        assert set(creates(stage).values()) == {1}
        stage.must_be_settled(300)


@pytest.mark.parametrize("hold", [
    Hold(number=1, before=True),
    Hold(number=7, before=True),
    Hold(number=1, methods=("REPORT",)),
    Hold(number=2, methods=("REPORT",)),
    Hold(number=1, methods=("PROPFIND",)),
    Hold(number=2, methods=("PROPFIND",)),
], ids=str)  # fmt: skip
def test_killed_elsewhere_nothing_is_written_twice(warmed: Warmed, tmp_path: Path, hold: Hold) -> None:
    """Before a write went out, while reading back, between two rounds, while pulling."""
    with in_memory(warmed, tmp_path, 20) as (stage, _):
        assert stage.victim.run_and_kill(hold)
        assert stage.victim.run() == 0
        assert len(creates(stage)) == 20
        assert set(creates(stage).values()) == {1}
        stage.must_be_settled(20)


@pytest.mark.parametrize("before", [True, False])
def test_every_write_of_many_changes_is_survived(warmed: Warmed, tmp_path: Path, before: bool) -> None:
    with in_memory(warmed, tmp_path, CHANGES) as (stage, server):
        assert stage.victim.run() == 0
        first = len(stage.gate.log)
        stage.rename_all("Un autre titre")
        for kill in range(CHANGES):
            # Held before the server sees it, nothing gets on: the second write of each pass is held then.
            assert stage.victim.run_and_kill(Hold(number=2 if before and kill < CHANGES - 1 else 1, before=before))
        assert stage.victim.run() == 0
        updates = Counter(path for method, path, status in stage.gate.log[first:] if method == "PUT" and status < 300)
        assert len(updates) == CHANGES
        assert set(updates.values()) == {1}
        assert all("SUMMARY:Un autre titre" in text for text in server.texts(stage.calendar).values())
        stage.must_be_settled(CHANGES)


def test_every_deletion_of_an_unbinding_is_survived(warmed: Warmed, tmp_path: Path) -> None:
    with in_memory(warmed, tmp_path, CHANGES) as (stage, server):
        assert stage.victim.run() == 0
        with stage.scene.reading() as uow:
            binding = uow.bindings.all()[0].id
        for _ in range(CHANGES):
            assert stage.victim.run_and_kill(Hold(number=1), do="unbind", binding=binding)
        assert stage.victim.run(do="unbind", binding=binding) == 0
        assert Counter(Counter(stage.gate.taken("DELETE")).values()) == {1: CHANGES}
        assert server.texts(stage.calendar) == {}
        with stage.scene.reading() as uow:
            assert uow.bindings.all() == []
            assert list(uow.memory("space").intents()) == []


def test_killed_at_any_statement_a_pass_that_pulls_and_pushes_is_carried_on(warmed: Warmed, tmp_path: Path) -> None:
    """Between journal and request, between pull and absorbing, in the middle of a transaction, before its commit."""
    folder = tmp_path / "scene"
    with in_memory(warmed, folder, 6) as (stage, server):
        assert stage.victim.run() == 0
        assert stage.victim.run() == 0
        hrefs = {number: stage.scene.href_of(f"cafe{number or ''}") for number in range(6)}
        texts = server.texts(stage.calendar)
        server.put("service", hrefs[0], texts[hrefs[0]].replace("T093000", "T100000"))
        server.delete("service", hrefs[1])
        with stage.scene.board() as uow:
            for number in (2, 3):
                uow.appointments.save(replace(uow.appointments.get(f"cafe{number}"), title=f"Titre {number}"))
        stage.scene.application.storage.close()
        shutil.copytree(folder, tmp_path / "before")
        backup = server.snapshot()
        number, killed = 0, True
        while killed:
            number += 1 if SOAK else 7
            assert number < 2000
            stage.scene.application.storage.close()
            for part in folder.glob("rota.db-*"):
                part.unlink()
            for part in (tmp_path / "before").glob("*.*"):
                # Over what stands there, the mark beside the database too: no backup was put back, no copy was made.
                shutil.copyfile(part, folder / part.name)
            server.restore(backup)
            stage.gate.log.clear()
            killed = stage.victim.run(statement=number) != 0
            assert stage.victim.run() == 0
            assert set(creates(stage).values()) == {1}
            assert creates(stage).keys() == {hrefs[2], hrefs[3]}
            assert stage.scene.appointment("cafe").start.hour == 10
            assert stage.scene.appointment("cafe1").state == "cancelled"
            now = server.texts(stage.calendar)
            assert now.keys() == texts.keys() - {hrefs[1]}
            assert "SUMMARY:Titre 2" in now[hrefs[2]]
            with stage.scene.reading() as uow:
                assert list(uow.memory("space").intents()) == []
                assert uow.conflicts.open() == []
        assert number > 40
