"""The contract runs on every side: in memory, Radicale, Xandikos."""

from __future__ import annotations

import pytest

from tests.contract.sides import Side, in_memory, over_http


@pytest.fixture(params=["memory", "radicale", "xandikos"])
def side(request: pytest.FixtureRequest) -> Side:
    if request.param == "memory":
        return in_memory()
    return over_http(request.getfixturevalue(request.param))
