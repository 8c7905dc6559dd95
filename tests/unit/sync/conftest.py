"""A scene bound to the in-memory twin, for tests of the engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.twin import Twin, twin


@pytest.fixture
def world(tmp_path: Path) -> Twin:
    return twin(tmp_path)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Twin]:
    return lambda **options: twin(tmp_path, **options)


@pytest.fixture
def synced(world: Twin) -> Twin:
    world.scene.sync()
    world.scene.sync()
    return world
