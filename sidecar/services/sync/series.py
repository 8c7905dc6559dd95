"""Series made in a calendar app: one resource, its dates mapped to appointments by RECURRENCE-ID.

A date is known by its *key*, the original local time ("2026-03-03T09:30:00", RFC 5545 section 3.8.4.4); a single event has
the key "". Past dates are frozen: nothing of them is absorbed, cancelled or drawn again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from calendars.errors import UnreadableText
from calendars.icalendar import CalendarObject, EventFacts, When, occurrences, read
from sidecar.domain.appointments import Appointment
from sidecar.domain.bindings import Binding, Link
from sidecar.services.sync.desk import Desk
from sidecar.services.sync.events import Taken, merge_event, rejoining
from sidecar.services.sync.halves import NEAR, edge, one_to_one

HORIZON = timedelta(weeks=26)
"""How far ahead the dates of a series become appointments; the horizon moves on every day."""
LATER = timedelta(days=4 * 366)
"""How far beyond now a series is looked at for whether it will have dates at all: 29 February comes every four years."""


@dataclass
class Dates:
    """What one resource brought beside merges: dates nobody knew yet, and appointments whose date is not there any more.

    ``begins`` and ``cut``: the first of each, where all that stays is before it (``halves.edge``).
    """

    fresh: list[tuple[str, EventFacts]] = field(default_factory=list)
    vanished: list[tuple[Link, Appointment]] = field(default_factory=list)
    begins: datetime | None = None
    cut: datetime | None = None
    taken: Taken = field(default_factory=Taken)


def is_series(calendar_object: CalendarObject) -> bool:
    master = calendar_object.master
    return bool(calendar_object.overrides) or (master is not None and bool(master.rrule or master.rdates))


def dates_of(desk: Desk, text: str) -> Mapping[str, EventFacts]:
    """The dates of a resource by key, from now to the horizon; a single event under "" whenever it is."""
    return _dates_at(text, desk.now)


@lru_cache(maxsize=8)
def _dates_at(text: str, now: datetime) -> Mapping[str, EventFacts]:
    """Counted once for all that is asked of one text in a unit."""
    calendar_object = read(text)
    if not is_series(calendar_object):
        return {"": calendar_object.master} if calendar_object.master is not None else {}
    found = occurrences(text, now - timedelta(days=1), now + HORIZON)
    return {o.key: replace(o.facts, start=o.start, end=o.end) for o in found}


def comes_later(desk: Desk, text: str) -> bool:
    """Whether a series has dates that the horizon has not reached yet."""
    calendar_object = read(text)
    master = calendar_object.master
    if master is None or not is_series(calendar_object):
        return False
    if _local(master.start) > desk.now.replace(tzinfo=None) + HORIZON:
        return True
    try:
        return bool(occurrences(text, desk.now + HORIZON, desk.now + LATER))
    except UnreadableText:
        # It can be counted as far as the horizon, so these are too many, not none.
        return True


def absorb_dates(desk: Desk, binding: Binding, href: str, base: str | None, theirs: str) -> Dates:
    """Merge each date that has an appointment already; the rest is handed back, because a split shows only when
    every resource of the pass was seen."""
    result = Dates()
    was = dates_of(desk, base) if base is not None else {}
    becomes = dates_of(desk, theirs)
    links = _relinked(desk, binding, href, base, theirs, becomes)
    for key, facts in becomes.items():
        known = links.get(key)
        if known is None:
            result.fresh.append((key, facts))
            continue
        link, old_key = known
        appointment = desk.uow.appointments.get(link.subject_id)
        if appointment.end < desk.now and key:
            continue
        _, taken = merge_event(desk, appointment, rejoining(was.get(old_key), facts), facts, link.uid)
        result.taken += taken
    for key, (link, _) in links.items():
        if key in becomes:
            continue
        appointment = desk.uow.appointments.get(link.subject_id)
        if desk.now <= appointment.end <= desk.now + HORIZON:
            result.vanished.append((link, appointment))
    staying = [key for key in becomes if key in links]
    result.cut = edge((link.recurrence_id for link, _ in result.vanished), staying)
    # What only came nearer because time went by begins nothing.
    result.begins = edge((key for key, _ in result.fresh), staying) if base != theirs else None
    return result


def _relinked(
    desk: Desk, binding: Binding, href: str, base: str | None, theirs: str, becomes: Mapping[str, EventFacts]
) -> dict[str, tuple[Link, str]]:
    """Links by their key in ``theirs``, each with the key it had in ``base``."""
    links = desk.uow.links.of_resource(binding.id, href)
    keys = followed(desk, links, base, theirs, becomes)
    found = {link.recurrence_id: (link, link.recurrence_id) for link in links if link.recurrence_id not in keys}
    for link in links:
        if link.recurrence_id in keys:
            moved = replace(link, recurrence_id=keys[link.recurrence_id])
            desk.uow.links.remove(link)
            desk.uow.links.put(moved)
            found[moved.recurrence_id] = (moved, link.recurrence_id)
    return found


def followed(
    desk: Desk, links: Sequence[Link], base: str | None, theirs: str, becomes: Mapping[str, EventFacts]
) -> dict[str, str]:
    """The key in ``theirs`` of each date that goes on under another one, by its key in ``base``: a shifted series keeps its
    appointments.

    A date that is still there keeps its appointment, only the others look for a free one. Past dates keep their key.
    """
    if not links:
        return {}
    before, after = read(base).master if base is not None else None, read(theirs).master
    shift = _shift(before, after)
    lost = {
        link.recurrence_id
        for link in links
        if link.recurrence_id not in becomes and desk.uow.appointments.get(link.subject_id).end >= desk.now
    }
    free = becomes.keys() - {link.recurrence_id for link in links}
    return dict(one_to_one((old, key) for old, key in _gone_on(lost, free, before, shift, becomes) if key in free))


def _gone_on(
    lost: Iterable[str], free: Iterable[str], before: EventFacts | None, shift: timedelta, becomes: Mapping[str, EventFacts]
) -> list[tuple[str, str]]:
    """Which date may go on as which, the likeliest first: as its shifted self; where the series goes farther than a few
    days, as the nearest before that."""
    shifted = [(key, moved) for key in sorted(lost) for moved in _moved_keys(key, before, shift, becomes)]
    if abs(shift) <= NEAR:
        return shifted
    near = sorted((abs(_wall(key) - _wall(other)), key, other) for key in lost for other in free if key and other)
    return [(key, other) for distance, key, other in near if distance <= NEAR] + shifted


def _wall(key: str) -> datetime:
    return datetime.fromisoformat(key)


def _shift(before: EventFacts | None, after: EventFacts | None) -> timedelta:
    """By how much the whole series moved: the difference of the two masters' local starts."""
    if before is None or after is None:
        return timedelta(0)
    return _local(after.start) - _local(before.start)


def _local(when: When) -> datetime:
    value = when.value
    return value.replace(tzinfo=None) if isinstance(value, datetime) else datetime.combine(value, time(0))


def _moved_keys(key: str, before: EventFacts | None, shift: timedelta, becomes: Mapping[str, EventFacts]) -> list[str]:
    """Which key a date that is not there any more may have now: the shifted one; of what was a single event its own time,
    else the first date; the one event that is left of a series, at this date's time or shifted."""
    if not key:
        own = [before.start.local_key] if before is not None else []
        return [*own, *sorted(becomes)[:1]]
    moved = _moved_key(key, shift)
    if "" in becomes:
        start = becomes[""].start.local_key
        return [""] if start in (key, moved) else []
    return [moved]


def _moved_key(key: str, shift: timedelta) -> str:
    if "T" in key:
        return (datetime.fromisoformat(key) + shift).isoformat()
    return (date.fromisoformat(key) + shift).isoformat()
