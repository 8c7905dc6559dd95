"""What an import would do, row by row, before anything is done."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from sidecar.exchange.errors import ImportRefused
from sidecar.exchange.rows import Refusal
from sidecar.exchange.snapshot import Record, Shelves, shelf_for


class Fate(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class FieldChange:
    """One field of a stored record that the row says otherwise."""

    field: str
    before: object
    after: object


@dataclass(frozen=True, kw_only=True)
class Write:
    """A record to store: added when ``new``, else saved over its older version."""

    record: Record
    new: bool


@dataclass(frozen=True, kw_only=True)
class RowFate:
    """What becomes of one row. ``sheet`` as typed, ``row`` from 1; ``label`` names what the row is about."""

    sheet: str
    row: int
    fate: Fate
    label: str = ""
    writes: tuple[Write, ...] = ()
    changes: tuple[FieldChange, ...] = ()
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, kw_only=True)
class IgnoredColumn:
    sheet: str
    heading: str


@dataclass(frozen=True, kw_only=True)
class ImportPlan:
    """The fate of every row, in the order in which records are written.

    ``to_publish``: ids of the drafts whose row asks for publishing; an import never publishes by itself.
    ``macros``: the file carries macros, which were not read.
    """

    rows: tuple[RowFate, ...]
    ignored_columns: tuple[IgnoredColumn, ...] = ()
    ignored_sheets: tuple[str, ...] = ()
    to_publish: tuple[str, ...] = ()
    macros: bool = False

    def with_fate(self, fate: Fate) -> tuple[RowFate, ...]:
        return tuple(row for row in self.rows if row.fate is fate)

    @property
    def refused(self) -> tuple[RowFate, ...]:
        return self.with_fate(Fate.REFUSED)

    @property
    def counts(self) -> dict[Fate, int]:
        counted = Counter(row.fate for row in self.rows)
        return {fate: counted[fate] for fate in Fate}


def apply_import(plan: ImportPlan, shelves: Shelves, *, partial: bool = False) -> int:
    """Store what the plan says within the caller's transaction; the number of records written.

    With refused rows nothing is written and ``ImportRefused`` is raised, unless ``partial`` leaves those out.
    """
    if plan.refused and not partial:
        raise ImportRefused("import_refused_rows", count=len(plan.refused))
    written = 0
    for row in plan.rows:
        for write in row.writes:
            shelf = shelf_for(write.record, shelves)
            if write.new:
                shelf.add(write.record)
            else:
                shelf.save(write.record)
            written += 1
    return written
