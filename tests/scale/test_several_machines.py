"""Three machines on one PostgreSQL: the work is done once, and what a killed one left is done by the others."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest
import sqlalchemy as sa

from sidecar.services.keeping import Keeper
from sidecar.services.muting import EPOCH_KEY, count
from tests.scale.conftest import INTERVAL, PATIENCE, City, until


@pytest.mark.system
@pytest.mark.slow
def test_three_machines_share_the_work_and_the_others_take_over_from_a_killed_one(city: City) -> None:
    city.publish(1)
    machines = [city.machine() for _ in range(3)]
    until(lambda: len(city.written()) == 3, "nobody wrote the first outings")
    machines[0].kill()
    city.publish(2)
    until(lambda: len(city.written()) == 6, "nobody went on after the first machine was killed")
    machines[1].kill()
    city.publish(3)
    until(lambda: len(city.written()) == 9, "nobody went on after the second machine was killed")
    assert set(city.written().values()) == {1}
    assert machines[2].poll() is None


@pytest.mark.system
@pytest.mark.slow
def test_three_machines_ask_the_servers_hardly_more_often_than_one(city: City) -> None:
    for _ in range(3):
        city.machine()
    before = {space.id: city.passed(space) for space in city.spaces}
    until(lambda: all(city.passed(s) > before[s.id] for s in city.spaces), "nobody looks")
    since, began = city.looks(), time.monotonic()
    time.sleep(INTERVAL * 4)
    turns = (time.monotonic() - began) / INTERVAL
    # One machine alone looks once a turn and space; three that did not know of each other would look three times.
    assert city.looks() - since <= 1.7 * turns * len(city.spaces)


def test_what_another_machine_has_just_passed_is_left_alone(city: City) -> None:
    """Two keepers in one process, each with a folder of its own, as two machines have."""
    interval = replace(city.application.config, sync_interval=600)
    for name in ("here", "there"):
        (city.folder / name).mkdir()
    here, there = (
        Keeper(replace(city.application, config=replace(interval, data_dir=city.folder / name)))
        for name in ("here", "there")
    )
    here.once()
    there.once()
    asked = city.looks()
    here.once()
    assert city.looks() == asked, "there has looked since"
    there.once()
    assert city.looks() > asked, "nobody has looked since"


def test_two_passes_that_are_counted_at_once_are_two(city: City) -> None:
    """Else the count falls behind its file, and the database is taken for a backup that was put back."""
    app = city.application
    done = threading.Event()

    def other() -> None:
        with app.storage.unit(actor="test") as uow:
            count(uow)
        done.set()

    with app.storage.unit(actor="test") as uow:
        before = count(uow)
        beside = threading.Thread(target=other)
        beside.start()
        with app.storage.engine.connect() as watching:
            asked = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            until(lambda: bool(watching.execute(asked).scalar()), "the other waits for this one")
        assert not done.is_set()
    beside.join(PATIENCE)
    with app.storage.unit(write=False) as uow:
        assert uow.settings.get(EPOCH_KEY) == before + 1
