"""Aware datetimes as text and back, in the same zone.

The text form is RFC 9557's: ``2026-10-25T02:30:00+01:00[Europe/Paris]``. A time that its zone skips (02:30 on the
last Sunday of March) comes back as the same instant, one hour later on the clock.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sidecar.storage.errors import StorageError


def zone_name(moment: datetime) -> str:
    """The IANA name of the moment's zone, or its offset ("+02:00") where it has no name."""
    if moment.tzinfo is None:
        raise ValueError(f"a naive time cannot be kept: {moment.isoformat()}")
    key = getattr(moment.tzinfo, "key", None)
    if isinstance(moment.tzinfo, ZoneInfo) and key:
        return str(key)
    text = moment.isoformat()
    return text[19:].lstrip("0123456789.")


@lru_cache(maxsize=256)
def zone_of(name: str) -> tzinfo:
    """The zone that ``zone_name`` named. Raises StorageError where this machine does not know it."""
    if name[0] in "+-":
        return datetime.strptime(name, "%z").tzinfo or UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise StorageError("storage_unknown_zone", zone=name) from error


def in_zone(instant: datetime, name: str) -> datetime:
    return instant.astimezone(zone_of(name))


def as_text(moment: datetime) -> str:
    name = zone_name(moment)
    # Through UTC, so that a skipped time is written with the offset that it gets when read.
    text = in_zone(moment.astimezone(UTC), name).isoformat()
    return text if name[0] in "+-" else f"{text}[{name}]"


def from_text(text: str) -> datetime:
    if not text.endswith("]"):
        return datetime.fromisoformat(text)
    stamp, _, name = text[:-1].partition("[")
    return in_zone(datetime.fromisoformat(stamp), name)
