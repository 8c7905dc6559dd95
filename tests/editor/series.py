"""Repeating events: one date changed or deleted, the rest split off (RFC 5545 sections 3.8.4.4, 3.8.5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.editor import times
from tests.editor.desk import Desk, Opened
from tests.editor.lines import Component, Line, escape
from tests.editor.times import Moment

_OF_THE_SERIES = frozenset({"RRULE", "RDATE", "EXDATE", "EXRULE"})
_APPLE_EPOCH = datetime(2001, 1, 1, tzinfo=UTC)


class SeriesEdits(Desk):
    """What one does to a series and its dates. A date is named by the start it had before any change."""

    def create_series(
        self,
        title: str,
        start: Moment,
        end: Moment,
        rule: str,
        *,
        category: str | None = None,
        place: str | None = None,
        text: str | None = None,
    ) -> str:
        """A new repeating event; ``rule`` is the value of RRULE. Its UID."""
        return self.create(title, start, end, rule=rule, category=category, place=place, text=text)

    def change_rule(self, uid: str, rule: str | None) -> None:
        """Another rhythm, or none."""
        opened = self.open(uid)
        opened.master.set("RRULE", rule)
        self.save(opened, touched=[opened.master], matters=True)

    def change_one_date(
        self,
        uid: str,
        date: Moment,
        *,
        start: Moment | None = None,
        end: Moment | None = None,
        title: str | None = None,
        place: str | None = None,
        text: str | None = None,
    ) -> None:
        """One date of a series gets another time, title, place or text; the others stay."""
        opened = self.open(uid)
        event = self.date_of(opened, date)
        if start is not None:
            end = end if end is not None else start + self.length_of(event)
            event.set("DURATION", None)
            for name, moment in (("DTSTART", start), ("DTEND", end)):
                fresh = self.when(name, moment)
                event.set(name, fresh.value, fresh.params)
        for name, value in (("SUMMARY", title), ("LOCATION", place), ("DESCRIPTION", text)):
            if value is not None:
                event.set(name, escape(value))
        self.save(opened, touched=[event], matters=start is not None)

    def cancel_one_date(self, uid: str, date: Moment) -> None:
        """One date stays in the calendar, crossed out (STATUS:CANCELLED)."""
        opened = self.open(uid)
        event = self.date_of(opened, date)
        event.set("STATUS", "CANCELLED")
        self.save(opened, touched=[event], matters=True)

    def delete_one_date(self, uid: str, date: Moment) -> None:
        """One date goes (EXDATE), with whatever had been changed in it."""
        opened = self.open(uid)
        master = opened.master
        for event in opened.events:
            rid = event.line("RECURRENCE-ID")
            if rid is not None and times.same(times.read(rid), date):
                opened.tree.remove(event)
        fresh = times.like("EXDATE", date, self._start(master))
        old = next((row for row in master.lines("EXDATE") if row.params == fresh.params), None)
        if old is not None and self.style.name == "davx5":
            old.value += f",{fresh.value}"  # Android keeps them in one list
        else:
            master.add(fresh)
        self.save(opened, touched=[master], matters=True)

    def end_series(self, uid: str, at: Moment) -> None:
        """Delete this and all that follow: the series ends before ``at``."""
        opened = self.open(uid)
        self._cut(opened, at)
        self.save(opened, touched=[opened.master], matters=True)

    def split_series(
        self,
        uid: str,
        at: Moment,
        *,
        start: Moment | None = None,
        title: str | None = None,
        place: str | None = None,
        remaining: int | None = None,
    ) -> str:
        """This and all that follow, from ``at`` on, are changed: they become a series of their own; its UID.

        A rule with COUNT wants ``remaining``, the number of dates of the new series.
        """
        opened = self.open(uid)
        uid = opened.uid
        old_rule = opened.master.value("RRULE") or ""
        new_uid = self._uid_of_the_rest(uid, at)
        rest = opened.master.copy()
        moved = self._cut(opened, at)
        rest.set("UID", new_uid)
        rest.set("SEQUENCE", "0")
        rest.set("CREATED", times.stamp(self._clock()))
        rest.set("RRULE", _rule_of_the_rest(old_rule, remaining))
        length = self.length_of(rest)
        rest.set("DURATION", None)
        first = start if start is not None else at
        for name, moment in (("DTSTART", first), ("DTEND", first + length)):
            fresh = self.when(name, moment)
            rest.set(name, fresh.value, fresh.params)
        for name, value in (("SUMMARY", title), ("LOCATION", place)):
            if value is not None:
                rest.set(name, escape(value))
        self._keep_exdates(rest, lambda moment: _before(at, moment) or times.same(at, moment))
        if self.style.name == "nextcloud_calendar":
            opened.master.add(Line("RELATED-TO", new_uid, ";RELTYPE=SIBLING"))
            rest.add(Line("RELATED-TO", uid, ";RELTYPE=SIBLING"))
        for event in moved:
            event.set("UID", new_uid)
        new = Opened(self.href_for(new_uid), None, self.new_tree(rest, *moved))
        if start is not None:
            self.shift_exceptions(new, times.wall(start) - times.wall(at))
        self.save(opened, touched=[opened.master], matters=True)
        self.save(new, touched=())
        return new_uid

    def shift_exceptions(self, opened: Opened, by: timedelta) -> None:
        """Changed and deleted dates follow when a series is moved as a whole."""
        pattern = self._start(opened.master)
        for event in opened.events:
            rid = event.line("RECURRENCE-ID")
            if rid is None:
                continue
            fresh = times.like("RECURRENCE-ID", times.read(rid) + by, pattern)
            event.set("RECURRENCE-ID", fresh.value, fresh.params)
        for row in opened.master.lines("EXDATE"):
            moments = [times.read(Line("EXDATE", value, row.params)) + by for value in row.value.split(",")]
            fresh_rows = [times.like("EXDATE", moment, pattern) for moment in moments]
            row.value, row.params = ",".join(fresh.value for fresh in fresh_rows), fresh_rows[0].params

    def date_of(self, opened: Opened, date: Moment) -> Component:
        """The changed date of ``opened``, made from the series if that date was not changed before."""
        for event in opened.events:
            rid = event.line("RECURRENCE-ID")
            if rid is not None and times.same(times.read(rid), date):
                return event
        master = opened.master
        length = self.length_of(master)
        event = master.copy()
        event.items = [
            i for i in event.items if not (isinstance(i, Line) and i.name in {*_OF_THE_SERIES, "DURATION", "CREATED"})
        ]
        pattern = self._start(master)
        for row in (
            times.like("RECURRENCE-ID", date, pattern),
            times.like("DTSTART", date, pattern),
            times.like("DTEND", date + length, pattern),
        ):
            event.set(row.name, row.value, row.params)
        opened.tree.items.insert(opened.tree.items.index(master) + len(opened.events), event)
        return event

    # --- inside ------------------------------------------------------------------------------------------------

    @staticmethod
    def _start(event: Component) -> Line:
        found = event.line("DTSTART")
        if found is None:
            raise ValueError("the event has no DTSTART")
        return found

    def _cut(self, opened: Opened, at: Moment) -> list[Component]:
        """End the series before ``at``; the changed dates that fall behind the cut, taken out."""
        master = opened.master
        until = times.stamp(at - timedelta(seconds=1)) if isinstance(at, datetime) else f"{at - timedelta(days=1):%Y%m%d}"
        parts = [p for p in (master.value("RRULE") or "").split(";") if not p.startswith(("COUNT=", "UNTIL="))]
        master.set("RRULE", ";".join([*parts, f"UNTIL={until}"]))
        self._keep_exdates(master, lambda moment: _before(moment, at))
        moved: list[Component] = []
        for event in opened.events:
            rid = event.line("RECURRENCE-ID")
            if rid is not None and not _before(times.read(rid), at):
                opened.tree.remove(event)
                moved.append(event)
        return moved

    @staticmethod
    def _keep_exdates(event: Component, wanted: Callable[[Moment], bool]) -> None:
        for row in event.lines("EXDATE"):
            kept = [value for value in row.value.split(",") if wanted(times.read(Line("EXDATE", value, row.params)))]
            if kept:
                row.value = ",".join(kept)
            else:
                event.remove(row)

    def _uid_of_the_rest(self, uid: str, at: Moment) -> str:
        if self.style.name == "ios" and isinstance(at, datetime):
            return f"{uid}/RID={int((at - _APPLE_EPOCH).total_seconds())}"
        return self.new_uid()


def _before(one: Moment, other: Moment) -> bool:
    return times.wall(one) < times.wall(other)


def _rule_of_the_rest(rule: str, remaining: int | None) -> str:
    parts = rule.split(";")
    counted = any(part.startswith("COUNT=") for part in parts)
    if counted and remaining is None:
        raise ValueError("the rule has COUNT: say how many dates remain")
    return ";".join(f"COUNT={remaining}" if part.startswith("COUNT=") else part for part in parts)
