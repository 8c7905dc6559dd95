"""Dates that left their series lately, and the series under whose name they go on.

A program splits a series in two writes, and a pass may fall in between. People may have given the series another name
before, so that what is split off names no initiative any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from calendars.icalendar import EventFacts
from sidecar.domain.appointments import Appointment, AppointmentState
from sidecar.domain.bindings import Binding
from sidecar.domain.centres import Initiative
from sidecar.services.sync.claims import plain
from sidecar.services.sync.desk import Desk
from sidecar.services.sync.events import times
from sidecar.services.sync.halves import NEAR, Half

LATELY = timedelta(minutes=15)
"""How long the second write of a split may come after the first, where passes are made meanwhile."""
CUT_OFF_KEY = "cut_off:{space}"
"""Setting: appointment -> when its date left its series, and which one, of those that left lately."""


@dataclass(frozen=True)
class CutOff:
    """When (aware) a date left its series, and where that was cut."""

    at: datetime
    half: Half


def lately(desk: Desk, at: datetime) -> bool:
    """Whether it was just now, or in the last pass that got through: what is read now may have been written right after.

    Where the clock went back since, only the passes tell."""
    if timedelta(0) <= desk.now - at <= LATELY:
        return True
    return not desk.uow.runs.got_through(desk.space.id, since=at)


def cut_off(desk: Desk) -> dict[str, CutOff]:
    """The appointments whose date left its series lately."""
    kept: dict[str, Any] = desk.uow.settings.get(CUT_OFF_KEY.format(space=desk.space.id), {})
    found = {appointment_id: _read(value) for appointment_id, value in kept.items()}
    return {appointment_id: cut for appointment_id, cut in found.items() if lately(desk, cut.at)}


def note_cut_off(desk: Desk, halves: Mapping[str, Half]) -> None:
    """``halves``: appointment -> the series that its date left."""
    if not halves:
        return
    found = cut_off(desk) | {appointment_id: CutOff(desk.now, half) for appointment_id, half in halves.items()}
    desk.uow.settings.set(CUT_OFF_KEY.format(space=desk.space.id), {id: _kept(cut) for id, cut in found.items()})


def _kept(cut: CutOff) -> dict[str, Any]:
    edge = cut.half.edge.isoformat() if cut.half.edge is not None else None
    half = cut.half
    return {"at": cut.at.isoformat(), "names": sorted(half.names), "edge": edge, "title": half.title, "says": half.says}


def _read(value: Any) -> CutOff:
    if isinstance(value, str):
        # Earlier versions kept the moment alone.
        return CutOff(datetime.fromisoformat(value), Half())
    edge = datetime.fromisoformat(value["edge"]) if value["edge"] else None
    half = Half(frozenset(value["names"]), edge, title=value.get("title", ""), says=value.get("says", ""))
    return CutOff(datetime.fromisoformat(value["at"]), half)


def names_of_series(desk: Desk, binding: Binding) -> dict[str, set[str]]:
    """The titles, as ``plain`` has them, under which series are shown there or were until lately: title -> initiatives."""
    left = cut_off(desk)
    ids = {link.subject_id for link in desk.uow.links.of_binding(binding.id) if link.recurrence_id} | left.keys()
    names: dict[str, set[str]] = {}
    for appointment_id in ids:
        appointment = desk.uow.appointments.find(appointment_id)
        if appointment is None:
            continue
        # What left a series may never have had the name that this one was given before it was cut.
        titles = {plain(appointment.title), *([left[appointment_id].half.title] if appointment_id in left else ())}
        for title in titles:
            names.setdefault(title, set()).add(getattr(appointment, "initiative_id", ""))
    names.pop("", None)
    return names


def continued_initiative(desk: Desk, binding: Binding, facts: EventFacts) -> Initiative | None:
    """The initiative of the series that a repeating event of its name goes on with, beginning near one of its dates."""
    initiatives = names_of_series(desk, binding).get(plain(facts.summary))
    if not initiatives:
        return None
    start, end, _ = times(desk, binding.centre_id, facts)
    left, states = cut_off(desk), [AppointmentState.PUBLISHED, AppointmentState.CANCELLED]
    near = desk.uow.appointments.between(start - NEAR, end + NEAR, states=states)
    for appointment in sorted(near, key=lambda a: (abs(a.start - start), a.id)):
        initiative = getattr(appointment, "initiative_id", "")
        if initiative in initiatives and (appointment.id in left or _shown_in_series(desk, binding, appointment)):
            return desk.initiatives.get(initiative)
    return None


def split_off(desk: Desk, binding: Binding, begun: Half, left: Iterable[tuple[Appointment, Half]]) -> Initiative | None:
    """The initiative of the series that another says it was split off, or that was cut at the very time at which the other
    begins, or about then and is copied in it: both may have another name by then. ``left``: what left its series in this
    pass, and which."""
    lately_left = ((desk.uow.appointments.find(id), cut.half) for id, cut in cut_off(desk).items())
    ended = [(a, half) for a, half in (*left, *lately_left) if a is not None and a.centre_id == binding.centre_id]
    for appointment, half in ended:
        if half.is_related(begun) or (half.edge is not None and half.edge == begun.edge):
            return desk.initiatives.get(getattr(appointment, "initiative_id", ""))
    for link in (link for name in sorted(begun.names) for link in desk.uow.links.by_uid(name)):
        shown = desk.uow.appointments.find(link.subject_id)
        if shown is not None and link.recurrence_id and link.binding_id == binding.id:
            return desk.initiatives.get(getattr(shown, "initiative_id", ""))
    copied = {getattr(appointment, "initiative_id", "") for appointment, half in ended if half.is_copied_in(begun)}
    # Of two initiatives nobody can tell which it was.
    return desk.initiatives.get(copied.pop()) if len(copied) == 1 else None


def called_off_initiative(desk: Desk, binding: Binding, facts: EventFacts) -> Initiative | None:
    """The initiative of what was called off at that very time, under that very title."""
    start, end, _ = times(desk, binding.centre_id, facts)
    for appointment in desk.uow.appointments.between(start, end, states=[AppointmentState.CANCELLED]):
        same = appointment.centre_id == binding.centre_id and plain(appointment.title) == plain(facts.summary)
        if same and appointment.start == start and desk.link_of(appointment.id) is None:
            return desk.initiatives.get(getattr(appointment, "initiative_id", ""))
    return None


def _shown_in_series(desk: Desk, binding: Binding, appointment: Appointment) -> bool:
    link = desk.link_of(appointment.id)
    return link is not None and bool(link.recurrence_id) and link.binding_id == binding.id
