"""Some of the rows on Cyrus, which tells people of what is written there: one of each kind."""

# ruff: noqa: F401

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rows.conftest import CYRUS, Begin, opener
from tests.rows.test_attendees_and_answers import (
    test_a_board_move_asks_again_in_the_calendar,
    test_a_decline_opens_one_cover_request_and_coming_after_all_withdraws_it,
    test_an_attendee_who_is_removed_leaves_the_team,
)
from tests.rows.test_block import test_a_block_that_was_deleted_is_drawn_again
from tests.rows.test_conflicts import (
    test_both_moved_the_outing_and_the_calendar_stands_with_both_values_kept,
    test_one_person_joins_on_the_board_and_another_leaves_in_the_calendar,
)
from tests.rows.test_contacts import test_a_changed_phone_number_changes_the_persons
from tests.rows.test_copy import test_a_copy_is_a_new_outing_with_its_team_and_the_first_stays
from tests.rows.test_creates_named_event import (
    test_an_event_named_like_an_initiative_becomes_an_outing_to_confirm_and_stays_as_it_is,
)
from tests.rows.test_delete_and_bring_back import (
    test_a_deleted_outing_can_be_brought_back_under_a_new_uid,
    test_an_outing_crossed_out_in_the_calendar_is_cancelled_and_keeps_its_event,
)
from tests.rows.test_drafts_supervision_and_quiet import (
    test_a_pass_with_nothing_changed_is_one_request_for_each_home,
    test_supervision_stands_in_its_own_calendar_and_its_block_names_nobody,
)
from tests.rows.test_emptied_calendar import full, test_what_was_emptied_by_mistake_is_written_again_under_new_uids
from tests.rows.test_foreign_properties import test_what_programs_put_into_our_event_survives_every_later_write
from tests.rows.test_move_rename_text import (
    test_another_title_place_and_text_arrive_and_the_block_stays,
    test_saving_without_a_change_changes_nothing,
)
from tests.rows.test_other_calendar import test_a_move_that_takes_away_first_brings_the_outing_back, two


@pytest.fixture
def begin(request: pytest.FixtureRequest, tmp_path: Path) -> Begin:
    return opener(CYRUS, "nextcloud_calendar", request, tmp_path)


@pytest.fixture
def begin_styled(begin: Begin) -> Begin:
    return begin
