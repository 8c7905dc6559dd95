"""Sample rotas as workbooks, moved to the weeks in which somebody tries them out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from importlib import resources

from sidecar.domain.errors import DomainError
from sidecar.exchange.workbook import Sheet, Value, Workbook, read_workbook

BASE_MONDAY = date(2026, 3, 2)
"""The first day of the twelve weeks as the workbooks have them."""

HISTORY_ENDS = date(2020, 1, 1)
"""What lies before is history with a date of its own (the seminar of 17 October 2019) and is not moved."""

SAMPLES: tuple[str, ...] = ("rennes",)


class SampleError(DomainError):
    """No such sample, or a first day that is no Monday. Sentence: ``error.<code>``."""


def load_sample(name: str, start: date) -> Workbook:
    """The sample's workbook with its first week beginning on ``start``; hours on the clock stay as they are.

    Raises ``SampleError``: sample_unknown, sample_not_a_monday.
    """
    if name not in SAMPLES:
        raise SampleError("sample_unknown", name=name, names=SAMPLES)
    if start.weekday():
        monday = start + timedelta(days=7 - start.weekday())
        raise SampleError("sample_not_a_monday", day=f"{start:%d/%m/%Y}", monday=f"{monday:%d/%m/%Y}")
    with resources.as_file(resources.files(__name__).joinpath(f"{name}.ods")) as path:
        workbook = read_workbook(path)
    by = start - BASE_MONDAY
    return replace(workbook, sheets=tuple(_moved(sheet, by) for sheet in workbook.sheets))


def _moved(sheet: Sheet, by: timedelta) -> Sheet:
    return replace(sheet, rows=tuple(tuple(_later(value, by) for value in row) for row in sheet.rows))


def _later(value: Value, by: timedelta) -> Value:
    if isinstance(value, date) and not isinstance(value, datetime) and value >= HISTORY_ENDS:
        return value + by
    return value
