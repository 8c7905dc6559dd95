"""What tables are put together from: one metadata, and columns that many of them have."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from sidecar.storage.columns import Key

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def id_column() -> sa.Column[str]:
    return sa.Column("id", Key, primary_key=True)


def version() -> sa.Column[int]:
    return sa.Column("version", sa.Integer, nullable=False)


def text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def of(target: str, name: str = "", *, cascade: bool = False, **options: Any) -> sa.Column[str]:
    """A foreign key to a table's id: removing what is still named is refused, but for parts of a whole."""
    singular = {"people": "person", "initiatives": "initiative"}.get(target, target.removesuffix("s"))
    key = sa.ForeignKey(f"{target}.id", ondelete="CASCADE" if cascade else None)
    return sa.Column(name or f"{singular}_id", Key, key, **({"nullable": False} | options))
