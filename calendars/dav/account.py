"""What discovery finds out about one account; plain data, to be kept so that a pass begins with its look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from calendars.sync.ports import CollectionKind


@dataclass(frozen=True, kw_only=True)
class Account:
    """One account on one server.

    ``origin``: scheme, host and port. ``addresses``: the calendar-user-address-set (RFC 6638 section 2.4.1),
    mailto: and other URIs, by which invitations know this account. ``schedules``: the server tells those invited.
    ``server`` names the traits (``calendars.dav.servers``).
    """

    origin: str
    principal: str
    calendar_homes: tuple[str, ...] = ()
    addressbook_homes: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    schedules: bool = False
    server: str = "unknown"
    display_name: str = ""

    def homes(self, kind: CollectionKind) -> tuple[str, ...]:
        return self.calendar_homes if kind is CollectionKind.CALENDAR else self.addressbook_homes

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Account:
        """The account that ``as_json`` wrote, lists read back as tuples."""
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
        return cls(**values)
