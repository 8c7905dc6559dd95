"""Spaces: DAV accounts whose password is encrypted in the table and told to nobody."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sidecar.domain.bindings import Space
from sidecar.storage import schema
from sidecar.storage.errors import StorageError
from sidecar.storage.repository import Repository


class Vault:
    """Encrypts short texts with a key derived from the instance's secret key (HKDF, RFC 5869; Fernet)."""

    def __init__(self, secret_key: bytes) -> None:
        if len(secret_key) < 16:
            raise ValueError("the secret key has to have at least 16 bytes")
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"hors-les-murs space secret").derive(secret_key)
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def lock(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def unlock(self, locked: str) -> str:
        """Raises InvalidToken when it was locked with another key, or changed since."""
        return self._fernet.decrypt(locked.encode("ascii")).decode()


class SpaceRepository(Repository[Space]):
    record, table, kind = Space, schema.spaces, "space"
    order = ("url", "username", "id")
    secrets = frozenset({"secret"})

    def __init__(self, *arguments: Any, vault: Vault) -> None:
        super().__init__(*arguments)
        self._vault = vault

    def _row(self, record: Space) -> dict[str, Any]:
        return super()._row(record) | {"secret": self._vault.lock(record.secret)}

    def _record(self, row: sa.RowMapping, parts: Mapping[str, Any]) -> Space:
        try:
            secret = self._vault.unlock(row["secret"])
        except InvalidToken as error:
            raise StorageError("storage_wrong_key", space=row["id"], url=row["url"]) from error
        return Space(**dict(row) | {"secret": secret})
