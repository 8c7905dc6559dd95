"""The database: does it answer, is it this program's, can its secrets be read; and what the other checks have to know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfoNotFoundError

from calendars.dav import Account
from sidecar.bootstrap import INSTANCE_KEY, Application
from sidecar.config import Config, ConfigError
from sidecar.domain.bindings import Binding, Space, SyncRun
from sidecar.domain.centres import Centre
from sidecar.services.absent_groups import groups_with_roles
from sidecar.services.doctor.machine import database_file
from sidecar.services.doctor.outside import Outside
from sidecar.services.doctor.results import Level, Result, Said, ok, problem, said_of, unknown, warning
from sidecar.services.muting import NOTICES, Why, look_around
from sidecar.services.sync.desk import ACCOUNT_KEY
from sidecar.storage import Storage, StorageError, UnitOfWork

NO_KEY = bytes(32)
"""Opens no secret; with it everything else can be looked at where the key is gone."""
_OF_THE_MACHINE = frozenset({"storage_full", "storage_disk_trouble", "storage_cannot_open", "storage_read_only"})
"""What SQLite says where its folder or disk is in trouble."""
Choose = Callable[[UnitOfWork], str]
"""Gives the id of the one centre that is to be looked at."""


@dataclass(frozen=True, kw_only=True)
class Tied:
    """One space with what is bound in it. ``account`` is what discovery found; ``guarded``: binding id -> why, or "";
    ``groups``: those that hold a role in a centre bound there."""

    space: Space
    bindings: tuple[Binding, ...]
    account: Account | None
    run: SyncRun | None
    guarded: dict[str, str]
    why_muted: Why = Why.NOT
    groups: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        return self.space.url


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the database says. ``locked``: addresses of the spaces whose password cannot be read."""

    centres: dict[str, Centre] = field(default_factory=dict)
    bindings: tuple[Binding, ...] = ()
    tied: tuple[Tied, ...] = ()
    locked: tuple[str, ...] = ()


def opened(config: Config, outside: Outside, machine: Sequence[Result] = ()) -> tuple[Application | None, list[Result]]:
    """The application over a database as it stands: nothing is made, migrated or changed. None where it is of no use.

    ``machine``: what was found about folder and disk, which is not said once more of the database in them.
    """
    file = database_file(config)
    if file is not None and not file.exists():
        return None, [warning("database", "not_yet", file=str(file))]
    key = _key(config)
    storage = Storage(
        config.database_url, clock=outside.now, new_id=outside.new_id, secret_key=key,
        keys=(lambda: config.keys().all) if key is not NO_KEY else None,
    )  # fmt: skip
    try:
        storage.check()
        with storage.unit(write=False) as uow:
            instance = str(uow.settings.get(INSTANCE_KEY, ""))
    except StorageError as error:
        storage.close()
        return None, [_refused(error, in_file=file is not None, machine=machine)]
    app = Application(config=config, storage=storage, now=outside.now, new_id=outside.new_id, instance=instance)
    return app, [ok("database", storage.engine.dialect.name)]


def key_opens(config: Config) -> bool:
    """Whether there is a key at all; what is wrong with it another check says."""
    return _key(config) is not NO_KEY


def _key(config: Config) -> bytes:
    try:
        return config.secret_key() if config.secret_key_file.exists() else NO_KEY
    except (ConfigError, OSError):
        return NO_KEY


def _refused(error: StorageError, *, in_file: bool, machine: Sequence[Result]) -> Result:
    if in_file and error.code in _OF_THE_MACHINE and any(r.level is Level.PROBLEM for r in machine):
        return unknown("database", "needs_machine")
    if error.code == "storage_not_migrated":
        return problem("database", "behind")
    if error.code == "storage_newer":
        return problem("database", "newer")
    return problem("database", "trouble", why=said_of(error))


def read_facts(app: Application, choose: Choose | None) -> Facts:
    """Raises StorageError, and what ``choose`` raises."""
    with app.storage.unit(write=False) as uow:
        centre_id = choose(uow) if choose is not None else None
        centres = {c.id: c for c in uow.centres.all() if centre_id in (None, c.id)}
        everything = tuple(uow.bindings.all())
        bindings = tuple(b for b in everything if b.centre_id in centres)
        tied, locked = [], []
        for space_id in dict.fromkeys(b.space_id for b in bindings):
            own = tuple(b for b in bindings if b.space_id == space_id)
            try:
                tied.append(_tied(app, uow, uow.spaces.get(space_id), own))
            except StorageError as error:
                if error.code != "storage_wrong_key":
                    raise
                locked.append(str(error.details.get("url", space_id)))
        return Facts(centres=centres, bindings=everything, tied=tuple(tied), locked=tuple(locked))


def _tied(app: Application, uow: UnitOfWork, space: Space, bindings: tuple[Binding, ...]) -> Tied:
    found = uow.settings.get(ACCOUNT_KEY.format(space=space.id))
    memory = uow.memory(space.id)
    return Tied(
        space=space,
        bindings=bindings,
        account=Account.from_json(found) if found is not None else None,
        run=uow.runs.latest(space.id),
        guarded={b.id: memory.cursor(b.href).guarded for b in bindings},
        why_muted=look_around(app, uow, space),
        groups=tuple(groups_with_roles(uow, {b.centre_id for b in bindings})),
    )


def passwords(facts: Facts, *, key_opens: bool) -> Iterator[Result]:
    """Whether the key opens what it closed. Where it is gone, that is what has to be said."""
    for url in facts.locked if key_opens else ():
        yield problem("passwords", "other_key", url)
    if not facts.locked and facts.tied:
        yield ok("passwords")


def connected(facts: Facts) -> Iterator[Result]:
    if not facts.tied and not facts.locked:
        yield warning("connected", "nothing")
    else:
        yield ok("connected", count=len(facts.tied) + len(facts.locked))


def muted(tied: Iterable[Tied]) -> Iterator[Result]:
    """Muted by somebody is a state that is easily forgotten; by what was noticed it waits for a decision."""
    tied = list(tied)
    whys = dict.fromkeys(t.why_muted for t in tied)
    if set(whys) <= {Why.NOT}:
        yield ok("muted")
        return
    if len(whys) == 1 or set(whys) & {Why.SETTING, *NOTICES}:
        yield _muted(next(why for why in whys if why is not Why.NOT), "")
        return
    for one in tied:
        if one.why_muted is not Why.NOT:
            yield _muted(one.why_muted, one.about)


def _muted(why: Why, about: str) -> Result:
    found = problem if why in NOTICES else warning
    return found("muted", "is_muted", about, why=Said(f"muted.{why}"))


def time_zones(facts: Facts, outside: Outside) -> Iterator[Result]:
    """Whether this machine knows the zone of each centre; without data of zones it knows none."""
    try:
        outside.zone("Europe/Paris")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield problem("time_zones", "no_data")
        return
    bad = False
    for centre in facts.centres.values():
        try:
            outside.zone(centre.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            bad = True
            yield problem("time_zones", "not_known", centre=centre.name, zone=centre.timezone)
    if not bad:
        yield ok("time_zones", count=len(facts.centres))


def not_read(check: str) -> Result:
    """For what cannot be looked at without the database."""
    return unknown(check, "needs_database")
