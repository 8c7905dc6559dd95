"""What a person does with one event in a calendar program."""

from __future__ import annotations

from collections.abc import Callable

from tests.editor import times
from tests.editor.adapters import Changed, Missing
from tests.editor.desk import Opened
from tests.editor.guests import GuestEdits
from tests.editor.lines import Component, Line, escape, parse, unescape
from tests.editor.times import Moment

_PER_COPY = frozenset({"UID", "CREATED", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "X-MOZ-GENERATION"})


class Editor(GuestEdits):
    """A calendar program with one calendar open. Every method sends at most one request a changed object.

    Objects are named by UID or href. What is changed goes out with the etag that was read; nothing is retried.
    """

    # --- single events ----------------------------------------------------------------------------------------

    def create_event(
        self,
        title: str,
        start: Moment,
        end: Moment,
        *,
        category: str | None = None,
        place: str | None = None,
        text: str | None = None,
        uid: str | None = None,
    ) -> str:
        """A new event; its UID."""
        return self.create(title, start, end, category=category, place=place, text=text, uid=uid)

    def move(self, uid: str, start: Moment, end: Moment | None = None) -> None:
        """To another time; as long as before unless ``end`` is given. A series goes as a whole, changed dates too."""
        opened = self.open(uid)
        event = opened.master
        old = times.read(_must(event, "DTSTART"))
        end = end if end is not None else start + self.length_of(event)
        event.set("DURATION", None)
        for name, moment in (("DTSTART", start), ("DTEND", end)):
            fresh = self.when(name, moment)
            event.set(name, fresh.value, fresh.params)
        if event.line("RRULE") is not None:
            self.shift_exceptions(opened, times.wall(start) - times.wall(old))
        self.save(opened, matters=True)

    def retitle(self, uid: str, title: str) -> None:
        self._set(uid, "SUMMARY", title)

    def change_place(self, uid: str, place: str) -> None:
        """Another place; the old one's coordinates go, as programs with a place field do."""
        opened = self.open(uid)
        for name in ("GEO", "X-APPLE-STRUCTURED-LOCATION"):
            opened.master.set(name, None)
        self._set_in(opened.master, "LOCATION", place)
        self.save(opened, touched=[opened.master], matters=True)

    def change_text(self, uid: str, text: str) -> None:
        """Another description. Thunderbird writes it twice: as HTML in ALTREP, and plain."""
        opened = self.open(uid)
        self._set_in(opened.master, "DESCRIPTION", text)
        if self.style.name == "thunderbird":
            html = "".join(f"%3Cp%3E{_percent(row)}%3C%2Fp%3E" for row in text.split("\n") if row)
            _must(opened.master, "DESCRIPTION").set_param("ALTREP", f"data:text/html,{html}")
        self.save(opened, touched=[opened.master])

    def append_text(self, uid: str, more: str) -> None:
        """A note below what the description says already."""
        old = unescape(self.open(uid).master.value("DESCRIPTION") or "")
        self.change_text(uid, f"{old}\n{more}" if old else more)

    def prepend_text(self, uid: str, more: str) -> None:
        """A note above what the description says already."""
        old = unescape(self.open(uid).master.value("DESCRIPTION") or "")
        self.change_text(uid, f"{more}\n{old}" if old else more)

    def set_categories(self, uid: str, *categories: str) -> None:
        opened = self.open(uid)
        opened.master.set("CATEGORIES", ",".join(escape(category) for category in categories) or None)
        self.save(opened, touched=[opened.master])

    def set_status(self, uid: str, status: str) -> None:
        """CONFIRMED, TENTATIVE or CANCELLED."""
        opened = self.open(uid)
        opened.master.set("STATUS", status)
        self.save(opened, touched=[opened.master], matters=True)

    def delete(self, uid: str) -> None:
        opened = self.open(uid)
        self.adapter.delete(opened.href, opened.etag)

    def copy_event(self, uid: str, start: Moment | None = None) -> str:
        """The same event once more, foreign properties and all, perhaps at another time; the copy's UID."""
        opened = self.open(uid)
        copy_uid = self.new_uid()
        now = times.stamp(self._clock())
        tree = opened.tree.copy()
        for event in tree.parts("VEVENT"):
            event.items = [i for i in event.items if not (isinstance(i, Line) and i.name in _PER_COPY)]
            fresh = [("CREATED", now), ("DTSTAMP", now), ("LAST-MODIFIED", now), ("SEQUENCE", "0"), ("UID", copy_uid)]
            event.items[:0] = [Line(name, value) for name, value in fresh]
        copy = Opened(self.href_for(copy_uid), None, tree)
        if start is not None:
            end = start + self.length_of(copy.master)
            copy.master.set("DURATION", None)
            for name, moment in (("DTSTART", start), ("DTEND", end)):
                fresh_line = self.when(name, moment)
                copy.master.set(name, fresh_line.value, fresh_line.params)
        self.save(copy, touched=())
        return copy_uid

    def touch(self, uid: str) -> None:
        """Open and save without changing anything, as programs do by themselves."""
        self.save(self.open(uid))

    def empty_calendar(self) -> int:
        """Delete every object; how many."""
        hrefs = self.adapter.list()
        for href, etag in hrefs.items():
            self.adapter.delete(href, etag)
        return len(hrefs)

    # --- what only programs understand ------------------------------------------------------------------------

    def add_alarm(self, uid: str, minutes: int = 15) -> None:
        opened = self.open(uid)
        title = opened.master.value("SUMMARY") or ""
        opened.master.add(Component("VALARM", [*self.style.alarm(minutes, title, self._ids())]))
        if self.style.name == "ios" and "X-APPLE-DEFAULT-ALARM" not in self.text(uid):
            silent = str(self._ids()).upper()
            opened.master.add(
                Component(
                    "VALARM",
                    [
                        Line("ACTION", "NONE"),
                        Line("TRIGGER", "19760401T005545Z", ";VALUE=DATE-TIME"),
                        Line("UID", silent),
                        Line("X-APPLE-DEFAULT-ALARM", "TRUE"),
                        Line("X-WR-ALARMUID", silent),
                    ],
                )
            )
        self.save(opened, touched=[opened.master])

    def add_foreign_property(self, uid: str, name: str | None = None, value: str = "", params: str = "") -> list[str]:
        """A property that only this program knows (or the one given); the whole lines that were put in, unfolded."""
        opened = self.open(uid)
        rows = [Line(name, value, params)] if name else [Line(n, v, p) for n, p, v in self.style.foreign]
        for row in rows:
            opened.master.set(row.name, row.value, row.params)
        self.save(opened, touched=[opened.master])
        return [row.text for row in rows]

    # --- at the same time as somebody else --------------------------------------------------------------------

    def put_stale(self, uid: str, title: str, *, meanwhile: Callable[[], object]) -> bool:
        """Open, let ``meanwhile`` happen, then save a new title: whether the server refused it."""
        opened = self.open(uid)
        meanwhile()
        self._set_in(opened.master, "SUMMARY", title)
        try:
            self.save(opened)
        except (Changed, Missing):
            return True
        return False

    def put_text(self, href: str, text: str, etag: str | None = None) -> None:
        """Any text, sent as it is."""
        parse(text)
        self.adapter.put(href, text, etag)

    # --- inside ------------------------------------------------------------------------------------------------

    def _set(self, uid: str, name: str, value: str) -> None:
        opened = self.open(uid)
        self._set_in(opened.master, name, value)
        self.save(opened, touched=[opened.master])

    @staticmethod
    def _set_in(event: Component, name: str, value: str) -> None:
        event.set(name, escape(value))


def _must(event: Component, name: str) -> Line:
    found = event.line(name)
    if found is None:
        raise ValueError(f"the event has no {name}")
    return found


def _percent(text: str) -> str:
    return "".join(c if c.isalnum() and c.isascii() else "".join(f"%{b:02X}" for b in c.encode()) for c in text)
