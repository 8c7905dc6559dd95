"""Spaces: DAV accounts whose password is encrypted in the table and told to nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import InvalidToken

from sidecar.domain.bindings import Space
from sidecar.storage import schema
from sidecar.storage.errors import StorageError
from sidecar.storage.repository import Repository
from sidecar.storage.vault import Vault

_MUTED = sa.select(schema.spaces.c.muted).distinct()


class SpaceRepository(Repository[Space]):
    record, table, kind = Space, schema.spaces, "space"
    order = ("url", "username", "id")
    secrets = frozenset({"secret"})

    def __init__(self, *arguments: Any, vault: Vault) -> None:
        super().__init__(*arguments)
        self._vault = vault

    def all_muted(self) -> bool:
        """Whether there are any, and somebody muted each; read without their passwords."""
        return set(self._connection.scalars(_MUTED)) == {True}

    def _row(self, record: Space) -> dict[str, Any]:
        return super()._row(record) | {"secret": self._vault.lock(record.secret)}

    def _record(self, row: sa.RowMapping, parts: Mapping[str, Any]) -> Space:
        try:
            secret = self._vault.unlock(row["secret"])
        except InvalidToken as error:
            raise StorageError("storage_wrong_key", space=row["id"], url=row["url"]) from error
        return Space(**dict(row) | {"secret": secret})
