"""A workbook as sheets of typed cells, read from XLSX, ODS, CSV or a folder of CSV, after its bounds were checked.

Macros are never run and formulas never computed: the values that the file holds are read, nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import python_calamine

from sidecar.exchange.delimited import read_csv
from sidecar.exchange.errors import WorkbookError
from sidecar.exchange.zipguard import Bounds, check_zip

Value = str | int | float | bool | date | datetime | time | timedelta | None

OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One sheet: its name as typed, and its rows. ``rows[0]`` is row 1 of the spreadsheet, also when it is empty."""

    name: str
    rows: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Workbook:
    """Sheets in their order. ``macros``: the file carries macros, which are left unread."""

    name: str
    sheets: tuple[Sheet, ...]
    macros: bool = False


def read_workbook(path: Path, bounds: Bounds | None = None) -> Workbook:
    """Read a spreadsheet, or refuse it in plain words. Raises ``WorkbookError``; changes nothing."""
    bounds = bounds or Bounds()
    path = Path(path)
    try:
        if path.is_dir():
            return _read_folder(path, bounds)
        _check_size(path, bounds)
        if path.suffix.lower() in (".csv", ".tsv", ".txt"):
            return Workbook(name=path.name, sheets=(_csv_sheet(path, bounds),))
        return _read_zipped(path, bounds)
    except OSError as error:
        reason = "workbook_absent" if isinstance(error, FileNotFoundError) else "workbook_unreadable"
        raise WorkbookError(reason, file=path.name, why=error.strerror or "") from error


def _check_size(path: Path, bounds: Bounds) -> None:
    size = path.stat().st_size
    if size > bounds.file_bytes:
        raise WorkbookError("workbook_too_big", file=path.name, megabytes=bounds.file_bytes // 1_000_000)
    if size == 0:
        raise WorkbookError("workbook_empty", file=path.name)


def _csv_sheet(path: Path, bounds: Bounds) -> Sheet:
    return Sheet(name=path.stem, rows=read_csv(path, rows=bounds.rows, columns=bounds.columns))


def _read_folder(path: Path, bounds: Bounds) -> Workbook:
    files = sorted(item for item in path.iterdir() if item.suffix.lower() in (".csv", ".tsv") and item.is_file())
    if not files:
        raise WorkbookError("workbook_folder_without_csv", file=path.name)
    if len(files) > bounds.sheets:
        raise WorkbookError("workbook_too_many_sheets", file=path.name, sheets=bounds.sheets)
    left = bounds.file_bytes
    for item in files:
        left -= item.stat().st_size
    if left < 0:
        raise WorkbookError("workbook_too_big", file=path.name, megabytes=bounds.file_bytes // 1_000_000)
    filled = [item for item in files if item.stat().st_size]
    return Workbook(name=path.name, sheets=tuple(_csv_sheet(item, bounds) for item in filled))


def _read_zipped(path: Path, bounds: Bounds) -> Workbook:
    with path.open("rb") as file:
        head = file.read(8)
        if head == OLE_MAGIC:
            # Excel wraps a protected XLSX into the container that the old .xls had (MS-OFFCRYPTO section 2.3.4.4).
            file.seek(0)
            encrypted = ENCRYPTED_STREAM in file.read(bounds.file_bytes)
            raise WorkbookError("workbook_encrypted" if encrypted else "workbook_legacy_xls", file=path.name)
    if not head.startswith(b"PK"):
        raise WorkbookError("workbook_not_a_spreadsheet", file=path.name)
    parts = check_zip(path, bounds)
    if "xl/workbook.xml" not in parts and "content.xml" not in parts:
        raise WorkbookError("workbook_not_a_spreadsheet", file=path.name)
    macros = any(part.endswith("vbaProject.bin") or part.startswith(("Basic/", "Scripts/")) for part in parts)
    try:
        sheets = _sheets(path, bounds)
    except (python_calamine.CalamineError, ValueError) as error:
        raise WorkbookError("workbook_damaged", part=path.name) from error
    return Workbook(name=path.name, sheets=sheets, macros=macros)


def _sheets(path: Path, bounds: Bounds) -> tuple[Sheet, ...]:
    with python_calamine.CalamineWorkbook.from_path(path) as book:
        names: Sequence[str] = book.sheet_names
        if len(names) > bounds.sheets:
            raise WorkbookError("workbook_too_many_sheets", file=path.name, sheets=bounds.sheets)
        return tuple(
            Sheet(name=name, rows=tuple(map(tuple, book.get_sheet_by_name(name).to_python(skip_empty_area=False))))
            for name in names
        )
