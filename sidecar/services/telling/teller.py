"""Tells others what happened, in a thread of its own: a destination that does not answer holds up no calendar."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sidecar.bootstrap import Application
from sidecar.observability import get_logger
from sidecar.services.muting import Why, look_around, notice
from sidecar.services.telling.channel import Channel
from sidecar.services.telling.sending import GIVEN_UP_AFTER, send_next
from sidecar.services.telling.settling import AT_ONCE, settle
from sidecar.storage import StorageError

log = get_logger(__name__)
GLANCE = 5.0
"""Seconds between two looks."""
AT_MOST = 200
"""Attempts in one turn, so that a mute is noticed between two."""
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
            waits = uow.happenings.waiting() or uow.deliveries.waits()
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
        sent = 0
        while sent < AT_MOST and not self._stop.is_set() and send_next(app, self._channels, self._jitter):
            sent += 1
        return sent

    def _tidy(self) -> None:
        now = self._application.now()
        if self._tidied is not None and self._tidied <= now < self._tidied + TIDIED:
            return
        with self._application.storage.unit(lasts=False) as uow:
            uow.deliveries.expire(GIVEN_UP_AFTER)
            uow.deliveries.trim(KEPT)
        self._tidied = now
