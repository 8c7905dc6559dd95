"""Series made in a calendar program: on the in-memory server, the same where people are told, Radicale and Xandikos."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rows.conftest import IN_STYLE, INVITING, Begin, opener
from tests.rows.world import SERVERS
from tests.series.tuesdays import Tuesdays

STYLED = [*IN_STYLE, *((INVITING, style) for style in ("nextcloud_calendar", "ios", "thunderbird"))]


@pytest.fixture(params=(*SERVERS, INVITING))
def begin(request: pytest.FixtureRequest, tmp_path: Path) -> Begin:
    return opener(request.param, "nextcloud_calendar", request, tmp_path)


@pytest.fixture(params=STYLED, ids=lambda pair: "-".join(pair))
def begin_styled(request: pytest.FixtureRequest, tmp_path: Path) -> Begin:
    """As ``begin``, where a person sits there with one of five programs."""
    name, style = request.param
    return opener(name, style, request, tmp_path)


@pytest.fixture
def tuesdays(begin: Begin) -> Tuesdays:
    """Six Tuesdays, made with Nextcloud Calendar and absorbed."""
    return Tuesdays.made(begin(outings=0))


@pytest.fixture
def tuesdays_styled(begin_styled: Begin) -> Tuesdays:
    """The same with each of five programs."""
    return Tuesdays.made(begin_styled(outings=0))
