"""One row of a sheet, read column by column: what is empty stays as stored, what cannot be understood is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sidecar.exchange.cells import as_list, as_text, canonical, is_empty
from sidecar.exchange.errors import CellRefused
from sidecar.exchange.vocabulary import SheetKind, heading, means
from sidecar.exchange.workbook import Value

Taken = TypeVar("Taken")


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a row cannot be taken. ``row`` counts from 1, ``column`` is the heading as typed.

    Sentence: ``import.refused.<code>`` with ``params``.
    """

    sheet: str
    row: int
    column: str
    code: str
    params: Mapping[str, object]


class Row:
    """The cells of one row by column name. Refusals gather in ``refusals`` so that a row tells all at once."""

    def __init__(
        self, kind: SheetKind, sheet: str, number: int, cells: Sequence[Value], columns: Mapping[str, int],
        headings: Sequence[Value],
    ) -> None:  # fmt: skip
        self.kind, self.sheet, self.number = kind, sheet, number
        self.columns = columns
        self._cells, self._headings = cells, headings
        self.refusals: list[Refusal] = []

    @property
    def main_column(self) -> str:
        """What a refusal of the whole row points at: its first cell with something in it."""
        return next((column for column in sorted(self.columns, key=self.columns.__getitem__) if self.says(column)), "id")

    def cell(self, column: str) -> Value:
        index = self.columns.get(column)
        return self._cells[index] if index is not None and index < len(self._cells) else None

    def says(self, column: str) -> bool:
        """Whether somebody wrote something there."""
        return not is_empty(self.cell(column))

    def refuse(self, column: str, code: str, **params: object) -> None:
        index = self.columns.get(column)
        typed = as_text(self._headings[index]) if index is not None else heading(self.kind, column)
        self.refusals.append(Refusal(sheet=self.sheet, row=self.number, column=typed, code=code, params=params))

    def take(self, column: str, read: Callable[[Value], Taken], keep: Taken, cleared: Taken | None = None) -> Taken:
        """The cell's value; ``keep`` where it is empty or refused; ``cleared`` where it says "(vide)".

        ``cleared`` None means: what stands there cannot be cleared unless ``keep`` may be None itself.
        """
        value = self.cell(column)
        if is_empty(value):
            return keep
        if means(value, "clear"):
            return cleared  # type: ignore[return-value]
        try:
            return read(value)
        except CellRefused as refused:
            self.refuse(column, refused.code, **refused.params)
            return keep

    def text(self, column: str, keep: str = "") -> str:
        """The cell's text; ``keep`` itself where both say the same."""
        taken = self.take(column, as_text, keep, "")
        return keep if canonical(taken) == canonical(keep) else taken

    def required_text(self, column: str, keep: str = "") -> str:
        taken = self.text(column, keep)
        if not taken:
            self.refuse(column, "cell_missing")
        return taken

    def texts(self, column: str, keep: tuple[str, ...] = ()) -> tuple[str, ...]:
        taken = self.take(column, as_list, keep, ())
        return keep if tuple(map(canonical, taken)) == tuple(map(canonical, keep)) else taken

    def references(self, column: str, resolve: Callable[[str], Taken], keep: tuple[Taken, ...]) -> tuple[Taken, ...]:
        """Each name of the cell resolved; every unknown one is refused by itself."""
        if not self.says(column):
            return keep
        if means(self.cell(column), "clear"):
            return ()
        found: list[Taken] = []
        for name in as_list(self.cell(column)):
            try:
                found.append(resolve(name))
            except CellRefused as refused:
                self.refuse(column, refused.code, **refused.params)
        return tuple(dict.fromkeys(found))
