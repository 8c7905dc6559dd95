"""Hints that a space may have changed: rows in the database, one a space; whoever serves pages leaves them, and whoever
syncs takes them, on this machine or another.

A hint is never a fact. A hundred of them are one row, and who takes it looks at the server itself. So none has to outlast a
power cut, nor the process that took it: every space has its turn all the same.
"""

from __future__ import annotations

from collections.abc import Iterable

from sidecar.storage import Storage


def leave_hint(storage: Storage, space_ids: Iterable[str]) -> None:
    """Ask whoever keeps these spaces to look at them soon. Raises StorageError."""
    asked = frozenset(space_ids)
    if not asked:
        return
    with storage.unit(write=False) as uow:
        # One that stands is taken after this moment, and whoever takes it looks after that: it is this one's too.
        left = asked - uow.hints.standing()
    if left:
        with storage.unit(lasts=False) as uow:
            uow.hints.leave(left)


def take_hints(storage: Storage) -> frozenset[str]:
    """The spaces hinted at since somebody took them last. A hint that comes from here on is the next one's.

    Nothing is written where none stands. Raises StorageError.
    """
    with storage.unit(write=False) as uow:
        if not uow.hints.standing():
            return frozenset()
    with storage.unit(lasts=False) as uow:
        return uow.hints.take()
