"""A calendar and an address book where people already wrote, bound read-only to the scene's centre."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from calendars.sync.memory_server import MemoryServer
from calendars.sync.ports import CollectionKind
from sidecar.domain.bindings import Purpose
from tests.twin import Twin, twin

DENTIST = "dentist.ics"
CLAIMED = "market.ics"
PAST = "past.ics"
NEIGHBOUR = "neighbour.vcf"
OPENING = "== Hors les murs =="


def event(uid: str, summary: str, start: datetime, *lines: str) -> str:
    """One hour, written by a program that knows nothing of us: its own properties, an odd order, a folded line."""
    stamp, end = start.astimezone(UTC), start.astimezone(UTC).replace(hour=start.astimezone(UTC).hour + 1)
    body = (
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Elsewhere//Diary 3//FR", "X-WR-COLOUR:#0a0", "BEGIN:VEVENT",
        f"SUMMARY:{summary}", f"UID:{uid}", "X-STICKER;X-SHAPE=star:gold", f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}",
        f"DTSTART:{stamp:%Y%m%dT%H%M%SZ}", f"DTEND:{end:%Y%m%dT%H%M%SZ}", *lines, "END:VEVENT", "END:VCALENDAR",
    )  # fmt: skip
    return "".join(f"{line}\r\n" for line in body)


CARD = "".join(
    f"{line}\r\n"
    for line in (
        "BEGIN:VCARD",
        "VERSION:3.0",
        "X-MOOD:sunny",
        "UID:neighbour",
        "FN:Jeanne Voisine",
        "N:Voisine;Jeanne;;;",
        "TEL;TYPE=CELL:06 39 98 77 77",
        "END:VCARD",
    )
)


def lived_in(folder: Path, *, writes: bool = False, server: MemoryServer | None = None, **options: Any) -> Twin:
    """The dentist, a market that names an initiative, one that is past, a neighbour's card; nothing is synced yet."""
    server = server or MemoryServer()
    calendar = server.add_collection("service", CollectionKind.CALENDAR, "team", "Team")
    book = server.add_collection("service", CollectionKind.ADDRESSBOOK, "people", "People")
    entries = {
        DENTIST: event("dentist", "Dentiste", datetime(2026, 3, 5, 13, tzinfo=UTC), "DESCRIPTION:dent\\, du fond"),
        CLAIMED: event("market", "Café du facteur au marché", datetime(2026, 3, 6, 9, tzinfo=UTC), "X-BASKET:two"),
        PAST: event("past", "Le Café du facteur", datetime(2026, 2, 10, 9, tzinfo=UTC)),
    }
    for name, text in entries.items():
        server.put("service", calendar + name, text)
    server.put("service", book + NEIGHBOUR, CARD)
    purposes = (Purpose.OUTINGS, Purpose.CONTACTS)
    collections = {Purpose.OUTINGS: calendar, Purpose.CONTACTS: book}
    return twin(
        folder,
        server=server,
        purposes=purposes,
        collections=collections,
        writes=writes,
        **options,
    )


def rows(scene_url: str) -> dict[str, Sequence[object]]:
    """Every row of every table of a SQLite file, to compare before and after."""
    engine = sa.create_engine(scene_url)
    try:
        with engine.connect() as connection:
            tables = sa.inspect(connection).get_table_names()
            return {
                table: sorted(map(repr, connection.execute(sa.text(f'SELECT * FROM "{table}"'))))  # noqa: S608 - own names
                for table in tables
            }
    finally:
        engine.dispose()
