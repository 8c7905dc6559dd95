"""Signing in with the account of a calendar server: that server checks the password, nothing of it is kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import unquote

from requests import PreparedRequest
from requests.auth import AuthBase

from calendars.dav import Account as DavAccount
from calendars.dav import Bounds, discover
from calendars.errors import Unauthorised
from sidecar.domain.bindings import Space
from sidecar.domain.errors import DomainError, NotNow
from sidecar.services.access import Account, server_of
from sidecar.storage import Storage, UnitOfWork

WRONG_IN_A_ROW = 5
"""So many wrong passwords for one name, and it rests: a platform would otherwise shut out our own address."""
REST = timedelta(minutes=15)
REMEMBERED = 1000


class Prove(Protocol):
    """Asks the server; tests hand in one that asks the in-memory server."""

    def __call__(self, space: Space, username: str, password: str) -> DavAccount: ...


@dataclass
class Attempts:
    """How often each name was tried in vain, in this process; bounded, the longest untouched is forgotten first."""

    now: Callable[[], datetime]
    _wrong: OrderedDict[tuple[str, str], list[datetime]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def require_room(self, server: str, username: str) -> None:
        """Raises NotNow while this name rests."""
        with self._lock:
            if len(self._recent((server, username.casefold()))) >= WRONG_IN_A_ROW:
                raise NotNow("sign_in_rests", minutes=int(REST.total_seconds() // 60))

    def failed(self, server: str, username: str) -> None:
        key = (server, username.casefold())
        with self._lock:
            self._wrong[key] = [*self._recent(key), self.now()]
            self._wrong.move_to_end(key)
            while len(self._wrong) > REMEMBERED:
                self._wrong.popitem(last=False)

    def _recent(self, key: tuple[str, str]) -> list[datetime]:
        since = self.now() - REST
        return [at for at in self._wrong.get(key, ()) if at > since]


def servers(uow: UnitOfWork) -> Sequence[str]:
    """The servers whose accounts may sign in: those on which something is bound."""
    bound = {binding.space_id for binding in uow.bindings.all()}
    return sorted({server_of(space.url) for space in uow.spaces.all() if space.id in bound})


def proven(storage: Storage, server: str, username: str, password: str, *, attempts: Attempts, prove: Prove) -> Account:
    """The account behind a name and a password, as the server itself calls it.

    Raises DomainError("sign_in_wrong") for a wrong name or password or a server that is not ours, NotNow after too many of
    them, and what a server in trouble raises (CalendarsError).
    """
    username = username.strip()
    with storage.unit(write=False) as uow:
        known = server in servers(uow)
        space = next((s for s in uow.spaces.all() if known and server_of(s.url) == server), None)
    if space is None or not username or not password:
        raise DomainError("sign_in_wrong")
    attempts.require_room(server, username)
    try:
        found = prove(space, username, password)
    except Unauthorised as error:
        attempts.failed(server, username)
        raise DomainError("sign_in_wrong") from error
    return Account(id=_name_of(found.principal) or username, server=server)


def _name_of(principal: str) -> str:
    """The account's own id, the last part of its principal's path: people may sign in by an address, or in capitals."""
    return unquote(principal.rstrip("/").rpartition("/")[2])


class _Nobody(AuthBase):
    """Sends no name and no password."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        return request


def prove_by_discovery(bounds: Bounds) -> Prove:
    """Raises DomainError("sign_in_open_server") for a server that lets in whoever does not even say a name."""

    def prove(space: Space, username: str, password: str) -> DavAccount:
        try:
            discover(space.url, "", auth=_Nobody(), bounds=bounds)
        except Unauthorised:
            return discover(space.url, username, password, bounds=bounds)
        raise DomainError("sign_in_open_server", server=server_of(space.url))

    return prove
