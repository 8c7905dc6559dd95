"""Who or what a name in a cell means: centres, people, actions by name, mail or reference, with suggestions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from typing import Generic, Protocol, TypeVar

from sidecar.domain.centres import Centre, Equipment, Initiative, Neighbourhood
from sidecar.domain.people import Person
from sidecar.domain.training import Course
from sidecar.exchange.cells import folded
from sidecar.exchange.errors import CellRefused
from sidecar.exchange.snapshot import Snapshot


class Named(Protocol):
    @property
    def id(self) -> str: ...


NamedT = TypeVar("NamedT", bound=Named)
SUGGESTIONS = 3


class Register(Generic[NamedT]):
    """Records that cells refer to. ``names`` gives a record's names, the one people use first."""

    def __init__(
        self,
        records: Iterable[NamedT],
        names: Callable[[NamedT], tuple[str, ...]],
        centres: Callable[[NamedT], tuple[str, ...]],
    ) -> None:
        self._names, self._centres = names, centres
        self._by_id: dict[str, NamedT] = {}
        self._ids_by_name: dict[str, list[str]] = defaultdict(list)
        for record in records:
            self.put(record)

    def put(self, record: NamedT) -> None:
        """Add a record, or replace the one with its id; older names of it go on being understood."""
        self._by_id[record.id] = record
        for name in self._names(record):
            ids = self._ids_by_name[folded(name)]
            if name and record.id not in ids:
                ids.append(record.id)

    def get(self, record_id: str) -> NamedT | None:
        return self._by_id.get(record_id)

    def __iter__(self) -> Iterator[NamedT]:
        return iter(self._by_id.values())

    def called(self, name: str, centre_id: str | None = None) -> list[NamedT]:
        """All records with that name; those of the centre alone where it has some."""
        found = [self._by_id[each] for each in self._ids_by_name.get(folded(name), ())]
        here = [record for record in found if centre_id is not None and centre_id in self._centres(record)]
        return here or found

    def resolve(self, typed: str, centre_id: str | None = None) -> NamedT:
        """The one record that is meant. Raises ``CellRefused``: name_unknown, name_ambiguous."""
        exact = self._by_id.get(typed)
        if exact is not None:
            return exact
        found = self.called(typed, centre_id)
        if len(found) == 1:
            return found[0]
        if found:
            raise CellRefused("name_ambiguous", typed=typed, count=len(found))
        close = get_close_matches(folded(typed), [name for name, ids in self._ids_by_name.items() if ids], SUGGESTIONS)
        suggestions = tuple(dict.fromkeys(self._names(self._by_id[self._ids_by_name[name][0]])[0] for name in close))
        if suggestions:
            raise CellRefused("name_unknown", typed=typed, suggestions=suggestions)
        raise CellRefused("name_unknown_without_suggestion", typed=typed)

    def handle(self, record_id: str, centre_id: str | None = None) -> str:
        """The most readable text that ``resolve`` understands as this record; its id where no name is its own."""
        record = self._by_id.get(record_id)
        if record is None:
            return record_id
        for name in self._names(record):
            if name and name not in self._by_id and self.called(name, centre_id) == [record]:
                return name
        return record_id


def _person_names(person: Person) -> tuple[str, ...]:
    backwards = f"{person.family_name} {person.given_name}".strip()
    return tuple(name for name in dict.fromkeys((person.full_name, *person.emails, backwards)) if name)


def _one_centre(record: Neighbourhood | Equipment | Initiative) -> tuple[str, ...]:
    return (record.centre_id,)


class Registers:
    """The registers of one rota."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.centres: Register[Centre] = Register(snapshot.centres, lambda each: (each.name,), lambda each: (each.id,))
        self.neighbourhoods: Register[Neighbourhood] = Register(
            snapshot.neighbourhoods, lambda each: (each.name,), _one_centre
        )
        self.equipment: Register[Equipment] = Register(snapshot.equipment, lambda each: (each.name,), _one_centre)
        self.courses: Register[Course] = Register(snapshot.courses, lambda each: (each.name,), lambda _: ())
        self.initiatives: Register[Initiative] = Register(
            snapshot.initiatives, lambda each: (each.name, *each.aliases), _one_centre
        )
        self.people: Register[Person] = Register(snapshot.people, _person_names, lambda each: each.centre_ids)
