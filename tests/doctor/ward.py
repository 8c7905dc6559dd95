"""A small installation to be examined: one centre, one account on a server, what is bound there, a pass a minute ago."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from calendars.dav import Account
from calendars.dav.auth import PasswordAuth
from calendars.dav.transport import Bounds, DavSession, Transport
from sidecar.bootstrap import Application, start
from sidecar.config import Config
from sidecar.domain.bindings import Binding, Purpose, Space, SyncRun
from sidecar.domain.centres import Centre
from sidecar.i18n import translator
from sidecar.services.doctor import Examination, Level, Outside, Result, examine, tell
from sidecar.services.sync.desk import ACCOUNT_KEY
from sidecar.storage import UnitOfWork

CENTRE = Centre(id="maurepas", name="Maurepas")
SPACE = "space"


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Ward:
    """``config`` and ``outside`` may be replaced before ``look``."""

    config: Config
    url: str = ""
    outside: Outside = field(default_factory=lambda: Outside(now=now))

    @contextmanager
    def board(self) -> Iterator[UnitOfWork]:
        app = start(self.config)
        try:
            with app.storage.unit(actor="test") as uow:
                yield uow
        finally:
            app.storage.close()

    def application(self) -> Application:
        return start(self.config)

    def look(self, **options: Any) -> Examination:
        return examine(self.config, self.outside, **options)

    def set(self, **outside: Any) -> None:
        self.outside = replace(self.outside, **outside)


def blamed(found: Examination) -> set[str]:
    """What asks for somebody, as check.key; every finding can be told in both languages."""
    for result in found.results:
        assert all(tell(translator(language), result).strip() for language in ("fr", "en"))
    return {f"{r.check}.{r.key}" for level in (Level.WARNING, Level.PROBLEM) for r in found.at(level)}


def of(found: Examination, check: str) -> list[Result]:
    return [r for r in found.results if r.check == check]


def broke(found: Examination) -> list[Result]:
    return [r for r in found.results if r.key == "broke"]


def ward(
    folder: Path,
    account: Account | None,
    *,
    url: str = "",
    user: str = "service",
    password: str = "geheim-é",
    collections: dict[str, tuple[Purpose, ...]] | None = None,
    organizer: str = "",
    schedules: bool = False,
    database_url: str = "",
) -> Ward:
    """``collections``: href -> what it is bound for; it is written to."""
    config = Config(
        data_dir=folder,
        database_url=database_url or f"sqlite:///{folder / 'rota.db'}",
        secret_key_file=folder / "secret.key",
        dav_timeout=5.0,
    )
    made = Ward(config, url or (account.origin + "/" if account is not None else ""))
    counter = itertools.count(1)
    with made.board() as uow:
        uow.centres.add(CENTRE)
        uow.spaces.add(
            Space(id=SPACE, url=made.url, username=user, secret=password, organizer=organizer, schedules=schedules)
        )
        if account is not None:
            uow.settings.set(ACCOUNT_KEY.format(space=SPACE), account.as_json())
        for href, purposes in (collections or {}).items():
            uow.bindings.add(
                Binding(
                    id=f"b{next(counter)}",
                    space_id=SPACE,
                    centre_id=CENTRE.id,
                    href=href,
                    purposes=purposes,
                    display_name=href.rstrip("/").rpartition("/")[2],
                    bound_at=now(),
                )
            )
        passed(uow, timedelta(minutes=1))
    return made


def passed(uow: UnitOfWork, ago: timedelta, **report: Any) -> None:
    """A pass of that long ago, and what it told."""
    at = now() - ago
    found = {"collections": {}, "error": "", "error_kind": ""} | report
    uow.runs.add(SyncRun(id=f"run-{at:%s}-{len(report)}", space_id=SPACE, started_at=at, ended_at=at, ok=True, report=found))


def opening(verify: bool | str = True, **bounds: float) -> Callable[[Application, Space, Account], Transport]:
    """Opens a server with bounds of a test, and with the authorities that it knows."""

    def open_transport(app: Application, space: Space, account: Account) -> Transport:
        limits = Bounds(**{"connect": 2.0, "read": 5.0, "attempts": 1, **bounds})  # type: ignore[arg-type]
        return Transport(DavSession(account.origin, PasswordAuth(space.username, space.secret), limits, verify=verify))

    return open_transport


def account_at(origin: str) -> Account:
    """What discovery found there once."""
    return Account(origin=origin, principal="/p/", calendar_homes=("/p/",), addressbook_homes=("/p/",))
