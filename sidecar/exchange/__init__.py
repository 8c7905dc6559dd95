"""Spreadsheets in and out: a workbook becomes a plan that says each row's fate, records become a workbook."""

from sidecar.exchange.errors import ImportRefused, WorkbookError
from sidecar.exchange.importing import plan_import
from sidecar.exchange.plan import Fate, ImportPlan, RowFate, apply_import
from sidecar.exchange.snapshot import Snapshot
from sidecar.exchange.workbook import Workbook, read_workbook
from sidecar.exchange.writing import export_workbook

__all__ = [
    "Fate",
    "ImportPlan",
    "ImportRefused",
    "RowFate",
    "Snapshot",
    "Workbook",
    "WorkbookError",
    "apply_import",
    "export_workbook",
    "plan_import",
    "read_workbook",
]
