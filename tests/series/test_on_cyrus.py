"""Series on Cyrus, which tells people of what is written there: moved, split, one date changed, answered or called off."""

# ruff: noqa: F401

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rows.conftest import CYRUS, Begin, opener
from tests.series.test_answers import (
    test_a_date_declined_after_the_series_was_accepted_is_declined_alone,
    test_a_date_moved_on_the_board_asks_again_too,
)
from tests.series.test_one_date import (
    test_a_date_cancelled_on_the_board_is_crossed_out_and_restored_on_either_side,
    test_a_deleted_date_that_is_restored_is_the_same_outing_with_its_team,
    test_the_calendar_moves_a_date_while_the_board_staffs_the_same_and_both_hold,
)
from tests.series.test_splits import test_a_split_to_another_hour_moves_what_follows_and_asks_again
from tests.series.test_two_series import test_two_that_are_split_at_the_same_date_go_on_each_in_its_own_new_half
from tests.series.test_whole_series import (
    test_shifted_across_the_clock_change_it_stays_at_its_hour,
    test_shifted_by_a_day_with_its_changed_dates,
    test_shortened_by_count_or_until_the_rest_is_cancelled_and_comes_back_as_it_was,
)


@pytest.fixture
def begin(request: pytest.FixtureRequest, tmp_path: Path) -> Begin:
    return opener(CYRUS, "nextcloud_calendar", request, tmp_path)


@pytest.fixture
def begin_styled(begin: Begin) -> Begin:
    return begin
