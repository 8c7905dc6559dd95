"""What the sync engine needs from the application: somebody who absorbs changes and draws what should be there."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from calendars.errors import DavError
from calendars.sync.ports import CollectionKind, Intent, Memory, Past, Resource


@dataclass(frozen=True, kw_only=True)
class Bound:
    """A collection that takes part in a pass. ``writes`` False: it is read, nothing is ever written there."""

    href: str
    kind: CollectionKind
    writes: bool = True


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a pull found at one href. ``base`` None: nothing of ours so far. ``theirs`` None: the server has it no more.

    ``moved_from`` is (collection, href) when the same UID left another bound collection in the same pull. ``past``: why
    this may be nobody's doing; ``earlier``: theirs is what was agreed once, state for state.
    """

    collection: str
    kind: CollectionKind
    href: str
    uid: str
    base: str | None
    theirs: Resource | None
    moved_from: tuple[str, str] | None = None
    past: Past = Past.NOT
    earlier: bool = False


class Verdict(StrEnum):
    OURS = "ours"
    """Absorbed; theirs becomes the base."""
    FOREIGN = "foreign"
    """None of our business: left alone, byte for byte, for ever."""
    WATCHED = "watched"
    """Foreign, but it names something of ours: people are shown it."""
    UNREADABLE = "unreadable"
    """Left alone, and people are told why."""


@dataclass(frozen=True, kw_only=True)
class Absorbed:
    """The application's answer to one change. ``taken``: properties absorbed; ``conflicts``: kept for people to choose.

    ``put_back``: what the server lost or has in an older state is written there again.
    """

    change: Change
    verdict: Verdict
    taken: int = 0
    conflicts: int = 0
    put_back: bool = False


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What should stand at an href; ``text`` None: nothing. ``notify``: whether a scheduling server may tell people.

    ``coalesces``: people would be told, so it may wait until several changes can be told as one, or none is left.
    ``half``: something is left to be written there once this stands; it is drawn again.
    """

    collection: str
    href: str
    uid: str
    text: str | None
    notify: bool = True
    coalesces: bool = False
    half: bool = False


class Replica(Protocol):
    """The application's side, inside one ``Unit``."""

    def waiting(self) -> bool:
        """Whether anything changed on our side since it was last drawn."""
        ...

    def due(self) -> bool:
        """Whether time alone brought work: something that ``absorb`` does even when nothing changed."""
        ...

    def sift(self, collection: str, read: Sequence[tuple[Resource, str]]) -> frozenset[str]:
        """The hrefs of what may be ours or has to be shown to people, of texts (with their UIDs) that were just read.

        What is ours already may be among them. The rest is never absorbed: nobody's business here, until it changes. Cheap,
        so nothing is parsed.
        """
        ...

    def absorb(self, changes: Sequence[Change]) -> Sequence[Absorbed]:
        """Take in what people did on the server. Never raises for a single bad text (Verdict.UNREADABLE)."""
        ...

    def may_write(self) -> bool:
        """Whether anything may be written after what was absorbed."""
        ...

    def draw(self, limit: int) -> Sequence[Wanted]:
        """Up to ``limit`` waiting subjects drawn onto their base; those that need no write are left out.

        What was drawn waits no more. An empty answer means only that these needed no write: ask ``waiting`` again.
        """
        ...

    def redraw(self, collection: str, href: str) -> None:
        """Let what stands at that href wait again."""
        ...

    def refused(self, intent: Intent, error: DavError) -> None:
        """The server will not take this write: keep that for people to read. It waits until ``retry`` or a change."""
        ...

    def renew(self, intent: Intent) -> str:
        """The server keeps the UID of this first write elsewhere, out of our reach: what was to stand there gets another.

        The UID under which it is written next, or is known to stand; "" where there is nothing to write any more.
        """
        ...

    def written(self, intents: Sequence[Intent]) -> None:
        """These arrived: what was kept about an earlier refusal of them is over."""
        ...

    def untold(self, intent: Intent, before: str | None, *, reached: bool) -> None:
        """The server broke off while it told people of this write; ``before`` is the text that stood there.

        ``reached``: all calendars of those invited were brought up afterwards, so that only who was taken out may not know.
        """
        ...

    def retry(self, collection: str) -> None:
        """Let wait again what that collection refused; asked with every full listing, so once a day."""
        ...


class Unit(Protocol):
    """One transaction over memory and application."""

    @property
    def memory(self) -> Memory: ...

    @property
    def replica(self) -> Replica: ...

    def rollback(self) -> None:
        """Nothing of this unit is to stay (a dry run)."""
        ...


class Store(Protocol):
    def unit(self, *, lasts: bool = True) -> AbstractContextManager[Unit]:
        """Commits when left in peace, rolls back on an error.

        ``lasts`` False, for what can be read again: a power cut may undo it, until something is committed that lasts.
        """
        ...

    def look(self) -> AbstractContextManager[Unit]:
        """One moment of both, to be read only; it holds up nobody who writes."""
        ...
