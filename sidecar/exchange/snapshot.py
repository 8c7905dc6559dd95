"""What is stored already, as one value: an import is planned against it, an export is made from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol, Self

from sidecar.domain.appointments import Appointment
from sidecar.domain.centres import Centre, Equipment, Initiative, Neighbourhood
from sidecar.domain.people import Person
from sidecar.domain.training import Course, Qualification

Record = Centre | Neighbourhood | Course | Equipment | Initiative | Person | Qualification | Appointment


class Shelf(Protocol):
    """What an import needs of a repository of the storage."""

    def all(self) -> Iterable[Any]: ...

    def add(self, record: Any, /) -> Any: ...

    def save(self, record: Any, /) -> Any: ...


class Shelves(Protocol):
    """The repositories of an open unit of work."""

    @property
    def centres(self) -> Shelf: ...
    @property
    def neighbourhoods(self) -> Shelf: ...
    @property
    def courses(self) -> Shelf: ...
    @property
    def equipment(self) -> Shelf: ...
    @property
    def initiatives(self) -> Shelf: ...
    @property
    def people(self) -> Shelf: ...
    @property
    def qualifications(self) -> Shelf: ...
    @property
    def appointments(self) -> Shelf: ...


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """All records of a rota, or those that one coordinator may see."""

    centres: tuple[Centre, ...] = ()
    neighbourhoods: tuple[Neighbourhood, ...] = ()
    courses: tuple[Course, ...] = ()
    equipment: tuple[Equipment, ...] = ()
    initiatives: tuple[Initiative, ...] = ()
    people: tuple[Person, ...] = ()
    qualifications: tuple[Qualification, ...] = ()
    appointments: tuple[Appointment, ...] = ()

    @classmethod
    def of(cls, shelves: Shelves) -> Self:
        """Everything that an open unit of work holds."""
        return cls(
            centres=tuple(shelves.centres.all()),
            neighbourhoods=tuple(shelves.neighbourhoods.all()),
            courses=tuple(shelves.courses.all()),
            equipment=tuple(shelves.equipment.all()),
            initiatives=tuple(shelves.initiatives.all()),
            people=tuple(shelves.people.all()),
            qualifications=tuple(shelves.qualifications.all()),
            appointments=tuple(shelves.appointments.all()),
        )


def shelf_for(record: Record, shelves: Shelves) -> Shelf:
    """The repository that keeps a record."""
    match record:
        case Centre():
            return shelves.centres
        case Neighbourhood():
            return shelves.neighbourhoods
        case Course():
            return shelves.courses
        case Equipment():
            return shelves.equipment
        case Initiative():
            return shelves.initiatives
        case Person():
            return shelves.people
        case Qualification():
            return shelves.qualifications
        case Appointment():
            return shelves.appointments
