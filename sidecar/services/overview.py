"""What the first page shows: a centre's coming weeks with findings, and the health of its link to the calendars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sidecar.domain.access import Right, Visitor
from sidecar.domain.appointments import Appointment, AppointmentKind, AppointmentState, Outing
from sidecar.domain.bindings import Binding, Conflict, Space, SubjectKind, SyncRun
from sidecar.domain.centres import Centre, Initiative
from sidecar.domain.cover import CoverRequest, CoverState
from sidecar.domain.errors import NotFound
from sidecar.domain.people import Person
from sidecar.domain.rules import Finding, Level
from sidecar.services.checking import findings
from sidecar.services.conflicts import is_a_choice
from sidecar.services.standing import has_come_true
from sidecar.services.webhooks.troubles import Trouble, lasting
from sidecar.storage import UnitOfWork

SILENT = timedelta(days=1)
"""After so long without any pass the link counts as lost, whatever the last pass said."""


@dataclass(frozen=True)
class Row:
    """One appointment of a page. ``state`` is a key of the catalogue.

    ``private``: who is in it is not shown. ``phones``: the base contact's number is. ``host`` is the name of the centre that
    invites, "" for the page's own appointments.
    """

    appointment: Appointment
    state: str
    team: tuple[tuple[str, str], ...]
    base_contacts: tuple[Person, ...]
    open_places: int
    findings: tuple[Finding, ...]
    private: bool
    phones: bool
    host: str = ""


@dataclass(frozen=True)
class Week:
    monday: datetime
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Link:
    """One bound collection. ``state`` is a key under ``calendar_link``; ``counts`` are of the last pass.

    ``since`` (aware) is when both sides were last seen to agree, where the link is lost.
    """

    binding: Binding
    space: Space
    state: str
    run: SyncRun | None
    counts: dict[str, Any]
    since: datetime | None = None


@dataclass(frozen=True)
class Overview:
    """Everything the page needs, read in one transaction."""

    centre: Centre
    weeks: tuple[Week, ...]
    findings: tuple[Finding, ...]
    links: tuple[Link, ...]
    conflicts: tuple[tuple[Conflict, str], ...]
    covers: tuple[tuple[CoverRequest, Appointment, str], ...]
    calls: tuple[Trouble, ...]

    @property
    def blocking(self) -> int:
        """How many findings are to be solved before publishing."""
        return sum(finding.level is Level.BLOCKS for finding in self.findings)

    @property
    def troubled(self) -> tuple[Link, ...]:
        """The collections that need somebody to look."""
        return tuple(link for link in self.links if link.state in ("paused", "no_link_since"))


def overview(uow: UnitOfWork, centre: Centre, visitor: Visitor, first: date, weeks: int, now: datetime) -> Overview:
    """The page of one centre as this visitor may see it, beginning with the week of ``first``; ``now`` is aware."""
    zone = ZoneInfo(centre.timezone)
    monday = first - timedelta(days=first.weekday())
    starts = [datetime.combine(monday + timedelta(weeks=n), time(0), zone) for n in range(weeks + 1)]
    plans = visitor.may(Right.SEE_PLANS, centre.id)
    found = findings(uow, centre.id, starts[0], starts[-1]) if plans else []
    appointments = [
        a
        for a in uow.appointments.between(starts[0], starts[-1])
        if (centre.id == a.centre_id and (plans or a.state is not AppointmentState.DRAFT))
        or (centre.id in a.invited_centre_ids and a.state is not AppointmentState.DRAFT)
    ]
    hosts = {c.id: c.name for c in uow.centres.all() if c.id != centre.id}
    people = {p.id: p for p in uow.people.all()}
    initiatives = {i.id: i for i in uow.initiatives.all()}
    shown = [row(a, visitor, people, initiatives, found, now) for a in appointments]
    rows = [replace(r, host=hosts.get(r.appointment.centre_id, "")) for r in shown]
    decides = visitor.may(Right.DECIDE, centre.id) or visitor.may(Right.SEE_SUPERVISION, centre.id)
    return Overview(
        centre=centre,
        weeks=tuple(
            # What began before the first week and still goes on stands in the first week.
            Week(start, tuple(r for r in rows if start <= max(r.appointment.start, starts[0]) < end))
            for start, end in pairwise(starts)
        ),
        findings=tuple(found),
        links=links(uow, centre.id, now) if visitor.may(Right.SEE_LINK, centre.id) else (),
        conflicts=conflicts(uow, centre.id, people, visitor) if decides else (),
        covers=_covers(uow, centre.id, people) if plans else (),
        calls=lasting(uow, centre.id, now) if visitor.may(Right.SEE_LINK, centre.id) else (),
    )


def may_see(visitor: Visitor, appointment: Appointment) -> bool:
    """Whether an appointment may be shown to somebody at all: theirs, or of a centre whose rota they see."""
    if appointment.state is AppointmentState.DRAFT:
        return visitor.may(Right.SEE_PLANS, appointment.centre_id)
    return _sees(visitor, Right.SEE_ROTA, appointment)


def seen_by(uow: UnitOfWork, visitor: Visitor, appointment_id: str) -> Appointment:
    """The appointment, if it may be shown to somebody. Raises NotFound, alike for one that is not there."""
    found = uow.appointments.find(appointment_id)
    if found is None or not may_see(visitor, found):
        raise NotFound("not_found", kind=AppointmentKind.OUTING, id=appointment_id)
    return found


def _sees(visitor: Visitor, right: Right, appointment: Appointment) -> bool:
    """Who takes part sees it whatever their roles; so do those of a centre that is invited."""
    centres = (appointment.centre_id, *appointment.invited_centre_ids)
    return takes_part(visitor, appointment) or any(visitor.may(right, c) for c in centres)


def takes_part(visitor: Visitor, appointment: Appointment) -> bool:
    """Also where they hold no role; but another centre's server does not say who somebody is here."""
    if visitor.person_id is None or appointment.participation(visitor.person_id) is None:
        return False
    return visitor.within is None or not visitor.within.isdisjoint((appointment.centre_id, *appointment.invited_centre_ids))


def private_to(visitor: Visitor, appointment: Appointment) -> bool:
    """Whether who is in it is kept from this visitor: of a supervision only those in it know, and its organiser."""
    if appointment.kind is not AppointmentKind.SUPERVISION:
        return False
    return not (visitor.may(Right.SEE_SUPERVISION, appointment.centre_id) or takes_part(visitor, appointment))


def row(
    appointment: Appointment,
    visitor: Visitor,
    people: dict[str, Person],
    initiatives: dict[str, Initiative],
    found: Sequence[Finding],
    now: datetime,
) -> Row:
    """One appointment as the page shows it to this visitor."""
    outing = appointment if isinstance(appointment, Outing) else None
    goes = outing.team if outing is not None else appointment.expected
    private = private_to(visitor, appointment)
    team = tuple(
        (people[p.person_id].full_name, f"answer.{appointment.response_for_now(p)}")
        for p in appointment.participants
        if p.person_id in people and (outing is None or p.role.goes_out)
    )
    initiative = initiatives.get(outing.initiative_id) if outing is not None else None
    coming = appointment.state in (AppointmentState.DRAFT, AppointmentState.PUBLISHED)
    places = max(0, initiative.places_for - len(goes)) if initiative is not None and coming else 0
    return Row(
        appointment=appointment,
        state=state_key(appointment, places, now),
        team=() if private else team,
        base_contacts=tuple(people[p.person_id] for p in outing.base_contacts if p.person_id in people) if outing else (),
        open_places=places,
        findings=tuple(f for f in found if f.appointment_id == appointment.id),
        private=private,
        phones=_sees(visitor, Right.SEE_CONTACTS, appointment),
    )


def own(uow: UnitOfWork, visitor: Visitor, appointments: Sequence[Appointment], now: datetime) -> list[Row]:
    """These appointments as the visitor may see them, without findings; what is no more than a draft is left out."""
    people = {p.id: p for p in uow.people.all()}
    initiatives = {i.id: i for i in uow.initiatives.all()}
    hosts = {c.id: c.name for c in uow.centres.all()}
    shown = [a for a in appointments if may_see(visitor, a)]
    return [replace(row(a, visitor, people, initiatives, (), now), host=hosts.get(a.centre_id, "")) for a in shown]


def state_key(appointment: Appointment, open_places: int, now: datetime) -> str:
    """The word for an appointment's state (``labels.md``), as a key of the catalogue."""
    if not isinstance(appointment, Outing):
        return f"appointment_state.{appointment.state}"
    if appointment.state is not AppointmentState.PUBLISHED:
        return f"outing_state.{appointment.state}"
    if appointment.to_confirm:
        return "outing_state.to_confirm"
    if appointment.start <= now < appointment.end:
        return "outing_state.out_now"
    return "outing_state.team_incomplete" if len(appointment.team) < 2 else "outing_state.confirmed"


def links(uow: UnitOfWork, centre_id: str, now: datetime) -> tuple[Link, ...]:
    """The health of each bound collection, as a coordinator can read it."""
    found = []
    for binding in uow.bindings.all(centre_id=centre_id):
        space = uow.spaces.get(binding.space_id)
        run = uow.runs.latest(space.id)
        counts = _counts(run, binding.href) if run is not None else {}
        state = _health(run, counts, now)
        since = _last_agreed(uow, binding) if state == "no_link_since" else None
        found.append(Link(binding, space, state, run, counts, since))
    return tuple(found)


def _counts(run: SyncRun, href: str) -> dict[str, Any]:
    counts: dict[str, Any] = run.report.get("collections", {}).get(href, {})
    return counts


def _failed(run: SyncRun, counts: dict[str, Any]) -> bool:
    return bool(run.report.get("error") or counts.get("error"))


def _health(run: SyncRun | None, counts: dict[str, Any], now: datetime) -> str:
    if counts.get("guarded") or counts.get("read_only"):
        return "paused"
    if run is None:
        return "updating"
    return "no_link_since" if _failed(run, counts) or now - run.ended_at > SILENT else "up_to_date"


def _last_agreed(uow: UnitOfWork, binding: Binding) -> datetime:
    """The end of the last pass that went well here; where none did, the beginning of the oldest that is kept."""
    runs = uow.runs.all(space_id=binding.space_id)
    good = (run.ended_at for run in runs if not _failed(run, _counts(run, binding.href)))
    return next(good, runs[-1].started_at if runs else binding.bound_at)


def conflicts(
    uow: UnitOfWork, centre_id: str | None, people: dict[str, Person], visitor: Visitor
) -> tuple[tuple[Conflict, str], ...]:
    """The open conflicts that this visitor may settle, each with the name of what it is about."""
    found = []
    for conflict in uow.conflicts.open(centre_id):
        if not _may_settle(uow, visitor, conflict):
            continue
        appointment = _about(uow, conflict)
        if conflict.of_deletion and appointment is not None and appointment.state is AppointmentState.CANCELLED:
            # It was called off since: both sides agree.
            continue
        if is_a_choice(conflict) and has_come_true(uow, conflict):
            # Our value stands by now: there is nothing left to choose.
            continue
        person = people.get(conflict.subject_id)
        if not conflict.subject_kind:
            # Whose text it is nobody knows: it may be a supervision's, with everybody's address in it.
            conflict = replace(conflict, base=None, ours=None)
        found.append((conflict, appointment.title if appointment is not None else person.full_name if person else ""))
    return tuple(found)


def shown_conflict(uow: UnitOfWork, conflict_id: str, visitor: Visitor) -> Conflict:
    """A conflict, settled or not. Raises NotFound, also for one that this visitor may not settle."""
    conflict = uow.conflicts.get(conflict_id)
    if not _may_settle(uow, visitor, conflict):
        raise NotFound("not_found", kind="conflict", id=conflict_id)
    return conflict


def _may_settle(uow: UnitOfWork, visitor: Visitor, conflict: Conflict) -> bool:
    """A supervision's conflict is its organiser's alone, any other the coordinator's."""
    return visitor.may(Right.SEE_SUPERVISION if private(uow, conflict) else Right.DECIDE, conflict.centre_id)


def private(uow: UnitOfWork, conflict: Conflict) -> bool:
    """Whether it is about a supervision: who is in it may stand in its values."""
    appointment = _about(uow, conflict)
    return appointment is not None and appointment.kind is AppointmentKind.SUPERVISION


def _about(uow: UnitOfWork, conflict: Conflict) -> Appointment | None:
    return uow.appointments.find(conflict.subject_id) if conflict.subject_kind == SubjectKind.APPOINTMENT else None


def _covers(uow: UnitOfWork, centre_id: str, people: dict[str, Person]) -> tuple[tuple[CoverRequest, Appointment, str], ...]:
    found = []
    for request in uow.cover_requests.all(centre_id=centre_id, state=CoverState.OPEN):
        appointment = uow.appointments.find(request.appointment_id)
        person = people.get(request.person_id)
        if appointment is not None and person is not None and appointment.kind is not AppointmentKind.SUPERVISION:
            found.append((request, appointment, person.full_name))
    return tuple(found)
