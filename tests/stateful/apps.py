"""What people do in their calendar apps, with two different programs of other makers."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.editor import Editor, times
from tests.editor.lines import escape, unescape
from tests.scene import PARIS, TUESDAY
from tests.stateful.dates import around_block, dates
from tests.stateful.stage import CLAIRE, PROPERTIES, Stage, Where

NAME = "Le Café du facteur"
PROGRAMS = st.sampled_from([0, 1])
WEEKS = 4
"""How many dates a new series has."""


class AppRules(Stage):
    def pick_date(self, data: st.DataObject, *, repeating: bool | None = None) -> tuple[str, Where] | None:
        """One of the dates that show an appointment; of a series or not, if said."""
        linked = {k: w for k, w in self.linked().items() if repeating is None or bool(w[1]) is repeating}
        if not linked:
            return None
        appointment_id = data.draw(st.sampled_from(sorted(linked)))
        return appointment_id, linked[appointment_id]

    # --- single events -------------------------------------------------------------------------------------------

    @rule(data=st.data(), prop=st.sampled_from(PROPERTIES), program=PROGRAMS)
    def an_app_changes(self, data: st.DataObject, prop: str, program: int) -> None:
        picked = self.pick_date(data, repeating=False)
        if picked is not None:
            with self.in_an_app():
                self.change(self.programs[program], picked[1][0], prop)

    def change(self, program: Editor, href: str, prop: str) -> None:
        """Another value for a property of an event, of a series as a whole."""
        number = self.number()
        match prop:
            case "title":
                program.retitle(href, f"App {number}")
            case "place":
                program.change_place(href, f"App {number}")
            case "text":
                old = unescape(program.open(href).master.value("DESCRIPTION") or "")
                program.change_text(href, around_block(old, f"App {number}"))
            case "start":
                day = TUESDAY + timedelta(days=10 + number % 7)
                start = day.replace(hour=13, minute=0) + timedelta(minutes=number)
                program.move(href, start, start + timedelta(hours=1))

    @rule(data=st.data(), program=PROGRAMS)
    def an_app_adds_properties_of_its_own(self, data: st.DataObject, program: int) -> None:
        picked = self.pick_date(data)
        if picked is not None:
            line = f"X-APP-{self.number()}"
            with self.in_an_app():
                rows = self.programs[program].add_foreign_property(picked[1][0], line, "kept")
            self.added[picked[1][0]].update(rows)

    @rule(data=st.data(), program=PROGRAMS, status=st.sampled_from(["CANCELLED", "CONFIRMED"]))
    def an_app_crosses_out_or_in(self, data: st.DataObject, program: int, status: str) -> None:
        picked = self.pick_date(data, repeating=False)
        if picked is not None:
            with self.in_an_app():
                self.programs[program].set_status(picked[1][0], status)

    @rule(data=st.data(), program=PROGRAMS)
    def an_app_deletes(self, data: st.DataObject, program: int) -> None:
        picked = self.pick_date(data)
        if picked is not None:
            with self.in_an_app():
                self.programs[program].delete(picked[1][0])

    @rule(data=st.data(), program=PROGRAMS, partstat=st.sampled_from(["ACCEPTED", "DECLINED", "TENTATIVE"]))
    def somebody_answers(self, data: st.DataObject, program: int, partstat: str) -> None:
        picked = self.pick_date(data)
        if picked is None or "bruno@example.org" not in self.standing()[picked[1]].answers:
            return
        href, key = picked[1]
        on = datetime.fromisoformat(key).replace(tzinfo=PARIS) if key else None
        with self.in_an_app():
            self.programs[program].answer(href, "bruno@example.org", partstat, on=on)

    @rule(kind=st.sampled_from(["dentist", "anothers", "unreadable"]))
    def an_app_creates_something_else(self, kind: str) -> None:
        number = self.number()
        title = f"Dentiste {number}" if kind == "dentist" else NAME
        extra = "ORGANIZER:mailto:else@example.net\r\n" if kind == "anothers" else ""
        text = (
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//somebody//FR\r\nBEGIN:VEVENT\r\n"
            f"UID:foreign{number}\r\nDTSTAMP:20260223T080000Z\r\nDTSTART;TZID=Europe/Paris:20260310T090000\r\n"
            f"DTEND;TZID=Europe/Paris:20260310T110000\r\nSUMMARY:{escape(title)}\r\n{extra}END:VEVENT\r\nEND:VCALENDAR\r\n"
        )
        if kind == "unreadable":
            text = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:foreign{number}\r\nSUMMARY Café\r\nEND:VEVENT\r\n"
        href = f"{self.calendar}foreign{number}.ics"
        self.server.put(CLAIRE, href, text)
        # As the server stores it: from now on it is nobody's to change.
        self.foreign[href] = self.texts()[href]

    @rule(program=PROGRAMS)
    def an_app_creates_an_outing(self, program: int) -> None:
        number = self.number()
        self.made += 1
        start = TUESDAY.replace(hour=15) + timedelta(days=number % 10, minutes=number)
        with self.in_an_app():
            self.programs[program].create_event(NAME, start, start + timedelta(hours=2))

    @rule(data=st.data(), program=PROGRAMS)
    def an_app_copies(self, data: st.DataObject, program: int) -> None:
        picked = self.pick_date(data, repeating=False)
        # A copy of what was renamed, and never had our categories, is nobody's.
        if picked is not None and NAME in re.sub(r"\r?\n[ \t]", "", self.texts()[picked[1][0]]):
            self.made += 1
            with self.in_an_app():
                self.programs[program].copy_event(picked[1][0])

    # --- series --------------------------------------------------------------------------------------------------

    @rule(program=PROGRAMS)
    def an_app_creates_a_series(self, program: int) -> None:
        number = self.number()
        self.made += WEEKS
        self.series_came = True
        for appointment_id in self.cut_off:
            # A series made anew goes on where the old one ended.
            self.ledger.takes_place.pop(appointment_id, None)
        start = (TUESDAY + timedelta(days=number % 5)).replace(hour=10) + timedelta(minutes=number)
        with self.in_an_app():
            self.programs[program].create_series(NAME, start, start + timedelta(hours=2), f"FREQ=WEEKLY;COUNT={WEEKS}")

    @rule(data=st.data(), program=PROGRAMS, prop=st.sampled_from(["title", "place", "text"]))
    def an_app_changes_a_whole_series(self, data: st.DataObject, program: int, prop: str) -> None:
        picked = self.pick_date(data, repeating=True)
        # A new half that no pass has seen under the initiative's name, at another hour, is nobody's under another one.
        unseen = picked is not None and picked[1][0] not in {link.href for link in self.links("appointment")}
        if picked is not None and not (unseen and prop == "title"):
            with self.in_an_app():
                self.change(self.programs[program], picked[1][0], prop)

    @rule(data=st.data(), program=PROGRAMS)
    def an_app_shifts_a_series(self, data: st.DataObject, program: int) -> None:
        picked = self.pick_date(data, repeating=True)
        if picked is None:
            return
        href = picked[1][0]
        first, _ = self._rule(href)
        new = first.replace(hour=11, minute=0) + timedelta(minutes=self.number())
        by = new - first

        def moved(where: Where) -> Where:
            return where if where[0] != href else (href, (datetime.fromisoformat(where[1]) + by).isoformat())

        before = len(dates(self.texts()[href]))
        with self.in_an_app(moved):
            self.programs[program].move(href, new.replace(tzinfo=PARIS))
        # At an earlier hour one more date may be before the end (UNTIL) that the series had.
        self.made += max(0, len(dates(self.texts()[href])) - before)

    @rule(data=st.data(), program=PROGRAMS, prop=st.sampled_from(PROPERTIES))
    def an_app_changes_one_date(self, data: st.DataObject, program: int, prop: str) -> None:
        picked = self.pick_date(data, repeating=True)
        if picked is None:
            return
        (href, key), number = picked[1], self.number()
        date, editor = datetime.fromisoformat(key).replace(tzinfo=PARIS), self.programs[program]
        with self.in_an_app():
            if prop == "start":
                editor.change_one_date(href, date, start=date.replace(hour=14, minute=0) + timedelta(minutes=number))
            else:
                text = around_block(
                    unescape(editor.date_of(editor.open(href), date).value("DESCRIPTION") or ""), f"App {number}"
                )
                editor.change_one_date(href, date, **{prop: text if prop == "text" else f"App {number}"})

    @rule(data=st.data(), program=PROGRAMS, how=st.sampled_from(["crossed out", "deleted", "and all that follow"]))
    def an_app_cancels_one_date(self, data: st.DataObject, program: int, how: str) -> None:
        picked = self.pick_date(data, repeating=True)
        if picked is None:
            return
        (href, key), editor = picked[1], self.programs[program]
        date = datetime.fromisoformat(key).replace(tzinfo=PARIS)
        with self.in_an_app():
            if how == "crossed out":
                editor.cancel_one_date(href, date)
            elif how == "deleted" or date.replace(tzinfo=None) <= self._rule(href)[0]:
                editor.delete_one_date(href, date)
            else:
                editor.end_series(href, date)

    @rule(data=st.data(), program=PROGRAMS, later=st.booleans(), meanwhile=st.booleans())
    def an_app_splits_a_series(self, data: st.DataObject, program: int, later: bool, meanwhile: bool) -> None:
        """This and all that follow become a series of their own, perhaps at another hour; a pass may fall in between."""
        picked = self.pick_date(data, repeating=True)
        if picked is None:
            return
        (href, key), editor = picked[1], self.programs[program]
        at, (first, count) = datetime.fromisoformat(key), self._rule(href)
        if at <= first:
            return
        start = at.replace(hour=12, minute=0) + timedelta(minutes=self.number()) if later else None
        put, sent = editor.adapter.put, list[str]()

        def between(to: str, text: str, etag: str | None) -> None:
            if sent and meanwhile:
                self.scene.sync()
            put(to, text, etag)
            sent.append(to)

        def moved(where: Where) -> Where:
            if where[0] != href or where[1] < key or len(sent) < 2:
                return where
            new = datetime.fromisoformat(where[1]) + ((start - at) if start else timedelta(0))
            return sent[1], new.isoformat()

        editor.adapter.put = between  # type: ignore[method-assign]
        try:
            with self.in_an_app(moved):
                to = start.replace(tzinfo=PARIS) if start else None
                rest = count - (at - first).days // 7
                editor.split_series(href, at.replace(tzinfo=PARIS), start=to, remaining=rest)
        finally:
            editor.adapter.put = put  # type: ignore[method-assign]

    def _rule(self, href: str) -> tuple[datetime, int]:
        """The local start of a series and, where its rule counts, how many dates it has."""
        master = self.programs[0].open(href).master
        count = re.search(r"COUNT=(\d+)", master.value("RRULE") or "")
        return times.wall(times.read(master.lines("DTSTART")[0])).replace(tzinfo=None), int(count[1]) if count else 0
