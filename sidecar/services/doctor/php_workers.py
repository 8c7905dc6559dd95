"""Whether a server answers several at once: a Nextcloud with one PHP worker makes everybody wait for everybody.

It is told by the times of requests that are sent together: one worker's answers come at even steps, one piece of work apart.
A busy machine with several workers is slow too, but never that even. Where the way takes longer than the work nobody waits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from calendars.dav.servers import NEXTCLOUD
from sidecar.services.doctor.results import Result, ok, unknown, warning
from sidecar.services.doctor.visit import Visit

NOTICED = 0.02
"""Seconds: a shorter wait is nobody's trouble, and may be this machine's own."""
SIDE_BY_SIDE = 1.35
"""Last answer over first, up to which nobody waited."""
EVEN, STEP = 0.35, 0.35
"""How far a step may be from the mean one, and how much of the first answer's time a step takes at least."""


def several_at_once(rounds: Sequence[Sequence[float]]) -> bool | None:
    """None where the rounds do not agree, or stand between.

    >>> several_at_once([(0.1, 0.2, 0.3)]), several_at_once([(0.1, 0.11, 0.12)]), several_at_once([(0.1, 0.11, 0.3)])
    (False, True, None)
    """
    if rounds and all(map(_in_a_row, rounds)):
        return False
    return True if rounds and all(map(_together, rounds)) else None


def _together(times: Sequence[float]) -> bool:
    return times[-1] - times[0] < NOTICED or times[-1] <= SIDE_BY_SIDE * times[0]


def _in_a_row(times: Sequence[float]) -> bool:
    steps = [later - sooner for sooner, later in pairwise(times)]
    mean = (times[-1] - times[0]) / len(steps)
    return mean >= max(NOTICED, STEP * times[0]) and all(abs(step - mean) <= EVEN * mean for step in steps)


def php_workers(seen: Visit) -> Iterator[Result]:
    """Asked of a Nextcloud alone; elsewhere there is nothing to advise."""
    if not seen.answered or seen.tied.account is None or seen.tied.account.server != NEXTCLOUD.name:
        return
    found = several_at_once(seen.rounds)
    if found is None:
        yield unknown("php_workers", "unclear", seen.about)
    else:
        yield ok("php_workers", about=seen.about) if found else warning("php_workers", "one_by_one", seen.about)
