"""Several machines on one database, each with a folder of its own: none is taken for restored, and each notices what is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from sidecar.services.keeping import Keeper
from sidecar.services.muting import EPOCH_KEY, Why, read_mark
from tests.restore.database import backup, there
from tests.restore.test_muting import look_and_unmute
from tests.scene import Scene
from tests.twin import Twin, twin


@dataclass
class Machines:
    """``world`` is the first machine's; ``others`` share its database and its calendars, and have folders of their own."""

    world: Twin
    others: list[Scene]

    @property
    def all(self) -> list[Scene]:
        return [self.world.scene, *self.others]

    def epoch(self) -> int:
        with self.world.scene.reading() as uow:
            return int(uow.settings.get(EPOCH_KEY))

    def marks(self) -> list[int]:
        """How far each machine's file says that the database has come; 0 where it says nothing."""
        found = (read_mark(scene.application.config.data_dir) for scene in self.all)
        return [mark.epoch if mark is not None else 0 for mark in found]

    def something_happens(self, scene: Scene) -> None:
        """Somebody moves an outing, and a pass of that machine takes it in."""
        self.world.edit("SUMMARY:", "SUMMARY:Encore ", "cafe1")
        report = scene.sync()
        assert (report.ok, report.quiet, report.muted) == (True, False, Why.NOT)
        assert scene.sync().quiet

    def backup(self) -> Callable[[], None]:
        put_back = backup(self.world.scene)

        def put_back_for_all() -> None:
            for scene in self.all:
                scene.application.storage.close()
            put_back()

        return put_back_for_all


@pytest.fixture
def machines(tmp_path: Path) -> Machines:
    world = twin(tmp_path / "first", outings=2)
    for _ in range(3):
        assert world.scene.sync().ok
    config = world.scene.application.config
    others = [there(world.scene, replace(config, data_dir=tmp_path / name)) for name in ("second", "third")]
    return Machines(world, others)


def test_quiet_passes_in_turn_count_nothing_and_every_file_follows(machines: Machines) -> None:
    machines.something_happens(machines.world.scene)
    before = machines.epoch()
    for _ in range(3):
        for scene in machines.all:
            report = scene.sync()
            assert (report.quiet, report.muted) == (True, Why.NOT)
    assert machines.epoch() == before
    assert machines.marks() == [before] * 3


def test_machines_that_take_turns_with_changes_are_never_taken_for_restored(machines: Machines) -> None:
    for _ in range(3):
        for scene in machines.all:
            machines.something_happens(scene)
    for scene in machines.all:
        assert scene.sync().muted == Why.NOT
    assert machines.marks() == [machines.epoch()] * 3


def test_a_machine_that_was_away_for_long_comes_back_without_a_word_and_writes_nothing(machines: Machines) -> None:
    away = machines.others[0]
    assert away.sync().quiet
    for _ in range(20):
        machines.something_happens(machines.world.scene)
    machines.world.scene.clock.forward(timedelta(hours=20))
    before, seen = machines.epoch(), len(machines.world.writes())
    assert away.sync().muted == Why.NOT
    assert machines.world.writes()[seen:] == []
    assert machines.marks()[1] == machines.epoch() >= before
    machines.something_happens(away)
    assert all(scene.sync().muted == Why.NOT for scene in machines.all)


@pytest.mark.parametrize("first", range(3))
def test_whichever_machine_looks_first_notices_that_the_database_was_put_back(machines: Machines, first: int) -> None:
    for scene in machines.all:
        machines.something_happens(scene)
    put_back = machines.backup()
    machines.something_happens(machines.world.scene)
    for scene in machines.all:
        assert scene.sync().quiet
    put_back()
    assert machines.all[first].sync().muted == Why.RESTORED
    assert [scene.sync().muted for scene in machines.all] == [Why.RESTORED] * 3


def test_a_machine_that_left_every_pass_to_another_notices_all_the_same(machines: Machines) -> None:
    """Its keeper lets its file follow though it passes nothing."""
    idle = machines.others[0]
    put_back = machines.backup()
    machines.something_happens(machines.world.scene)
    Keeper(idle.application, syncer=idle.syncer, may=lambda: False).once()
    assert machines.marks()[1] == machines.epoch()
    put_back()
    assert idle.sync().muted == Why.RESTORED


def test_once_somebody_looked_on_one_machine_no_other_takes_the_database_for_restored_again(machines: Machines) -> None:
    """The file of the one was behind those of the others when the backup was put back."""
    behind = machines.others[0]
    assert behind.sync().quiet
    put_back = machines.backup()
    for _ in range(5):
        machines.something_happens(machines.world.scene)
    assert machines.others[1].sync().quiet
    put_back()
    assert machines.others[1].sync().muted == Why.RESTORED
    look_and_unmute(behind)
    for _ in range(2):
        for scene in machines.all:
            report = scene.sync()
            assert (report.ok, report.muted) == (True, Why.NOT)
    put_back_again = machines.backup()
    machines.something_happens(behind)
    put_back_again()
    assert behind.sync().muted == Why.RESTORED


def test_while_a_notice_stands_no_file_moves(machines: Machines) -> None:
    assert all(scene.sync().quiet for scene in machines.all)
    put_back = machines.backup()
    machines.something_happens(machines.world.scene)
    put_back()
    before = machines.marks()
    for scene in machines.all:
        for _ in range(2):
            scene.sync()
    assert machines.marks() == before
