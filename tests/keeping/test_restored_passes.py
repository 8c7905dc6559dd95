"""A backup put back by command: silent first, then the next passes bring both sides together; on three servers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sidecar.bootstrap import Application
from sidecar.config import Config
from sidecar.domain.appointments import AppointmentState
from sidecar.services.backup import back_up, restore
from sidecar.services.muting import Why
from sidecar.storage import Storage
from tests.restore.place import SERVERS, Place
from tests.restore.test_database_restored import goes_on, silent
from tests.rows.world import World
from tests.scene import Scene, outing

PUBLISHED, CANCELLED = AppointmentState.PUBLISHED, AppointmentState.CANCELLED


def now() -> datetime:
    return datetime(2026, 2, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(params=SERVERS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    served = None if request.param == "twin" else request.getfixturevalue(request.param)
    return Place.on(request.param, tmp_path, served).world(outings=4)


def on_another_machine(scene: Scene, config: Config) -> Scene:
    """Our side as a process there, with the key that this machine has."""
    first = scene.application
    storage = Storage(config.database_url, clock=first.now, new_id=first.new_id, secret_key=config.secret_key())
    app = Application(config=config, storage=storage, now=first.now, new_id=first.new_id, instance=first.instance)
    return replace(scene, application=app, syncer=replace(scene.syncer, application=app))


def life_goes_on(world: World) -> None:
    """What happens after the backup: both sides change, and agree."""
    with world.scene.board() as uow:
        uow.appointments.add(outing(5, text="Apporter des tasses"))
    world.sync()
    world.editor.retitle(world.uid, "Sous les arbres")
    world.editor.delete(world.scene.uid_of("cafe1"))
    world.change("cafe2", title="Écrit par le planning")
    world.sync()


def is_as_it_was(world: World) -> None:
    """Nothing is lost, nothing twice, and the calendar is what it was."""
    assert [world.outing(i).state for i in ("cafe", "cafe1", "cafe2", "cafe5")] == [
        PUBLISHED, CANCELLED, PUBLISHED, PUBLISHED,
    ]  # fmt: skip
    assert [world.outing(i).title for i in ("cafe", "cafe2")] == ["Sous les arbres", "Écrit par le planning"]
    assert len(world.texts()) == 4
    assert world.others() == []


def test_on_the_same_machine_what_came_after_is_taken_up_again(world: World, tmp_path: Path) -> None:
    config = world.scene.application.config
    back_up(config, tmp_path / "b", now=now)
    life_goes_on(world)
    world.scene.application.storage.close()
    restore(config, tmp_path / "b", now=now, replace=True)
    silent(world, Why.RESTORED)
    is_as_it_was(world)
    goes_on(world)
    is_as_it_was(world)


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.system)])
def test_on_a_new_machine_and_another_database_it_goes_on_where_the_first_one_was(
    world: World, engine: str, fresh: Callable[..., Config], tmp_path: Path
) -> None:
    back_up(world.scene.application.config, tmp_path / "b", now=now, with_key=True)
    life_goes_on(world)
    config = replace(fresh(engine), tell_after=0)
    restore(config, tmp_path / "b", now=now)
    again = replace(world, scene=on_another_machine(world.scene, config))
    silent(again, Why.RESTORED)
    is_as_it_was(again)
    goes_on(again)
    is_as_it_was(again)
    # Here it lives now: nothing takes it for a copy.
    assert again.sync().muted == Why.NOT
    again.scene.application.storage.close()
