"""Servers that tests share; each worker has its own, started when first asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import Served, start_served


@pytest.fixture(scope="session")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = start_served("radicale", tmp_path_factory.mktemp("radicale"))
    yield served
    served.stop()


@pytest.fixture(scope="session")
def xandikos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = start_served("xandikos", tmp_path_factory.mktemp("xandikos"))
    yield served
    served.stop()
