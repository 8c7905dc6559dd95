"""The contract runs on every side: in memory, and on each server that tests can start."""

from __future__ import annotations

import pytest

from tests.contract.sides import Side, in_memory, over_http, sides
from tests.servers import NAMES


@pytest.fixture(params=sides(["memory", *NAMES]))
def side(request: pytest.FixtureRequest) -> Side:
    if request.param == "memory":
        return in_memory()
    return over_http(request.getfixturevalue(request.param))
