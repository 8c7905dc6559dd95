"""Where rows are settled: registers of what is known so far, the row's fate, duplicates within the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import TypeVar

from sidecar.domain.appointments import Appointment
from sidecar.domain.centres import Centre
from sidecar.domain.training import Qualification
from sidecar.exchange.errors import CellRefused
from sidecar.exchange.plan import Fate, FieldChange, RowFate, Write
from sidecar.exchange.registers import NamedT, Register, Registers
from sidecar.exchange.rows import Row
from sidecar.exchange.snapshot import Record, Snapshot
from sidecar.exchange.vocabulary import means

REFERENCE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$")
Found = TypeVar("Found", bound=Record)
NEVER_TYPED = frozenset({"id", "version"})


class Desk:
    """State of one planning: records grow with every row that is settled, so that later rows can refer to them."""

    def __init__(self, snapshot: Snapshot, now: datetime, new_id: Callable[[], str]) -> None:
        self.registers = Registers(snapshot)
        self.now, self.new_id = now, new_id
        self.qualifications: dict[tuple[str, str], list[Qualification]] = {}
        for qualification in snapshot.qualifications:
            self.put_qualification(qualification)
        self.appointments: dict[str, Appointment] = {each.id: each for each in snapshot.appointments}
        self.fates: list[RowFate] = []
        self.to_publish: list[str] = []
        self._rows_of: dict[tuple[type, str], Row] = {}

    def put_qualification(self, qualification: Qualification) -> None:
        held = self.qualifications.setdefault((qualification.person_id, qualification.course_id), [])
        held[:] = [each for each in held if each.id != qualification.id] + [qualification]

    # --- what a row refers to ---

    def centre_of(self, row: Row, keep: Centre | None, column: str = "centre") -> Centre | None:
        """The row's centre; the only one there is where the cell is empty; else the row is refused."""
        found = row.take(column, lambda value: self.registers.centres.resolve(str(value).strip()), keep, None)
        if found is None and not row.refusals:
            every = list(self.registers.centres)
            if len(every) == 1 and not row.says(column):
                return every[0]
            row.refuse(column, "cell_missing")
        return found

    def reference(self, row: Row) -> str | None:
        """What stands under "Repère"; None where nothing does, or a word for "new"."""
        typed = row.text("id")
        if not typed or means(typed, "new") or means(typed, "clear"):
            return None
        if not REFERENCE.match(typed):
            row.refuse("id", "reference_unreadable", typed=typed)
            return None
        return typed

    def only(self, row: Row, found: Sequence[Found], column: str) -> Found | None:
        """The one record that a natural key finds, or None; several ask for a "Repère"."""
        found = self.not_told_apart(row, found)
        if len(found) > 1:
            row.refuse(column, "several_match", count=len(found))
        return found[0] if len(found) == 1 else None

    def not_told_apart(self, row: Row, found: Sequence[Found]) -> list[Found]:
        """Without the records of other rows of this file, where the row's own "Repère" says that it is another one."""
        if not row.says("id"):
            return list(found)
        rows = [(each, self._rows_of.get((type(each), each.id))) for each in found]
        return [each for each, theirs in rows if theirs is None or not theirs.says("id")]

    def settle(self, row: Row, pairs: Sequence[tuple[Record | None, Record]], label: str) -> None:
        """Give the row its fate. ``pairs``: what is stored (or None), and what the row makes of it."""
        if row.refusals:
            self._close(row, Fate.REFUSED, label)
            return
        for _, record in pairs:
            first = self._rows_of.get((type(record), record.id))
            if first is not None:
                row.refuse(row.main_column, "duplicate_row", first=first.number, second=row.number, sheet=first.sheet)
                self._close(row, Fate.REFUSED, label)
                return
        writes: list[Write] = []
        changes: list[FieldChange] = []
        for stored, record in pairs:
            self._rows_of[type(record), record.id] = row
            self._remember(record)
            differing = differences(stored, record) if stored is not None else ()
            changes.extend(differing)
            if stored is None or differing:
                writes.append(Write(record=record, new=stored is None))
        fate = Fate.NEW if any(write.new for write in writes) else Fate.CHANGED if writes else Fate.SAME
        self._close(row, fate, label, tuple(writes), tuple(changes))

    def _close(
        self, row: Row, fate: Fate, label: str, writes: tuple[Write, ...] = (), changes: tuple[FieldChange, ...] = ()
    ) -> None:
        self.fates.append(
            RowFate(
                sheet=row.sheet, row=row.number, fate=fate, label=label, writes=writes, changes=changes,
                refusals=tuple(row.refusals),
            )
        )  # fmt: skip

    def _remember(self, record: Record) -> None:
        if isinstance(record, Appointment):
            self.appointments[record.id] = record
        elif isinstance(record, Qualification):
            self.put_qualification(record)
        else:
            register: Register[Record] = getattr(self.registers, REGISTER_OF[type(record).__name__])
            register.put(record)


REGISTER_OF = {
    "Centre": "centres",
    "Neighbourhood": "neighbourhoods",
    "Course": "courses",
    "Equipment": "equipment",
    "Initiative": "initiatives",
    "Person": "people",
}


def differences(stored: Record, record: Record) -> tuple[FieldChange, ...]:
    """The fields in which a row says otherwise than what is stored."""
    pairs = (
        (each.name, getattr(stored, each.name), getattr(record, each.name))
        for each in fields(record)
        if each.name not in NEVER_TYPED
    )
    return tuple(FieldChange(field=name, before=old, after=new) for name, old, new in pairs if old != new)


def resolving(register: Register[NamedT], centre_id: str | None) -> Callable[[str], str]:
    """A resolver from a typed name to an id, for lists of names in a cell."""

    def resolve(typed: str) -> str:
        return register.resolve(typed, centre_id).id

    return resolve


def refuse_if_unknown(row: Row, column: str, resolve: Callable[[str], str], keep: str | None) -> str | None:
    """The id of the one thing that a cell names; ``keep`` where it is empty; the row is refused where it is unknown."""
    if not row.says(column):
        return keep
    if means(row.cell(column), "clear"):
        return None
    try:
        return resolve(row.text(column))
    except CellRefused as refused:
        row.refuse(column, refused.code, **refused.params)
        return keep
