"""Series made in a calendar app: one resource, its dates mapped to appointments by RECURRENCE-ID.

A date is known by its *key*, the original local time ("2026-03-03T09:30:00", RFC 5545 section 3.8.4.4); a single event has
the key "". Past dates are frozen: nothing of them is absorbed, cancelled or drawn again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from calendars.errors import UnreadableText
from calendars.icalendar import CalendarObject, EventFacts, When, occurrences, read, write_event, write_override
from calendars.icalendar.scheduling import in_order_of_telling
from calendars.sync.replica import Wanted
from sidecar.domain.appointments import Appointment, AppointmentState
from sidecar.domain.bindings import Binding, Link
from sidecar.projection.events import event_facts, hosted
from sidecar.projection.telling import Telling, changes, somebody_invited, telling
from sidecar.services.sync.desk import Desk
from sidecar.services.sync.events import Taken, merge_event, rejoining

HORIZON = timedelta(weeks=26)
"""How far ahead the dates of a series become appointments; the horizon moves on every day."""
NEAR = timedelta(days=6, hours=12)
"""How far a date may go and still be taken for the same date of a split or shifted series."""
LATER = timedelta(days=4 * 366)
"""How far beyond now a series is looked at for whether it will have dates at all: 29 February comes every four years."""


@dataclass
class Dates:
    """What one resource brought beside merges: dates nobody knew yet, and appointments whose date is not there any more."""

    fresh: list[tuple[str, EventFacts]] = field(default_factory=list)
    vanished: list[tuple[Link, Appointment]] = field(default_factory=list)
    taken: Taken = field(default_factory=Taken)


def is_series(calendar_object: CalendarObject) -> bool:
    master = calendar_object.master
    return bool(calendar_object.overrides) or (master is not None and bool(master.rrule or master.rdates))


def dates_of(desk: Desk, text: str) -> dict[str, EventFacts]:
    """The dates of a resource by key, from now to the horizon; a single event under "" whenever it is."""
    calendar_object = read(text)
    if not is_series(calendar_object):
        return {"": calendar_object.master} if calendar_object.master is not None else {}
    found = occurrences(text, desk.now - timedelta(days=1), desk.now + HORIZON)
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
    return result


def _relinked(
    desk: Desk, binding: Binding, href: str, base: str | None, theirs: str, becomes: dict[str, EventFacts]
) -> dict[str, tuple[Link, str]]:
    """Links by their key in ``theirs``, each with the key it had in ``base``: a shifted series keeps its appointments.

    A date that is still there keeps its appointment, only the others look for a free one. Past dates keep their key.
    """
    before, after = read(base).master if base is not None else None, read(theirs).master
    shift = _shift(before, after)
    links = desk.uow.links.of_resource(binding.id, href)
    found = {link.recurrence_id: (link, link.recurrence_id) for link in links}
    lost = {
        link.recurrence_id: link
        for link in links
        if link.recurrence_id not in becomes and desk.uow.appointments.get(link.subject_id).end >= desk.now
    }
    free = becomes.keys() - found.keys()
    for old_key, key in _gone_on(lost, free, before, shift, becomes):
        if old_key in lost and key in free:
            link = lost.pop(old_key)
            moved = replace(link, recurrence_id=key)
            desk.uow.links.remove(link)
            desk.uow.links.put(moved)
            del found[old_key]
            found[key] = (moved, old_key)
            free.discard(key)
    return found


def _gone_on(
    lost: Iterable[str], free: Iterable[str], before: EventFacts | None, shift: timedelta, becomes: dict[str, EventFacts]
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


def _moved_keys(key: str, before: EventFacts | None, shift: timedelta, becomes: dict[str, EventFacts]) -> list[str]:
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


def draw_series(desk: Desk, binding: Binding, link: Link, base: str) -> Wanted | None:
    """Dates whose appointment says something else than the series get an override (RFC 5545 section 3.8.4.4).

    The block alone is no reason for one: a series stays as slender as it was made.
    """
    text, loud, waits = base, False, False
    standing = dates_of(desk, base)
    for other in desk.uow.links.of_resource(binding.id, link.href):
        appointment = desk.uow.appointments.get(other.subject_id)
        current = standing.get(other.recurrence_id)
        if current is None or not _may_draw(desk, appointment):
            continue
        wanted = drawn_onto(desk, appointment, current, other.uid)
        if changes(current, wanted) - {"block"}:
            text = write_override(text, other.recurrence_id, wanted, now=desk.now)
            how = desk.how(telling(current, wanted), wanted)
            loud = loud or how is not Telling.QUIET
            waits = waits or (how is Telling.LOUD and desk.tells(wanted) and somebody_invited(current, wanted))
    if text == base:
        return None
    text = _with_host(desk, binding, text)
    return Wanted(collection=binding.href, href=link.href, uid=link.uid, text=text, notify=loud, coalesces=waits)


def _with_host(desk: Desk, binding: Binding, text: str) -> str:
    """A series of ours with the centre in its master, in the order in which servers tell people."""
    if not desk.space.schedules:
        return text
    found = read(text)
    parts = [part for part in (found.master, *found.overrides.values()) if part is not None]
    organizer = next((p.organizer for p in parts if desk.tells(p) and p.attendees), None)
    if found.master is not None and organizer is not None:
        master = replace(found.master, organizer=found.master.organizer or organizer)
        text = write_event(text, hosted(master, desk.context(binding.centre_id)), now=desk.now)
    return in_order_of_telling(text)


def _may_draw(desk: Desk, appointment: Appointment) -> bool:
    return appointment.end >= desk.now and appointment.state is not AppointmentState.DRAFT


def drawn_onto(desk: Desk, appointment: Appointment, current: EventFacts, uid: str) -> EventFacts:
    """What the event should say; what is to confirm is left as it is, but for being called off and taking place again."""
    facts = event_facts(appointment, desk.context(appointment.centre_id), current, uid)
    return replace(current, status=facts.status) if appointment.to_confirm else facts
