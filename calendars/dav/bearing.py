"""How many requests at once one server bears, learnt from how it answers, and known to all who speak with it.

Nextcloud on SQLite answers 500 ("database is locked") to writes at the same time; others answer 429 or 503. Whoever gets
such an answer while other requests were under way halves what goes out together; a long quiet time raises it again by one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

CHOKED = frozenset({429, 500, 502, 503, 504})
CALM = 200
"""How many good answers in a row it takes to try one more request at once."""


class Reply:
    """``status`` of an answer, None while there is none. ``together``: how many were under way at once meanwhile."""

    status: int | None = None
    together: int = 1


class Bearing:
    """One server's patience; ``at_once`` asks, ``under_way`` learns. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._limit: int | None = None
        self._under_way = set[Reply]()
        self._good = 0

    def at_once(self, most: int) -> int:
        """How many of ``most`` requests may go out together; at least 1."""
        with self._lock:
            return max(1, most if self._limit is None else min(most, self._limit))

    @contextmanager
    def under_way(self) -> Iterator[Reply]:
        """Around one request: the status of its answer is told to what this gives."""
        reply = Reply()
        with self._lock:
            self._under_way.add(reply)
            for each in self._under_way:
                each.together = max(each.together, len(self._under_way))
        try:
            yield reply
        finally:
            with self._lock:
                self._under_way.remove(reply)
                self._learn(reply.status, reply.together)

    def _learn(self, status: int | None, together: int) -> None:
        if status in CHOKED and together > 1:
            self._limit, self._good = max(1, min(self._limit or together, together) // 2), 0
        elif status is not None and status < 400 and self._limit is not None:
            self._good += 1
            if self._good >= CALM:
                self._limit, self._good = self._limit + 1, 0


_BY_ORIGIN: dict[str, Bearing] = {}
_LOCK = threading.Lock()


def bearing_of(origin: str) -> Bearing:
    """The one bearing of that server in this process: several accounts on it share its patience."""
    with _LOCK:
        return _BY_ORIGIN.setdefault(origin, Bearing())
