"""Every test here runs on the in-memory server, on Radicale and on Xandikos."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.restore.place import SERVERS, Place


@pytest.fixture(params=SERVERS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    served = None if request.param == "twin" else request.getfixturevalue(request.param)
    return Place.on(request.param, tmp_path, served)
