"""The Nextcloud that we are an external app of: may we ask it now, and as whom.

How things stand is kept in the database, so that every process knows it: whether an admin disabled us, whether our secret
was refused (each refused try counts as an attack from our address), whether the server is in maintenance. The secret opens
every account, so one account is nominated, and nothing is signed for another one (``sidecar.nextcloud.client`` names the
two exceptions).
"""

from __future__ import annotations

import threading
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from requests import PreparedRequest, Response
from requests.auth import AuthBase

from calendars.dav.failures import AccessWithdrawn
from sidecar.bootstrap import Application
from sidecar.domain.bindings import Space
from sidecar.domain.errors import DomainError
from sidecar.exapp import ExApp
from sidecar.observability import get_logger
from sidecar.storage import UnitOfWork

log = get_logger(__name__)
STANDING_KEY = "platform_standing"
ACCOUNT_KEY = "platform_account"
"""Setting: the one account that we act as."""
SIGNS_IN_KEY = "platform_signs_in:{space}"
"""Setting: the account as which this space signs in through the platform, in place of a password."""
FIRST_REST, LONGEST_REST = timedelta(minutes=10), timedelta(hours=6)
MAINTENANCE = timedelta(minutes=1)
"""So long nothing is asked of a server in maintenance that does not say for how long."""
GLANCE = 2.0
"""Seconds for which a process believes how things stood when it last looked."""


class PlatformError(DomainError):
    """The platform was not asked, or did not do what it was asked."""


class Rest(StrEnum):
    """Why the platform is left alone; NOT where it may be asked."""

    NOT = ""
    DISABLED = "platform_disabled"
    REFUSED = "platform_refused"
    MAINTENANCE = "platform_maintenance"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How we stand with the platform. Moments are ISO 8601 or ""; ``refusals`` counts those in a row."""

    enabled: bool = True
    refused_until: str = ""
    refusals: int = 0
    closed_until: str = ""

    def rest(self, now: datetime) -> Rest:
        if _before(now, self.refused_until):
            return Rest.REFUSED
        if not self.enabled:
            return Rest.DISABLED
        return Rest.MAINTENANCE if _before(now, self.closed_until) else Rest.NOT


def _before(now: datetime, moment: str) -> bool:
    # A clock that was put back would make it wait for long.
    return bool(moment) and now < datetime.fromisoformat(moment) <= now + 2 * LONGEST_REST


def standing(uow: UnitOfWork) -> Standing:
    return Standing(**uow.settings.get(STANDING_KEY, {}))


def has_met(uow: UnitOfWork) -> bool:
    """Whether the platform ever spoke with us. Until then it does not know us, and would count our asking as an attack."""
    return uow.settings.get(STANDING_KEY) is not None


def _keep(app: Application, change: Callable[[Standing], Standing]) -> Standing:
    """Note how we stand from here on; nothing is written where nothing differs."""
    with app.storage.unit(write=False) as uow:
        before, met = standing(uow), has_met(uow)
    if met and change(before) == before:
        return before
    with app.storage.unit(actor="system") as uow:
        after = change(standing(uow))
        uow.settings.set(STANDING_KEY, asdict(after))
    log.info("platform_standing", **asdict(after))
    return after


def note_enabled(app: Application, *, enabled: bool) -> None:
    """The platform itself says so: it knows our secret, and answers."""
    _keep(app, lambda before: Standing(enabled=enabled))


def note_refused(app: Application) -> None:
    """401: nothing more is asked for ten minutes, twice as long each time, six hours at most."""
    now = app.now()

    def refused(before: Standing) -> Standing:
        if before.rest(now) is Rest.REFUSED:
            return before
        rest = min(FIRST_REST * 2 ** min(before.refusals, 10), LONGEST_REST)
        return replace(before, refusals=before.refusals + 1, refused_until=(now + rest).isoformat())

    _keep(app, refused)


def note_maintenance(app: Application, seconds: float | None) -> None:
    """503: left alone for as long as it says, an hour at most."""
    asked = min(timedelta(seconds=seconds), timedelta(hours=1)) if seconds else MAINTENANCE
    until = (app.now() + asked).isoformat()
    _keep(app, lambda before: replace(before, closed_until=until))


def require_awake(app: Application, uow: UnitOfWork) -> None:
    """Raises PlatformError where the platform is to be left alone."""
    rest = standing(uow).rest(app.now())
    if rest is not Rest.NOT:
        raise PlatformError(rest.value)


def service_account(uow: UnitOfWork) -> str:
    """The account that we act as, "" while nobody named one."""
    return str(uow.settings.get(ACCOUNT_KEY, ""))


def nominate(uow: UnitOfWork, account: str) -> None:
    """From here on we act as this account and no other. Raises PlatformError for a name that cannot be one."""
    if not account.strip() or ":" in account or account != account.strip():
        raise PlatformError("platform_account_name", account=account)
    uow.settings.set(ACCOUNT_KEY, account)


def release(uow: UnitOfWork) -> None:
    """From here on we act as nobody, until somebody names an account again."""
    uow.settings.remove(ACCOUNT_KEY)


class PlatformAuth(AuthBase):
    """Signs requests as the nominated account; asks before each whether that still holds, and tells of a 401."""

    def __init__(self, exapp: ExApp, account: str, may: Callable[[], None], refused: Callable[[], None]) -> None:
        self._headers = exapp.headers(account)
        self._secret = exapp.secret
        self._account = account
        self._may = may
        self._refused = refused

    def __repr__(self) -> str:
        return f"PlatformAuth({self._account!r}, …)"

    @property
    def secrets(self) -> tuple[str, ...]:
        return (b64encode(f"{self._account}:{self._secret}".encode()).decode(), self._secret)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        self._may()
        request.headers.update(self._headers)
        request.hooks["response"].append(self._answered)
        return request

    def _answered(self, response: Response, **_: Any) -> Response:
        if response.status_code == 401:
            self._refused()
        return response


def auth_for(app: Application, account: str) -> PlatformAuth:
    """Signs as ``account``, as long as that is the one that is nominated and nobody disabled us.

    Raises PlatformError where we are no external app or the account is another one; its requests raise AccessWithdrawn.
    """
    if app.config.exapp is None:
        raise PlatformError("platform_not_here")
    with app.storage.unit(write=False) as uow:
        if service_account(uow) != account:
            raise PlatformError("platform_other_account", account=account)
    return PlatformAuth(app.config.exapp, account, _Glance(app, account).require, lambda: note_refused(app))


def proving_auth(app: Application, account: str) -> PlatformAuth:
    """Signs as an account that somebody with the right to is about to nominate: to see that it is there, and no more.

    A 401 here is an account that is not there rather than a refused secret, and is not counted.
    """
    if app.config.exapp is None:
        raise PlatformError("platform_not_here")
    return PlatformAuth(app.config.exapp, account, lambda: None, lambda: None)


class _Glance:
    """Looks in the database, every few seconds at most, whether an account may still be used."""

    def __init__(self, app: Application, account: str) -> None:
        self._app, self._account = app, account
        self._lock = threading.Lock()
        self._looked = float("-inf")
        self._why = ""

    def require(self) -> None:
        with self._lock:
            if self._why or time.monotonic() - self._looked > GLANCE:
                self._looked = time.monotonic()
                with self._app.storage.unit(write=False) as uow:
                    other = service_account(uow) != self._account
                    rest = standing(uow).rest(self._app.now())
                self._why = "platform_other_account" if other else rest.value
            if self._why:
                raise AccessWithdrawn("The platform is to be left alone", why=self._why)


def sign_in(app: Application, uow: UnitOfWork, space: Space) -> str | None:
    """The account as which a space signs in through the platform; None where it has a password.

    Raises PlatformError where that is of no use now.
    """
    if space.secret:
        return None
    account = uow.settings.get(SIGNS_IN_KEY.format(space=space.id))
    if account is None:
        return None
    require_awake(app, uow)
    return str(account)
