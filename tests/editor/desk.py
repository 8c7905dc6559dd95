"""Opening an object and putting it back as a given program would."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import quote
from uuid import UUID, uuid4

from tests.editor import times
from tests.editor.adapters import Adapter, Missing
from tests.editor.lines import Component, Line, escape, parse, render, unescape
from tests.editor.styles import STYLES, Style


class _Clock(Protocol):
    def __call__(self) -> datetime: ...


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Opened:
    """One calendar object in hand. ``etag`` None: it is new."""

    href: str
    etag: str | None
    tree: Component

    @property
    def events(self) -> list[Component]:
        return self.tree.parts("VEVENT")

    @property
    def master(self) -> Component:
        """The event itself, not one of its changed dates (the first of these if there is nothing else)."""
        whole = [event for event in self.events if event.line("RECURRENCE-ID") is None]
        return (whole or self.events)[0]

    @property
    def uid(self) -> str:
        return self.master.value("UID") or ""


class Desk:
    """Reads and writes one calendar in one style. ``me`` is the address of who sits there, without ``mailto:``."""

    def __init__(
        self,
        adapter: Adapter,
        style: str | Style,
        *,
        me: str = "coordinatrice@example.org",
        my_name: str = "Claire Coordinatrice",
        clock: _Clock = _now,
        ids: Callable[[], UUID] = uuid4,
    ) -> None:
        self.adapter = adapter
        self.style = STYLES[style] if isinstance(style, str) else style
        self.me = me
        self.my_name = my_name
        self._clock = clock
        self._ids = ids
        self._seen: dict[str, tuple[str, str]] = {}

    # --- reading ----------------------------------------------------------------------------------------------

    def texts(self) -> dict[str, str]:
        """href -> text of every object, as the server has it now."""
        found: dict[str, str] = {}
        for href, etag in self.adapter.list().items():
            if self._seen.get(href, ("", ""))[0] != etag:
                self._seen[href] = self.adapter.get(href)
            found[href] = self._seen[href][1]
        return found

    def uids(self) -> dict[str, str]:
        """UID -> href."""
        return {Opened(href, "", parse(text)).uid: href for href, text in self.texts().items() if "BEGIN:VEVENT" in text}

    def open(self, uid: str) -> Opened:
        """The object with that UID (or that href). Raises Missing."""
        for href, text in self.texts().items():
            if href == uid or uid in text.replace("\r\n ", ""):
                opened = Opened(href, self._seen[href][0], parse(text))
                if href == uid or opened.uid == uid:
                    return opened
        raise Missing(uid)

    def text(self, uid: str) -> str:
        return self.texts()[self.open(uid).href]

    def titled(self, title: str) -> list[str]:
        """UIDs of the objects whose event is called so, by start."""
        found: list[tuple[str, str]] = []
        for href, text in self.texts().items():
            if "BEGIN:VEVENT" in text:
                opened = Opened(href, "", parse(text))
                if unescape(opened.master.value("SUMMARY") or "") == title:
                    found.append((opened.master.value("DTSTART") or "", opened.uid))
        return [uid for _start, uid in sorted(found)]

    # --- writing ----------------------------------------------------------------------------------------------

    def save(
        self,
        opened: Opened,
        *,
        touched: Iterable[Component] | None = None,
        matters: bool = False,
        answering: bool = False,
    ) -> str:
        """Write the object back and return its href.

        ``matters``: time or people changed, so that SEQUENCE may count (RFC 5546 section 2.1.4). ``answering``: a guest
        writes, and guests leave SEQUENCE alone.
        """
        for event in opened.events if touched is None else touched:
            self._stamp(event, matters=matters, answering=answering)
        for event in opened.events:
            self.style.tidy(event)
        self._dress(opened.tree)
        text = render(opened.tree, width=self.style.width, unit=self.style.unit)
        self.adapter.put(opened.href, text, opened.etag)
        return opened.href

    def new_uid(self) -> str:
        return self.style.uid(self._ids())

    def href_for(self, uid: str) -> str:
        return self.adapter.collection + quote(self.style.filename(uid), safe="-._~@")

    def when(self, name: str, moment: times.Moment) -> Line:
        return times.line(name, moment, self.style.tzid_prefix)

    def create(
        self,
        title: str,
        start: times.Moment,
        end: times.Moment,
        *,
        rule: str | None = None,
        category: str | None = None,
        place: str | None = None,
        text: str | None = None,
        uid: str | None = None,
    ) -> str:
        """A new object with one event; its UID."""
        uid = uid or self.new_uid()
        event = self.new_event(uid, title, start, end)
        if rule is not None:
            event.add(Line("RRULE", rule))
        for name, value in (("CATEGORIES", category), ("LOCATION", place), ("DESCRIPTION", text)):
            if value is not None:
                event.add(Line(name, escape(value)))
        self.save(Opened(self.href_for(uid), None, self.new_tree(event)), touched=())
        return uid

    @staticmethod
    def length_of(event: Component) -> timedelta:
        """From start to end; an event without either is one day long, or no time at all (RFC 5545 section 3.6.1)."""
        start, end, duration = event.line("DTSTART"), event.line("DTEND"), event.line("DURATION")
        if start is None:
            raise ValueError("the event has no DTSTART")
        if duration is not None:
            return times.length(duration.value)
        if end is None:
            return timedelta(days=1) if len(start.value) == 8 else timedelta(0)
        return times.wall(times.read(end)) - times.wall(times.read(start))

    def new_tree(self, *events: Component) -> Component:
        return Component("VCALENDAR", [Line("VERSION", "2.0"), Line("PRODID", self.style.prodid), *events])

    def new_event(self, uid: str, title: str, start: times.Moment, end: times.Moment) -> Component:
        now = times.stamp(self._clock())
        rows = [
            Line("CREATED", now),
            Line("DTSTAMP", now),
            Line("LAST-MODIFIED", now),
            Line("SEQUENCE", "0"),
            Line("UID", uid),
            self.when("DTSTART", start),
            self.when("DTEND", end),
            Line("SUMMARY", escape(title)),
        ]
        return Component("VEVENT", [*rows, *(Line(name, value) for name, value in self.style.new_event)])

    def _stamp(self, event: Component, *, matters: bool, answering: bool) -> None:
        now = times.stamp(self._clock())
        event.set("DTSTAMP", now)
        event.set("LAST-MODIFIED", now)
        if not answering and self._counts(event, matters=matters):
            event.set("SEQUENCE", str(int(event.value("SEQUENCE") or 0) + 1))

    def _counts(self, event: Component, *, matters: bool) -> bool:
        organizer = (event.value("ORGANIZER") or "").lower()
        match self.style.sequences:
            case "always":
                return True
            case "when it matters":
                return matters
            case "as organizer":
                return organizer.removeprefix("mailto:") == self.me.lower()
            case "with guests":
                return matters and bool(event.lines("ATTENDEE"))

    def _dress(self, tree: Component) -> None:
        """The frame: program's name, order of the frame's own lines, zones."""
        tree.set("PRODID", self.style.prodid)
        if "CALSCALE" in self.style.header and tree.line("CALSCALE") is None:
            tree.add(Line("CALSCALE", "GREGORIAN"))
        known = list(self.style.header)
        frame = sorted(tree.lines(), key=lambda row: known.index(row.name) if row.name in known else len(known))
        events = [part for part in tree.parts() if part.name != "VTIMEZONE"]
        zones = self._zones(tree, events)
        tree.items = [*frame, *zones, *events] if self.style.zones_first else [*frame, *events, *zones]

    def _zones(self, tree: Component, events: list[Component]) -> list[Component]:
        used = {
            tzid: None
            for event in events
            for part in event.walk()
            for row in part.lines()
            if (tzid := row.param("TZID")) is not None
        }
        there = {zone.value("TZID"): zone for zone in tree.parts("VTIMEZONE")}
        zones: list[Component] = []
        for tzid in used:
            if tzid in there and not (self.style.own_zones and tzid.endswith("Europe/Paris")):
                zones.append(there[tzid])
            elif tzid.endswith("Europe/Paris"):
                zones.append(self.style.zone(tzid))
        return zones
