"""Storages to test with: migrated once, copied for each test, on both engines."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sidecar.storage import Storage
from tests.storage import postgres

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
KEY = b"thirty-two bytes of a test's key"

OpenStorage = Callable[..., Storage]


def require_system(name: str, present: object) -> None:
    """Skip a test whose system program is missing, or fail it where HLM_REQUIRE_SYSTEM=1 says that all have to run."""
    if present:
        return
    if os.environ.get("HLM_REQUIRE_SYSTEM") == "1":
        pytest.fail(f"{name} is not installed: needs make test-deps")
    pytest.skip(f"{name} is not installed: needs make test-deps")


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    require_system("PostgreSQL", postgres.binaries())
    with postgres.cluster() as running:
        yield running


@pytest.fixture(scope="session")
def open_storage() -> OpenStorage:
    """Opens a storage on a URL with a clock that stands still and ids that count."""

    def opened(url: str, *, wait: float = 15.0, secret_key: bytes = KEY) -> Storage:
        numbers = itertools.count(1)
        return Storage(url, clock=lambda: NOW, new_id=lambda: f"n{next(numbers)}", secret_key=secret_key, wait=wait)

    return opened


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, open_storage: OpenStorage) -> Path:
    path = tmp_path_factory.mktemp("storage") / "template.db"
    storage = open_storage(f"sqlite:///{path}")
    storage.migrate()
    storage.close()
    return path


@pytest.fixture(scope="session")
def postgresql_template(cluster: postgres.Cluster, open_storage: OpenStorage) -> str:
    name = cluster.create()
    storage = open_storage(cluster.url(name))
    storage.migrate()
    storage.close()
    return name


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """A migrated SQLite database."""
    path = tmp_path / "rota.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(request: pytest.FixtureRequest) -> str:
    """A migrated PostgreSQL database."""
    template = request.getfixturevalue("postgresql_template")
    cluster = request.getfixturevalue("cluster")
    return str(cluster.url(cluster.create(template=template)))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.system)])
def url(request: pytest.FixtureRequest) -> str:
    """A migrated database, once on each engine."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def storage(url: str, open_storage: OpenStorage) -> Iterator[Storage]:
    opened = open_storage(url)
    yield opened
    opened.close()
