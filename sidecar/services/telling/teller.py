"""Tells others what happened, in a thread of its own: a destination that does not answer holds up no calendar."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sidecar.bootstrap import Application
from sidecar.observability import get_logger
from sidecar.services.muting import Why, look_around, notice
from sidecar.services.telling.channel import Channel
from sidecar.services.telling.sending import GIVEN_UP_AFTER, send_next
from sidecar.services.telling.settling import AT_ONCE, muted_centres, settle
from sidecar.storage import StorageError

log = get_logger(__name__)
GLANCE = 5.0
"""Seconds between two looks."""
LANES = 4
"""So many destinations are told at once, each by one after the other."""
A_WHILE = 10.0
"""Seconds for which a destination may hold its lane, however much waits for it, before the next one has its turn."""
KEPT = timedelta(days=30)
"""How long it can be read what was sent."""
TIDIED = timedelta(hours=1)
_JITTER = random.SystemRandom().random


class Teller:
    """``start`` and ``stop``; between them what is due is sent within seconds. Any number of machines may do so at once.

    ``may`` is asked before each turn whether it may take place. What happens while everything is muted is told to nobody,
    neither then nor later; what was on its way waits.
    """

    def __init__(
        self,
        application: Application,
        channels: Sequence[Channel],
        *,
        may: Callable[[], bool] = lambda: True,
        jitter: Callable[[], float] = _JITTER,
    ) -> None:
        self._application = application
        self._channels = {channel.name: channel for channel in channels}
        self._may = may
        self._jitter = jitter
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._tidied: datetime | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._keep, name="teller", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """The attempt that is under way ends first; wait for that, at most half a minute. What is cut off goes again."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=30)

    def _keep(self) -> None:
        while not self._stop.wait(GLANCE):
            try:
                self.turn()
            except StorageError as error:
                log.exception("telling_rests", code=error.code)
            except Exception as error:
                # A fault of ours in one message: without this nobody would be told anything until the next start.
                log.exception("telling_failed", kind=type(error).__name__)

    def turn(self) -> int:
        """Settle what has rested, send what is due; how many attempts were made. Raises StorageError."""
        app = self._application
        self._tidy()
        with app.storage.unit(write=False) as uow:
            waits = uow.happenings.waiting() or uow.deliveries.due(self._channels, ())
            why = look_around(app, uow) if waits else Why.NOT
        # Asked only where there is something to tell: a platform is asked over the network.
        if not waits or not self._may():
            return 0
        if why is not Why.NOT:
            with app.storage.unit() as uow:
                notice(uow, why, app.now())
                uow.happenings.forget()
            return 0
        rest = timedelta(seconds=app.config.tell_after)
        settled = AT_ONCE
        while settled == AT_ONCE and not self._stop.is_set():
            with app.storage.unit() as uow:
                settled = settle(uow, self._channels, rest=rest, now=app.now())
        with app.storage.unit(write=False) as uow:
            due = uow.deliveries.due(self._channels, muted_centres(uow))
        return self._in_lanes(due)

    def _in_lanes(self, due: list[str]) -> int:
        """Tell each destination for a while; how many attempts were made. A slow one holds up its lane, and no other."""
        waiting, sent = deque(due), list[int]()

        def lane() -> None:
            while not self._stop.is_set():
                try:
                    destination_id = waiting.popleft()
                except IndexError:
                    return
                try:
                    sent.append(self._tell(destination_id))
                except Exception as error:
                    # A fault of ours, or the database's, with one of them: the others are told all the same.
                    log.exception("telling_failed", kind=type(error).__name__, destination=destination_id)

        # Daemons: a process that has to end does not wait for somebody else's answer.
        lanes = [threading.Thread(target=lane, name=f"teller-{n}", daemon=True) for n in range(min(LANES, len(due)))]
        for thread in lanes:
            thread.start()
        for thread in lanes:
            thread.join()
        return sum(sent)

    def _tell(self, destination_id: str) -> int:
        sent, end = 0, time.monotonic() + A_WHILE
        while not self._stop.is_set() and send_next(self._application, self._channels, destination_id, self._jitter):
            sent += 1
            if time.monotonic() >= end:
                break
        return sent

    def _tidy(self) -> None:
        now = self._application.now()
        if self._tidied is not None and self._tidied <= now < self._tidied + TIDIED:
            return
        with self._application.storage.unit(lasts=False) as uow:
            uow.deliveries.expire(GIVEN_UP_AFTER)
            uow.deliveries.trim(KEPT)
        self._tidied = now
