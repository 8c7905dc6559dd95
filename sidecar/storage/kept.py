"""What is asked for again and again and changes seldom: a process keeps it, and reads it again once anybody changed it.

Each kind of record that is kept so has a setting, its *version*: a text that is another one after every transaction that
changed such a record, and was never used before. Whoever asks reads the version first, so that what is kept can be newer
than its version (then it is read once more) and never older. Who changes such rows past this program starts it anew.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa

from sidecar.storage import schema
from sidecar.storage.session import Session

VERSION_KEY = "version:{kind}"
_VERSION = sa.select(schema.settings.c.value).where(schema.settings.c.key == sa.bindparam("of_key"))
_UNKNOWN = object()

T = TypeVar("T")
D = TypeVar("D")
Shelf = dict[Callable[..., Any], tuple[Any, Any]]
"""What one process keeps: what makes it -> the version that it was made at, and what was made. Any thread may use it."""


class Versions:
    """The versions as one unit sees them, and which of them it has to renew."""

    def __init__(self, session: Session, shelf: Shelf) -> None:
        self._session = session
        self._shelf = shelf
        self._outdated: set[str] = set()

    def kept(self, kind: str, make: Callable[[list[T]], D], read: Callable[[], list[T]]) -> D:
        """``make`` of what ``read`` gives, made again only when a record of that kind was changed. What this unit itself
        has changed is seen, and not kept."""
        if kind in self._outdated:
            return make(read())
        version = self._session.connection.scalar(_VERSION, {"of_key": VERSION_KEY.format(kind=kind)})
        standing, found = self._shelf.get(make, (_UNKNOWN, None))
        if standing != version:
            found = make(read())
            self._shelf[make] = version, found
        kept: D = found
        return kept

    def changed(self, kind: str) -> None:
        self._outdated.add(kind)

    def flush(self) -> None:
        """At the end of a unit, so that nobody waits long for another who changes the same kind."""
        if not self._outdated:
            return
        keys, self._outdated = sorted(VERSION_KEY.format(kind=kind) for kind in self._outdated), set()
        # No id of ours: those may begin anew with a process.
        rows = [{"key": key, "value": secrets.token_hex(8)} for key in keys]
        self._session.upsert(schema.settings, ("key",), *rows)
