"""A centre's calendars in the Nextcloud that we live in: as the nominated service account, without a password.

Used by the set-up: ``connect_platform`` names the account and lists what it has. What comes after is the same as with a
password (``sidecar.services.setting_up``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from calendars.dav import Account, Bounds, DavHome, discover, open_home
from calendars.sync.ports import CollectionKind, CollectionState
from sidecar.bootstrap import Application
from sidecar.domain.audit import Origin
from sidecar.domain.bindings import Space
from sidecar.services.binding import connect_space
from sidecar.services.platform import (
    SIGNS_IN_KEY,
    PlatformAuth,
    PlatformError,
    auth_for,
    nominate,
    proving_auth,
    require_awake,
    service_account,
)
from sidecar.services.sync.desk import ACCOUNT_KEY


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A space that signs in through the platform, and what its account has. ``home`` asks for more."""

    space: Space
    home: DavHome
    collections: Sequence[CollectionState]


def connect_platform(app: Application, account: str, *, actor: str, organizer: str = "") -> Connection:
    """Make ``account`` the one that we act as, and see what it has.

    It is nominated only once it has answered: an account that is not there changes nothing. Where another one was nominated
    before, its spaces rest from here on. Raises PlatformError where we are no external app or are to leave the platform
    alone, Unauthorised for an account that is not there, and other CalendarsErrors.
    """
    if app.config.exapp is None:
        raise PlatformError("platform_not_here")
    url = app.config.exapp.dav_url
    with app.storage.unit(write=False) as uow:
        require_awake(app, uow)
    bounds = Bounds(read=app.config.dav_timeout)
    found = discover(url, account, auth=proving_auth(app, account), bounds=bounds)
    with app.storage.unit(actor=actor, origin=Origin.SYSTEM) as uow:
        nominate(uow, account)
        space = connect_space(
            uow, url=url, username=account, secret="", organizer=organizer, schedules=found.schedules,
            new_id=app.new_id, address=_mail(found) or (account if "@" in account else ""),
        )  # fmt: skip
        uow.settings.set(ACCOUNT_KEY.format(space=space.id), found.as_json())
        uow.settings.set(SIGNS_IN_KEY.format(space=space.id), account)
    return _opened(space, found, auth_for(app, account), bounds)


def platform_connection(app: Application) -> Connection:
    """The connection that was made before, looked at anew. Raises as ``connect_platform``, and where there is none."""
    with app.storage.unit(write=False) as uow:
        require_awake(app, uow)
        account = service_account(uow)
        signed = [s for s in uow.spaces.all() if account and uow.settings.get(SIGNS_IN_KEY.format(space=s.id)) == account]
        found = uow.settings.get(ACCOUNT_KEY.format(space=signed[0].id)) if signed else None
    if found is None:
        raise PlatformError("platform_no_account")
    return _opened(signed[0], Account.from_json(found), auth_for(app, account), Bounds(read=app.config.dav_timeout))


def _opened(space: Space, account: Account, auth: PlatformAuth, bounds: Bounds) -> Connection:
    home = open_home(account, space.username, auth=auth, bounds=bounds)
    return Connection(space=space, home=home, collections=home.look((CollectionKind.CALENDAR, CollectionKind.ADDRESSBOOK)))


def _mail(account: Account) -> str:
    return next((a.split(":", 1)[1] for a in account.addresses if a.lower().startswith("mailto:")), "")
