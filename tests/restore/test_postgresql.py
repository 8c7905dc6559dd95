"""On PostgreSQL a copied database tells that it is one by where it lives, with a data folder of its own or without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sidecar.services.muting import MARK, Why
from tests.restore.database import there
from tests.restore.test_muting import look_and_unmute, retitle
from tests.storage import postgres
from tests.storage.conftest import require_system
from tests.twin import Twin, twin

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def running() -> Iterator[postgres.Cluster]:
    require_system("PostgreSQL", postgres.binaries())
    with postgres.cluster() as cluster:
        yield cluster


def test_a_copied_database_is_muted_and_a_second_machine_on_the_same_one_is_not(
    running: postgres.Cluster, tmp_path: Path
) -> None:
    name = running.create()
    world: Twin = twin(tmp_path / "first", url=running.url(name), outings=2)
    for _ in range(2):
        assert world.scene.sync().muted == Why.NOT
    config = world.scene.application.config

    machine = there(world.scene, replace(config, data_dir=tmp_path / "second"))
    assert machine.sync().muted == Why.NOT
    assert (tmp_path / "second" / MARK).exists()

    world.scene.application.storage.close()
    machine.application.storage.close()
    running.kick(name)
    copied = there(
        world.scene, replace(config, data_dir=tmp_path / "third", database_url=running.url(running.create(template=name)))
    )
    retitle(copied, "Écrit par la copie")
    seen = len(world.writes())
    assert copied.sync().muted == Why.COPIED
    assert world.writes()[seen:] == []
    look_and_unmute(copied)
    assert copied.sync().muted == Why.NOT
    assert "par la copie" in world.text()
