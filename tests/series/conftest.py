"""Series made in a calendar program, on the in-memory server, Radicale and Xandikos."""

from __future__ import annotations

import pytest

from tests.rows.conftest import Begin, begin, begin_styled
from tests.series.tuesdays import Tuesdays

__all__ = ["begin", "begin_styled", "tuesdays", "tuesdays_styled"]


@pytest.fixture
def tuesdays(begin: Begin) -> Tuesdays:
    """Six Tuesdays, made with Nextcloud Calendar and absorbed."""
    return Tuesdays.made(begin(outings=0))


@pytest.fixture
def tuesdays_styled(begin_styled: Begin) -> Tuesdays:
    """The same with each of five programs."""
    return Tuesdays.made(begin_styled(outings=0))
