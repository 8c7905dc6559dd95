"""Servers that tests share; each worker has its own, started when first asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from calendars.dav import connect
from calendars.sync.ports import CollectionKind
from tests.servers import BY_HAND, SYSTEM, Served, start_served
from tests.storage.conftest import require_system

CAST = ("service", "anne", "bruno", "chloe", "denis")


def _served(name: str, factory: pytest.TempPathFactory) -> Iterator[Served]:
    if name in BY_HAND and not SYSTEM[name]():
        pytest.skip(f"{name} is not installed: {BY_HAND[name]}")
    if name in SYSTEM:
        require_system(f"{name} (a calendar server)", SYSTEM[name]())
    served = start_served(name, factory.mktemp(name))
    yield served
    served.stop()


@pytest.fixture(scope="session")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from _served("radicale", tmp_path_factory)


@pytest.fixture(scope="session")
def xandikos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from _served("xandikos", tmp_path_factory)


@pytest.fixture(scope="session")
def sabre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from _served("sabre", tmp_path_factory)


@pytest.fixture(scope="session")
def davical(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from _served("davical", tmp_path_factory)


@pytest.fixture(scope="session")
def cyrus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from _served("cyrus", tmp_path_factory)


def _with_cast(name: str, factory: pytest.TempPathFactory) -> Iterator[Served]:
    for served in _served(name, factory):
        for user in CAST:
            served.add_user(user, served.password(user))
            # Cyrus gives an account calendars when it first looks for them; before, nothing is delivered there.
            home = connect(served.url, user, served.password(user))
            if not home.look({CollectionKind.CALENDAR}):
                home.create_collection(CollectionKind.CALENDAR, "calendar", "Calendar")
        yield served


@pytest.fixture
def own_cyrus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A Cyrus for one test, with the people of the scene: it invites by address, and each test needs the same ones."""
    yield from _with_cast("cyrus", tmp_path_factory)


@pytest.fixture
def own_davical(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A DAViCal for one test, as ``own_cyrus``."""
    yield from _with_cast("davical", tmp_path_factory)


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Texts and bodies are no names: they are long, and some (a packed one holds the time) differ from worker to worker."""
    return argname if isinstance(val, (str, bytes)) and len(val) > 60 else None
