"""Keeps syncing: every space is passed again and again until stopped; one thread, one space at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable

from calendars.sync.report import PassReport
from sidecar.bootstrap import Application
from sidecar.domain.bindings import Space
from sidecar.observability import get_logger
from sidecar.services.locking import SpaceBusy, try_lock
from sidecar.services.syncing import Syncer
from sidecar.storage import StorageError

log = get_logger(__name__)


class Keeper:
    """``start`` and ``stop``; between them every space is passed once per ``sync_interval`` seconds.

    ``told`` hears of every pass in which something happened.
    """

    def __init__(self, application: Application, told: Callable[[Space, PassReport], None] | None = None) -> None:
        self._application = application
        self._syncer = Syncer(application)
        self._told = told
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let the pass that is running end, at most a minute."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=60)

    def _keep(self) -> None:
        """Pass after pass; of several workers only the one that holds the lock keeps, and another takes over from it."""
        config = self._application.config
        while not self._stop.is_set():
            with try_lock(config.data_dir, "keeper") as held:
                while held and not self._stop.is_set():
                    self.once()
                    self._stop.wait(config.sync_interval)
            self._stop.wait(config.sync_interval)

    def once(self) -> None:
        """One pass of every space. A database in trouble is logged and asked again at the next turn."""
        try:
            with self._application.storage.unit(write=False) as uow:
                spaces = uow.spaces.all()
        except StorageError as error:
            log.exception("spaces_not_read", code=error.code)
            return
        for space in spaces:
            if self._stop.is_set():
                return
            try:
                report = self._syncer.sync_patiently(space.id)
            except SpaceBusy:
                continue
            except StorageError as error:
                log.exception("pass_failed", space=space.id, code=error.code)
                continue
            if report is None:
                continue
            if report.error:
                log.warning("pass_stopped", space=space.id, kind=report.error_kind, error=report.error)
            if self._told is not None and (report.error or any(c.pulled or c.pushed for c in report.collections.values())):
                self._told(space, report)
