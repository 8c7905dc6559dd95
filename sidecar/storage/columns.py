"""Column types: how values of the domain stand in a table, the same on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from sidecar.domain.places import Place, PlaceKind
from sidecar.storage import zones

# Identifiers and hrefs are compared by bytes on both engines, whatever language the server was set up for.
Key = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


class Instant(TypeDecorator[datetime]):
    """An aware datetime as its UTC instant, for comparing and indexes; it comes back in UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive time cannot be kept: {value.isoformat()}")
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Zoned(TypeDecorator[datetime]):
    """An aware datetime with its zone, as RFC 9557 text: exact, but not for comparing in SQL."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else zones.as_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else zones.from_text(value)


class Words(TypeDecorator[tuple[str, ...]]):
    """A tuple of strings as a JSON list in text, None apart from empty. ``LIKE`` finds one of them."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(list(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:
        return None if value is None else tuple(json.loads(value))


class Reference(TypeDecorator[str]):
    """The id of something else, where the domain writes "" for none and a foreign key wants NULL."""

    impl = Key
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value or None

    def process_result_value(self, value: str | None, dialect: Dialect) -> str:
        return value or ""


class Choice(TypeDecorator[StrEnum]):
    """One member of an enumeration, by its value; None stays None."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, members: type[StrEnum]) -> None:
        super().__init__()
        self.members = members

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else self.members(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.members(value)


class Choices(TypeDecorator[tuple[StrEnum, ...]]):
    """Several members of an enumeration, in order, as a JSON list of their values."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, members: type[StrEnum]) -> None:
        super().__init__()
        self.members = members

    def process_bind_param(self, value: tuple[StrEnum, ...] | None, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps([self.members(member).value for member in value])

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[StrEnum, ...] | None:
        return None if value is None else tuple(self.members(member) for member in json.loads(value))


class PlaceColumn(TypeDecorator[Place]):
    """A place as JSON: it belongs to what takes place there and is never looked up by itself."""

    impl = sa.JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Place | None, dialect: Dialect) -> dict[str, Any] | None:
        if value is None:
            return None
        return {
            "name": value.name,
            "kind": value.kind.value if value.kind is not None else None,
            "geo": list(value.geo) if value.geo is not None else None,
        }

    def process_result_value(self, value: dict[str, Any] | None, dialect: Dialect) -> Place | None:
        if value is None:
            return None
        return Place(
            name=value["name"],
            kind=PlaceKind(value["kind"]) if value["kind"] is not None else None,
            geo=(value["geo"][0], value["geo"][1]) if value["geo"] is not None else None,
        )


class DaysByName(TypeDecorator[dict[str, date]]):
    """A mapping of names to days (a centre's ``rules_from``), as JSON."""

    impl = sa.JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: dict[str, date] | None, dialect: Dialect) -> dict[str, str] | None:
        return None if value is None else {name: day.isoformat() for name, day in value.items()}

    def process_result_value(self, value: dict[str, str] | None, dialect: Dialect) -> dict[str, date] | None:
        return None if value is None else {name: date.fromisoformat(day) for name, day in value.items()}
