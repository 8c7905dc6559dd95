"""One pass of a space at a time; who dies gives the lock back."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from calendars.sync.memory_server import Request
from sidecar.services.locking import SpaceBusy
from tests.faults.gate import Hold
from tests.faults.test_kills import in_memory
from tests.faults.victim import Warmed
from tests.twin import twin


def test_a_second_pass_of_a_space_is_told_that_it_is_busy_and_changes_nothing(tmp_path: Path) -> None:
    world = twin(tmp_path)
    met: list[Exception] = []

    def another_pass(request: Request) -> None:
        world.server.before = None

        def run() -> None:
            try:
                world.scene.sync()
            except SpaceBusy as busy:
                met.append(busy)

        other = threading.Thread(target=run)
        other.start()
        other.join(30)

    world.server.before = another_pass
    assert world.scene.sync().ok
    assert len(met) == 1
    assert len(world.writes()) == 1


def test_a_pass_in_another_process_keeps_this_one_out_until_it_is_killed(warmed: Warmed, tmp_path: Path) -> None:
    with in_memory(warmed, tmp_path, 3) as (stage, _):
        busy: list[str] = []

        def meanwhile() -> None:
            with pytest.raises(SpaceBusy):
                stage.scene.sync()
            busy.append("busy")

        assert stage.victim.run_and_kill(Hold(number=2), meanwhile=meanwhile)
        assert busy == ["busy"]
        assert stage.scene.sync().ok
        assert stage.scene.sync().requests == 1
