"""Spaces: DAV accounts whose password is encrypted in the table and told to nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import InvalidToken

from sidecar.domain.bindings import Binding, Space
from sidecar.domain.errors import NotFound
from sidecar.storage import schema
from sidecar.storage.errors import StorageError
from sidecar.storage.repository import OF_ID, Repository
from sidecar.storage.vault import Vault

_MUTED = sa.select(schema.spaces.c.muted).distinct()
_WITH_BINDINGS = (
    sa.select(schema.spaces, schema.bindings)
    .outerjoin(schema.bindings, schema.bindings.c.space_id == schema.spaces.c.id)
    .where(schema.spaces.c.id == OF_ID)
    .order_by(schema.bindings.c.centre_id, schema.bindings.c.href, schema.bindings.c.id)
    .set_label_style(sa.LABEL_STYLE_TABLENAME_PLUS_COL)
)


class SpaceRepository(Repository[Space]):
    record, table, kind = Space, schema.spaces, "space"
    order = ("url", "username", "id")
    secrets = frozenset({"secret"})

    def __init__(self, *arguments: Any, vault: Vault) -> None:
        super().__init__(*arguments)
        self._vault = vault

    def with_bindings(self, id: str) -> tuple[Space, list[Binding]]:
        """A space and what is bound there, by centre and href, in one question, for every pass. Raises NotFound."""
        rows = self._connection.execute(_WITH_BINDINGS, {"of_id": id}).mappings().all()
        if not rows:
            raise NotFound("not_found", kind=self.kind, id=id)
        space = self._record(rows[0], {})
        return space, [Binding(**_part(row, schema.bindings)) for row in rows if row[schema.bindings.c.id] is not None]

    def all_muted(self) -> bool:
        """Whether there are any, and somebody muted each; read without their passwords."""
        return set(self._connection.scalars(_MUTED)) == {True}

    def _row(self, record: Space) -> dict[str, Any]:
        return super()._row(record) | {"secret": self._vault.lock(record.secret)}

    def _record(self, row: sa.RowMapping, parts: Mapping[str, Any]) -> Space:
        values = _part(row, schema.spaces)
        try:
            secret = self._vault.unlock(values["secret"])
        except InvalidToken as error:
            raise StorageError("storage_wrong_key", space=values["id"], url=values["url"]) from error
        return Space(**values | {"secret": secret})


def _part(row: sa.RowMapping, table: sa.Table) -> dict[str, Any]:
    """The columns of one table in a row of several."""
    return {column.name: row[column] for column in table.c}
