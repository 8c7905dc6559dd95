"""Signing in with the account of a calendar server: that server checks the password, nothing of it is kept."""

from __future__ import annotations

import threading
import unicodedata
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
WRONG_TOGETHER = 50
"""So many on one server, whatever the names, and signing in there rests; who is signed in stays so."""


class Prove(Protocol):
    """Asks the server; tests hand in one that asks the in-memory server."""

    def __call__(self, space: Space, username: str, password: str) -> DavAccount: ...


@dataclass
class Attempts:
    """Tries that failed, or are under way, in this process: of each name, and of a server in all. Bounded by the latter."""

    now: Callable[[], datetime]
    _tries: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, server: str, username: str) -> tuple[datetime, str]:
        """Counts as a wrong one until it is ``taken_back``, so that many at once are no way around it.

        Raises NotNow while this name rests, or the server.
        """
        attempt = (self.now(), unicodedata.normalize("NFKC", username).casefold())
        with self._lock:
            recent = [one for one in self._tries.get(server, ()) if attempt[0] - REST < one[0] <= attempt[0]]
            if len(recent) >= WRONG_TOGETHER or sum(one[1] == attempt[1] for one in recent) >= WRONG_IN_A_ROW:
                raise NotNow("sign_in_rests", minutes=int(REST.total_seconds() // 60))
            self._tries[server] = [*recent, attempt]
        return attempt

    def taken_back(self, server: str, attempt: tuple[datetime, str]) -> None:
        """It was the right password, or the server said nothing of it."""
        with self._lock:
            # Gone already where the clock was set meanwhile.
            if attempt in self._tries[server]:
                self._tries[server].remove(attempt)


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
    # A colon ends the name on the wire (RFC 7617 section 2): what follows would be tried as another's password.
    unsound = ":" in username or any(unicodedata.category(letter).startswith("C") for letter in username)
    if space is None or not username or not password or unsound:
        raise DomainError("sign_in_wrong")
    attempt = attempts.begin(server, username)
    try:
        found = prove(space, username, password)
    except Unauthorised as error:
        raise DomainError("sign_in_wrong") from error
    except BaseException:
        attempts.taken_back(server, attempt)
        raise
    attempts.taken_back(server, attempt)
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
