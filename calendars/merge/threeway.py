"""The decision for one property at a time. Pure; knows nothing of iCalendar.

A *map* is property key -> value; a missing key means that the side has no such property. Values compare by ``==`` and
are JSON-able, so that a decision can be kept and shown. A frozenset is a list property that merges as a set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Value = Any


class Outcome(StrEnum):
    TAKEN = "taken"
    """Only theirs changed: theirs is absorbed."""
    KEPT = "kept"
    """Only ours changed: ours goes out."""
    CONFLICT = "conflict"
    """Both changed, differently: theirs stands, ours is kept for somebody to choose."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What happens to one property, with its provenance. None stands for "has no such property".

    ``result`` is the value that stands afterwards; it differs from ``theirs`` only where two sets were united.
    """

    key: str
    outcome: Outcome
    base: Value
    ours: Value
    theirs: Value
    result: Value


@dataclass(frozen=True, kw_only=True)
class Merge:
    """All decisions about one thing, by key. Properties that nobody changed, or both alike, are not in it."""

    decisions: tuple[Decision, ...]

    @property
    def taken(self) -> dict[str, Value]:
        """What theirs brings, conflicts included because theirs stands there: key -> result (None: taken away)."""
        return {d.key: d.result for d in self.decisions if d.outcome is not Outcome.KEPT}

    @property
    def conflicts(self) -> tuple[Decision, ...]:
        return tuple(d for d in self.decisions if d.outcome is Outcome.CONFLICT)


def three_way(base: Mapping[str, Value], ours: Mapping[str, Value], theirs: Mapping[str, Value]) -> Merge:
    """Decide each property: one side changed -> that side; both alike -> nothing; both differently -> theirs stands.

    >>> merge = three_way({"summary": "a", "place": "x"}, {"summary": "a", "place": "y"}, {"summary": "b", "place": "x"})
    >>> merge.taken, [d.key for d in merge.conflicts]
    ({'summary': 'b'}, [])
    """
    decisions = []
    for key in sorted(base.keys() | ours.keys() | theirs.keys()):
        was, mine, other = base.get(key), ours.get(key), theirs.get(key)
        if was == other:
            if mine != was:
                decisions.append(_decision(key, Outcome.KEPT, was, mine, other, mine))
        elif mine == other:
            # Both sides did the same: it is absorbed (the domain has it already), nobody has to choose.
            continue
        elif mine == was:
            decisions.append(_decision(key, Outcome.TAKEN, was, mine, other, other))
        elif any(isinstance(value, frozenset) for value in (was, mine, other)):
            united = _united(_as_set(was), _as_set(mine), _as_set(other))
            decisions.append(_decision(key, Outcome.TAKEN, was, mine, other, united))
        else:
            decisions.append(_decision(key, Outcome.CONFLICT, was, mine, other, other))
    return Merge(decisions=tuple(decisions))


def _decision(key: str, outcome: Outcome, base: Value, ours: Value, theirs: Value, result: Value) -> Decision:
    return Decision(key=key, outcome=outcome, base=base, ours=ours, theirs=theirs, result=result)


def _as_set(value: Value) -> frozenset[Value]:
    return value if isinstance(value, frozenset) else frozenset()


def _united(base: frozenset[Value], ours: frozenset[Value], theirs: frozenset[Value]) -> frozenset[Value]:
    """Additions of either side stay, removals of either side are carried out."""
    return (theirs | (ours - base)) - (base - ours)
