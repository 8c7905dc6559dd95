"""Several requests at once, and how long the first and the last of them took."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from calendars.dav.transport import Transport

TOGETHER, ROUNDS = 3, 2


def crowd(transport: Transport, href: str) -> list[tuple[float, float]]:
    """First and last answer of each round, in seconds. A round before them opens the connections. Raises DavError."""
    with ThreadPoolExecutor(TOGETHER) as pool:
        found = [_round(pool, transport, href) for _ in range(1 + ROUNDS)]
    return found[1:]


def _round(pool: ThreadPoolExecutor, transport: Transport, href: str) -> tuple[float, float]:
    ready = threading.Barrier(TOGETHER)

    def ask() -> float:
        ready.wait(10)
        began = time.monotonic()
        transport.request("OPTIONS", href)
        return time.monotonic() - began

    took = [future.result() for future in [pool.submit(ask) for _ in range(TOGETHER)]]
    return min(took), max(took)
