"""The dates of a repeating event; recurring-ical-events computes them, we bound and name them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import icalendar
import recurring_ical_events

from calendars.contentlines import parse
from calendars.errors import UnreadableText
from calendars.icalendar.facts import EventFacts, When
from calendars.icalendar.reading import read_document

MOST = 2000
"""More dates than this within the asked period are nobody's rota."""


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
    """
    document = parse(text)
    calendar_object = read_document(document)
    master = calendar_object.master
    if master is None and not calendar_object.overrides:
        return []
    found = []
    for component in _expanded(text, start, end):
        key = _key(component, master)
        override = calendar_object.overrides.get(key)
        if override is not None:
            found.append(Occurrence(key, override.start, override.end, override, True))
        elif master is not None:
            begin, stop = _when(component, "DTSTART", master.start), _when(component, "DTEND", master.start)
            facts = replace(master, start=begin, end=stop, rrule="", rdates=(), exdates=())
            found.append(Occurrence(key, begin, stop, facts, False))
    return sorted(found, key=lambda o: o.key)


# The library types every property as a union of all its classes: a component counts as Any here.
Component = Any


def _expanded(text: str, start: datetime, end: datetime) -> list[Component]:
    try:
        calendar = icalendar.Calendar.from_ical(text)
        found: list[Component] = []
        for event in recurring_ical_events.of(calendar, components=["VEVENT"]).after(start):
            first = event["DTSTART"].dt
            if _instant(first) >= end:
                break
            found.append(event)
            if len(found) > MOST:
                raise UnreadableText(f"more than {MOST} dates between {start:%Y-%m-%d} and {end:%Y-%m-%d}")
        return found
    except UnreadableText:
        raise
    except Exception as error:
        raise UnreadableText(f"the repetition cannot be read: {error}") from error


def _instant(value: date | datetime) -> datetime:
    """A moment to compare with: dates and floating times are read in UTC."""
    moment = value if isinstance(value, datetime) else datetime.combine(value, time(0), UTC)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


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
