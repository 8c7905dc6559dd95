"""A workbook as a file: XLSX, ODS or a folder of CSV, complete or not at all.

Every text is written as text, so that none that begins like a formula is ever computed.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path

from sidecar.exchange.cells import CONTROL, as_text
from sidecar.exchange.delimited import write_csv
from sidecar.exchange.errors import WorkbookError
from sidecar.exchange.snapshot import Snapshot
from sidecar.exchange.tables import workbook_of
from sidecar.exchange.workbook import Value, Workbook

WIDEST, NARROWEST = 45, 9
LONGEST_TEXT = 32_767  # characters in a cell of XLSX, ECMA-376 part 1, section 18.3.1.96


class Format(StrEnum):
    XLSX = "xlsx"
    ODS = "ods"
    CSV = "csv"


def format_of(path: Path) -> Format:
    """The format that a file's name asks for; a name without ending is a folder of CSV. Raises ``WorkbookError``."""
    ending = path.suffix.lower().removeprefix(".")
    if ending in ("xlsx", "ods"):
        return Format(ending)
    if not ending or path.is_dir():
        return Format.CSV
    raise WorkbookError("workbook_format_unknown", file=path.name)


def export_workbook(snapshot: Snapshot, path: Path, fmt: Format | None = None) -> Workbook:
    """Write what is stored as a workbook that imports as "same" throughout. Raises ``WorkbookError``."""
    path = Path(path)
    workbook = workbook_of(snapshot, path.name)
    write_workbook(workbook, path, fmt)
    return workbook


def write_workbook(workbook: Workbook, path: Path, fmt: Format | None = None) -> None:
    """Write a workbook. What stood there before stays until the new file is complete. Raises ``WorkbookError``."""
    path = Path(path)
    chosen = fmt or format_of(path)
    for sheet in workbook.sheets:
        for number, row in enumerate(sheet.rows, start=1):
            if any(isinstance(value, str) and len(value) > LONGEST_TEXT for value in row):
                raise WorkbookError("workbook_text_too_long", sheet=sheet.name, row=number, characters=LONGEST_TEXT)
    try:
        with _beside(path) as work:
            WRITERS[chosen](workbook, work / path.name)
            _put(work / path.name, path)
    except OSError as error:
        raise WorkbookError("workbook_not_written", file=path.name, why=error.strerror or str(error)) from error


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A folder on the same disk, gone afterwards."""
    work = Path(tempfile.mkdtemp(prefix=".export-", dir=path.resolve().parent))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _put(made: Path, path: Path) -> None:
    if made.is_dir() and path.is_dir():
        # A folder may hold other people's files: ours are replaced one by one, each at once.
        for item in sorted(made.iterdir()):
            item.replace(path / item.name)
    elif made.is_dir() and path.exists():
        raise WorkbookError("workbook_not_a_folder", file=path.name)
    else:
        made.replace(path)


def _clean(text: str) -> str:
    return CONTROL.sub("", text)


def _widths(rows: tuple[tuple[Value, ...], ...]) -> list[int]:
    columns = max((len(row) for row in rows), default=0)
    longest = [max((len(as_text(row[i])) for row in rows if i < len(row)), default=0) for i in range(columns)]
    return [min(max(length + 2, NARROWEST), WIDEST) for length in longest]


def _write_csv(workbook: Workbook, path: Path) -> None:
    path.mkdir()
    for sheet in workbook.sheets:
        table = [[_clean(as_text(value)) for value in row] for row in sheet.rows]
        write_csv(path / f"{sheet.name}.csv", table)


def _write_xlsx(workbook: Workbook, path: Path) -> None:
    import openpyxl
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.utils.escape import escape

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for sheet in workbook.sheets:
        page = book.create_sheet(sheet.name)
        for number, row in enumerate(sheet.rows, start=1):
            for column, value in enumerate(row, start=1):
                if value is None:
                    continue
                cell = page.cell(number, column)
                if isinstance(value, str):
                    cell.value = escape(_clean(value))
                    cell.data_type = "s"
                    continue
                cell.value = value
                if isinstance(value, date) and not isinstance(value, datetime):
                    cell.number_format = "dd/mm/yyyy"
                elif isinstance(value, time):
                    cell.number_format = "hh:mm:ss" if value.second else "hh:mm"
        for cell in page[1]:
            cell.font = Font(bold=True)
        page.freeze_panes = "A2"
        for index, width in enumerate(_widths(sheet.rows), start=1):
            page.column_dimensions[get_column_letter(index)].width = width
    book.save(path)


def _write_ods(workbook: Workbook, path: Path) -> None:
    from odfdo import Cell, Column, Document, Row, Table

    document = Document("spreadsheet")
    body = document.body
    body.clear()
    for style in ODS_STYLES:
        document.insert_style(style, automatic=True)
    for width in range(NARROWEST, WIDEST + 1):
        document.insert_style(
            f'<style:style style:name="width-{width}" style:family="table-column"><style:table-column-properties '
            f'style:column-width="{width * CENTIMETRES_PER_CHARACTER:.2f}cm"/></style:style>',
            automatic=True,
        )
    for sheet in workbook.sheets:
        table = Table(sheet.name)
        for number, row in enumerate(sheet.rows):
            line = Row()
            for value in row:
                cell = Cell()
                if isinstance(value, str):
                    cell.set_value(_clean(value), cell_type="string")
                elif isinstance(value, time):
                    cell.set_value(timedelta(hours=value.hour, minutes=value.minute, seconds=value.second))
                elif value is not None:
                    cell.set_value(value)
                if number == 0:
                    cell.style = "heading"
                elif isinstance(value, time):
                    cell.style = "clock"
                elif isinstance(value, date):
                    cell.style = "day"
                line.append(cell)
            table.append(line)
        for width in reversed(_widths(sheet.rows)):
            table.insert(Column(style=f"width-{width}"), position=0)
        body.append(table)
    document.save(str(path))


ODS_STYLES = (
    """<number:date-style style:name="N-day"><number:day number:style="long"/><number:text>/</number:text>
    <number:month number:style="long"/><number:text>/</number:text><number:year number:style="long"/>
    </number:date-style>""",
    """<number:time-style style:name="N-clock"><number:hours number:style="long"/><number:text>:</number:text>
    <number:minutes number:style="long"/></number:time-style>""",
    """<style:style style:name="day" style:family="table-cell" style:data-style-name="N-day"/>""",
    """<style:style style:name="clock" style:family="table-cell" style:data-style-name="N-clock"/>""",
    """<style:style style:name="heading" style:family="table-cell">
    <style:text-properties fo:font-weight="bold"/></style:style>""",
)
CENTIMETRES_PER_CHARACTER = 0.2
WRITERS: dict[Format, Callable[[Workbook, Path], None]] = {
    Format.XLSX: _write_xlsx,
    Format.ODS: _write_ods,
    Format.CSV: _write_csv,
}
