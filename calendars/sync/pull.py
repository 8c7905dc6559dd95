"""Reading what changed in one collection; no transaction is open while requests run.

What changed is asked for first; texts come after it in batches, each kept in a transaction of its own, so that memory does
not grow with the collection and a pass that is cut short goes on where it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Collection as AnyCollection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from calendars.errors import DavError, Paused, ServerTrouble, TokenRefused, Unauthorised, Unreachable
from calendars.sync.collecting import uncollected
from calendars.sync.ports import Changes, Collection, CollectionState, Cursor, Known, Past, Resource
from calendars.sync.replica import Bound, Store, Unit
from calendars.sync.report import PassReport
from calendars.sync.texts import uid_of

_COUNT = re.compile(r"(?P<name>.*?)(?P<number>\d{1,18})")
AT_ONCE = 200
"""How many texts are kept in one transaction."""


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """What one collection answered: hrefs of what changed and of what went, and the cursor for next time."""

    collection: Collection
    wanted: tuple[str, ...]
    gone: frozenset[str]
    cursor: Cursor
    complete: bool
    """Whether everything was listed."""
    suspect: bool = False
    """The server lost count of its changes: it may have been restored from a backup."""
    counts: bool = False
    """Its token is a number that went on from the one before, or back."""


class Puller:
    """Reads what changed in the collections of one space and keeps it; no server's trouble with one holds up the others.

    ``at_once``: of how many collections the server bears to be asked at the same time.
    """

    def __init__(
        self,
        store: Store,
        collection: Callable[[str], Collection],
        report: PassReport,
        at_once: int,
        list_after: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._collection = collection
        self._report = report
        self._at_once = max(1, at_once)
        self._list_after = list_after
        self._now = now

    def pull(
        self,
        states: Mapping[str, CollectionState],
        bound: Iterable[Bound],
        shown: list[tuple[Collection, list[Resource]]] | None,
        *,
        full: bool,
    ) -> list[Pulled]:
        """Read what changed and keep it; a dry run keeps nothing and gets the texts into ``shown``. ``full`` lists all.

        Raises what concerns the whole server: Paused, Unauthorised, Unreachable.
        """
        cursors, never_read = self._due(states, [b.href for b in bound], full=full)
        found = []
        if shown is None:
            for href in never_read:
                whole = self._whole(states[href], cursors[href])
                if whole is not None:
                    found.append(whole)
                    del cursors[href]
        for href, pulled in self._asked([(states[href], cursor) for href, cursor in cursors.items()]):
            if isinstance(pulled, Pulled):
                pulled = self._keep_texts(pulled, shown)
            if isinstance(pulled, Paused | Unauthorised | Unreachable):
                raise pulled
            if isinstance(pulled, DavError):
                self._report.of(href).error = str(pulled)
                continue
            self._report.of(href).error = ""
            self._report.of(href).gone += len(pulled.gone)
            found.append(pulled)
        return found

    def _due(
        self, states: Mapping[str, CollectionState], hrefs: Iterable[str], *, full: bool
    ) -> tuple[dict[str, Cursor], list[str]]:
        """Where to go on reading, of those that need it, and which of them were never read."""
        now, cursors, never_read = self._now(), dict[str, Cursor](), list[str]()
        with self._store.look() as unit:
            known = unit.memory.cursors()
            for href in hrefs:
                self._report.of(href)
                cursor = known.get(href, Cursor())
                if full:
                    # The token stays: whether the server took it tells whether it lost count.
                    cursor = replace(cursor, mark=None, listed_at=None)
                state = states.get(href)
                if state is not None and needs_pull(state, cursor, now, self._list_after):
                    cursors[href] = cursor
                    if cursor.listed_at is None and not unit.memory.etags(href):
                        never_read.append(href)
        return cursors, never_read

    def _whole(self, state: CollectionState, cursor: Cursor) -> Pulled | None:
        """A collection that was never read, in one request; None where the server will not show all of it at once, or
        breaks off in the middle: then the rest is listed and fetched, in this same pass."""
        pulled, began = read_whole(self._collection(state.href), state, self._now(), cursor), False

        def coming() -> Iterator[Resource]:
            nonlocal began
            for resource in pulled.collection.read_all():
                began = True
                yield resource

        try:
            for batch in batches(coming()):
                self._report.of(state.href).pulled += len(batch)
                with uncollected(), self._store.unit(lasts=False) as unit:
                    keep(unit, pulled.collection, batch)
        except (Paused, Unauthorised):
            raise
        except DavError as error:
            if isinstance(error, Unreachable) and not began:
                raise
            # What was kept stays.
            return None
        return pulled

    def _asked(self, due: Sequence[tuple[CollectionState, Cursor]]) -> Iterator[tuple[str, Pulled | DavError]]:
        """What changed in each, without the texts; as many are asked at the same time as the server bears."""
        for state, _ in due:
            self._collection(state.href)
        at = 0
        while at < len(due):
            some = due[at : at + self._at_once]
            at += len(some)
            if len(some) == 1:
                # A server that bears no more is the usual case.
                yield some[0][0].href, self._ask(*some[0])
                continue
            with ThreadPoolExecutor(max_workers=len(some)) as pool:
                answers = list(pool.map(lambda one: self._ask(*one), some))
            for one, answer in zip(some, answers, strict=True):
                if isinstance(answer, ServerTrouble) and not isinstance(answer, Paused):
                    # Trouble that several at once may have made: from here on one by one, for this whole pass.
                    self._at_once, answer = 1, self._ask(*one)
                yield one[0].href, answer

    def _ask(self, state: CollectionState, cursor: Cursor) -> Pulled | DavError:
        def known(among: AnyCollection[str] | None) -> Mapping[str, str]:
            with self._store.look() as unit:
                return unit.memory.etags(state.href, among)

        try:
            return read_changes(self._collection(state.href), state, cursor, known, self._now(), self._list_after)
        except DavError as error:
            return error

    def _keep_texts(self, pulled: Pulled, shown: list[tuple[Collection, list[Resource]]] | None) -> Pulled | DavError:
        try:
            for batch in texts(pulled):
                self._report.of(pulled.collection.href).pulled += len(batch)
                if shown is not None:
                    shown.append((pulled.collection, batch))
                    continue
                with uncollected(), self._store.unit(lasts=False) as unit:
                    keep(unit, pulled.collection, batch)
        except DavError as error:
            return error
        return pulled


def needs_pull(state: CollectionState, cursor: Cursor, now: datetime, list_after: timedelta) -> bool:
    """Whether the collection changed since the cursor, or is due for its nightly full listing."""
    return state.mark is None or state.mark != cursor.mark or listing_due(cursor, now, list_after)


def listing_due(cursor: Cursor, now: datetime, list_after: timedelta) -> bool:
    """Nextcloud forgets changes silently (10,000 changes or 60 days): a full listing once in a while finds them."""
    return cursor.listed_at is None or now - cursor.listed_at >= list_after


def read_changes(
    collection: Collection,
    state: CollectionState,
    cursor: Cursor,
    known: Callable[[AnyCollection[str] | None], Mapping[str, str]],
    now: datetime,
    list_after: timedelta,
) -> Pulled:
    """Ask for changes since the token, else for everything; wanted are only texts whose etag is not known yet.

    ``state`` was looked at before, so that what happens meanwhile shows as another mark next time. ``known`` gives href ->
    etag of what is remembered, of these hrefs or of all: only a listing needs all.
    """
    found, suspect = _since_token(collection, state, cursor, now, list_after)
    if found is None:
        found = collection.listing()
    etags = known(None if found.complete else found.changed.keys() | found.deleted)
    listed_at = now if found.complete else cursor.listed_at
    gone = (found.deleted | (etags.keys() - found.changed.keys() if found.complete else frozenset())) & etags.keys()
    if found.complete and gone:
        # A listing may be cut short without a word, and a deletion cancels: what is left out is asked for by name.
        there = {resource.href: resource.etag for resource in collection.fetch(sorted(gone))}
        found, gone = replace(found, changed={**found.changed, **there}), gone - there.keys()
    return Pulled(
        collection=collection,
        wanted=tuple(href for href, etag in found.changed.items() if etags.get(href) != etag),
        gone=frozenset(gone),
        cursor=replace(
            cursor,
            mark=state.mark,
            token=found.token or state.sync_token,
            listed_at=listed_at,
            past=Past.REWOUND if went_back(cursor.token, state.sync_token) else cursor.past,
        ),
        complete=found.complete,
        suspect=suspect,
        counts=_counted(cursor.token, state.sync_token) is not None,
    )


def _since_token(
    collection: Collection, state: CollectionState, cursor: Cursor, now: datetime, list_after: timedelta
) -> tuple[Changes | None, bool]:
    """The changes since the cursor's token, or None where only a full listing can be trusted; and whether the server lost
    count of its changes."""
    due = listing_due(cursor, now, list_after)
    if cursor.token is None or state.sync_token is None:
        return None, False
    if due and (state.sync_token == cursor.token or went_back(cursor.token, state.sync_token)):
        # Where nothing is said to have changed, a listing that shows otherwise tells that the count is wrong.
        return None, True
    try:
        found = collection.changes(cursor.token)
    except TokenRefused:
        return None, True
    # The server says that something changed and shows nothing: a token from the future, echoed by a server that was
    # restored from a backup, or one from before changes that it forgot. Only a listing tells.
    silent = state.sync_token != cursor.token and not found.changed and not found.deleted
    return None if silent or due else found, silent


def went_back(before: str | None, now: str | None) -> bool:
    """Whether a server that counts in its tokens counted back: it was restored from a backup.

    >>> went_back("http://sabre.io/ns/sync/57", "http://sabre.io/ns/sync/41"), went_back("a57", "b41")
    (True, False)
    """
    numbers = _counted(before, now)
    return numbers is not None and numbers[1] < numbers[0]


def _counted(before: str | None, now: str | None) -> tuple[int, int] | None:
    """The numbers of two tokens, where a server counts in them."""
    then, since = (_COUNT.fullmatch(token or "") for token in (before, now))
    if then is None or since is None or then["name"] != since["name"]:
        return None
    return int(then["number"]), int(since["number"])


def read_whole(collection: Collection, state: CollectionState, now: datetime, before: Cursor) -> Pulled:
    """What reading all of it in one request will come to. ``state`` was looked at before, its token is older."""
    cursor = replace(before, mark=state.mark, token=state.sync_token, listed_at=now)
    return Pulled(collection=collection, wanted=(), gone=frozenset(), cursor=cursor, complete=True)


def batches(found: Iterable[Resource]) -> Iterator[list[Resource]]:
    resources = iter(found)
    while batch := list(islice(resources, AT_ONCE)):
        yield batch


def texts(pulled: Pulled) -> Iterator[list[Resource]]:
    """What changed, in batches."""
    return batches(pulled.collection.fetch(pulled.wanted) if pulled.wanted else ())


def keep(unit: Unit, collection: Collection, resources: Iterable[Resource]) -> None:
    """Keep as pending, apart from base, what is ours or may be; of the rest no text is kept and nothing is parsed."""
    href, kind = collection.href, collection.kind
    read = [(resource, uid_of(kind, resource.text)) for resource in resources]
    ours = unit.memory.ours_among(href, {resource.href: uid for resource, uid in read})
    if len(ours) < len(read):
        # Beside what is known already: a series that was just given another name tells which others go on with it.
        ours |= unit.replica.sift(href, read)
    known = unit.memory.get_all(href, ours)
    changed = [(r, uid) for r, uid in read if r.href in ours and not _etag_alone(known.get(r.href), r)]
    unit.memory.pull_all(href, changed)
    unit.memory.overlook(href, [(resource, uid) for resource, uid in read if resource.href not in ours])


def _etag_alone(known: Known | None, read: Resource) -> bool:
    """Whether what was agreed has another etag and not one letter changed. Such an etag is not taken for the base's: a
    server that is read while somebody writes may show the new etag with the old text, and a write resting on it would undo
    theirs."""
    agreed = known is not None and known.pending is None and not known.gone and known.etag not in ("", read.etag)
    return agreed and known is not None and known.base == read.text


def conclude(unit: Unit, pulled: Pulled, now: datetime) -> None:
    """All texts are kept: what went is noted, and the cursor moves on."""
    for gone in sorted(pulled.gone):
        unit.memory.lose(pulled.collection.href, gone, now)
    unit.memory.set_cursor(pulled.collection.href, pulled.cursor)
