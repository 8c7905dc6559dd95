"""Reading what changed in one collection; no transaction is open while requests run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from calendars.errors import TokenRefused
from calendars.sync.ports import Changes, Collection, CollectionState, Cursor, Memory, Resource
from calendars.sync.texts import uid_of


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """What one collection answered: texts of what changed, hrefs of what went, and the cursor for next time."""

    collection: Collection
    resources: tuple[Resource, ...]
    gone: frozenset[str]
    cursor: Cursor
    complete: bool
    """Whether everything was listed."""


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
    etags: Mapping[str, str],
    now: datetime,
    list_after: timedelta,
) -> Pulled:
    """Ask for changes since the token, else for everything; fetch only texts whose etag is not known yet.

    ``state`` was looked at before, so that what happens meanwhile shows as another mark next time.
    """
    found = _since_token(collection, state, cursor, now, list_after)
    if found is None:
        found = collection.listing()
    listed_at = now if found.complete else cursor.listed_at
    gone = found.deleted | (etags.keys() - found.changed.keys() if found.complete else frozenset())
    wanted = [href for href, etag in found.changed.items() if etags.get(href) != etag]
    return Pulled(
        collection=collection,
        resources=tuple(collection.fetch(wanted)) if wanted else (),
        gone=frozenset(href for href in gone if href in etags),
        cursor=Cursor(mark=state.mark, token=found.token or state.sync_token, listed_at=listed_at, guarded=cursor.guarded),
        complete=found.complete,
    )


def _since_token(
    collection: Collection, state: CollectionState, cursor: Cursor, now: datetime, list_after: timedelta
) -> Changes | None:
    """The changes since the cursor's token, or None where only a full listing can be trusted."""
    if cursor.token is None or state.sync_token is None or listing_due(cursor, now, list_after):
        return None
    try:
        found = collection.changes(cursor.token)
    except TokenRefused:
        return None
    # The server says that something changed and shows nothing: a token from the future, echoed by a server that was
    # restored from a backup, or one from before changes that it forgot. Only a listing tells.
    silent = state.sync_token != cursor.token and not found.changed and not found.deleted
    return None if silent else found


def remember(memory: Memory, pulled: Pulled, now: datetime) -> None:
    """Keep what was pulled as pending, apart from base, with the cursor, in the caller's transaction."""
    href = pulled.collection.href
    for resource in pulled.resources:
        memory.pull(href, resource, uid_of(pulled.collection.kind, resource.text))
    for gone in sorted(pulled.gone):
        memory.lose(href, gone, now)
    memory.set_cursor(href, pulled.cursor)
