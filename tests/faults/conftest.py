"""One warmed process for all tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.victim import Warmed


@pytest.fixture(scope="session")
def warmed() -> Iterator[Warmed]:
    process = Warmed()
    yield process
    process.stop()
