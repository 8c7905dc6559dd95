"""What the sync engine needs from a server (Home, Collection).

The DAV implementation is ``calendars.dav``; the in-memory twin is ``calendars.sync.memory``; one contract suite
(tests/contract) runs against both. An *href* is an absolute path on the server, percent-encoded in one
normal form (RFC 3986 section 6.2.2: unreserved characters bare, upper-case hex); a collection's ends with a slash.
An *etag* is opaque, quotes included; weak markers and transfer suffixes ("-gzip") are removed by the port.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class CollectionKind(StrEnum):
    CALENDAR = "calendar"
    ADDRESSBOOK = "addressbook"


@dataclass(frozen=True, kw_only=True)
class CollectionState:
    """One collection as its home's PROPFIND shows it (RFC 4918 9.1, RFC 6578 section 4, CalendarServer ctag)."""

    href: str
    kind: CollectionKind
    display_name: str = ""
    sync_token: str | None = None
    ctag: str | None = None
    privileges: frozenset[str] | None = None
    """Local names of DAV:current-user-privilege-set ("read", "write-content", …); None when the server does not say."""
    owner: str | None = None
    components: frozenset[str] = frozenset()
    """supported-calendar-component-set; empty means any."""

    @property
    def writable(self) -> bool:
        """Whether a PUT may succeed; True when the server does not say."""
        if self.privileges is None:
            return True
        return bool(self.privileges & {"all", "write", "write-content", "bind"})

    @property
    def mark(self) -> str | None:
        """What changes when the collection's content changes: sync-token, else ctag, else None (always list)."""
        return self.sync_token or self.ctag


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One calendar object or card. ``text`` is as the server sent it, line endings included."""

    href: str
    etag: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What changed since a token, or (``complete``) all there is. ``changed``: href -> etag. ``token``: for next time."""

    changed: Mapping[str, str] = field(default_factory=dict)
    deleted: frozenset[str] = frozenset()
    token: str | None = None
    complete: bool = False


class Collection(Protocol):
    """One calendar or address book. Every method may raise ``calendars.errors.DavError``."""

    href: str
    kind: CollectionKind

    def changes(self, token: str) -> Changes:
        """sync-collection (RFC 6578 section 3.2), etags only, never with DAV:limit. Raises TokenRefused."""
        ...

    def listing(self) -> Changes:
        """All hrefs and etags; ``complete`` is True. The token is the one valid for this listing, or None."""
        ...

    def fetch(self, hrefs: Sequence[str]) -> Iterator[Resource]:
        """Texts by multiget (RFC 4791 section 7.9, RFC 6352 section 8.7), in batches; vanished hrefs are left out."""
        ...

    def create(self, href: str, text: str, *, notify: bool = True) -> str | None:
        """PUT If-None-Match: *. The etag if the server gave a strong one. Raises PreconditionFailed, UidConflict, …"""
        ...

    def update(self, href: str, text: str, etag: str, *, notify: bool = True) -> str | None:
        """PUT If-Match: etag. ``notify`` False asks a scheduling server to tell nobody. Raises PreconditionFailed, …"""
        ...

    def delete(self, href: str, etag: str, *, notify: bool = True) -> None:
        """DELETE If-Match: etag. Raises PreconditionFailed, NotThere, …"""
        ...


class Home(Protocol):
    """The home sets of one account (RFC 4791 section 6.2.1, RFC 6352 section 7.1.1)."""

    def look(self, kinds: Iterable[CollectionKind]) -> Sequence[CollectionState]:
        """One PROPFIND Depth 1 per home of the asked kinds."""
        ...

    def collection(self, href: str, kind: CollectionKind) -> Collection: ...

    def create_collection(self, kind: CollectionKind, name: str, display_name: str) -> CollectionState:
        """MKCALENDAR or extended MKCOL (RFC 5689); ``name`` is the last path segment."""
        ...

    @property
    def requests(self) -> int:
        """How many HTTP requests were sent so far through this home."""
        ...
