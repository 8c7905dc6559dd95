"""When a loss is nobody's ordinary edit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendars.sync.guard import DRAINED, EMPTIED, GuardPolicy, judge

POLICY = GuardPolicy()


@pytest.mark.parametrize(
    ("ours", "gone_now", "lost_lately", "expected"),
    [
        (0, 0, 0, ""),
        (30, 0, 29, ""),  # nothing went now: what went before was judged then
        (1, 1, 1, ""),  # one event alone in its calendar may be deleted
        (2, 2, 2, EMPTIED),
        (30, 30, 30, EMPTIED),
        (12, 4, 4, ""),  # a third, but fewer than five
        (15, 5, 5, ""),  # exactly a third
        (14, 5, 5, DRAINED),
        (60, 5, 5, ""),
        (60, 21, 21, DRAINED),
        (41, 1, 20, ""),  # 60 at the beginning of the day, a third of them gone by and by
        (40, 1, 21, DRAINED),
    ],
)
def test_the_guard_by_numbers(ours: int, gone_now: int, lost_lately: int, expected: str) -> None:
    assert judge(POLICY, ours=ours, gone_now=gone_now, lost_lately=lost_lately) == expected


@given(ours=st.integers(0, 500), before=st.integers(0, 100), data=st.data())
def test_losing_more_never_calms_the_guard(ours: int, before: int, data: st.DataObject) -> None:
    gone = data.draw(st.integers(0, ours))
    reason = judge(POLICY, ours=ours, gone_now=gone, lost_lately=before + gone)
    if reason and gone < ours:
        assert judge(POLICY, ours=ours, gone_now=gone + 1, lost_lately=before + gone + 1)


@given(ours=st.integers(2, 500), before=st.integers(0, 100), data=st.data())
def test_a_day_never_takes_more_than_the_share_unasked(ours: int, before: int, data: st.DataObject) -> None:
    gone = data.draw(st.integers(1, ours))
    lost = before + gone
    if not judge(POLICY, ours=ours, gone_now=gone, lost_lately=lost):
        assert lost < POLICY.at_least or lost <= POLICY.share * (ours + before)
        assert gone < ours


@given(ours=st.integers(0, 500), lost=st.integers(0, 500))
def test_what_did_not_go_now_is_judged_no_second_time(ours: int, lost: int) -> None:
    assert judge(POLICY, ours=ours, gone_now=0, lost_lately=lost) == ""
