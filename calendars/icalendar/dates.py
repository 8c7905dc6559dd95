"""One date of a series: changed by an override, or gone by an EXDATE; every other line stays byte for byte."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from calendars.contentlines import Component, ContentLine, Document, parse
from calendars.errors import UnreadableText
from calendars.icalendar.facts import EventFacts
from calendars.icalendar.reading import override_key, read_event, read_when, read_whens
from calendars.icalendar.recurrence import occurrences
from calendars.icalendar.writing import Editor, first_line, patch, stamp, stamp_of, writable

REACH = timedelta(days=800)
"""How far the next date of a series is looked for."""


def write_override(text: str, key: str, wanted: EventFacts, *, now: datetime) -> str:
    """The text with the date ``key`` (original local start) saying what ``wanted`` says (RFC 5545 section 3.8.4.4).

    An override that is not there yet is made from the lines of the master, or of the override that speaks for this date and
    all following, so that what others wrote stays in it. An invitation to single dates has overrides and no master:
    those that are there can be changed. Raises UnreadableText, also for a key of another form than the master's DTSTART.
    """
    wanted = replace(writable(wanted), this_and_future=False)
    document = parse(text)
    calendar, master = _series(document)
    part = _standing(document, calendar, master, key)
    if part is not None:
        if not patch(Editor(document, calendar, part), read_event(document, part), wanted, now):
            return text
        _hand_on(text, document, calendar, part, key, now)
        return str(document)
    if master is None:
        raise UnreadableText(f"no series in the text, and no date {key}")
    speaking = [
        (own, p)
        for p in calendar.components("VEVENT")
        if p is not master and _speaks_for_following(p) and (own := override_key(document, p, master)) < key
    ]
    part = _override(document, master, max(speaking, key=lambda s: s[0])[1] if speaking else master, key)
    calendar.items.insert(max(n for n, i in enumerate(calendar.items) if isinstance(i, Component)) + 1, part)
    patch(Editor(document, calendar, part), read_event(document, part), wanted, now, force=True)
    return str(document)


def exclude_date(text: str, key: str, *, now: datetime) -> str:
    """The text without the date ``key``: its override goes, an EXDATE comes (RFC 5545 section 3.8.5.1).

    The very same text where the date is gone already. Raises UnreadableText, also where the text holds no series.
    """
    document = parse(text)
    calendar, master = _series(document)
    if master is None:
        raise UnreadableText(f"no series in the text to take the date {key} from")
    start = first_line(master, "DTSTART")
    value, params = _in_form_of(document, start, key)
    part = _standing(document, calendar, master, key)
    if part is not None:
        _hand_on(text, document, calendar, part, key, now)
        calendar.remove(part)
    excluded = {
        when.key_in(read_when(document, start)) for line in master.lines("EXDATE") for when in read_whens(document, line)
    }
    if key not in excluded:
        master.add(ContentLine.make("EXDATE", value, params, ending=document.ending), ("EXDATE", "RRULE", "DTSTART"))
    elif part is None:
        return text
    stamp(document, calendar, master, now)
    return str(document)


def _series(document: Document) -> tuple[Component, Component | None]:
    """The calendar with its master; without a master, that of the first override."""
    calendars = [c for c in document.components("VCALENDAR") if c.components("VEVENT")]
    if not calendars:
        raise UnreadableText("no VEVENT to write into")
    for calendar in calendars:
        for part in calendar.components("VEVENT"):
            if part.first("RECURRENCE-ID") is None:
                return calendar, part
    return calendars[0], None


def _standing(document: Document, calendar: Component, master: Component | None, key: str) -> Component | None:
    """The override of a date, if there is one."""
    parts = [p for p in calendar.components("VEVENT") if p is not master]
    return next((p for p in parts if override_key(document, p, master) == key), None)


def _speaks_for_following(part: Component) -> bool:
    return (first_line(part, "RECURRENCE-ID").param("RANGE") or "").upper() == "THISANDFUTURE"


def _hand_on(text: str, document: Document, calendar: Component, part: Component, key: str, now: datetime) -> None:
    """Let an override of RANGE=THISANDFUTURE (RFC 5545 section 3.2.13) speak for its own date only; as it was it goes on
    from the next date that has none of its own."""
    if not _speaks_for_following(part):
        return
    before, (_, master) = parse(text), _series(document)
    own = {override_key(document, p, master) for p in calendar.components("VEVENT") if p is not master}
    begin = datetime.combine(date.fromisoformat(key[:10]), time(0), UTC)
    following = next((o for o in occurrences(text, begin, begin + REACH) if o.key > key and o.key not in own), None)
    line = first_line(part, "RECURRENCE-ID")
    if following is not None and master is not None:
        old_calendar, old_master = _series(before)
        old = _standing(before, old_calendar, old_master, key)
        assert old is not None
        value, params = _in_form_of(document, first_line(master, "DTSTART"), following.key)
        named = ContentLine.make("RECURRENCE-ID", value, [("RANGE", ("THISANDFUTURE",)), *params], ending=document.ending)
        old.replace(first_line(old, "RECURRENCE-ID"), named)
        calendar.items.insert(calendar.items.index(part) + 1, old)
        patch(Editor(document, calendar, old), read_event(document, old), following.facts, now)
    part.replace(line, line.with_params({"RANGE": None}, ending=document.ending))


def _override(document: Document, master: Component, like: Component, key: str) -> Component:
    """A copy for one date: named by ``key``, its times moved to it, without what makes the master repeat."""
    start = first_line(master, "DTSTART")
    value, params = _in_form_of(document, start, key)
    repeating = ("RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID")
    items = [i for i in like.items if isinstance(i, Component) or i.name not in repeating]
    part = Component.make("VEVENT", items, ending=document.ending)
    if like is master:
        before = read_event(document, master)
        part.replace(start, start.with_value(value, ending=document.ending))
        _move_end(document, part, before)
    part.add(ContentLine.make("RECURRENCE-ID", value, params, ending=document.ending), ("UID",))
    return part


def _move_end(document: Document, part: Component, before: EventFacts) -> None:
    """DTEND as far from the moved DTSTART as it was, in its own zone."""
    end, length = part.first("DTEND"), _length(before)
    if end is None:
        return
    if length is None:
        raise UnreadableText("DTSTART and DTEND are of different forms", line=end.number or None)
    standing = read_when(document, end).value
    moved = read_when(document, first_line(part, "DTSTART")).value + length
    if isinstance(moved, datetime) and isinstance(standing, datetime) and standing.tzinfo is not None:
        moved = moved.astimezone(standing.tzinfo)
    form = stamp_of(moved) if isinstance(moved, datetime) else moved.strftime("%Y%m%d")
    part.replace(end, end.with_value(form, ending=document.ending))


def _length(facts: EventFacts) -> timedelta | None:
    """How long an event is; None where start and end are of different forms."""
    start, end = facts.start.value, facts.end.value
    if isinstance(start, datetime) and isinstance(end, datetime):
        return end - start if (start.tzinfo is None) == (end.tzinfo is None) else None
    if isinstance(start, datetime) or isinstance(end, datetime):
        return None
    return end - start


def _in_form_of(document: Document, start: ContentLine, key: str) -> tuple[str, list[tuple[str, tuple[str, ...]]]]:
    """A key as raw value and parameters in the form of the master's DTSTART."""
    standing = read_when(document, start)
    if standing.all_day != ("T" not in key):
        raise UnreadableText(f"the series has no date {key}")
    value = key.replace("-", "").replace(":", "")
    if isinstance(standing.value, datetime) and standing.value.tzinfo is UTC:
        value += "Z"
    return value, [(name, values) for name, values in start.params if name.upper() in ("TZID", "VALUE")]
