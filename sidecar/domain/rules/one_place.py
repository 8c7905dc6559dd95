"""R7: no person and no piece of equipment in two places at a time, across centres too; rest; a weekly ceiling."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from sidecar.domain.appointments import Appointment, Outing, ParticipantRole, SupervisionSlot
from sidecar.domain.rules.finding import Finding, Gap, Level, Word
from sidecar.domain.rules.rota import Busy, Rota, Scope, binds, busy
from sidecar.domain.rules.rule import who


def check_one_place(rota: Rota, scope: Scope) -> Iterator[Finding]:
    """R7: overlaps block; too little rest and too many outings a week warn.

    Each of two overlapping appointments of the scope's centre has its own finding, for each is published on its own.
    """
    plans: dict[str, _Plan] = {}
    for appointment in rota.looked_at(scope, "R7", Appointment):
        yield from _people_twice(rota, scope, appointment)
        if isinstance(appointment, Outing):
            yield from _equipment_twice(rota, appointment)
            yield from _rest_and_ceiling(rota, appointment, plans)


# -- in two places ---------------------------------------------------------------------------------------------------


def _people_twice(rota: Rota, scope: Scope, appointment: Appointment) -> Iterator[Finding]:
    in_slot = isinstance(appointment, SupervisionSlot)
    told: set[str] = set()
    for participation in appointment.expected:
        if participation.person_id in told:
            continue
        wanted = busy(appointment, participation)
        others = rota.person_busy(participation.person_id).overlapping(wanted)
        other = _the_one_to_name(appointment, [other for other in others if _elsewhere(wanted, other)])
        if other is None:
            continue
        told.add(participation.person_id)
        if in_slot and not scope.confidential:
            # Who is in a supervision slot is nobody else's business; that it cannot be held like this is.
            yield _finding(appointment, "someone_in_slot", "", {})
            return
        name = who(rota, participation.person_id)
        yield _twice(appointment, other, "person", participation.person_id, name, confidential=in_slot)


def _equipment_twice(rota: Rota, outing: Outing) -> Iterator[Finding]:
    for equipment_id in dict.fromkeys(outing.equipment_ids):
        others = rota.equipment_busy(equipment_id).overlapping(busy(outing))
        other = _the_one_to_name(outing, [other for other in others if binds(other.appointment, outing.centre_id)])
        if other is not None:
            equipment = rota.equipment.get(equipment_id)
            name = equipment_id if equipment is None else equipment.name
            yield _twice(outing, other, "equipment", equipment_id, name)


def _elsewhere(wanted: Busy, other: Busy) -> bool:
    """Whether the two are in two places: who stays ashore at one centre answers several of its teams from there."""
    both_ashore = all(
        taken.participation is not None and taken.participation.role is ParticipantRole.BASE_CONTACT
        for taken in (wanted, other)
    )
    if both_ashore and wanted.appointment.centre_id == other.appointment.centre_id:
        return False
    return binds(other.appointment, wanted.appointment.centre_id)


def _the_one_to_name(appointment: Appointment, others: list[Busy]) -> Busy | None:
    """One finding a person is enough; an appointment that may be named says more than one that may not."""
    return min(others, key=lambda other: _secret(appointment, other), default=None)


def _secret(appointment: Appointment, other: Busy) -> bool:
    """Other centres' appointments, and supervision, are « occupé » and nothing more."""
    return other.appointment.centre_id != appointment.centre_id or isinstance(other.appointment, SupervisionSlot)


def _twice(
    appointment: Appointment, other: Busy, what: str, subject: str, name: str | Word, *, confidential: bool = False
) -> Finding:
    if _secret(appointment, other):
        params: dict[str, Gap] = {"name": name, "occupied": Word("word.occupied")}
        return _finding(appointment, f"{what}_occupied", subject, params, confidential=confidential)
    params = {"name": name, "title": other.appointment.title}
    return _finding(appointment, f"{what}_twice", subject, params, confidential=confidential)


# -- rest and ceiling ------------------------------------------------------------------------------------------------


class _Plan:
    """One person's outings as that person goes through them, by local day and by ISO week."""

    def __init__(self, rota: Rota, outings: list[Outing]) -> None:
        # Two entries of one person in one outing are one outing.
        self.outings = list({outing.id: outing for outing in outings}.values())
        self.place = {outing.id: index for index, outing in enumerate(self.outings)}
        self.day = {outing.id: rota.local_day(outing) for outing in self.outings}
        weeks: dict[tuple[int, int], list[str]] = defaultdict(list)
        for outing in self.outings:
            weeks[_week(self.day[outing.id])].append(outing.id)
        self.nth_in_week: Mapping[str, int] = {
            outing_id: nth for ids in weeks.values() for nth, outing_id in enumerate(ids, start=1)
        }

    def before(self, outing: Outing) -> Outing | None:
        """The outing before, in time, whatever the centre."""
        index = self.place[outing.id]
        return self.outings[index - 1] if index else None


def _week(day: date) -> tuple[int, int]:
    year, week, _ = day.isocalendar()
    return year, week


def _rest_and_ceiling(rota: Rota, outing: Outing, plans: dict[str, _Plan]) -> Iterator[Finding]:
    """Rest counts from the last outing of one local day to the first of a later one.

    Morning and afternoon of one day are one day's work. The ceiling counts outings of an ISO week (Monday to
    Sunday) in all centres; those beyond it, in order of time, are pointed out.
    """
    for person_id in dict.fromkeys(participation.person_id for participation in outing.team):
        if person_id not in plans:
            plans[person_id] = _Plan(rota, _outings_of(rota, person_id, outing.centre_id))
        plan = plans[person_id]
        centre = rota.centres.get(outing.centre_id)
        before = plan.before(outing)
        name = who(rota, person_id)
        if (
            centre is not None
            and before is not None
            and plan.day[before.id] < plan.day[outing.id]
            and timedelta() <= busy(outing).start - busy(before).end < timedelta(hours=centre.rest_hours)
        ):
            rest: dict[str, Gap] = {"name": name, "count": centre.rest_hours}
            yield _finding(outing, "rest", person_id, rest, level=Level.WARNING)
        person = rota.people.get(person_id)
        if person is not None and person.weekly_ceiling is not None:
            nth = plan.nth_in_week[outing.id]
            if nth > person.weekly_ceiling:
                ceiling: dict[str, Gap] = {"name": name, "count": person.weekly_ceiling, "nth": nth}
                yield _finding(outing, "ceiling", person_id, ceiling, level=Level.WARNING)


def _outings_of(rota: Rota, person_id: str, centre_id: str) -> list[Outing]:
    return [
        taken.appointment
        for taken in rota.person_busy(person_id).times
        if isinstance(taken.appointment, Outing)
        and taken.participation is not None
        and taken.participation.role.goes_out
        and binds(taken.appointment, centre_id)
    ]


def _finding(
    appointment: Appointment,
    key: str,
    subject: str,
    params: dict[str, Gap],
    *,
    level: Level = Level.BLOCKS,
    confidential: bool = False,
) -> Finding:
    return Finding(
        rule="R7",
        level=level,
        appointment_id=appointment.id,
        start=appointment.start,
        centre_id=appointment.centre_id,
        subject=subject,
        key=f"rule.R7.{key}",
        params=params,
        confidential=confidential,
    )
