"""The guard: a collection that was emptied, is gone, or lost much within a day is nobody's ordinary edit. Pure."""

from __future__ import annotations

from dataclasses import dataclass

GONE = "gone"
EMPTIED = "emptied"
DRAINED = "drained"
ACCEPTED = "accepted"
"""A person said that the losses are meant: the guard looks away once."""


@dataclass(frozen=True, kw_only=True)
class GuardPolicy:
    """``share`` of what is ours (0..1) that may go within ``hours``, but at least ``at_least`` resources."""

    share: float = 1 / 3
    at_least: int = 5
    hours: int = 24


def judge(policy: GuardPolicy, *, ours: int, gone_now: int, lost_lately: int) -> str:
    """Why a person has to decide, or "".

    ``ours``: resources of ours that are known, those just gone included; ``gone_now``: of these, gone and not absorbed;
    ``lost_lately``: lost within ``policy.hours``, ``gone_now`` included. One event alone in its calendar may be deleted.
    """
    if not gone_now:
        return ""
    if gone_now == ours and ours >= 2:
        return EMPTIED
    before = ours + max(0, lost_lately - gone_now)
    if lost_lately >= policy.at_least and lost_lately > policy.share * before:
        return DRAINED
    return ""
