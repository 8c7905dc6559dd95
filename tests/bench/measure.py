"""What one pass costs, counted at a gate between it and the server."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.gate import Gate


@dataclass(frozen=True, kw_only=True)
class Cost:
    """``methods``: how many requests of each; ``up``, ``down``: bytes of bodies; ``seconds``: by the clock on the wall.

    ``megabytes``: the most memory that was held, 0 where that was not measured.
    """

    methods: Counter[str]
    up: int
    down: int
    seconds: float
    megabytes: float = 0.0

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
    """One scenario: what it cost us, the bare requests that are its floor, and the same with others."""

    name: str
    ours: Cost
    floor: Cost | None = None
    vdirsyncer: Cost | None = None
    caldav: Cost | None = None


def table(rows: list[Row]) -> str:
    """The rows as text: requests (reads + writes), kB up and down, seconds; then our seconds as a part of others'."""
    sides = ("Hors les murs", "bare requests", "vdirsyncer", "python-caldav")
    units = f"{'requests':>11}{'kB up/down':>14}{'s':>8}"
    lines = [f"{'':34}" + "".join(f"{side:>33}" for side in sides) + "   our time / theirs", f"{'':34}{units * 4}"]
    for row in rows:
        costs = (row.ours, row.floor, row.vdirsyncer, row.caldav)
        told = f"{row.name:34}" + "".join(_cost(cost) for cost in costs)
        told += "".join(f"{_ratio(row.ours, cost):>7}" for cost in costs[1:])
        lines.append(told + (f"   {row.ours.megabytes:.1f} MB" if row.ours.megabytes else ""))
    return "\n".join(lines)


def _cost(cost: Cost | None) -> str:
    if cost is None:
        return f"{'':33}"
    size = f"{cost.up / 1000:.0f}/{cost.down / 1000:.0f}"
    return f"{f'{cost.reads}+{cost.writes}':>11}{size:>14}{cost.seconds:>8.3f}"


def _ratio(ours: Cost, theirs: Cost | None) -> str:
    return f"{ours.seconds / theirs.seconds:.2f}" if theirs is not None and theirs.seconds else "-"
