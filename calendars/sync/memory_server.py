"""A DAV server in memory: the twin of ``calendars.dav`` for tests and for trying out, behind the same ports.

It answers as real servers do (tests/contract holds it to that) and misbehaves on demand: pruned or silently forgotten
changes, a restored backup, lost answers, refused writes, texts rewritten on the way in. ``put`` and ``delete`` act as a
person's calendar app does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TypeVar

from calendars.errors import (
    BadAnswer,
    DavError,
    Forbidden,
    NotThere,
    PreconditionFailed,
    UidConflict,
    Unauthorised,
)
from calendars.hrefs import collection_href, is_member, member_href, normal_href
from calendars.sync.memory_collection import Rewrite, StoredCollection, base_of, uid_of
from calendars.sync.ports import Changes, CollectionKind, CollectionState, Resource

READ = frozenset({"read"})
READ_WRITE = frozenset({"read", "write", "write-content", "bind", "unbind"})
_HOMES = {CollectionKind.CALENDAR: "calendars", CollectionKind.ADDRESSBOOK: "addressbooks"}
_WRITES = frozenset({"PUT", "DELETE", "MOVE", "MKCOL"})
_STATUS = {"PROPFIND": 207, "REPORT": 207, "PUT": 201, "DELETE": 204, "MOVE": 201, "MKCOL": 201}

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request as the server sees it. ``number`` counts from 1; ``notify`` is what a write asked for."""

    number: int
    user: str
    method: str
    href: str
    notify: bool = True


Hook = Callable[[Request], None]
Wrote = Callable[[Request, str | None, str | None], None]
"""Told of a write that was carried out: the request, the text before it and the text after it."""
Deliver = Callable[[str, str | None, str | None], None]
"""Tells people of a write before it is stored: who writes, the text that stands there and the one that comes."""


class MemoryServer:
    """Users, collections and what was asked of them.

    ``before`` runs before a request is carried out and may raise a ``DavError``: nothing happened. ``after`` runs after
    it and may raise one: it happened, and the answer is lost. ``wrote`` is told of every write as it happens. ``log`` holds
    (method, href, status) of every request, ``told`` (method, href) of every write that a scheduling server would have told
    others about. ``etags`` False: no PUT is answered with an etag. ``elsewhere``: UIDs that lie elsewhere in the account, in
    its trash bin say, and are refused. ``deliver`` tells people of a write that is not quiet, before it is stored, and may
    raise: some were told, nothing is stored. ``unlisted``: hrefs that listings leave out although something stands there.
    """

    def __init__(
        self,
        *,
        tokens: bool = True,
        schedules: bool = False,
        unique_uids: bool = True,
        etags: bool = True,
        rewrite: Rewrite | None = None,
        before: Hook | None = None,
        after: Hook | None = None,
        wrote: Wrote | None = None,
        deliver: Deliver | None = None,
    ) -> None:
        self.tokens = tokens
        self.schedules = schedules
        self.unique_uids = unique_uids
        self.etags = etags
        self.rewrite = rewrite
        self.before = before
        self.after = after
        self.wrote = wrote
        self.deliver = deliver
        self.elsewhere: set[str] = set()
        self.unlisted: set[str] = set()
        self.log: list[tuple[str, str, int | None]] = []
        self.told: list[tuple[str, str]] = []
        self._collections: dict[str, StoredCollection] = {}
        self._passwords: dict[str, str] = {}
        self._births = 0
        self._lock = threading.RLock()

    # --- setting up and misbehaving ------------------------------------------------------------------------------

    def add_user(self, user: str, password: str) -> None:
        """From now on that user needs that password; users never added need none."""
        self._passwords[user] = password

    def home(self, user: str, password: str = "") -> MemoryHome:
        """The home of a user; a wrong password shows at the first request, as on a real server."""
        return MemoryHome(self, user, password)

    def add_collection(
        self,
        owner: str,
        kind: CollectionKind,
        name: str,
        display_name: str = "",
        *,
        grants: Mapping[str, Iterable[str]] | None = None,
    ) -> str:
        """Create a collection and return its href. ``grants``: other user -> privileges (``READ``, ``READ_WRITE``)."""
        with self._lock:
            href = collection_href(member_href(self.home_href(owner, kind), name))
            if href in self._collections:
                raise PreconditionFailed("It is there already", href=href, status=405)
            self._births += 1
            rights = {user: frozenset(given) for user, given in (grants or {}).items()}
            self._collections[href] = StoredCollection(
                href=href, kind=kind, owner=owner, display_name=display_name, born=self._births, grants=rights
            )
            return href

    def remove_collection(self, href: str) -> None:
        """It is gone with all it held; one created again under its name has other tokens."""
        with self._lock:
            self._stored(href)
            del self._collections[href]

    def bin_collection(self, href: str) -> None:
        """It goes to the trash bin as on a Nextcloud: still there and no longer shown, and its address stays taken."""
        with self._lock:
            self._stored(href).binned = True

    def unbin_collection(self, href: str) -> None:
        with self._lock:
            self._stored(href).binned = False

    def rename(self, href: str, display_name: str) -> None:
        """Another name for people; the href stays."""
        with self._lock:
            self._stored(href).display_name = display_name

    def relocate(self, href: str, owner: str, name: str) -> str:
        """Move a collection with all it holds, also to another account; its new href. Tokens and etags are new ones."""
        with self._lock:
            old = self._stored(href)
            new = self.add_collection(owner, old.kind, name, old.display_name)
            for at, text in old.texts.items():
                self._collections[new].put(new + at.rpartition("/")[2], text, None)
            del self._collections[href]
            return new

    def grant(self, href: str, user: str, privileges: Iterable[str]) -> None:
        with self._lock:
            self._stored(href).grants[user] = frozenset(privileges)

    def put(self, user: str, href: str, text: str) -> str:
        """Store a text as a calendar app does, whatever stands there; the new etag. Not in the log."""
        with self._lock:
            stored = self._of(normal_href(href))
            self._allow(user, stored, write=True)
            return stored.put(normal_href(href), text, self.rewrite)

    def delete(self, user: str, href: str) -> None:
        """Delete as a calendar app does. Not in the log."""
        with self._lock:
            stored = self._of(normal_href(href))
            self._allow(user, stored, write=True)
            stored.remove(normal_href(href))

    def texts(self, collection: str) -> dict[str, str]:
        """href -> text of all that a collection holds."""
        with self._lock:
            return dict(self._stored(collection).texts)

    def prune(self, collection: str, *, silently: bool = False) -> None:
        """Forget what changed so far. Older tokens are refused; ``silently``: they answer as if nothing had changed."""
        with self._lock:
            self._stored(collection).prune(silently=silently)

    def snapshot(self) -> object:
        """A backup, for ``restore``."""
        with self._lock:
            return deepcopy(self._collections)

    def restore(self, backup: object) -> None:
        """Put a backup back: tokens given out since are from the future, and are echoed as sabre/dav echoes them."""
        if not isinstance(backup, dict):
            raise TypeError("a backup is what snapshot() gave")
        with self._lock:
            self._collections = deepcopy(backup)

    def home_href(self, user: str, kind: CollectionKind) -> str:
        return collection_href(member_href(f"/{_HOMES[kind]}/", user))

    # --- answering -----------------------------------------------------------------------------------------------

    def _ask(self, home: MemoryHome, method: str, href: str, notify: bool, act: Callable[[], _T]) -> _T:
        """Carry out one request of a home, with hooks and log."""
        with self._lock:
            home.requests += 1
            request = Request(number=len(self.log) + 1, user=home.user, method=method, href=href, notify=notify)
            place = len(self.log)
            self.log.append((method, href, None))
            if self.before is not None:
                self.before(request)
            try:
                if self._passwords.get(home.user, home.password) != home.password:
                    raise Unauthorised("User or password refused", href=href, status=401)
                text = self._text(href)
                answer = act()
            except DavError as error:
                self.log[place] = (method, href, error.status)
                raise
            self.log[place] = (method, href, _STATUS[method])
            if method in _WRITES and self.wrote is not None:
                self.wrote(request, text, self._text(href))
            if method in _WRITES and notify and self.schedules:
                self.told.append((method, href))
            if self.after is not None:
                self.after(request)
            return answer

    def _states(self, user: str, kinds: set[CollectionKind]) -> list[CollectionState]:
        return [
            self._state(stored, user)
            for href, stored in sorted(self._collections.items())
            if stored.kind in kinds and not stored.binned and self._privileges(user, stored)
        ]

    def _state(self, stored: StoredCollection, user: str) -> CollectionState:
        return CollectionState(
            href=stored.href,
            kind=stored.kind,
            display_name=stored.display_name,
            sync_token=stored.token if self.tokens else None,
            ctag=f"{stored.born}-{stored.revision}",
            privileges=self._privileges(user, stored),
            owner=member_href("/principals/", stored.owner) + "/",
            own=stored.owner == user,
        )

    def _write(
        self, stored: StoredCollection, href: str, text: str, expected: str | None, teller: str | None = None
    ) -> str | None:
        """Store under a condition (None: nothing may be there). The etag, None when the text was rewritten."""
        if not is_member(href, stored.href):
            raise ValueError(f"{href} does not stand in {stored.href}")
        if stored.etags.get(href) != expected:
            raise PreconditionFailed("It changed meanwhile, or is there already", href=href, status=412)
        if (self.unique_uids and stored.holds_uid_of(text, besides=href)) or uid_of(text) in self.elsewhere:
            raise UidConflict("The UID is taken by another object", href=href, status=409)
        if teller is not None and self.deliver is not None:
            self.deliver(teller, stored.texts.get(href), text)
        etag = stored.put(href, text, self.rewrite)
        return etag if stored.texts[href] == text and self.etags else None

    def _stored(self, href: str) -> StoredCollection:
        found = self._collections.get(href)
        if found is None:
            raise NotThere("Nothing there", href=href, status=404)
        return found

    def _text(self, href: str) -> str | None:
        stored = self._collections.get(href[: href.rindex("/") + 1])
        return stored.texts.get(href) if stored is not None else None

    def _of(self, href: str) -> StoredCollection:
        return self._stored(href[: href.rindex("/") + 1])

    def _privileges(self, user: str, stored: StoredCollection) -> frozenset[str]:
        return READ_WRITE if user == stored.owner else stored.grants.get(user, frozenset())

    def _allow(self, user: str, stored: StoredCollection, *, write: bool) -> None:
        held = self._privileges(user, stored)
        if not held:
            raise NotThere("Nothing there", href=stored.href, status=404)
        if write and not held & {"all", "write", "write-content", "bind"}:
            raise Forbidden("This account may only read there", href=stored.href, status=403)


class MemoryHome:
    """See ``calendars.sync.ports.Home``: own collections and those granted by others."""

    def __init__(self, server: MemoryServer, user: str, password: str) -> None:
        self.server = server
        self.user = user
        self.password = password
        self.requests = 0
        self.at_once = 1

    @property
    def binned(self) -> frozenset[str]:
        return frozenset(href for href, stored in self.server._collections.items() if stored.binned)

    def look(self, kinds: Iterable[CollectionKind]) -> Sequence[CollectionState]:
        asked = set(kinds)
        found: list[CollectionState] = []
        for kind in CollectionKind:
            if kind in asked:
                home = self.server.home_href(self.user, kind)
                found += self.server._ask(self, "PROPFIND", home, True, lambda k=kind: self._states(k))  # type: ignore[misc]
        return found

    def collection(self, href: str, kind: CollectionKind) -> MemoryCollection:
        return MemoryCollection(self, collection_href(href), kind)

    def create_collection(self, kind: CollectionKind, name: str, display_name: str) -> CollectionState:
        home = self.server.home_href(self.user, kind)

        def act() -> CollectionState:
            href = self.server.add_collection(self.user, kind, name, display_name)
            return self.server._state(self.server._stored(href), self.user)

        return self.server._ask(self, "MKCOL", member_href(home, name) + "/", True, act)

    def _states(self, kind: CollectionKind) -> list[CollectionState]:
        return self.server._states(self.user, {kind})


class MemoryCollection:
    """See ``calendars.sync.ports.Collection``."""

    BATCH = 100

    def __init__(self, home: MemoryHome, href: str, kind: CollectionKind) -> None:
        self.href = href
        self.kind = kind
        self._home = home
        self._server = home.server

    @property
    def tells_first(self) -> bool:
        return self._server.deliver is not None

    def changes(self, token: str) -> Changes:
        return self._ask("REPORT", self.href, lambda stored: stored.changes(token, refused=not self._server.tokens))

    def listing(self) -> Changes:
        server = self._server
        return self._ask("PROPFIND", self.href, lambda s: s.listing(with_token=server.tokens, without=server.unlisted))

    def read_all(self) -> Iterator[Resource]:
        if self.kind is not CollectionKind.CALENDAR:
            raise BadAnswer("Only calendars are read whole", href=self.href)
        unlisted = self._server.unlisted
        yield from self._ask("REPORT", self.href, lambda stored: stored.resources(sorted(stored.texts.keys() - unlisted)))

    def fetch(self, hrefs: Sequence[str]) -> Iterator[Resource]:
        wanted = list(dict.fromkeys(normal_href(href) for href in hrefs))
        for start in range(0, len(wanted), self.BATCH):
            batch = wanted[start : start + self.BATCH]
            yield from self._ask("REPORT", self.href, lambda stored, batch=batch: stored.resources(batch))  # type: ignore[misc]

    def create(self, href: str, text: str, *, notify: bool = True) -> str | None:
        return self._put(href, text, None, notify)

    def update(self, href: str, text: str, etag: str, *, notify: bool = True) -> str | None:
        return self._put(href, text, base_of(href, etag), notify)

    def delete(self, href: str, etag: str, *, notify: bool = True) -> None:
        normal = normal_href(href)
        expected = base_of(href, etag)

        def act(stored: StoredCollection) -> None:
            if normal in stored.etags and stored.etags[normal] != expected:
                raise PreconditionFailed("It changed meanwhile", href=normal, status=412)
            if notify and self._server.deliver is not None:
                self._server.deliver(self._home.user, stored.texts.get(normal), None)
            stored.remove(normal)

        self._ask("DELETE", normal, act, notify=notify)

    def bring(self, source: str) -> None:
        href = self.href + normal_href(source).rpartition("/")[2]

        def act(stored: StoredCollection) -> None:
            origin = self._server._of(normal_href(source))
            self._server._write(stored, href, origin.text_at(normal_href(source)), None)
            origin.remove(normal_href(source))

        self._ask("MOVE", href, act, notify=False)

    def _put(self, href: str, text: str, expected: str | None, notify: bool) -> str | None:
        normal, teller = normal_href(href), self._home.user if notify else None
        return self._ask("PUT", normal, lambda s: self._server._write(s, normal, text, expected, teller), notify=notify)

    def _ask(self, method: str, href: str, act: Callable[[StoredCollection], _T], *, notify: bool = True) -> _T:
        def allowed() -> _T:
            stored = self._server._stored(self.href)
            self._server._allow(self._home.user, stored, write=method in _WRITES)
            return act(stored)

        return self._server._ask(self._home, method, href, notify, allowed)
