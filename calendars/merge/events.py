"""An event as a map of properties that merge one by one."""

from __future__ import annotations

from datetime import UTC, datetime

from calendars.icalendar import CalendarUser, EventFacts, When
from calendars.merge.block import split
from calendars.merge.threeway import Value

ATTENDEE = "attendee:"
PARTSTAT = "partstat:"


def attendee_key(address: str) -> str:
    """The key under which somebody's presence (and role) merges; addresses compare without regard to case."""
    return ATTENDEE + address.lower()


def partstat_key(address: str) -> str:
    """The key under which somebody's answer merges: a value that differs from base is an answer."""
    return PARTSTAT + address.lower()


def event_map(facts: EventFacts | None, opening: str, closing: str) -> dict[str, Value]:
    """The properties of one event or one date of a series; empty when there is none.

    ``time`` holds start and end as one value (DTSTART, DTEND and DURATION move together). DESCRIPTION is two
    properties: ``text`` (human) and ``block`` (between the marker lines ``opening`` and ``closing``).
    """
    if facts is None:
        return {}
    description = split(facts.description, opening, closing)
    found: dict[str, Value] = {
        "summary": facts.summary,
        "time": (when_value(facts.start), when_value(facts.end)),
        "location": facts.location,
        "text": description.human,
        "block": description.block,
        "status": facts.status,
        "categories": frozenset(facts.categories),
    }
    if facts.geo is not None:
        found["geo"] = (round(facts.geo[0], 6), round(facts.geo[1], 6))
    for attendee in facts.attendees:
        found[attendee_key(attendee.address)] = attendee_value(attendee)
        found[partstat_key(attendee.address)] = (attendee.partstat or "NEEDS-ACTION").upper()
    return {key: value for key, value in found.items() if value not in ("", None)}


def when_value(when: When) -> str:
    """A time as JSON-able text, equal when it means the same: the instant, or the local date or floating time."""
    value = when.value
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat()
    return value.isoformat()


def attendee_value(attendee: CalendarUser) -> str:
    """What of an attendee merges beside the answer: the role (RFC 5545 section 3.2.16)."""
    return (attendee.role or "REQ-PARTICIPANT").upper()
