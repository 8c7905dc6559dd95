"""A pass that is asked to stop ends before its next request, and the next one goes on from there as if nothing had been."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from calendars.sync.memory_server import Request
from tests.twin import Twin, twin


def busy(folder: Path) -> Twin:
    """Both sides have something for the other: new outings, edits, a deletion."""
    world = twin(folder, outings=4)
    world.scene.sync()
    for number in (1, 2):
        world.change(f"cafe{number}", title=f"Écrit par le planning {number}")
    world.edit("SUMMARY:", "SUMMARY:Dans l'agenda ")
    world.server.delete("service", world.scene.href_of("cafe3"))
    return world


def ended(world: Twin) -> tuple[list[str], list[tuple[str, str]], int]:
    """What a settled world looks like: events, appointments, open questions."""
    for _ in range(2):
        assert world.scene.sync().ok
    with world.scene.reading() as uow:
        board = [(a.title, a.state.value) for a in uow.appointments.all()]
    summaries = [line for text in world.texts().values() for line in text.splitlines() if line.startswith("SUMMARY")]
    return sorted(summaries), sorted(board), len(world.conflicts())


@pytest.mark.parametrize("number", range(1, 9))
def test_stopped_at_any_request_the_next_passes_come_to_the_same(number: int, tmp_path: Path) -> None:
    wanted = ended(busy(tmp_path / "undisturbed"))
    world, stop, met = busy(tmp_path / "stopped"), threading.Event(), list[Request]()
    with world.scene.reading() as uow:
        runs = uow.runs.all(space_id=world.scene.space.id)

    def hook(request: Request) -> None:
        met.append(request)
        if len(met) == number:
            stop.set()

    world.server.before = hook
    report = replace(world.scene.syncer, stop=stop).sync(world.scene.space.id)
    world.server.before = None
    if report.error_kind:
        assert report.error_kind == "Interrupted"
        assert len(met) == number, "a request went out after it was asked to stop"
        with world.scene.reading() as uow:
            assert uow.runs.all(space_id=world.scene.space.id) == runs, "the server is blamed for our stopping"
        assert all(intent.attempts == 0 for intent in world.intents())
    assert ended(world) == wanted
    assert world.intents() == []


def test_a_pass_that_waits_for_a_server_stops_waiting(tmp_path: Path) -> None:
    """The seconds that a server in trouble asks for are waited for by the event, which ends them."""
    world, stop = busy(tmp_path), threading.Event()
    stop.set()
    report = replace(world.scene.syncer, stop=stop, pause=None).sync(world.scene.space.id)
    assert (report.error_kind, report.requests) == ("Interrupted", 0)
