"""The dates of a repeating event; recurring-ical-events computes them, we bound and name them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import icalendar
import recurring_ical_events

from calendars.contentlines import parse
from calendars.errors import UnreadableText
from calendars.icalendar.facts import EventFacts, When
from calendars.icalendar.reading import override_key, read_document, read_when

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


def _expanded(text: str, start: datetime, end: datetime) -> list[icalendar.Event]:
    try:
        calendar = icalendar.Calendar.from_ical(text)
        found: list[icalendar.Event] = []
        for event in recurring_ical_events.of(calendar, components=["VEVENT"]).after(start):
            first = event["DTSTART"].dt
            moment = first if isinstance(first, datetime) else datetime(first.year, first.month, first.day)
            if (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)) >= end:
                break
            found.append(event)
            if len(found) > MOST:
                raise UnreadableText(f"more than {MOST} dates between {start:%Y-%m-%d} and {end:%Y-%m-%d}")
        return found
    except UnreadableText:
        raise
    except Exception as error:  # noqa: BLE001  other people's rules make the libraries raise whatever they like
        raise UnreadableText(f"the repetition cannot be read: {error}") from error


def _key(component: icalendar.Event, master: EventFacts | None) -> str:
    value = component["RECURRENCE-ID"].dt if "RECURRENCE-ID" in component else component["DTSTART"].dt
    zone = master.start.value.tzinfo if master is not None and isinstance(master.start.value, datetime) else None
    if isinstance(value, datetime) and value.tzinfo is not None and zone is not None:
        value = value.astimezone(zone)
    return When(value).local_key


def _when(component: icalendar.Event, name: str, like: When) -> When:
    """A date of the library's as ours, in the master's own zone object."""
    value: date | datetime = component[name].dt if name in component else component["DTSTART"].dt
    if isinstance(value, datetime) and isinstance(like.value, datetime):
        zone = like.value.tzinfo
        if zone is None:
            return When(value.replace(tzinfo=None))
        return When(value.astimezone(zone), like.tzid)
    if not isinstance(value, datetime) and name == "DTEND" and value <= component["DTSTART"].dt:
        value = component["DTSTART"].dt + timedelta(days=1)
    return When(value)
