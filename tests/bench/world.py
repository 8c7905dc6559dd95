"""What is measured: a scene on a real Radicale, and calendars full of events laid onto its disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests

from calendars.dav import DavHome, connect
from calendars.sync.ports import CollectionKind
from sidecar.domain.bindings import Purpose
from sidecar.domain.centres import Centre
from sidecar.services.binding import bind
from tests.faults.gate import Gate, forwarding, gate_before
from tests.scene import BEGINNING, Scene, build
from tests.servers import Served

FIRST = datetime(2026, 3, 2, 8, tzinfo=UTC)
TITLE = "Le Café du facteur"


@dataclass(frozen=True, kw_only=True)
class Ground:
    """One account on Radicale behind a gate."""

    served: Served
    gate: Gate
    home: DavHome
    user: str
    password: str
    data: Path
    """Radicale's own folder of the account's collections."""

    def calendar(self, name: str, events: int = 0, title: str = TITLE) -> str:
        """A new calendar with so many events on the disk; its href."""
        href = self.home.create_collection(CollectionKind.CALENDAR, name, name).href
        for number in range(events):
            (self.data / name / f"e{number:04}.ics").write_text(event(number, title), encoding="utf-8", newline="")
        return href

    def edit(self, href: str, numbers: range, title: str = TITLE, minutes: int = 15) -> None:
        """Somebody else's app moves these events, not through the gate."""
        for number in numbers:
            url = f"{self.served.child.url.rstrip('/')}{href}e{number:04}.ics"
            headers = {"Content-Type": "text/calendar; charset=utf-8"}
            body = event(number, title, minutes=minutes).encode()
            answer = requests.put(url, data=body, headers=headers, auth=(self.user, self.password), timeout=30)
            answer.raise_for_status()

    def scene(self, folder: Path, collection: str, outings: int = 0) -> Scene:
        collections = {Purpose.OUTINGS: collection}
        folder.mkdir(parents=True)
        return build(folder, lambda space: self.home, purposes=(Purpose.OUTINGS,), collections=collections, outings=outings)


@contextmanager
def ground(served: Served, folder: Path) -> Iterator[Ground]:
    user, password = served.new_user()
    with gate_before(forwarding(served.child.url)) as gate:
        home = connect(gate.url, user, password)
        data = folder / "data" / "collection-root" / user
        yield Ground(served=served, gate=gate, home=home, user=user, password=password, data=data)


def bind_more(scene: Scene, hrefs: Sequence[str]) -> None:
    """Each of these calendars for a centre more, in the same space."""
    with scene.board() as uow:
        for number, href in enumerate(hrefs):
            centre = uow.centres.add(Centre(id=f"centre{number}", name=f"Centre {number}"))
            bind(
                uow, space=scene.space, centre_id=centre.id, href=href, purposes=(Purpose.OUTINGS,), display_name="",
                writes=True, now=BEGINNING, new_id=scene.application.new_id,
            )  # fmt: skip


ZONE = (
    "BEGIN:VTIMEZONE", "TZID:Europe/Paris", "BEGIN:DAYLIGHT", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "TZNAME:CEST",
    "DTSTART:19700329T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "END:DAYLIGHT", "BEGIN:STANDARD",
    "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "TZNAME:CET", "DTSTART:19701025T030000",
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "END:STANDARD", "END:VTIMEZONE",
)  # fmt: skip


def event(number: int, title: str = TITLE, minutes: int = 0) -> str:
    """An event of some length in the coming weeks, twelve a day, with what a calendar app writes."""
    start = FIRST + timedelta(days=number // 12, hours=number % 12, minutes=minutes)
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//somebody//FR", "CALSCALE:GREGORIAN", *ZONE, "BEGIN:VEVENT",
        f"UID:e{number:04}@elsewhere.example", "CREATED:20260220T080000Z", "LAST-MODIFIED:20260223T080000Z",
        "DTSTAMP:20260223T080000Z", f"DTSTART;TZID=Europe/Paris:{start:%Y%m%dT%H%M%S}",
        f"DTEND;TZID=Europe/Paris:{start + timedelta(hours=1):%Y%m%dT%H%M%S}", f"SUMMARY:{title}", "STATUS:CONFIRMED",
        "SEQUENCE:2", "LOCATION:Place du Gros-Chêne", "DESCRIPTION:" + "Apporter le thermos. " * 2,
        "BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Rappel", "TRIGGER;RELATED=START:-PT30M", "END:VALARM",
        "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    return "\r\n".join(lines)
