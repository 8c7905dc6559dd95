"""What the sync engine needs: a server (Home, Collection) and a memory (Memory).

The DAV implementation is ``calendars.dav``; the in-memory twin is ``calendars.sync.memory``; one contract suite
(tests/contract) runs against both. An *href* is an absolute path on the server, percent-encoded in one
normal form (RFC 3986 section 6.2.2: unreserved characters bare, upper-case hex); a collection's ends with a slash.
An *etag* is opaque, quotes included; weak markers and transfer suffixes ("-gzip") are removed by the port.
"""

from __future__ import annotations

from collections.abc import Collection as AnyCollection
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
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
    own: bool = True
    """False where ``owner``, DAV:owner, is told and is another principal than the account's."""
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
    """One calendar or address book. Every method may raise ``calendars.errors.DavError``.

    ``tells_first``: a write that is not quiet tells people before it is stored, so that a 500 may come after some of them
    have been told.
    """

    href: str
    kind: CollectionKind

    @property
    def tells_first(self) -> bool: ...

    def changes(self, token: str) -> Changes:
        """sync-collection (RFC 6578 section 3.2), etags only, never with DAV:limit. Raises TokenRefused."""
        ...

    def listing(self) -> Changes:
        """All hrefs and etags; ``complete`` is True. The token is the one valid for this listing, or None."""
        ...

    def read_all(self) -> Iterator[Resource]:
        """Everything with its text in one request. Raises, half way too, where it cannot be trusted to be all of it."""
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

    def bring(self, source: str) -> None:
        """MOVE what stands at ``source``, in another collection of the account, here under its own name; tells nobody.

        Raises NotThere, PreconditionFailed where the name is taken, UidConflict.
        """
        ...


class Home(Protocol):
    """The home sets of one account (RFC 4791 section 6.2.1, RFC 6352 section 7.1.1)."""

    def look(self, kinds: Iterable[CollectionKind]) -> Sequence[CollectionState]:
        """One PROPFIND Depth 1 per home of the asked kinds."""
        ...

    @property
    def binned(self) -> frozenset[str]:
        """The collections that the last look found in the server's trash bin; their addresses are taken meanwhile."""
        ...

    def collection(self, href: str, kind: CollectionKind) -> Collection: ...

    def create_collection(self, kind: CollectionKind, name: str, display_name: str) -> CollectionState:
        """MKCALENDAR or extended MKCOL (RFC 5689); ``name`` is the last path segment."""
        ...

    @property
    def at_once(self) -> int:
        """How many requests the server bears at the same time, as far as is known; at least 1."""
        ...

    @property
    def requests(self) -> int:
        """How many HTTP requests were sent so far through this home."""
        ...


# --- What the engine remembers -------------------------------------------------------------------------------


LOOK_AGAIN = ""
"""The mark of a cursor whose collection is to be listed again in the same pass."""


class Past(StrEnum):
    """Whether what a collection shows may be older than what was agreed, so that it is nobody's edit or deletion."""

    NOT = ""
    REWOUND = "rewound"
    """The server was restored from a backup: its state went back."""
    REBOUND = "rebound"
    """The collection stands in for another one, where what was agreed stood."""
    REMADE = "remade"
    """It stands in for one that is no more, and what people have of that stands as it was: nobody is told anything."""


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """How far one collection was read. ``mark``: its ``CollectionState.mark`` at the last complete pull.

    ``token``: the sync-token to continue from, None when the server has none. ``listed_at``: the last full listing
    (aware), for the nightly one. ``guarded``: why a person has to decide before anything is applied, or "". ``past``
    stands until all that was pulled is absorbed.
    """

    mark: str | None = None
    token: str | None = None
    listed_at: datetime | None = None
    guarded: str = ""
    past: Past = Past.NOT


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is remembered of one resource.

    ``base`` is the text last agreed, with ``etag``; None where the resource is foreign (only its etag is kept).
    ``pending`` is theirs, pulled and not absorbed; ``gone`` says the server has it no more and that is not absorbed.
    """

    collection: str
    href: str
    etag: str
    uid: str = ""
    base: str | None = None
    pending: Resource | None = None
    gone: bool = False

    @property
    def ours(self) -> bool:
        return self.base is not None


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, kw_only=True)
class Intent:
    """A write that was decided and committed before its request went out (the journal).

    ``text`` is what is sent (empty for a deletion), ``base_etag`` what If-Match holds. ``op`` is unique. ``attempts``: in
    how many passes it went out in vain.
    """

    op: str
    collection: str
    href: str
    uid: str
    action: Action
    text: str
    base_etag: str | None
    notify: bool
    attempts: int = 0


class Memory(Protocol):
    """The engine's memory of one space; every call happens inside a ``Unit``'s transaction."""

    def cursor(self, collection: str) -> Cursor: ...

    def cursors(self) -> Mapping[str, Cursor]:
        """The cursors of all collections that have one."""
        ...

    def waits(self) -> bool:
        """Whether anything is pending or gone and not absorbed, or an intent is open."""
        ...

    def set_cursor(self, collection: str, cursor: Cursor) -> None: ...

    def etags(self, collection: str, among: AnyCollection[str] | None = None) -> Mapping[str, str]:
        """href -> newest etag seen (pending's, else base's), without those known to be gone; ``among``: of these alone."""
        ...

    def count_ours(self, collection: str) -> int:
        """How many resources of ours the collection holds (base present), those gone and not absorbed included."""
        ...

    def get(self, collection: str, href: str) -> Known | None: ...

    def get_all(self, collection: str, hrefs: AnyCollection[str]) -> Mapping[str, Known]:
        """href -> what is known, of those of these hrefs that are known."""
        ...

    def hrefs_of(self, collection: str, uids: Iterable[str]) -> Sequence[str]:
        """The hrefs of these UIDs, foreign ones too."""
        ...

    def pull(self, collection: str, resource: Resource, uid: str) -> None:
        """Keep theirs as pending; ``base`` stays as it is. Clears ``gone``."""
        ...

    def pull_all(self, collection: str, pulled: Sequence[tuple[Resource, str]]) -> None:
        """The same for many, each with its UID."""
        ...

    def overlook(self, collection: str, read: Sequence[tuple[Resource, str]]) -> None:
        """These are nobody's business here: of each, with its UID, only href and etag are kept, and no text."""
        ...

    def ours_among(self, collection: str, resources: Mapping[str, str]) -> frozenset[str]:
        """Of these hrefs (with the UIDs that stand there) those that are ours or were once (a server put back from a backup
        has them again), or whose UID is one of ours elsewhere."""
        ...

    def lose(self, collection: str, href: str, at: datetime) -> None:
        """The server has it no more; base stays until absorbed. Counted for the guard when it was ours."""
        ...

    def lost_since(self, collection: str, since: datetime) -> int:
        """How many of ours were lost since then (the guard's slow drain)."""
        ...

    def forgive(self, collection: str) -> None:
        """Its losses so far were meant: the guard counts from here."""
        ...

    def pending(self, collections: Sequence[str]) -> Iterator[Known]:
        """Everything pulled or gone and not absorbed, of those collections, by collection and href."""
        ...

    def settle(self, collection: str, resource: Resource, uid: str, *, ours: bool) -> None:
        """``resource`` is agreed: it becomes base (its text is kept only if ``ours``), pending and gone are cleared."""
        ...

    def settle_all(self, collection: str, agreed: Sequence[tuple[Resource, str, bool]]) -> None:
        """The same for many hrefs, each with its UID and whether it is ours."""
        ...

    def forget(self, collection: str, href: str) -> None:
        """Nothing is known of that href any more, but which states of it were agreed once (``earlier``)."""
        ...

    def earlier(self, collection: str, href: str, etag: str) -> bool:
        """Whether that state of the resource was the agreed one once, and no longer is."""
        ...

    def stood(self, collection: str, token: str) -> bool:
        """Whether the collection was read up to that token once, and further since."""
        ...

    def forget_earlier(self, collection: str, before: datetime) -> None:
        """What was superseded or lost before then is not asked for any more."""
        ...

    def intend(self, intent: Intent) -> None: ...

    def intend_all(self, intents: Sequence[Intent]) -> None:
        """Several at once, in that order."""
        ...

    def intents(self) -> Sequence[Intent]:
        """Those not closed, oldest first."""
        ...

    def tried(self, op: str) -> None:
        """It went out once more in vain."""
        ...

    def close(self, op: str) -> None: ...

    def close_all(self, ops: Sequence[str]) -> None: ...
