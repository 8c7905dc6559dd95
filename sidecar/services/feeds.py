"""Private calendar feeds: one person's or one centre's appointments, for any program that can subscribe.

A feed is known by a long random revocable token. It holds the same UIDs as the events in the shared calendars, alarms of
ours (which stand nowhere else), and no ATTENDEE, ORGANIZER or METHOD. Supervision is in personal feeds alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from calendars.contentlines import Component, ContentLine, escape_text, parse
from calendars.icalendar import EventFacts, write_event
from sidecar.domain.appointments import Appointment, AppointmentKind, AppointmentState, Response
from sidecar.domain.bindings import Link, SubjectKind
from sidecar.domain.centres import Centre
from sidecar.domain.errors import NotFound
from sidecar.i18n import translator
from sidecar.projection.context import Context
from sidecar.projection.events import event_facts
from sidecar.storage import Token, TokenKind, UnitOfWork

BACK = timedelta(weeks=4)
AHEAD = timedelta(weeks=26)
ALARMS = ("-P1D", "-PT2H")
"""When a phone rings before an appointment (RFC 5545 section 3.8.6.3)."""


@dataclass(frozen=True)
class Feed:
    """The text of a feed and its ETag: weak, for the hour of the last look stands in the text (RFC 9110 section 8.8.1)."""

    text: str
    etag: str


@dataclass(frozen=True)
class _Rows:
    """What a feed shows, before it is drawn."""

    name: str
    centre: Centre
    appointments: tuple[Appointment, ...]
    context: Context
    links: dict[str, Link]


def feed_etag(uow: UnitOfWork, token: Token, now: datetime) -> str:
    """What changes when the feed does, without drawing it: versions and answers of all that it shows.

    A day counts too: the period of a feed moves on.
    """
    rows = _rows(uow, token, now)
    parts = [str(now.date()), token.id, rows.centre.id, str(rows.centre.version)]
    for appointment in rows.appointments:
        link = rows.links.get(appointment.id)
        answers = ",".join(f"{p.person_id}:{p.role}:{appointment.response_for_now(p)}" for p in appointment.participants)
        parts.append(f"{appointment.id}/{appointment.version}/{answers}/{link.uid if link else ''}")
    for people in (rows.context.people, rows.context.initiatives, rows.context.equipment):
        parts.extend(f"{key}/{people[key].version}" for key in sorted(people))
    return f'W/"{hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]}"'


def render_feed(uow: UnitOfWork, token: Token, now: datetime, instance: str, page: str) -> Feed:
    """The whole feed. ``page`` is the address of an appointment's page with a gap ``{id}``; no secret stands in it."""
    rows = _rows(uow, token, now)
    context = replace(rows.context, page=page)
    words = translator(rows.centre.language, rows.centre.timezone)
    told = words("feed.description", when=now.astimezone(ZoneInfo(rows.centre.timezone)))
    head = [("VERSION", "2.0"), ("PRODID", "-//Hors les murs//FR"), ("NAME", escape_text(rows.name))]
    head += [("X-WR-CALNAME", escape_text(rows.name)), ("X-WR-CALDESC", escape_text(told)), ("X-PUBLISHED-TTL", "PT1H")]
    calendar = Component.make("VCALENDAR", [ContentLine.make(name, value) for name, value in head])
    calendar.items.append(ContentLine.make("REFRESH-INTERVAL", "PT1H", [("VALUE", ("DURATION",))]))
    zones: dict[str, Component] = {}
    events = []
    for appointment in rows.appointments:
        link = rows.links.get(appointment.id)
        uid = link.uid if link else f"{appointment.id}-{appointment.generation}@{instance}.hors-les-murs"
        facts = replace(event_facts(appointment, context, None, uid), organizer=None, attendees=())
        for part in _drawn(facts, link, now):
            if part.name == "VTIMEZONE":
                zones.setdefault(part.value("TZID"), part)
                continue
            if _rings(appointment, token):
                part.items.extend(_alarm(trigger, facts.summary) for trigger in ALARMS)
            events.append(part)
    calendar.items.extend([*zones.values(), *events])
    return Feed("".join(calendar.parts()), feed_etag(uow, token, now))


def _rings(appointment: Appointment, token: Token) -> bool:
    """Nobody is woken for what is cancelled, nor in their own feed for what they declined."""
    if appointment.state is AppointmentState.CANCELLED:
        return False
    standing = appointment.participation(token.subject_id) if token.kind is TokenKind.FEED_PERSON else None
    return standing is None or appointment.response_for_now(standing) is not Response.DECLINED


def _drawn(facts: EventFacts, link: Link | None, now: datetime) -> list[Component]:
    """The zone and the event; a date of a series says which one it is (RFC 5545 section 3.8.4.4)."""
    parts = parse(write_event(None, facts, now=now)).components("VCALENDAR")[0].components()
    if link is not None and link.recurrence_id:
        value = link.recurrence_id.replace("-", "").replace(":", "")
        for part in parts:
            start = part.first("DTSTART")
            if part.name == "VEVENT" and start is not None:
                params = [] if "T" in value else [("VALUE", ("DATE",))]
                tzid = start.param("TZID")
                if "T" in value and tzid:
                    params = [("TZID", (tzid,))]
                part.add(ContentLine.make("RECURRENCE-ID", value, params), ("UID",))
    return parts


def _alarm(trigger: str, text: str) -> Component:
    lines = [("ACTION", "DISPLAY"), ("DESCRIPTION", escape_text(text)), ("TRIGGER", trigger)]
    return Component.make("VALARM", [ContentLine.make(name, value) for name, value in lines])


def _rows(uow: UnitOfWork, token: Token, now: datetime) -> _Rows:
    start, end = now.astimezone(UTC) - BACK, now.astimezone(UTC) + AHEAD
    centres = {centre.id: centre for centre in uow.centres.all()}
    if token.kind is TokenKind.FEED_PERSON:
        person = uow.people.get(token.subject_id)
        if not person.active:
            raise NotFound("not_found", kind="person", id=person.id)
        centre = centres[person.centre_ids[0]] if person.centre_ids else next(iter(centres.values()))
        found = uow.appointments.of_person(person.id, start, end)
        name = person.full_name
    else:
        centre = centres[token.subject_id]
        found = [
            a
            for a in uow.appointments.between(start, end)
            if (a.centre_id == centre.id or centre.id in a.invited_centre_ids) and a.kind is not AppointmentKind.SUPERVISION
        ]
        name = centre.name
    shown = tuple(sorted((a for a in found if a.state is not AppointmentState.DRAFT), key=lambda a: (a.start, a.id)))
    wanted = {p.person_id for a in shown for p in a.participants}
    context = Context(
        centre=centre,
        words=translator(centre.language, centre.timezone),
        people={p.id: p for p in uow.people.all(id=sorted(wanted))} if wanted else {},
        initiatives={i.id: i for i in uow.initiatives.all()},
        equipment={e.id: e for e in uow.equipment.all()},
    )
    return _Rows(name, centre, shown, context, _links(uow, shown))


def _links(uow: UnitOfWork, appointments: Sequence[Appointment]) -> dict[str, Link]:
    found = uow.links.of_subjects(SubjectKind.APPOINTMENT, [a.id for a in appointments])
    return {link.subject_id: link for link in found}
