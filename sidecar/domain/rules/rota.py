"""The snapshot that rules look at, with what they need to look at it in near linear time."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Protocol, Self, TypeVar
from zoneinfo import ZoneInfo

from sidecar.domain.appointments import Appointment, AppointmentState, Outing, Participation
from sidecar.domain.centres import Centre, Equipment, Initiative, Neighbourhood
from sidecar.domain.people import Person
from sidecar.domain.training import Course, Qualification


class Identified(Protocol):
    @property
    def id(self) -> str: ...


Record = TypeVar("Record", bound=Identified)
SomeAppointment = TypeVar("SomeAppointment", bound=Appointment)

# What has no length (an event without an end) still keeps people busy when it begins.
_INSTANT = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What to check: the appointments of one centre that start in [start, end); both aware.

    ``confidential``: the asker organises supervision, and may see who is in it. Everybody else gets no finding
    about the people of a supervision slot.
    """

    centre_id: str
    start: datetime
    end: datetime
    confidential: bool = False

    @classmethod
    def of_days(cls, centre: Centre, first: date, last: date, *, confidential: bool = False) -> Self:
        """The centre's local days from ``first`` to ``last``, both included."""
        zone = ZoneInfo(centre.timezone)
        start = datetime.combine(first, time.min, zone)
        end = datetime.combine(last + timedelta(days=1), time.min, zone)
        return cls(centre_id=centre.id, start=start, end=end, confidential=confidential)


@dataclass(frozen=True)
class Busy:
    """Somebody or something is taken from ``start`` to ``end`` (UTC, so that two of them compare as instants)."""

    start: datetime
    end: datetime
    appointment: Appointment
    participation: Participation | None = None

    def overlaps(self, other: Busy) -> bool:
        """Strictly: one that ends when the other starts does not overlap it."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, kw_only=True)
class Rota:
    """Everything by id, as it is at one moment. Build it with ``Rota.of``; nothing in it changes afterwards.

    It holds the appointments of *all* centres around the period: R7 looks across centres. Indexes are built
    on first use and kept.
    """

    appointments: Mapping[str, Appointment] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    initiatives: Mapping[str, Initiative] = field(default_factory=dict)
    equipment: Mapping[str, Equipment] = field(default_factory=dict)
    courses: Mapping[str, Course] = field(default_factory=dict)
    qualifications: Mapping[str, Qualification] = field(default_factory=dict)
    centres: Mapping[str, Centre] = field(default_factory=dict)
    neighbourhoods: Mapping[str, Neighbourhood] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        *,
        appointments: Iterable[Appointment] = (),
        people: Iterable[Person] = (),
        initiatives: Iterable[Initiative] = (),
        equipment: Iterable[Equipment] = (),
        courses: Iterable[Course] = (),
        qualifications: Iterable[Qualification] = (),
        centres: Iterable[Centre] = (),
        neighbourhoods: Iterable[Neighbourhood] = (),
    ) -> Self:
        return cls(
            appointments=_by_id(appointments),
            people=_by_id(people),
            initiatives=_by_id(initiatives),
            equipment=_by_id(equipment),
            courses=_by_id(courses),
            qualifications=_by_id(qualifications),
            centres=_by_id(centres),
            neighbourhoods=_by_id(neighbourhoods),
        )

    # -- where and when ------------------------------------------------------------------------------------------

    def local(self, moment: datetime, centre_id: str) -> datetime:
        """The moment in the centre's zone; as it is for a centre that is not in the snapshot."""
        zone = self._zones.get(centre_id)
        return moment if zone is None else moment.astimezone(zone)

    def local_day(self, appointment: Appointment) -> date:
        return self.local(appointment.start, appointment.centre_id).date()

    @cached_property
    def _zones(self) -> Mapping[str, ZoneInfo]:
        return {centre.id: ZoneInfo(centre.timezone) for centre in self.centres.values()}

    def counts(self, rule_id: str, appointment: Appointment) -> bool:
        """Whether the rule has started in the appointment's centre on the appointment's local day."""
        centre = self.centres.get(appointment.centre_id)
        if centre is None:
            return True
        first = centre.rules_from.get(rule_id, centre.default_rules_from)
        return first is None or self.local_day(appointment) >= first

    def looked_at(self, scope: Scope, rule_id: str, cls: type[SomeAppointment]) -> Iterator[SomeAppointment]:
        """The scope's appointments of that class that the rule looks at, by start; never cancelled ones."""
        appointments = self._by_centre.get(scope.centre_id, [])
        first = bisect_left(appointments, scope.start.astimezone(UTC), key=_instant)
        last = bisect_left(appointments, scope.end.astimezone(UTC), key=_instant)
        for appointment in appointments[first:last]:
            if isinstance(appointment, cls) and self.counts(rule_id, appointment):
                yield appointment

    @cached_property
    def _by_centre(self) -> Mapping[str, list[Appointment]]:
        found: dict[str, list[Appointment]] = defaultdict(list)
        for appointment in self.appointments.values():
            if appointment.state is not AppointmentState.CANCELLED:
                found[appointment.centre_id].append(appointment)
        for appointments in found.values():
            appointments.sort(key=lambda appointment: (_instant(appointment), appointment.id))
        return found

    # -- who is taken when -----------------------------------------------------------------------------------------

    def person_busy(self, person_id: str) -> Busyness:
        return self._people_busy.get(person_id, _FREE)

    def equipment_busy(self, equipment_id: str) -> Busyness:
        return self._equipment_busy.get(equipment_id, _FREE)

    @cached_property
    def _people_busy(self) -> Mapping[str, Busyness]:
        found: dict[str, list[Busy]] = defaultdict(list)
        for appointment in self._not_cancelled():
            for participation in appointment.expected:
                found[participation.person_id].append(busy(appointment, participation))
        return {person_id: Busyness(times) for person_id, times in found.items()}

    @cached_property
    def _equipment_busy(self) -> Mapping[str, Busyness]:
        found: dict[str, list[Busy]] = defaultdict(list)
        for appointment in self._not_cancelled():
            if isinstance(appointment, Outing):
                for equipment_id in dict.fromkeys(appointment.equipment_ids):
                    found[equipment_id].append(busy(appointment))
        return {equipment_id: Busyness(times) for equipment_id, times in found.items()}

    def _not_cancelled(self) -> Iterator[Appointment]:
        for appointments in self._by_centre.values():
            yield from appointments

    # -- people and what they learnt ---------------------------------------------------------------------------------

    def known(self, person_id: str) -> Person | None:
        """The person, unless nobody has confirmed yet who that is."""
        person = self.people.get(person_id)
        return None if person is None or person.suggested else person

    @cached_property
    def default_course_ids(self) -> tuple[str, ...]:
        return tuple(course.id for course in self.courses.values() if course.by_default)

    def qualifications_of(self, person_id: str, course_id: str) -> tuple[Qualification, ...]:
        return tuple(self._qualifications.get((person_id, course_id), ()))

    @cached_property
    def _qualifications(self) -> Mapping[tuple[str, str], list[Qualification]]:
        found: dict[tuple[str, str], list[Qualification]] = defaultdict(list)
        for qualification in self.qualifications.values():
            found[qualification.person_id, qualification.course_id].append(qualification)
        return found


class Busyness:
    """The times of one person or one thing, by start, so that overlaps are found without comparing all pairs."""

    def __init__(self, times: Iterable[Busy]) -> None:
        self.times = tuple(sorted(times, key=lambda busy: (busy.start, busy.appointment.id)))
        self._longest = max((time.end - time.start for time in self.times), default=timedelta())

    def overlapping(self, wanted: Busy) -> Iterator[Busy]:
        """Those of *other* appointments that overlap, by start."""
        # Nothing that starts earlier than the longest one lasts can reach into the wanted time.
        first = bisect_left(self.times, wanted.start - self._longest, key=lambda busy: busy.start)
        for other in self.times[first:]:
            if other.start >= wanted.end:
                return
            if other.appointment.id != wanted.appointment.id and wanted.overlaps(other):
                yield other


_FREE = Busyness(())


def busy(appointment: Appointment, participation: Participation | None = None) -> Busy:
    start, end = appointment.start.astimezone(UTC), appointment.end.astimezone(UTC)
    return Busy(start, max(end, start + _INSTANT), appointment, participation)


def binds(appointment: Appointment, centre_id: str) -> bool:
    """Whether it keeps people busy in that centre's eyes.

    A draft binds nobody outside its own centre, where nobody can see it: it is checked when it is published itself.
    """
    return appointment.centre_id == centre_id or appointment.state is not AppointmentState.DRAFT


def _instant(appointment: Appointment) -> datetime:
    # In UTC: Python compares two times of one zone by the clock on the wall, which goes back in October.
    return appointment.start.astimezone(UTC)


def _by_id(records: Iterable[Record]) -> Mapping[str, Record]:
    return MappingProxyType({record.id: record for record in records})
