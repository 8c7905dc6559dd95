"""Splits and single dates again, where the server tells those invited: more is written there, the centre is a guest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from calendars.sync.memory_server import MemoryServer
from tests.rows.conftest import Begin
from tests.rows.world import Over, World
from tests.series.test_one_date import (
    test_a_date_edited_on_the_board_and_deleted_in_the_calendar_is_kept_and_told as test_a_date_changed_here_deleted_there,
)
from tests.series.test_splits import (
    test_a_date_that_the_board_called_off_stays_called_off_when_its_series_is_split as test_a_date_called_off,
)
from tests.series.test_splits import (
    test_a_split_keeps_every_outing_with_its_team_and_answers as test_a_split_keeps_every_outing,
)
from tests.series.test_splits import (
    test_a_split_to_another_hour_moves_what_follows_and_asks_again as test_a_split_to_another_hour,
)
from tests.series.test_splits import (
    test_split_shifted_answered_and_staffed_the_outings_are_the_same as test_split_shifted_answered_and_staffed,
)
from tests.series.test_splits import (
    test_what_the_board_moved_between_both_writes_of_a_split_is_merged_with_the_second as test_moved_between_both_writes,
)

__all__ = [
    "test_a_date_called_off",
    "test_a_date_changed_here_deleted_there",
    "test_a_split_keeps_every_outing",
    "test_a_split_to_another_hour",
    "test_moved_between_both_writes",
    "test_split_shifted_answered_and_staffed",
]


@pytest.fixture
def begin(tmp_path: Path) -> Begin:
    def opened(**options: Any) -> World:
        over = Over(name="twin", twin=MemoryServer(schedules=True), user="service")
        return World.on(over, "nextcloud_calendar", tmp_path, schedules=True, server="nextcloud", **options)

    return opened


@pytest.fixture
def begin_styled(begin: Begin) -> Begin:
    return begin
