"""Records of the domain as JSON-able data, and what differs between two of them."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from typing import Any

from sidecar.storage import zones

# Neither says anything about the thing itself.
_UNTOLD = frozenset({"id", "version"})
_AS_THEY_ARE = frozenset({type(None), bool, int, float, str})


def plain(value: Any) -> Any:
    """The value as JSON has it: records become mappings, times RFC 9557 text with their zone."""
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return zones.as_text(value)
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in _names(kind)}
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, str | int | float):
        return value
    raise TypeError(f"no plain form for {kind.__name__}")


_NAMES: dict[type[Any], tuple[str, ...]] = {}
"""The fields of records, class by class."""


def _names(kind: type[Any]) -> tuple[str, ...]:
    found = _NAMES.get(kind)
    if found is None:
        found = _NAMES[kind] = tuple(f.name for f in fields(kind))
    return found


def field_names(*records: Any) -> list[str]:
    """The fields of all the records, in the order of their classes, without id and version."""
    names: dict[str, None] = {}
    for record in records:
        names.update((name, None) for name in _names(type(record)) if name not in _UNTOLD)
    return list(names)


def differences(one: Any, other: Any) -> dict[str, tuple[Any, Any]]:
    """field -> (one's value, other's value) where they differ.

    Compared by plain form: 10:00 in Paris and 09:00 UTC are equal instants and yet not the same entry.
    """
    found = {}
    for name in field_names(one, other):
        mine, theirs = getattr(one, name, None), getattr(other, name, None)
        if plain(mine) != plain(theirs):
            found[name] = (mine, theirs)
    if type(one) is not type(other):
        found["kind"] = (getattr(one, "kind", None), getattr(other, "kind", None))
    return found
