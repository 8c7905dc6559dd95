"""One pass of one space, from the lock to the record that a coordinator can read."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from calendars.dav import Account, Bounds, open_home
from calendars.errors import CalendarsError, Interrupted, NotThere
from calendars.sync.engine import Engine, Policy, Standing, standing_in
from calendars.sync.guard import ACCEPTED, BINNED, GONE, WRONG
from calendars.sync.ports import Collection, CollectionKind, Home, Resource
from calendars.sync.push import Pusher
from calendars.sync.replica import Bound
from calendars.sync.report import PassReport
from calendars.sync.stopping import StoppableHome
from sidecar.bootstrap import Application
from sidecar.domain.audit import Origin
from sidecar.domain.bindings import Binding, Space, SyncRun
from sidecar.domain.errors import DomainError, NotNow
from sidecar.services.binding import kind_of, mark_centre
from sidecar.services.leaving import forget_binding, linked_events, plan_taking_out
from sidecar.services.locking import space_lock
from sidecar.services.muting import LOOKED_AT, Why, advance, in_step, look_around, notice, why_muted
from sidecar.services.pausing import PAUSED_KEY, is_pausing, keep_pause, paused_until
from sidecar.services.platform import auth_for, sign_in
from sidecar.services.sync.desk import ACCOUNT_KEY, Desk
from sidecar.services.sync.rewound import restored
from sidecar.services.sync.store import HORIZON_KEY, RotaStore

RUNS_KEPT = 500
TAKING_OUT_ROUNDS = 5


class OpenHome(Protocol):
    """Opens a space's home; tests hand in the in-memory twin."""

    def __call__(self, space: Space) -> Home: ...


@dataclass(frozen=True)
class Syncer:
    """Runs passes. ``open_home`` and ``pause`` are replaced in tests.

    ``stop``: once it is set, a pass ends before its next request; what it began is in the journal.
    """

    application: Application
    open_home: OpenHome | None = None
    policy: Policy = field(default_factory=Policy)
    pause: Callable[[float], None] | None = None
    jitter: Callable[[], float] = random.SystemRandom().random
    stop: threading.Event | None = None

    def sync(self, space_id: str, *, dry: bool = False, full: bool = False) -> PassReport:
        """One pass; its record is kept unless ``dry``. Raises SpaceBusy, NotFound; a server's trouble is in the report."""
        app = self.application
        with space_lock(app.storage, app.config.data_dir, space_id):
            started = app.now()
            with app.storage.unit(write=False) as uow:
                uow.settings.read_ahead(*LOOKED_AT, *(key.format(space=space_id) for key in (PAUSED_KEY, HORIZON_KEY)))
                space, bindings = uow.spaces.with_bindings(space_id)
                why = look_around(app, uow, space)
                known = why_muted(app, uow, space)
                counted = in_step(app, uow)
                paused = is_pausing(uow, space_id)
                store = self.store(space, as_if_writing=dry)
                standing = standing_in(store.over(uow))
                held = uow.outbox.held(space_id)
            if why is not known and not dry:
                # Kept before anything else happens, so that it is the reason people are told.
                with app.storage.unit(actor="system") as uow:
                    notice(uow, why, started)
            bound = [_bound(b, dry=dry, silent=why is not Why.NOT) for b in bindings]
            report = self._run(space, bound, store, standing, dry=dry, full=full)
            if report.error and report.error_kind != Interrupted.__name__:
                report = self._with_a_new_password(space, bound, report, dry=dry, full=full)
            report.muted, report.held = why, held
            if not dry:
                # A quiet pass changed nothing that a backup of before could lack.
                count = not (report.quiet and counted)
                self._record(space, bindings, report, started, count=count, paused=paused)
            return report

    def sync_patiently(self, space_id: str) -> PassReport | None:
        """As ``sync``, but a server that asked for a pause is left alone until it is over: None."""
        app = self.application
        with app.storage.unit(write=False) as uow:
            if paused_until(uow, space_id, app.now()) is not None:
                return None
        return self.sync(space_id)

    def _with_a_new_password(
        self, space: Space, bound: Sequence[Bound], stopped: PassReport, *, dry: bool, full: bool
    ) -> PassReport:
        """What stopped the pass, or the pass once more where somebody renewed the password while it ran: a refusal of the
        old one, or a pause for having tried it too often, says nothing of the new one."""
        with self.application.storage.unit(write=False) as uow:
            renewed = uow.spaces.get(space.id)
        if renewed.secret == space.secret:
            return stopped
        report = self._run(renewed, bound, self.store(renewed, as_if_writing=dry), None, dry=dry, full=full)
        # Whatever the first one did is no quiet pass.
        report.quiet = False
        return report

    def _run(
        self, space: Space, bound: Sequence[Bound], store: RotaStore, standing: Standing | None, *, dry: bool, full: bool
    ) -> PassReport:
        app = self.application
        try:
            home = self.home(space)
        except CalendarsError as error:
            return PassReport(dry=dry, error=str(error), error_kind=type(error).__name__)
        options: dict[str, Any] = {"pause": self.pause} if self.pause is not None else {}
        if self.stop is not None:
            home = StoppableHome(home, self.stop.is_set)
            options.setdefault("pause", self.stop.wait)
        engine = Engine(home, store, bound, now=app.now, new_op=app.new_id, policy=self.policy, **options)
        return engine.run(dry=dry, full=full, standing=standing)

    def home(self, space: Space) -> Home:
        """The space's home, opened with what discovery found when it was connected."""
        if self.open_home is not None:
            return self.open_home(space)
        app = self.application
        with app.storage.unit(write=False) as uow:
            found = uow.settings.get(ACCOUNT_KEY.format(space=space.id))
            signed = sign_in(app, uow, space)
        if found is None:
            raise DomainError("space_not_discovered", url=space.url)
        auth = auth_for(app, signed) if signed is not None else None
        bounds = Bounds(read=app.config.dav_timeout)
        return open_home(Account.from_json(found), space.username, space.secret, auth=auth, bounds=bounds)

    def store(self, space: Space, *, as_if_writing: bool = False) -> RotaStore:
        app = self.application
        return RotaStore(
            app.storage,
            space,
            now=app.now,
            new_id=app.new_id,
            instance=app.instance,
            page=f"{app.config.base_url}/appointments/{{id}}",
            as_if_writing=as_if_writing,
            tell_after=timedelta(seconds=app.config.tell_after),
        )

    def _record(
        self,
        space: Space,
        bindings: Sequence[Binding],
        report: PassReport,
        started: datetime,
        *,
        count: bool,
        paused: bool,
    ) -> None:
        """``count``: something may have changed here; ``paused``: the server had asked for a pause before."""
        app, committed = self.application, None
        # That nothing happened may be forgotten in a power cut.
        with app.storage.unit(actor="system", origin=Origin.SYSTEM, lasts=count) as uow:
            if count:
                # The pass itself may have noticed something.
                report.muted = why_muted(app, uow, space)
                committed = advance(app, uow)
                report.held = uow.outbox.held(space.id)
            # A pass that was asked to stop says nothing of the server: what was kept before it stands.
            told = report.error_kind != Interrupted.__name__
            if told and (paused or report.pause is not None):
                keep_pause(uow, space.id, report, app.now(), self.jitter)
            run = SyncRun(
                id=app.new_id(),
                space_id=space.id,
                started_at=started,
                ended_at=app.now(),
                ok=report.ok,
                report=report.as_json(),
            )
            if told and not (report.quiet and uow.runs.again(run)):
                uow.runs.add(run)
                uow.runs.keep(space.id, RUNS_KEPT)
            for binding in bindings:
                name = report.of(binding.href).name
                standing = uow.bindings.find(binding.id) if name not in ("", binding.display_name) else None
                if standing is not None:
                    uow.bindings.save(replace(standing, display_name=name))
        if committed is not None:
            committed()

    def resume(self, centre_id: str, *, restore: bool, actor: str, origin: Origin = Origin.COMMAND) -> list[str]:
        """A person decides about the guarded collections of a centre: accept the losses, or write everything again.

        The hrefs decided about are returned; the next pass carries it out. What is to be restored into a collection that
        is gone goes on waiting: it has to be bound anew first. Raises NotFound for an unknown centre, NotNow where there
        is nothing to decide.
        """
        app = self.application
        decided, missing, in_bin = [], [], False
        with app.storage.unit(actor=actor, origin=origin) as uow:
            centre = uow.centres.get(centre_id)
            for binding in uow.bindings.all(centre_id=centre_id):
                memory = uow.memory(binding.space_id)
                cursor = memory.cursor(binding.href)
                if cursor.guarded in ("", ACCEPTED):
                    continue
                if restore and cursor.guarded in (BINNED, GONE, WRONG):
                    missing.append(binding.display_name or binding.href)
                    in_bin = in_bin or cursor.guarded == BINNED
                    continue
                decided.append(binding.href)
                if restore:
                    space = uow.spaces.get(binding.space_id)
                    desk = Desk(uow=uow, space=space, now=app.now(), new_id=app.new_id, instance=app.instance)
                    restored(desk, memory, binding.href)
                    # What is put back was not lost: else the next one deleted within a day would be asked about again.
                    memory.forgive(binding.href)
                memory.set_cursor(binding.href, replace(cursor, guarded="" if restore else ACCEPTED))
            if missing and not decided:
                raise NotNow("restore_binned" if in_bin else "restore_gone", name=", ".join(missing))
            if not decided:
                raise NotNow("nothing_paused", name=centre.name)
            mark_centre(uow, centre_id, app.now())
        return decided

    def unbind(self, binding_id: str, *, take_out: bool, actor: str) -> PassReport:
        """Untie a collection; ``take_out`` removes our events and blocks there first, else everything is left.

        When the server cannot be reached (CalendarsError) or will not let us (DomainError) the binding stays, and
        calling again carries on.
        """
        app, report = self.application, PassReport()
        with app.storage.unit(write=False) as uow:
            binding = uow.bindings.get(binding_id)
            space = uow.spaces.get(binding.space_id)
            muted = look_around(app, uow, space) is not Why.NOT
        with space_lock(app.storage, app.config.data_dir, space.id):
            if take_out and muted:
                raise DomainError("take_out_muted", name=binding.display_name or binding.href)
            # Cards are the centre's contacts, not ours: they stay whatever is asked.
            if take_out and kind_of(binding.purposes) is CollectionKind.CALENDAR:
                self._take_out(space, binding, report, actor)
            with app.storage.unit(actor=actor, origin=Origin.COMMAND) as uow:
                forget_binding(uow, binding, instance=app.instance)
                if not uow.bindings.all(space_id=space.id):
                    # Nobody needs the password any more; connecting again brings it back.
                    uow.spaces.save(replace(uow.spaces.get(space.id), secret=""))
        return report

    def take_out_some(self, binding_id: str, most: int, *, actor: str) -> int:
        """Take ``most`` of ours out of a calendar; how many are left. From here on nothing new is written there.

        Raises as ``unbind``, which ends it. Called again it carries on, whatever happened in between.
        """
        app = self.application
        with app.storage.unit(write=False) as uow:
            binding = uow.bindings.get(binding_id)
            space = uow.spaces.get(binding.space_id)
            muted = look_around(app, uow, space) is not Why.NOT
        if muted:
            raise DomainError("take_out_muted", name=binding.display_name or binding.href)
        with space_lock(app.storage, app.config.data_dir, space.id):
            if binding.writes:
                # Else a pass in between would put back what is gone already.
                with app.storage.unit(actor=actor, origin=Origin.COMMAND) as uow:
                    binding = uow.bindings.save(replace(uow.bindings.get(binding_id), writes=False))
            return self._take_out(space, binding, PassReport(), actor, most=most)

    def _take_out(self, space: Space, binding: Binding, report: PassReport, actor: str, *, most: int | None = None) -> int:
        """Write until nothing of ours is left; what people change meanwhile is read again, a few times.

        ``most``: so many writes and no more; how many are left then.
        """
        app, home = self.application, self.home(space)
        collection = home.collection(binding.href, CollectionKind.CALENDAR)
        bound = [replace(_bound(binding), writes=True)]
        options: dict[str, Any] = {"pause": self.pause} if self.pause is not None else {}
        counts = report.of(binding.href)
        for _ in range(TAKING_OUT_ROUNDS):
            pusher = Pusher(self.store(space), lambda _: collection, bound, report, **options)
            pusher.recover()
            with app.storage.unit(actor=actor, origin=Origin.COMMAND) as uow:
                linked = linked_events(uow, binding, app.now())
            standing = _standing(collection, linked)
            with app.storage.unit(actor=actor, origin=Origin.COMMAND) as uow:
                planned, left = plan_taking_out(
                    uow, binding, standing, instance=app.instance, now=app.now(), new_id=app.new_id, most=most
                )
            if not planned:
                return 0
            stopped = pusher.send_open()
            if stopped is not None:
                raise stopped
            if counts.refused:
                raise DomainError("take_out_refused", name=binding.display_name or binding.href, number=counts.refused)
            if most is not None and left:
                return left
        raise DomainError("take_out_unfinished", name=binding.display_name or binding.href)


def _standing(collection: Collection, hrefs: Iterable[str]) -> dict[str, Resource]:
    """What stands at these hrefs now; a collection that is gone holds nothing."""
    try:
        return {resource.href: resource for resource in collection.fetch(list(hrefs))}
    except NotThere:
        return {}


def _bound(binding: Binding, *, dry: bool = False, silent: bool = False) -> Bound:
    """A dry run shows what would be written once it may be: read-only or muted, nothing goes out of it."""
    return Bound(href=binding.href, kind=kind_of(binding.purposes), writes=dry or (binding.writes and not silent))
