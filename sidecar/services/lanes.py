"""Many servers at once, each asked for one space after the other: one that does not answer holds up nobody else's."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from enum import Enum, auto

from sidecar.domain.bindings import Space
from sidecar.observability import get_logger
from sidecar.services.access import server_of

log = get_logger(__name__)
AT_ONCE = 4
"""Servers that are asked at the same time. Each pass holds two connections to a shared database, of fifteen in all."""
AWAY_ENOUGH = 2
"""A server that could not be reached for so many spaces in a row is left until the next turn."""


class Passed(Enum):
    """How it went with one space. AWAY: its server could not be reached; BUSY: somebody else is passing it."""

    DONE = auto()
    AWAY = auto()
    BUSY = auto()


class Lanes:
    """A lane a server. Once ``stop`` is set no other space is begun."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._pool: ThreadPoolExecutor | None = None
        self._lanes: dict[str, Future[None]] = {}
        self._turns: dict[str, int] = {}
        self._turn = 0

    def begin(self, spaces: Iterable[Space], pass_space: Callable[[Space], Passed]) -> Sequence[Space]:
        """Pass these, each in a thread of its lane, without waiting for it; ``pass_space`` passes one.

        The spaces of servers whose lane is not through yet come back untouched.
        """
        by_server: defaultdict[str, list[Space]] = defaultdict(list)
        for space in spaces:
            by_server[server_of(space.url)].append(space)
        if self._pool is None:
            # Made here: threads do not live through a fork.
            self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="lane")
        left: list[Space] = []
        self._turn += 1
        for server, own in by_server.items():
            if server in self._lanes and not self._lanes[server].done():
                left += own
            else:
                self._lanes[server] = self._pool.submit(self._run, own, pass_space)
        return left

    def finish(self) -> None:
        """Wait until every lane is through."""
        lanes, self._lanes = self._lanes, {}
        wait(lanes.values())

    def close(self) -> None:
        """As ``finish``; the threads end."""
        self.finish()
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def _run(self, spaces: Sequence[Space], pass_space: Callable[[Space], Passed]) -> None:
        # Who waited longest comes first: else a server that is often away would always be tried with the same ones.
        away, queue = 0, sorted(spaces, key=lambda space: self._turns.get(space.id, 0))
        for number, space in enumerate(queue, start=1):
            if self._stop.is_set():
                return
            self._turns[space.id] = self._turn
            try:
                passed = pass_space(space)
            except Exception:
                # A fault of ours with one space is told where admins look, and keeps nobody from the others.
                log.exception("pass_broke", space=space.id)
                passed = Passed.DONE
            away = away + 1 if passed is Passed.AWAY else 0
            if away == AWAY_ENOUGH and number < len(queue):
                log.warning("server_left", spaces=len(queue) - number)
                return
