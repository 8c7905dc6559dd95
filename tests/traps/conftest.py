"""A rota bound to the in-memory twin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.twin import Twin, twin


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Twin]:
    return lambda **options: twin(tmp_path, **options)


@pytest.fixture
def world(make: Callable[..., Twin]) -> Twin:
    return make()


@pytest.fixture
def synced(world: Twin) -> Twin:
    world.scene.sync()
    world.scene.sync()
    return world
