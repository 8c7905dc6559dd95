"""Drawing the dates of a series: a date that says something else than the series gets an override (RFC 5545 3.8.4.4).

A series stays as slender as it was made. What a date follows the series in is not written into it, our block neither; it is
drawn where the date stands by itself already, and where the series shows a block that is not true of that date. What all
dates want alike is written into the series: the place, and whom it asks again since it was moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from calendars.icalendar import EventFacts, read, write_event, write_override
from calendars.icalendar.scheduling import in_order_of_telling
from calendars.merge import split
from calendars.merge.events import PARTSTAT
from calendars.sync.replica import Wanted
from sidecar.domain.appointments import Appointment, AppointmentState
from sidecar.domain.bindings import Binding, Link
from sidecar.projection.context import CLOSING, OPENING
from sidecar.projection.events import event_facts, hosted
from sidecar.projection.telling import Telling, changes, somebody_invited, stays_invited, telling, text_first
from sidecar.services.sync.desk import Desk
from sidecar.services.sync.series import dates_of

UNANSWERED = ("", "NEEDS-ACTION")


@dataclass(frozen=True)
class Date:
    """One linked date that may be drawn: what stands there and what should."""

    key: str
    current: EventFacts
    wanted: EventFacts
    settled: bool

    @property
    def follows(self) -> bool:
        """Whether the date is told by the series, not by an override of its own."""
        return self.current.recurrence_id is None

    @property
    def stands_out(self) -> bool:
        """Whether it differs in more than answers and block, so that it will have an override."""
        return any(key != "block" and not key.startswith(PARTSTAT) for key in changes(self.current, self.wanted))


def draw_series(desk: Desk, binding: Binding, link: Link, base: str) -> Wanted | None:
    """All dates of one resource drawn onto its base; None where nothing differs. What nobody is to be mailed about goes out
    quietly first: a loud write mails whoever stands in a date of which anything else differs too."""
    text, told, drawn = base, list[Date](), set[str]()
    dates = _dates(desk, binding, link, text)
    for alike in (_placed, _asked_again):
        after = alike(text, dates, desk.now)
        if after != text:
            told += [date for date in dates if date.follows]
            text, dates = after, _dates(desk, binding, link, after)
    for date in dates:
        changed = changes(date.current, date.wanted)
        if changed - {"block"} or ("block" in changed and _is_shown(desk, binding, date)):
            text = write_override(text, date.key, date.wanted, now=desk.now)
            told.append(date)
            drawn.add(date.key)
    if text == base:
        return None
    hows = [(desk.how(telling(d.current, d.wanted), d.wanted), d) for d in told]
    if any(how is not Telling.QUIET and desk.tells(d.wanted) for how, d in hows):
        first = _without_telling(base, [d for d in _dates(desk, binding, link, base) if d.key in drawn], desk.now)
        if first != base:
            text = _with_host(desk, binding, first)
            return Wanted(collection=binding.href, href=link.href, uid=link.uid, text=text, notify=False, half=True)
    return Wanted(
        collection=binding.href,
        href=link.href,
        uid=link.uid,
        text=_with_host(desk, binding, text),
        notify=any(how is not Telling.QUIET for how, _ in hows),
        coalesces=any(
            how is Telling.LOUD and desk.tells(d.wanted) and somebody_invited(d.current, d.wanted) for how, d in hows
        ),
    )


def _without_telling(text: str, dates: Sequence[Date], now: datetime) -> str:
    """The text with what is told to nobody: what of a date is not worth a mail, and its text where somebody stays in it
    while others come or go."""
    for date in dates:
        first = None
        if telling(date.current, date.wanted) is Telling.QUIET:
            first = date.wanted if somebody_invited(date.current, date.wanted) else None
        elif stays_invited(date.current, date.wanted):
            first = text_first(date.current, date.wanted)
        if first is not None:
            text = write_override(text, date.key, first, now=now)
    return text


def _dates(desk: Desk, binding: Binding, link: Link, text: str) -> list[Date]:
    standing, found = dates_of(desk, text), []
    for other in desk.uow.links.of_resource(binding.id, link.href):
        appointment = desk.uow.appointments.get(other.subject_id)
        current = standing.get(other.recurrence_id)
        if current is not None and appointment.end >= desk.now and appointment.state is not AppointmentState.DRAFT:
            wanted = drawn_onto(desk, appointment, current, other.uid)
            found.append(Date(other.recurrence_id, current, wanted, settled=not appointment.to_confirm))
    return found


def drawn_onto(desk: Desk, appointment: Appointment, current: EventFacts, uid: str) -> EventFacts:
    """What the event should say; what is to confirm is left as it is, but for being called off and taking place again."""
    facts = event_facts(appointment, desk.context(appointment.centre_id), current, uid)
    return replace(current, status=facts.status) if appointment.to_confirm else facts


def _placed(text: str, dates: Sequence[Date], now: datetime) -> str:
    """The text with the place in the series that all dates which follow it have and it does not name."""
    master = read(text).master
    places = {(date.wanted.location, date.wanted.geo) for date in dates if date.follows}
    if master is None or master.location or master.geo or len(places) != 1:
        return text
    if not all(date.settled for date in dates if date.follows):
        return text
    location, geo = places.pop()
    return write_event(text, replace(master, location=location, geo=geo), now=now)


def _asked_again(text: str, dates: Sequence[Date], now: datetime) -> str:
    """The text with those asked anew in the series whose answer no date that follows it counts any more."""
    found = read(text)
    following = [date for date in dates if date.follows and not date.stands_out]
    if found.master is None or not following or any(o.this_and_future for o in found.overrides.values()):
        return text
    # Without an answer in any of these dates; whoever is in none of them is not asked.
    open_for = [{a.address.lower() for a in d.wanted.attendees if a.partstat.upper() in UNANSWERED} for d in following]
    asked = set.intersection(*open_for)
    attendees = tuple(
        replace(a, partstat="NEEDS-ACTION") if a.address in asked and a.partstat.upper() not in UNANSWERED else a
        for a in found.master.attendees
    )
    if attendees == found.master.attendees:
        return text
    return write_event(text, replace(found.master, attendees=attendees), now=now)


def _is_shown(desk: Desk, binding: Binding, date: Date) -> bool:
    """Whether a block that differs is to be drawn: in a date of its own as in any event; in one that follows the series
    where the series shows one that is not true of it. The page of another date is none that anybody misses."""
    if not date.follows:
        return True
    was = split(date.current.description, OPENING, CLOSING).block
    becomes = split(date.wanted.description, OPENING, CLOSING).block
    if was is None or becomes is None:
        return False
    page = desk.context(binding.centre_id).words("block.page", value="")
    return _lines(was, page) != _lines(becomes, page)


def _lines(block: str, page: str) -> list[str]:
    return [line for line in block.splitlines() if not line.startswith(page.rstrip())]


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
