"""Whether a server answers several at once: a Nextcloud with one PHP worker makes everybody wait for everybody.

It is told by comparing: of requests that are sent together, the last answer of one worker takes several times as long as the
first. Where the way there takes longer than the work, nobody notices, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from calendars.dav.servers import NEXTCLOUD
from sidecar.services.doctor.results import Result, ok, unknown, warning
from sidecar.services.doctor.visit import Visit

ONE_BY_ONE, SIDE_BY_SIDE = 1.8, 1.35
"""Last answer over first: from the one on they were answered in a row, up to the other together."""
NOTICED = 0.02
"""Seconds: a shorter wait is nobody's trouble, and may be this machine's own."""


def several_at_once(rounds: Sequence[tuple[float, float]]) -> bool | None:
    """None where the rounds do not agree, or stand between.

    >>> several_at_once([(0.1, 0.3), (0.1, 0.29)]), several_at_once([(0.1, 0.12), (0.1, 0.11)])
    (False, True)
    """
    if rounds and all(last - first >= NOTICED and last >= ONE_BY_ONE * first for first, last in rounds):
        return False
    alike = all(last - first < NOTICED or last <= SIDE_BY_SIDE * first for first, last in rounds)
    return True if rounds and alike else None


def php_workers(seen: Visit) -> Iterator[Result]:
    """Asked of a Nextcloud alone; elsewhere there is nothing to advise."""
    if not seen.answered or seen.tied.account is None or seen.tied.account.server != NEXTCLOUD.name:
        return
    found = several_at_once(seen.rounds)
    if found is None:
        yield unknown("php_workers", "unclear", seen.about)
    else:
        yield ok("php_workers", about=seen.about) if found else warning("php_workers", "one_by_one", seen.about)
