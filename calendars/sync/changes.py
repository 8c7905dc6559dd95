"""What a pass has to absorb, made of what it pulled and of what was agreed before; moves are put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from calendars.sync.ports import CollectionKind, Known, Memory, Past
from calendars.sync.pull import Pulled
from calendars.sync.replica import Change


def changes(memory: Memory, pending: Sequence[Known], kinds: Mapping[str, CollectionKind]) -> list[Change]:
    """What is to be absorbed; a UID that left one bound collection and came to another is one change, a move.

    ``kinds``: href -> kind of every bound collection.
    """
    left = {k.uid: k for k in pending if k.gone and k.ours and k.uid}
    past = {href: memory.cursor(href).past for href in {k.collection for k in pending}}
    found, moved = [], set()
    for known in pending:
        if known.pending is None or known.base is not None:
            continue
        source = left.get(known.uid)
        if source is not None:
            moved.add((source.collection, source.href))
    for known in pending:
        if (known.collection, known.href) in moved:
            continue
        source = left.get(known.uid) if known.pending is not None and known.base is None else None
        found.append(
            Change(
                collection=known.collection,
                kind=kinds[known.collection],
                href=known.href,
                uid=known.uid,
                base=source.base if source is not None else known.base,
                theirs=None if known.gone else known.pending,
                moved_from=(source.collection, source.href) if source is not None else None,
                past=past[known.collection],
                earlier=known.ours and is_earlier(memory, known),
            )
        )
    return found


def is_earlier(memory: Memory, known: Known) -> bool:
    """Whether what was pulled is what was agreed once."""
    return known.pending is not None and memory.earlier(known.collection, known.href, known.pending.etag)


def note_restored(memory: Memory, pulled: Sequence[Pulled], pending: Sequence[Known]) -> None:
    """A server that lost count of its changes and shows what was agreed once, or stands where it stood once, was restored
    from a backup.

    One that counts tells by counting back (``went_back``); the numbers that it comes by again afterwards tell nothing.
    """
    for part in pulled:
        href = part.collection.href
        if not part.suspect:
            continue
        token = part.cursor.token
        stood = token is not None and not part.counts and memory.stood(href, token)
        if stood or any(known.collection == href and is_earlier(memory, known) for known in pending):
            memory.set_cursor(href, replace(memory.cursor(href), past=Past.REWOUND))


def all_absorbed(memory: Memory, collection: str, left: Sequence[Known]) -> None:
    """What was pulled is absorbed, but for what is ``left``: from here on the collection is up to date."""
    cursor = memory.cursor(collection)
    if cursor.past is not Past.NOT and not any(known.collection == collection for known in left):
        memory.set_cursor(collection, replace(cursor, past=Past.NOT))
