"""One side of the contract: a server, real or in memory, as the contract's tests see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pytest

from calendars.dav import ServerTraits, connect, open_home
from calendars.sync.memory_server import MemoryServer
from calendars.sync.ports import Collection, CollectionKind, Home
from tests.servers import SYSTEM, Served

CALENDAR, ADDRESSBOOK = CollectionKind.CALENDAR, CollectionKind.ADDRESSBOOK


@dataclass(frozen=True, kw_only=True)
class Side:
    """``home`` of a fresh account. ``with_password`` is a home whose discovery is done, with another password."""

    name: str
    home: Home
    with_password: Callable[[str], Home]
    seen: Callable[[], list[tuple[str, int | None]]]
    """(method, status) of all requests so far, as the server counts them."""

    def new(self, kind: CollectionKind = CALENDAR, name: str = "sorties") -> Collection:
        state = self.home.create_collection(kind, name, "Sorties à Villejean")
        return self.home.collection(state.href, kind)


def sides(names: Iterable[str]) -> list[object]:
    """Parameters for ``side``. One worker starts a server of the system, not every worker its own."""
    return [
        pytest.param(name, marks=(pytest.mark.system, pytest.mark.xdist_group(name)) if name in SYSTEM else ())
        for name in names
    ]


def in_memory() -> Side:
    server = MemoryServer()
    server.add_user("lea", "right")
    return Side(
        name="memory",
        home=server.home("lea", "right"),
        with_password=lambda password: server.home("lea", password),
        seen=lambda: [(method, status) for method, _, status in server.log],
    )


def over_http(served: Served, traits: ServerTraits | None = None) -> Side:
    """A fresh account on that server, found from its bare address."""
    user, password = served.new_user()
    home = connect(served.url, user, password, traits=traits)
    return Side(
        name=served.name,
        home=home,
        with_password=lambda other: open_home(home.account, user, other, traits=traits),
        seen=lambda: [(one.method, one.status) for one in served.log],
    )


def event(uid: str, summary: str = "Café du facteur") -> str:
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//contract//FR", "BEGIN:VEVENT", f"UID:{uid}",
        "DTSTAMP:20260105T080000Z", "DTSTART:20260112T090000Z", "DTEND:20260112T110000Z", f"SUMMARY:{summary}",
        "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    return "\r\n".join(lines)


def card(uid: str, name: str = "Marie-Ange Le Goff") -> str:
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"UID:{uid}", f"FN:{name}", "N:Le Goff;Marie-Ange;;;", "END:VCARD", ""]
    return "\r\n".join(lines)
