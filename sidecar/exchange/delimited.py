"""CSV as offices write it: UTF-8 with or without mark, UTF-16 with mark, else Windows-1252; ``;``, ``,`` or tab.

A text that a spreadsheet would take for a formula is written behind an apostrophe, and read back without it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from sidecar.exchange.errors import WorkbookError

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "'")
DELIMITERS = (";", ",", "\t")


def guarded(text: str) -> str:
    """The text as a CSV cell that no spreadsheet computes."""
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def unguarded(text: str) -> str:
    """What ``guarded`` was given; other texts as they are."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text


def decoded(raw: bytes, name: str) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    elif b"\0" in raw:
        raise WorkbookError("workbook_not_a_spreadsheet", file=name)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise WorkbookError("workbook_not_a_spreadsheet", file=name)


def delimiter_of(text: str) -> str:
    """The separator of the first line that holds one outside quotes; ``;`` when none does."""
    for line in text.splitlines()[:20]:
        bare = "".join(line.split('"')[::2])
        best = max(DELIMITERS, key=bare.count)
        if bare.count(best):
            return best
    return ";"


def read_csv(path: Path, *, rows: int, columns: int) -> tuple[tuple[str, ...], ...]:
    """The cells of one file; row numbers are those of a spreadsheet. Raises ``WorkbookError``."""
    text = decoded(path.read_bytes(), path.name)
    table: list[tuple[str, ...]] = []
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text), strict=True):
            table.append(tuple(unguarded(cell) for cell in cells))
            if len(table) > rows or len(cells) > columns:
                raise WorkbookError("workbook_too_wide", file=path.name, rows=rows, columns=columns, part=path.name)
    except csv.Error as error:
        raise WorkbookError("workbook_damaged", part=path.name) from error
    return tuple(table)


def write_csv(path: Path, table: Iterable[Sequence[str]]) -> None:
    """UTF-8 with mark and ``;``, which French spreadsheets open with a double click."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";", lineterminator="\r\n").writerows(
            [guarded(cell) for cell in cells] for cells in table
        )
