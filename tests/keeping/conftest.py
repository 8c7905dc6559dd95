"""Databases of both engines, each test with one of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sidecar.config import Config
from tests.cli.conftest import imported, own
from tests.storage import postgres
from tests.storage.conftest import require_system

__all__ = ["imported", "own"]


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    require_system("PostgreSQL", postgres.binaries())
    with postgres.cluster() as running:
        yield running


@pytest.fixture
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Config]:
    """Settings of a machine where nothing was ever started: ``fresh("sqlite")`` or ``fresh("postgresql")``."""
    numbers = itertools.count(1)

    def settings(engine: str) -> Config:
        folder = tmp_path / f"machine{next(numbers)}"
        config = Config(
            data_dir=folder, database_url=f"sqlite:///{folder / 'rota.db'}", secret_key_file=folder / "secret.key"
        )
        if engine == "postgresql":
            cluster: postgres.Cluster = request.getfixturevalue("cluster")
            return replace(config, database_url=cluster.url(cluster.create()))
        return config

    return settings
