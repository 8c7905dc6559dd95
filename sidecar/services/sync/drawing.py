"""Drawing what waits onto what stands in the calendars; history is never rewritten."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from calendars.icalendar import EventFacts, read, write_event
from calendars.icalendar.scheduling import in_order_of_telling
from calendars.sync.ports import Known
from calendars.sync.replica import Wanted
from sidecar.domain.appointments import Appointment, AppointmentState
from sidecar.domain.bindings import Binding, Link, SubjectKind
from sidecar.projection.events import event_facts
from sidecar.projection.telling import Telling, somebody_invited, telling, text_first
from sidecar.services.sync.desk import Desk
from sidecar.services.sync.drawing_series import draw_series, drawn_onto
from sidecar.storage.memory import SqlMemory


@dataclass(frozen=True)
class Page:
    """What is remembered of the appointments that are drawn together, asked in few questions.

    ``known``: what stands where one is shown, by collection and href. ``taken``: which of the UIDs that those shown nowhere
    would get are in use.
    """

    known: Mapping[tuple[str, str], Known]
    taken: frozenset[str]


def page_of(desk: Desk, memory: SqlMemory, appointments: Iterable[Appointment]) -> Page:
    """The links of the appointments should have been read ahead."""
    hrefs: dict[str, list[str]] = {}
    uids: list[str] = []
    for appointment in appointments:
        link = desk.link_of(appointment.id)
        binding = desk.binding_of(link) if link is not None else None
        if link is None:
            uids.append(desk.uid(appointment))
        elif binding is not None:
            hrefs.setdefault(binding.href, []).append(link.href)
    known = {(at, href): one for at, asked in hrefs.items() for href, one in memory.get_all(at, asked).items()}
    return Page(known, memory.taken(uids))


def draw_appointment(desk: Desk, page: Page, appointment: Appointment, drawn: set[tuple[str, str]]) -> Wanted | None:
    """The write that this appointment needs, or None: drafts are in no calendar.

    ``drawn`` holds the series (binding, href) that were drawn already in this unit: all dates of one go out together.
    """
    if appointment.state is AppointmentState.DRAFT:
        return None
    link = desk.link_of(appointment.id)
    if link is None:
        return _first(desk, page, appointment)
    binding = desk.binding_of(link)
    if binding is None or appointment.end < desk.now:
        return None
    known = page.known.get((binding.href, link.href))
    if known is None and not link.recurrence_id:
        # Its first write never went out: we were muted, or the server refused it.
        return _create(desk, appointment, binding, link)
    if known is None or known.base is None:
        # Nothing agreed stands there (unreadable now, or gone and not decided): it is not ours to write.
        return None
    if link.recurrence_id:
        if (binding.id, link.href) in drawn:
            return None
        drawn.add((binding.id, link.href))
        return draw_series(desk, binding, link, known.base)
    standing = read(known.base).master
    if standing is None:
        return None
    facts = drawn_onto(desk, appointment, standing, link.uid)
    if facts == standing:
        return None
    first = text_first(standing, facts) if desk.tells(facts) else None
    if first is not None and (text := _text(desk, known.base, first)) != known.base:
        return Wanted(collection=binding.href, href=link.href, uid=link.uid, text=text, notify=False, half=True)
    text = _text(desk, known.base, facts)
    if text == known.base:
        return None
    how = desk.how(telling(standing, facts), facts)
    return Wanted(
        collection=binding.href,
        href=link.href,
        uid=link.uid,
        text=text,
        notify=how is not Telling.QUIET,
        coalesces=how is Telling.LOUD and desk.tells(facts) and somebody_invited(standing, facts),
    )


def _text(desk: Desk, base: str, facts: EventFacts) -> str:
    text = write_event(base, facts, now=desk.now)
    return in_order_of_telling(text) if text != base and desk.space.schedules else text


def _first(desk: Desk, page: Page, appointment: Appointment) -> Wanted | None:
    binding = desk.binding_for_appointment(appointment)
    if binding is None or not binding.writes or appointment.state is AppointmentState.CANCELLED:
        return None
    if appointment.end < binding.bound_at:
        return None
    if desk.uid(appointment) in page.taken:
        # A calendar that was let go of still has it under that name, and servers take a name once in an account.
        appointment = desk.uow.appointments.save(replace(appointment, generation=appointment.generation + 1))
    uid = desk.uid(appointment)
    # No "@" in the path: servers spell it in two ways.
    href = f"{binding.href}{uid.replace('@', '-')}.ics"
    link = Link(subject_kind=SubjectKind.APPOINTMENT, subject_id=appointment.id, binding_id=binding.id, href=href, uid=uid)
    desk.uow.links.put(link)
    return _create(desk, appointment, binding, link)


def _create(desk: Desk, appointment: Appointment, binding: Binding, link: Link) -> Wanted | None:
    if not binding.writes or appointment.state is AppointmentState.CANCELLED:
        return None
    facts = event_facts(appointment, desk.context(appointment.centre_id), None, link.uid)
    # Publishing is no slip that waits to be undone: it said before whom it tells.
    return Wanted(collection=binding.href, href=link.href, uid=link.uid, text=write_event(None, facts, now=desk.now))
