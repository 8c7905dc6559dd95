"""Keeps syncing: every space is passed again and again until stopped; several servers at once, one space of each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from calendars.errors import CalendarsError, Interrupted, Unreachable
from calendars.sync.report import PassReport
from sidecar.bootstrap import Application
from sidecar.domain.bindings import Space
from sidecar.domain.errors import DomainError, NotFound
from sidecar.observability import get_logger
from sidecar.services.absent_groups import look_for_groups
from sidecar.services.forgetting import forget_who
from sidecar.services.hints import leave_hint, take_hints
from sidecar.services.lanes import Lanes, Passed
from sidecar.services.locking import SpaceBusy, try_lock
from sidecar.services.muting import in_step
from sidecar.services.platform import PlatformError
from sidecar.services.syncing import Syncer
from sidecar.services.telling import Channel, Teller
from sidecar.services.webhooks import Webhooks
from sidecar.storage import StorageError
from sidecar.storage.upkeep import optimise

log = get_logger(__name__)
GLANCE = 1.0
"""Seconds between two looks for hints."""
APART = 5.0
"""Seconds between two passes that hints ask for: what comes in a burst is looked at once."""

DAILY = timedelta(days=1)
ENOUGH = 0.9
"""Share of an interval within which another machine's pass counts as this turn's: timers are not exact."""


class Keeper:
    """``start`` and ``stop``; between them every space is passed once per ``sync_interval`` seconds, and a space that
    somebody left a hint for within seconds. A server that takes longer has its next turn when it is through.

    ``told`` hears of every pass in which something happened. ``may`` is asked before each turn whether it may take place.
    Beside it others are told what happened (``Teller``): by webhooks, and by ``channels``.
    """

    def __init__(
        self,
        application: Application,
        told: Callable[[Space, PassReport], None] | None = None,
        *,
        may: Callable[[], bool] = lambda: True,
        syncer: Syncer | None = None,
        channels: Sequence[Channel] = (),
    ) -> None:
        self._application = application
        self._told = told
        self._granted = may
        self._stop = threading.Event()
        self._syncer = replace(syncer or Syncer(application), stop=self._stop)
        self._teller = Teller(application, [Webhooks(application), *channels], may=self._may)
        self._thread: threading.Thread | None = None
        self._passed: dict[str, datetime] = {}
        self._lanes = Lanes(self._stop)
        self._tidied: datetime | None = None
        self._asked: dict[str, datetime] = {}

    def start(self) -> None:
        # Made here: a thread that was made before a fork counts as ended in the child, and nobody would wait for it.
        self._thread = threading.Thread(target=self._keep, name="keeper", daemon=True)
        self._thread.start()
        self._teller.start()

    def stop(self) -> None:
        """The pass that is running ends before its next request; wait for that, at most a minute."""
        self._stop.set()
        self._teller.stop()
        if self._thread is not None:
            self._thread.join(timeout=60)

    def _keep(self) -> None:
        """Pass after pass; of a machine's workers only the one that holds the lock keeps, and another takes over from it."""
        config = self._application.config
        while not self._stop.is_set():
            try:
                with try_lock(config.data_dir, "keeper") as held:
                    self._turns(held)
            except Exception:
                # A full disk, or a fault of ours: nothing ends the keeping but being told to stop.
                log.exception("keeping_failed")
            self._stop.wait(config.sync_interval)

    def _turns(self, held: bool) -> None:
        """Turn after turn while the lock is ``held``; whatever ends them, what was begun is through then."""
        try:
            while held and not self._stop.is_set():
                self._begin(self._hints())
                self._wait(self._application.config.sync_interval)
        finally:
            self._lanes.close()

    def _wait(self, seconds: float) -> None:
        """Until the next turn; spaces that are hinted at are passed meanwhile."""
        end, next_hint = time.monotonic() + seconds, time.monotonic() + APART
        while not self._stop.wait(min(GLANCE, max(0.0, end - time.monotonic()))) and time.monotonic() < end:
            if time.monotonic() >= next_hint and self.hinted():
                next_hint = time.monotonic() + APART

    def hinted(self) -> bool:
        """Begin a pass of every space that somebody left a hint for, before all others; whether there was any. Where one is
        under way, which may have looked before, another follows."""
        asked = self._hints()
        if asked:
            self._lanes.hasten(self._spaces(id=asked), self._prompted)
        return bool(asked)

    def once(self) -> None:
        """One pass of every space, but for those that another machine passed just now."""
        self._begin()
        self.finish()

    def finish(self) -> None:
        """Wait until all that was begun is through."""
        self._lanes.close()

    def _begin(self, asked: frozenset[str] = frozenset()) -> None:
        """``asked``: spaces of which somebody says that they changed since another machine passed them."""
        self._tidy()
        self._follow()
        spaces = self._spaces()
        self._lanes.begin(spaces, self._turn)
        self._lanes.hasten([space for space in spaces if space.id in asked], self._prompted)

    def _hints(self) -> frozenset[str]:
        """Those that were left since somebody took them last, by whichever machine."""
        try:
            return take_hints(self._application.storage)
        except StorageError as error:
            log.warning("hints_not_read", code=error.code)
            return frozenset()

    def _may(self) -> bool:
        """Raises StorageError where a newer program has brought the database forward meanwhile: nobody writes beside it."""
        self._application.storage.check()
        return self._granted()

    def _tidy(self) -> None:
        """Once a day, and after each start: who changed what is forgotten in time, and the database's planner looks at its
        tables."""
        app, last = self._application, self._tidied
        if last is not None and last <= app.now() < last + DAILY:
            return
        try:
            app.storage.check()
            forget_who(app, self._stop.is_set)
            optimise(app.storage.engine)
        except StorageError as error:
            log.warning("not_tidied", code=error.code)
        self._tidied = app.now()

    def _follow(self) -> None:
        """Where another machine passes everything, this one's file follows all the same, to notice what is put back."""
        try:
            with self._application.storage.unit(write=False) as uow:
                in_step(self._application, uow)
        except (StorageError, OSError) as error:
            # Whoever looks at that file next notices the same.
            log.warning("file_not_followed", kind=type(error).__name__)

    def _spaces(self, **filters: frozenset[str]) -> list[Space]:
        """All that may be passed now. A database in trouble is logged and asked again at the next turn."""
        try:
            if not self._may():
                return []
            with self._application.storage.unit(write=False) as uow:
                return uow.spaces.all(**filters)
        except StorageError as error:
            log.exception("spaces_not_read", code=error.code)
            return []

    def _passed_elsewhere(self, space: Space) -> bool:
        """Whether another machine on the same database passed it within this turn, so that servers are asked once."""
        mine = self._passed.get(space.id)
        if mine is None:
            return False
        try:
            with self._application.storage.unit(write=False) as uow:
                run = uow.runs.latest(space.id)
        except StorageError:
            return False  # the pass itself meets and tells it
        turn = timedelta(seconds=self._application.config.sync_interval * ENOUGH)
        return run is not None and run.ended_at > mine and self._application.now() - run.ended_at < turn

    def _turn(self, space: Space) -> Passed:
        return Passed.UNASKED if self._passed_elsewhere(space) else self._pass(space)

    def _prompted(self, space: Space) -> Passed:
        passed = self._pass(space)
        if passed is Passed.BUSY:
            try:
                leave_hint(self._application.storage, [space.id])  # whoever passes it may have looked before
            except StorageError as error:
                # It has its turn all the same.
                log.warning("hint_not_kept", code=error.code)
        return passed

    def _pass(self, space: Space) -> Passed:
        try:
            report = self._syncer.sync_patiently(space.id)
        except SpaceBusy:
            return Passed.BUSY
        except NotFound:
            return Passed.UNASKED  # taken away since the turn began
        except PlatformError as error:
            log.warning("pass_rests", space=space.id, why=error.code)
            return Passed.UNASKED
        except StorageError as error:
            log.exception("pass_failed", space=space.id, code=error.code)
            return Passed.UNASKED
        finally:
            self._passed[space.id] = self._application.now()
        if report is None:
            return Passed.UNASKED
        if report.error_kind == Interrupted.__name__:
            log.info("pass_interrupted", space=space.id)
        elif report.error:
            # What the server said stands in the pass's record, for people; it may name somebody.
            log.warning("pass_stopped", space=space.id, kind=report.error_kind)
        if self._told is not None and (report.error or any(c.pulled or c.pushed for c in report.collections.values())):
            self._told(space, report)
        if report.ok:
            self._look_for_groups(space)
        return Passed.AWAY if report.error_kind == Unreachable.__name__ else Passed.DONE

    def _look_for_groups(self, space: Space) -> None:
        """Once a day, and after each start: whether the server still has the groups that hold roles."""
        app, last = self._application, self._asked.get(space.id)
        if last is not None and last <= app.now() < last + DAILY:
            return
        self._asked[space.id] = app.now()
        try:
            look_for_groups(app, space, self._syncer.home)
        except (CalendarsError, DomainError, StorageError) as error:
            # It is asked again tomorrow, and by whoever examines or syncs by hand.
            log.warning("groups_not_asked", space=space.id, kind=type(error).__name__)
