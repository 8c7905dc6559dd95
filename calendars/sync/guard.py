"""The guard: a collection that was emptied, replaced, is gone or the wrong one, or lost much within a day is nobody's
ordinary edit. Nothing is applied for it, nothing is written there, and a person decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from calendars.sync.ports import CollectionKind, CollectionState, Cursor, Known, Memory, Past
from calendars.sync.pull import Pulled
from calendars.sync.replica import Bound

GONE = "gone"
BINNED = "binned"
"""It lies in the server's trash bin: taken out of there, it is as it was."""
EMPTIED = "emptied"
DRAINED = "drained"
REPLACED = "replaced"
"""Another collection stands there: it knows nothing of our sync-token, and holds nothing of ours."""
REMADE = "remade"
"""A pass saw that the one we knew was gone, and what stands there now holds nothing of ours."""
WRONG = "wrong"
"""What is bound cannot hold what it is bound for: an address book, or a calendar for tasks alone."""
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


class Guard:
    """Looks over the collections of one pass, inside the transaction that is to absorb them."""

    def __init__(self, policy: GuardPolicy, memory: Memory, bound: Mapping[str, Bound], now: datetime) -> None:
        self._policy = policy
        self._memory = memory
        self._bound = bound
        self._now = now

    def reasons(
        self,
        states: Mapping[str, CollectionState],
        pulled: Sequence[Pulled],
        pending: Sequence[Known],
        binned: frozenset[str] = frozenset(),
    ) -> dict[str, str]:
        """href -> why a person has to decide, or ""; kept in the cursors too. Where a person did, nothing is asked again.

        ``binned``: what lies in the server's trash bin.
        """
        appeared = {k.uid for k in pending if k.pending is not None and k.base is None and k.uid}
        suspect = {part.collection.href for part in pulled if part.suspect}
        found = {}
        for href, bound in self._bound.items():
            cursor = self._memory.cursor(href)
            if cursor.guarded == ACCEPTED:
                continue
            lost = [k for k in pending if k.collection == href and k.gone and k.ours]
            # What left for another bound collection is a move, no loss.
            gone = [k for k in lost if k.uid not in appeared]
            found[href] = self._reason(bound, states.get(href), cursor, len(lost), len(gone), lost_count=href in suspect)
            if found[href] == GONE and href in binned:
                found[href] = BINNED
            if found[href] != cursor.guarded:
                self._memory.set_cursor(href, replace(cursor, guarded=found[href]))
        return found

    def _reason(
        self, bound: Bound, state: CollectionState | None, cursor: Cursor, lost: int, gone: int, *, lost_count: bool
    ) -> str:
        if state is None:
            return GONE
        if not can_hold(bound, state):
            return WRONG
        if not gone:
            return ""
        ours = self._memory.count_ours(bound.href) - (lost - gone)
        if gone == ours and cursor.guarded in (GONE, BINNED, REMADE):
            return REMADE
        other = lost_count and cursor.past is Past.NOT
        if gone == ours and (other or cursor.guarded == REPLACED):
            return REPLACED
        since = self._now - timedelta(hours=self._policy.hours)
        lately = self._memory.lost_since(bound.href, since) - (lost - gone)
        return judge(self._policy, ours=ours, gone_now=gone, lost_lately=lately)


def can_hold(bound: Bound, state: CollectionState) -> bool:
    """Whether what stands there can hold what it is bound for."""
    if state.kind is not bound.kind:
        return False
    return bound.kind is not CollectionKind.CALENDAR or not state.components or "VEVENT" in state.components
