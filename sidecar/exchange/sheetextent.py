"""How far a sheet reaches: the rectangle of cells with content, measured while its XML streams by.

XLSX: ECMA-376 part 1, section 18.3.1 (row, c). ODS: OpenDocument 1.3 part 3, section 9.1 (table:table-row and
table:table-cell with their repeat counts). A document type is refused: neither format has one.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Any
from xml.parsers import expat

CELL_NAME = re.compile(r"^([A-Z]{1,3})(\d{1,7})$")


class TooLarge(Exception):
    """More rows, columns, cells or text than a workbook of ours may hold."""


class ExtentScan(ABC):
    """Feeds on one part. ``cells``: how many have content; ``longest``: characters of the longest text."""

    def __init__(self, rows: int, columns: int, cells: int, characters: int) -> None:
        self.row_bound, self.column_bound, self.cell_bound = rows, columns, cells
        self.character_bound = characters
        self.cells = 0
        self.longest = 0
        self._text = 0
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, step: bytes) -> None:
        self._parser.Parse(step, False)

    def close(self) -> None:
        self._parser.Parse(b"", True)

    def reach(self, row: int, column: int, count: int = 1) -> None:
        """Cells with content end at ``row`` and ``column`` (from 1)."""
        self.cells += count
        if row > self.row_bound or column > self.column_bound or self.cells > self.cell_bound:
            raise TooLarge

    def _doctype(self, *_: Any) -> None:
        raise TooLarge

    @abstractmethod
    def _start(self, name: str, attributes: dict[str, str]) -> None: ...

    @abstractmethod
    def _end(self, name: str) -> None: ...

    def _characters(self, text: str) -> None:
        self._text += len(text)
        self.longest = max(self.longest, self._text)


class XlsxScan(ExtentScan):
    """Worksheets and shared strings of an XLSX: a cell counts when it holds a value, a text or a formula."""

    row = 0
    column = 0

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "row":
            self.row = _number(attributes.get("r"), self.row + 1)
            self.column = 0
        elif local == "c":
            found = CELL_NAME.match(attributes.get("r", ""))
            self.column = _column_number(found[1]) if found else self.column + 1
            self.row = int(found[2]) if found else self.row
        elif local in ("v", "is", "f"):
            self.reach(self.row, self.column)
            self._text = 0
        elif local == "si":
            self._text = 0

    def _end(self, name: str) -> None:
        if name.rpartition(":")[2] in ("si", "c"):
            self._text = 0


class OdsScan(ExtentScan):
    """The content of an ODS: repeat counts are what makes a small file large."""

    def __init__(self, rows: int, columns: int, cells: int, characters: int) -> None:
        super().__init__(rows, columns, cells, characters)
        self.row = self.repeat = self.column = 0
        self.span = 1
        self.filled = False
        self.filled_to = self.filled_cells = 0

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "table":
            self.row = 0
        elif local == "table-row":
            self.repeat = _number(attributes.get("table:number-rows-repeated"), 1)
            self.column = self.filled_to = self.filled_cells = 0
        elif local in ("table-cell", "covered-table-cell"):
            self.span = _number(attributes.get("table:number-columns-repeated"), 1)
            self.filled = any(key.rpartition(":")[2] in ("value-type", "formula") for key in attributes)
            self._text = 0
            self.longest = max(self.longest, *(len(value) for value in attributes.values()), 0)

    def _end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if local in ("table-cell", "covered-table-cell"):
            self.column += self.span
            if self.filled or self._text:
                self.filled_to = self.column
                self.filled_cells += self.span
            self._text = 0
        elif local == "table-row":
            self.row += self.repeat
            if self.filled_to:
                self.reach(self.row, self.filled_to, self.filled_cells * self.repeat)


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 12 else otherwise


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
