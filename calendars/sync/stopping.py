"""Ending a pass early: no further request goes out once somebody said so; the journal and the next pass do the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from calendars.errors import Interrupted
from calendars.sync.ports import Changes, Collection, CollectionKind, CollectionState, Home, Resource


class StoppableHome:
    """A ``Home`` through which nothing is asked any more once ``stopped`` says so: then everything raises Interrupted.

    A request that is under way is waited for.
    """

    def __init__(self, home: Home, stopped: Callable[[], bool]) -> None:
        self._home = home
        self._stopped = stopped

    @property
    def at_once(self) -> int:
        return self._home.at_once

    @property
    def requests(self) -> int:
        return self._home.requests

    @property
    def binned(self) -> frozenset[str]:
        return self._home.binned

    def look(self, kinds: Iterable[CollectionKind]) -> Sequence[CollectionState]:
        self._go_on("")
        return self._home.look(kinds)

    def collection(self, href: str, kind: CollectionKind) -> Collection:
        return _StoppableCollection(self._home.collection(href, kind), self._go_on)

    def create_collection(self, kind: CollectionKind, name: str, display_name: str) -> CollectionState:
        self._go_on(name)
        return self._home.create_collection(kind, name, display_name)

    def _go_on(self, href: str) -> None:
        if self._stopped():
            raise Interrupted("We were asked to stop; nothing is lost, the next pass goes on from here", href=href)


class _StoppableCollection:
    def __init__(self, collection: Collection, go_on: Callable[[str], None]) -> None:
        self.href, self.kind = collection.href, collection.kind
        self._collection = collection
        self._go_on = go_on

    @property
    def tells_first(self) -> bool:
        return self._collection.tells_first

    def changes(self, token: str) -> Changes:
        self._go_on(self.href)
        return self._collection.changes(token)

    def listing(self) -> Changes:
        self._go_on(self.href)
        return self._collection.listing()

    def read_all(self) -> Iterator[Resource]:
        self._go_on(self.href)
        return self._collection.read_all()

    def fetch(self, hrefs: Sequence[str]) -> Iterator[Resource]:
        self._go_on(self.href)
        for resource in self._collection.fetch(hrefs):
            yield resource
            self._go_on(self.href)

    def create(self, href: str, text: str, *, notify: bool = True) -> str | None:
        self._go_on(href)
        return self._collection.create(href, text, notify=notify)

    def update(self, href: str, text: str, etag: str, *, notify: bool = True) -> str | None:
        self._go_on(href)
        return self._collection.update(href, text, etag, notify=notify)

    def delete(self, href: str, etag: str, *, notify: bool = True) -> None:
        self._go_on(href)
        self._collection.delete(href, etag, notify=notify)

    def bring(self, source: str) -> None:
        self._go_on(source)
        self._collection.bring(source)
