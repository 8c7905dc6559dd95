"""What is forgotten in time: who changed what, once nobody has a reason to ask any more.

Each change names who made it, and of people also what was there before: an address or a number that somebody took out. A
year is the longest that the CNIL finds usual for such records (recommendation on journalisation, deliberation 2021-122:
six months to one year). The story of an appointment is kept as long as the appointment: people read it, and passes ask it
who called off what.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sidecar.bootstrap import Application

WHO_KEPT = timedelta(days=365)
AT_ONCE = 2_000
"""Entries in one transaction: on SQLite everybody who writes waits for it."""


def forget_who(app: Application, stopped: Callable[[], bool] = lambda: False) -> int:
    """Forget who changed what longer ago than ``WHO_KEPT``; how many entries. Nothing is written where there are none.

    Raises StorageError.
    """
    before, forgotten = app.now() - WHO_KEPT, 0
    while not stopped():
        with app.storage.unit(write=False) as uow:
            numbers = uow.audit.outdated(before, AT_ONCE)
        if not numbers:
            break
        with app.storage.unit(lasts=False) as uow:
            uow.audit.drop(numbers)
        forgotten += len(numbers)
    return forgotten
