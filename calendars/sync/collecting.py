"""The collector of cycles rests while very many objects are made that stay until a transaction ends.

Each new hundred of them would make it look through those before once more, in vain: what a pass makes holds hardly any
cycles. Everything else is freed at once, as always.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_resting = 0


@contextmanager
def uncollected() -> Iterator[None]:
    """For a bounded stretch without requests; several threads may be in one. Afterwards the collector is as it was."""
    global _resting
    with _lock:
        mine = _resting > 0 or gc.isenabled()
        if mine:
            _resting += 1
            gc.disable()
    try:
        yield
    finally:
        with _lock:
            if mine:
                _resting -= 1
                if not _resting:
                    gc.enable()
