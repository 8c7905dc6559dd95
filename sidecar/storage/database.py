"""Storage: the one door to the database, one per process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa
from cryptography.fernet import InvalidToken

from sidecar.domain.audit import AuditAction, Origin
from sidecar.storage import migrate
from sidecar.storage.engine import create_engine, options_for
from sidecar.storage.errors import StorageError
from sidecar.storage.kept import Shelf
from sidecar.storage.session import Session
from sidecar.storage.unit import UnitOfWork
from sidecar.storage.vault import Vault, lock_again


class Storage:
    """Every method may raise ``StorageError``.

    ``url``: sqlite:///PATH or postgresql://USER@HOST/NAME. ``clock`` gives aware times, ``new_id`` unique ids,
    ``secret_key`` (at least 16 random bytes) locks the passwords of spaces; ``keys`` reads all there are anew, as ``Vault``
    wants them. ``wait``: seconds that a writer waits for another.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        secret_key: bytes,
        keys: Callable[[], Sequence[bytes]] | None = None,
        wait: float = 15.0,
    ) -> None:
        self.engine = create_engine(url, wait=wait)
        self._clock = clock
        self._new_id = new_id
        self._vault = Vault(secret_key, keys)
        self._shelf: Shelf = {}
        self._pid = os.getpid()

    def migrate(self) -> None:
        """Bring the database to this program's schema. Raises StorageError("storage_newer") for a newer program's."""
        migrate.migrate(self.engine)

    def check(self) -> None:
        """Answers when the database does, and has this program's schema; else raises StorageError."""
        with self._connected(write=False) as connection:
            connection.execute(sa.select(1))
            migrate.require_head(connection)

    @contextmanager
    def unit(
        self, *, actor: str = "system", origin: Origin = Origin.SYSTEM, write: bool = True, lasts: bool = True
    ) -> Iterator[UnitOfWork]:
        """One transaction: committed at the end of the block, undone by any exception that leaves it.

        Writers come one at a time on SQLite: no request to a server belongs inside, nor another writing unit.
        ``write=False`` reads one moment of the database and holds up nobody. ``lasts=False`` does not wait for the disk: a
        power cut may undo it, as if it had not been.
        """
        with self._connected(write=write, lasts=lasts) as connection:
            session = Session(connection, clock=self._clock, new_id=self._new_id, writes=write)
            unit = UnitOfWork(session, actor=actor, origin=origin, vault=self._vault, shelf=self._shelf)
            yield unit
            unit.flush()

    def lock_again(self, key: bytes, *, actor: str) -> int:
        """Everything that is kept locked is locked with ``key``, in one transaction; how many texts that were.

        Raises StorageError("storage_wrong_key") where one was locked with a key that nobody has; then nothing changed.
        """
        new = Vault(key)
        with self._connected(write=True) as connection:
            session = Session(connection, clock=self._clock, new_id=self._new_id, writes=True)
            unit = UnitOfWork(session, actor=actor, origin=Origin.COMMAND, vault=self._vault, shelf=self._shelf)
            try:
                count = lock_again(connection, lambda locked: new.lock(self._vault.unlock(locked)))
            except InvalidToken as error:
                raise StorageError("storage_wrong_key") from error
            unit.audit.record("key", "", AuditAction.SAVE, {"locked": (None, count)})
            unit.flush()
        return count

    def close(self) -> None:
        """Give back every connection; the storage can be used again."""
        self.engine.dispose()

    @contextmanager
    def _connected(self, *, write: bool, lasts: bool = True) -> Iterator[sa.Connection]:
        if self._pid != os.getpid():
            # A forked worker must not talk through its parent's connections.
            self.engine.dispose(close=False)
            self._pid = os.getpid()
        options = options_for(self.engine, write=write, lasts=lasts)
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection
