"""The dates of a repeating event; recurring-ical-events computes them, we bound and name them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import icalendar
import recurring_ical_events

from calendars.contentlines import Document, parse
from calendars.errors import UnreadableText
from calendars.icalendar.facts import EventFacts, When
from calendars.icalendar.reading import plus, read_document
from calendars.icalendar.rules import MOST_RULES, countable

MOST = 2000
"""More dates than this within the asked period are nobody's rota."""
LONGEST_DATE = timedelta(days=366)
"""A date that repeats and lasts longer lies over all its followers: thousands would touch any period."""


@dataclass(frozen=True)
class Occurrence:
    """One date of a series. ``key`` is its original local start ("2026-03-03T09:30:00"), in the master's zone."""

    key: str
    start: When
    end: When
    facts: EventFacts
    overridden: bool


def occurrences(text: str, start: datetime, end: datetime) -> list[Occurrence]:
    """The dates that touch [start, end) (aware), in order; cancelled overrides too. Raises UnreadableText.

    A date stays at its wall-clock time across a clock change. ``facts`` are the override's, else the master's at that date.
    An override belongs to the period of its own date and to that of its original one: a date that was moved out of a period
    is not gone. Dates and floating times are compared as if they were UTC. A date that follows an override of
    RANGE=THISANDFUTURE (RFC 5545 section 3.2.13) has that override's facts, shifted as it was; its key stays its own.
    """
    document = parse(text)
    calendar_object = read_document(document)
    _refuse_exrule(document)
    master, overrides = calendar_object.master, calendar_object.overrides
    found: dict[str, Occurrence] = {}
    for plain in _dates(master, start, end) if master is not None else ():
        key, facts = plain.start.local_key, plain
        ranges = [k for k, o in overrides.items() if o.this_and_future and k < key]
        if ranges:
            facts = _following(facts, overrides[max(ranges)], max(ranges))
        found[key] = Occurrence(key, facts.start, facts.end, facts, bool(ranges))
    for key, override in overrides.items():
        if key in found or _touches(override.start, override.end, start, end) or _named_within(override, start, end):
            found[key] = Occurrence(key, override.start, override.end, override, True)
    crossed_out = _crossed_out(master)
    return sorted((o for o in found.values() if crossed_out.isdisjoint((o.key, o.key[:10]))), key=lambda o: o.key)


def _refuse_exrule(document: Document) -> None:
    """RFC 2445 let a rule take dates away; hardly anybody reads it any more, so each program shows other dates."""
    for calendar in document.components("VCALENDAR"):
        for event in calendar.components("VEVENT"):
            line = event.first("EXRULE")
            if line is not None:
                raise UnreadableText(f"EXRULE takes dates away: {line.value[:80]}", line=line.number or None)


def _crossed_out(master: EventFacts | None) -> set[str]:
    """The keys of EXDATEs, told as the series is; a bare date crosses out whatever is on that day."""
    if master is None:
        return set()
    return {when.local_key if when.all_day else when.key_in(master.start) for when in master.exdates}


def _touches(begin: When, stop: When, start: datetime, end: datetime) -> bool:
    first, last = _instant(begin), _instant(stop)
    return first < end and (last > start or first >= start)


def _named_within(override: EventFacts, start: datetime, end: datetime) -> bool:
    """Whether the date that an override stands for lies in the period."""
    return override.recurrence_id is not None and start <= _instant(override.recurrence_id) < end


def _following(date_facts: EventFacts, override: EventFacts, key: str) -> EventFacts:
    """What an override for this and all following dates says of a later one: moved by as much as the override was."""
    day = datetime.fromisoformat(key)
    start, end = date_facts.start.value, override.end.value
    if not isinstance(override.start.value, datetime) or not isinstance(start, datetime) or not isinstance(end, datetime):
        days = datetime.fromisoformat(override.start.local_key[:10]) - day.replace(hour=0, minute=0, second=0)
        begin = plus(When(start), days) if not isinstance(start, datetime) else date_facts.start
        length = _instant(override.end) - _instant(override.start)
        return replace(override, start=begin, end=plus(begin, length), recurrence_id=None, this_and_future=False)
    moved = start.replace(tzinfo=None) + (datetime.fromisoformat(override.start.local_key) - day)
    begin = When(moved.replace(tzinfo=override.start.value.tzinfo), override.start.tzid)
    stop = When(moved + (datetime.fromisoformat(override.end.local_key) - datetime.fromisoformat(override.start.local_key)))
    assert isinstance(stop.value, datetime)
    stop = When(stop.value.replace(tzinfo=end.tzinfo), override.end.tzid)
    return replace(override, start=begin, end=stop, recurrence_id=None, this_and_future=False)


# The library types every property as a union of all its classes: a component counts as Any here.
Component = Any


def _dates(master: EventFacts, start: datetime, end: datetime) -> list[EventFacts]:
    """The master at each of its dates that touch the period, in its own zone.

    The library counts from our facts: it would refuse texts that we read, and it remembers a VTIMEZONE by its TZID from
    one text to the next.
    """
    length = _instant(master.end) - _instant(master.start)
    calendar = icalendar.Calendar()
    try:
        if master.rrule and length > LONGEST_DATE:
            raise UnreadableText("each date of the series lasts longer than a year")
        calendar.add_component(_bare(master, start - length, end))
        found = list(recurring_ical_events.of(calendar, components=["VEVENT"]).between(start, end))
    except UnreadableText:
        raise
    except Exception as error:
        # dateutil, icalendar and recurring-ical-events answer nonsense with whatever they stumble over.
        raise UnreadableText(f"the repetition cannot be read: {error}") from error
    if len(found) > MOST:
        raise _too_many(start, end)
    ends = {begin.key_in(master.start): stop for begin, stop in master.periods}
    once = replace(master, rrule="", rdates=(), periods=(), exdates=())
    dates = [(_when(c, "DTSTART", master.start), _when(c, "DTEND", master.start)) for c in found]
    return [
        replace(once, start=begin, end=_in_zone_of(ends.get(begin.local_key, stop), master.start)) for begin, stop in dates
    ]


def _too_many(start: datetime, end: datetime) -> UnreadableText:
    return UnreadableText(f"more than {MOST} dates between {start:%Y-%m-%d} and {end:%Y-%m-%d}")


def _instant(when: When) -> datetime:
    """A moment to measure with; dates and floating times as if they were UTC."""
    value = when.value if isinstance(when.value, datetime) else datetime.combine(when.value, time(0))
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _bare(master: EventFacts, start: datetime, end: datetime) -> Component:
    """The event with nothing but what its dates between two moments come from."""
    event: Component = icalendar.Event()
    event.add("uid", "1")
    event.add("dtstart", master.start.value)
    event.add("dtend", master.end.value)
    rules = master.rrule.splitlines()
    if len(rules) > MOST_RULES:
        raise UnreadableText(f"more than {MOST_RULES} RRULEs")
    for rule in rules:
        recurrence: Any = icalendar.vRecur
        event.add("rrule", recurrence.from_ical(countable(rule, master.start.value, end)))
    near = timedelta(days=2)
    added = [when for when in master.rdates if start - near <= _instant(when) <= end + near]
    if len(added) > MOST:
        raise _too_many(start, end)
    for when in added:
        event.add("rdate", when.value)
    return event


def _in_zone_of(when: When, like: When) -> When:
    """The same moment told in the zone of another."""
    zone = like.value.tzinfo if isinstance(like.value, datetime) else None
    if zone is None or not isinstance(when.value, datetime) or when.value.tzinfo is None:
        return when
    return When(when.value.astimezone(zone), like.tzid)


def _when(component: Component, name: str, like: When) -> When:
    """A date of the library's as ours, in the master's own zone object."""
    first: date | datetime = component["DTSTART"].dt
    value: date | datetime = component[name].dt if name in component else first
    if isinstance(value, datetime) and isinstance(like.value, datetime):
        zone = like.value.tzinfo
        if zone is None:
            return When(value.replace(tzinfo=None))
        return When(value.astimezone(zone), like.tzid)
    if not isinstance(value, datetime) and name == "DTEND" and value <= first:
        return When(value + timedelta(days=1))
    return When(value)
