"""Whom a change of an event is told: everybody invited, their calendars alone, or nobody. Pure."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from calendars.icalendar import EventFacts
from calendars.merge import event_map
from calendars.merge.events import ATTENDEE, PARTSTAT
from calendars.merge.threeway import Value
from sidecar.projection.context import CLOSING, OPENING
from sidecar.projection.events import is_host


class Telling(StrEnum):
    """How a write goes out on a server that sends invitations itself."""

    QUIET = "quiet"
    """Nobody is told: the block, categories, our text. What stands in people's own calendars is brought up by the next."""
    REFRESH = "refresh"
    """Answers alone, so that an outing asks again: people's own calendars show it, and no mail is worth it."""
    LOUD = "loud"
    """Time, place, status, title, team: everybody concerned is told."""


_ABOUT_IT = frozenset({"time", "location", "status", "summary"})


def facts_map(facts: EventFacts | None) -> dict[str, Value]:
    """The properties of an event that merge, our block apart; the centre as a guest of its own event is nobody's answer."""
    if facts is not None and any(is_host(a, facts.organizer) for a in facts.attendees):
        facts = replace(facts, attendees=tuple(a for a in facts.attendees if not is_host(a, facts.organizer)))
    return event_map(facts, OPENING, CLOSING)


def changes(before: EventFacts, after: EventFacts) -> frozenset[str]:
    """The keys of ``facts_map`` that differ."""
    was, becomes = facts_map(before), facts_map(after)
    return frozenset(key for key in was.keys() | becomes.keys() if was.get(key) != becomes.get(key))


def telling(before: EventFacts, after: EventFacts) -> Telling:
    """How the step from one to the other is told.

    An event that stays called off is told no more: for each loud write of one, servers send everybody another CANCEL.
    """
    if before.status == after.status == "CANCELLED":
        return Telling.QUIET
    changed = changes(before, after)
    if changed & _ABOUT_IT or any(key.startswith(ATTENDEE) for key in changed):
        return Telling.LOUD
    if any(key.startswith(PARTSTAT) for key in changed) or (after.attendees and _other_organizer(before, after)):
        return Telling.REFRESH
    return Telling.QUIET


def somebody_invited(*events: EventFacts) -> bool:
    """Whether there is anybody whom a server could tell."""
    return any(not is_host(guest, facts.organizer) for facts in events for guest in facts.attendees)


def stays_invited(before: EventFacts, after: EventFacts) -> bool:
    """Whether somebody is a guest before and after, whom a server could tell of what is not theirs."""
    invited = [{g.address.lower() for g in facts.attendees if not is_host(g, facts.organizer)} for facts in (before, after)]
    return bool(set.intersection(*invited))


def _other_organizer(before: EventFacts, after: EventFacts) -> bool:
    was, becomes = before.organizer, after.organizer
    return becomes is not None and (was is None or was.address.lower() != becomes.address.lower())


def text_first(before: EventFacts, after: EventFacts) -> EventFacts | None:
    """What to write quietly before a change of people is told; None where one write does.

    Servers mail everybody for another DESCRIPTION, and our block names the team. Once it stands there, a change of people
    is mailed to those alone who come or go, and it carries the new text into the calendars of the others.
    """
    changed = changes(before, after)
    if telling(before, after) is Telling.QUIET or changed & _ABOUT_IT or not changed & {"text", "block"}:
        return None
    return replace(after, organizer=before.organizer, attendees=before.attendees)
