"""The dates of a repeating event; recurring-ical-events computes them, we bound and name them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from math import prod
from typing import Any

import icalendar
import recurring_ical_events

from calendars.contentlines import parse
from calendars.errors import UnreadableText
from calendars.icalendar.facts import CalendarObject, EventFacts, When
from calendars.icalendar.reading import plus, read_document

MOST = 2000
"""More dates than this within the asked period are nobody's rota."""
MOST_A_DAY = 24
LONGEST_DATE = timedelta(days=366)
"""A date that repeats and lasts longer lies over all its followers: thousands would touch any period."""
BY_YEAR = {"BYYEARDAY", "BYWEEKNO"}
"""Parts that RFC 5545 section 3.3.10 allows in yearly rules; in short ones the library looks at each day until 9999."""
LONGEST = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
"""Months shorter than 31 days."""


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
    Dates and floating times are compared as if they were UTC. A date that follows an override of RANGE=THISANDFUTURE
    (RFC 5545 section 3.2.13) has that override's facts, shifted as it was; its key stays its own.
    """
    calendar_object = read_document(parse(text))
    master = calendar_object.master
    if master is None and not calendar_object.overrides:
        return []
    found = []
    for component in _expanded(calendar_object, start, end):
        key = _key(component, master)
        override = calendar_object.overrides.get(key)
        if override is not None:
            found.append(Occurrence(key, override.start, override.end, override, True))
        elif master is not None:
            begin, stop = _when(component, "DTSTART", master.start), _when(component, "DTEND", master.start)
            facts = replace(master, start=begin, end=stop, rrule="", rdates=(), exdates=())
            ranges = [k for k, o in calendar_object.overrides.items() if o.this_and_future and k < key]
            if ranges:
                facts = _following(facts, calendar_object.overrides[max(ranges)], max(ranges))
            found.append(Occurrence(key, facts.start, facts.end, facts, bool(ranges)))
    return sorted(found, key=lambda o: o.key)


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


def _expanded(calendar_object: CalendarObject, start: datetime, end: datetime) -> list[Component]:
    """The library's dates, computed from our facts: it would refuse texts that we read, and it remembers a VTIMEZONE by
    its TZID from one text to the next."""
    master = calendar_object.master
    calendar = icalendar.Calendar()
    try:
        if master is not None:
            for rule in master.rrule.splitlines():
                _refuse_absurd(rule)
            if master.rrule and _instant(master.end) - _instant(master.start) > LONGEST_DATE:
                raise UnreadableText("each date of the series lasts longer than a year")
            calendar.add_component(_bare(master, calendar_object.uid))
        for override in calendar_object.overrides.values():
            calendar.add_component(_bare(override, calendar_object.uid))
        found = recurring_ical_events.of(calendar, components=["VEVENT"]).between(start, end)
    except UnreadableText:
        raise
    except Exception as error:
        # dateutil, icalendar and recurring-ical-events answer nonsense with whatever they stumble over.
        raise UnreadableText(f"the repetition cannot be read: {error}") from error
    if len(found) > MOST:
        raise UnreadableText(f"more than {MOST} dates between {start:%Y-%m-%d} and {end:%Y-%m-%d}")
    return list(found)


def _instant(when: When) -> datetime:
    """A moment to measure with; dates and floating times as if they were UTC."""
    value = when.value if isinstance(when.value, datetime) else datetime.combine(when.value, time(0))
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _bare(facts: EventFacts, uid: str) -> Component:
    """The event with nothing but what its dates come from."""
    event: Component = icalendar.Event()
    event.add("uid", uid or "1")
    event.add("dtstart", facts.start.value)
    event.add("dtend", facts.end.value)
    for rule in facts.rrule.splitlines():
        recurrence: Any = icalendar.vRecur
        event.add("rrule", recurrence.from_ical(rule))
    for name, moments in (("rdate", facts.rdates), ("exdate", facts.exdates)):
        for when in moments:
            event.add(name, when.value)
    if facts.recurrence_id is not None:
        # Without its RANGE: the library would call every following date by the key of this one.
        event.add("recurrence-id", facts.recurrence_id.value)
    return event


def _refuse_absurd(rule: str) -> None:
    """Raises UnreadableText for rules that would be counted for minutes: a calendar others can write must not do that."""
    parts = {name.strip().upper(): value.upper() for name, _, value in (p.partition("=") for p in rule.split(";"))}
    within_day = [len(parts.get(name, "0").split(",")) for name in ("BYHOUR", "BYMINUTE", "BYSECOND")]
    if parts.get("FREQ") in ("SECONDLY", "MINUTELY", "HOURLY") or prod(within_day) > MOST_A_DAY:
        raise UnreadableText(f"RRULE repeats more often than a rota can: {rule[:80]}")
    if parts.get("FREQ") not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        # The library takes a rule without a rhythm for none at all.
        raise UnreadableText(f"RRULE has no rhythm: {rule[:80]}")
    interval = parts.get("INTERVAL", "1")
    if not interval.isdecimal() or int(interval) == 0:
        raise UnreadableText(f"RRULE never gets on: {rule[:80]}")
    if parts["FREQ"] in ("DAILY", "WEEKLY") and not BY_YEAR.isdisjoint(parts):
        raise UnreadableText(f"RRULE counts within a {parts['FREQ']} rhythm what only a longer one has: {rule[:80]}")
    candidates = prod(within_day) * (len(parts.get("BYDAY", "MO").split(",")) if parts["FREQ"] == "WEEKLY" else 1)
    places = [p.lstrip("+-") for p in parts.get("BYSETPOS", "1").split(",")]
    if parts["FREQ"] in ("DAILY", "WEEKLY") and all(p.isdecimal() and int(p) > candidates for p in places):
        raise UnreadableText(f"RRULE picks a date that no {parts['FREQ']} rhythm has: {rule[:80]}")
    months = [m for m in parts.get("BYMONTH", "").split(",") if m.isdecimal()]
    days = [d.lstrip("+-") for d in parts.get("BYMONTHDAY", "").split(",")]
    if months and all(d.isdecimal() and int(d) > max(LONGEST.get(int(m), 31) for m in months) for d in days):
        raise UnreadableText(f"RRULE names a day that no month has: {rule[:80]}")


def _key(component: Component, master: EventFacts | None) -> str:
    value = component["RECURRENCE-ID"].dt if "RECURRENCE-ID" in component else component["DTSTART"].dt
    zone = master.start.value.tzinfo if master is not None and isinstance(master.start.value, datetime) else None
    if isinstance(value, datetime) and value.tzinfo is not None and zone is not None:
        value = value.astimezone(zone)
    return When(value).local_key


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
