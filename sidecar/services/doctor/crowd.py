"""Several requests at once, and how long each of them took."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from calendars.dav.transport import Transport

TOGETHER, ROUNDS = 4, 3
"""So few that nobody notices, so many that chance does not look like one worker: of many, `php -S` gives a round to one."""


def crowd(transport: Transport, href: str) -> list[tuple[float, ...]]:
    """After how many seconds each answer of a round came, the first one first. Raises DavError.

    A round that does not count opens the connections.
    """
    with ThreadPoolExecutor(TOGETHER) as pool:
        found = [_round(pool, transport, href) for _ in range(1 + ROUNDS)]
    return found[1:]


def _round(pool: ThreadPoolExecutor, transport: Transport, href: str) -> tuple[float, ...]:
    ready = threading.Barrier(TOGETHER)

    def ask() -> float:
        ready.wait(10)
        began = time.monotonic()
        transport.request("OPTIONS", href)
        return time.monotonic() - began

    return tuple(sorted(future.result() for future in [pool.submit(ask) for _ in range(TOGETHER)]))
