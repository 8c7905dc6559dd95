"""Short texts that the database keeps encrypted, and the one place that knows which columns those are."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sidecar.storage import schema

LOCKED = frozenset({"secret", "former_secret"})
"""A column of such a name holds texts that a ``Vault`` locked, in whatever table; "" is none."""


class Vault:
    """Encrypts short texts with a key derived from the instance's secret key (HKDF, RFC 5869; Fernet).

    ``keys`` reads the key file anew, the one that encrypts first: asked before each text is locked, and where a text cannot
    be unlocked, so that a process goes on when the key is renewed; while it gives none, those known stand. Without it
    ``secret_key`` is the only one.
    """

    def __init__(self, secret_key: bytes, keys: Callable[[], Sequence[bytes]] | None = None) -> None:
        if len(secret_key) < 16:
            raise ValueError("the secret key has to have at least 16 bytes")
        self._read_anew = keys
        self._known: tuple[bytes, ...] = (secret_key,)
        self._fernet = _fernet(self._known)
        # A pass every minute wants the same few texts, and whoever can read this memory can read the key as well.
        self._unlocked = lru_cache(maxsize=2048)(self._decrypted)

    def lock(self, text: str) -> str:
        self._look_again()
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def unlock(self, locked: str) -> str:
        """Raises InvalidToken when it was locked with another key, or changed since."""
        try:
            return self._unlocked(locked)
        except InvalidToken:
            if not self._look_again():
                raise
        return self._unlocked(locked)

    def _decrypted(self, locked: str) -> str:
        return self._fernet.decrypt(locked.encode("ascii")).decode()

    def _look_again(self) -> bool:
        """Whether the keys are others than those known."""
        found = tuple(self._read_anew()) if self._read_anew is not None else self._known
        if not found or found == self._known:
            return False
        self._known, self._fernet = found, _fernet(found)
        self._unlocked.cache_clear()
        return True


def _fernet(keys: Sequence[bytes]) -> MultiFernet:
    def derived(key: bytes) -> Fernet:
        found = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"hors-les-murs space secret").derive(key)
        return Fernet(base64.urlsafe_b64encode(found))

    return MultiFernet([derived(key) for key in keys])


def lock_again(connection: sa.Connection, change: Callable[[str], str]) -> int:
    """Put ``change`` of each locked text in its place, in this transaction; how many there are.

    Rows are held while it works: a password that somebody changes meanwhile waits, and is not overwritten.
    """
    count = 0
    for column in locked_columns():
        key = next(iter(column.table.primary_key))
        for row_id, locked in connection.execute(sa.select(key, column).where(column != "").with_for_update()).all():
            connection.execute(sa.update(column.table).where(key == row_id).values({column.name: change(locked)}))
            count += 1
    return count


def locked_columns() -> Iterator[sa.Column[str]]:
    for table in schema.metadata.sorted_tables:
        yield from (column for column in table.columns if column.name in LOCKED)
