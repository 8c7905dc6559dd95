"""What one pass costs, counted at a gate between it and the server."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.gate import Gate


@dataclass(frozen=True, kw_only=True)
class Cost:
    """``methods``: how many requests of each; ``up``, ``down``: bytes of bodies; ``seconds``: by the clock on the wall."""

    methods: Counter[str]
    up: int
    down: int
    seconds: float

    @property
    def requests(self) -> int:
        return self.methods.total()

    @property
    def writes(self) -> int:
        return self.methods["PUT"] + self.methods["DELETE"]

    @property
    def reads(self) -> int:
        return self.requests - self.writes


def measured(gate: Gate, act: Callable[[], object]) -> Cost:
    first, up, down, began = len(gate.log), gate.up, gate.down, time.perf_counter()
    act()
    seconds = time.perf_counter() - began
    methods = Counter(method for method, _, _ in gate.log[first:])
    return Cost(methods=methods, up=gate.up - up, down=gate.down - down, seconds=seconds)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One scenario: what it cost us, and the same with vdirsyncer."""

    name: str
    ours: Cost
    theirs: Cost | None = None


def table(rows: list[Row]) -> str:
    """The rows as text: requests (reads + writes), kB up and down, seconds; ours, vdirsyncer's, and the ratio of both."""
    head = f"{'':34}{'Hors les murs':>34}{'vdirsyncer':>34}{'ours / theirs':>24}"
    units = f"{'requests':>11}{'kB up/down':>15}{'s':>8}"
    lines = [head, f"{'':34}{units}{units}{'requests':>10}{'bytes':>7}{'s':>7}"]
    for row in rows:
        told = f"{row.name:34}{_cost(row.ours)}"
        if row.theirs is not None:
            told += _cost(row.theirs)
            told += f"{_ratio(row.ours.requests, row.theirs.requests):>10}"
            told += f"{_ratio(row.ours.up + row.ours.down, row.theirs.up + row.theirs.down):>7}"
            told += f"{_ratio(row.ours.seconds, row.theirs.seconds):>7}"
        lines.append(told)
    return "\n".join(lines)


def _cost(cost: Cost) -> str:
    size = f"{cost.up / 1000:.0f}/{cost.down / 1000:.0f}"
    return f"{f'{cost.reads}+{cost.writes}':>11}{size:>15}{cost.seconds:>8.2f}"


def _ratio(ours: float, theirs: float) -> str:
    return f"{ours / theirs:.2f}" if theirs else "-"
