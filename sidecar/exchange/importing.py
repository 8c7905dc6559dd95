"""A workbook and what is stored make a plan: pure, nothing is read or written here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sidecar.exchange.cells import is_empty
from sidecar.exchange.dates import appointment_row
from sidecar.exchange.desk import Desk
from sidecar.exchange.errors import WorkbookError
from sidecar.exchange.persons import person_row, qualification_row
from sidecar.exchange.plan import Fate, IgnoredColumn, ImportPlan, RowFate
from sidecar.exchange.rows import Refusal, Row
from sidecar.exchange.snapshot import Snapshot
from sidecar.exchange.territory import centre_row, course_row, equipment_row, initiative_row, neighbourhood_row
from sidecar.exchange.vocabulary import SheetKind, columns_in, find_headings, heading, sheet_kind, sheet_name
from sidecar.exchange.workbook import Sheet, Workbook

READERS: dict[SheetKind, Callable[[Desk, Row], None]] = {
    SheetKind.CENTRES: centre_row,
    SheetKind.NEIGHBOURHOODS: neighbourhood_row,
    SheetKind.COURSES: course_row,
    SheetKind.EQUIPMENT: equipment_row,
    SheetKind.INITIATIVES: initiative_row,
    SheetKind.PEOPLE: person_row,
    SheetKind.QUALIFICATIONS: qualification_row,
    SheetKind.OUTINGS: appointment_row,
    SheetKind.SUPERVISION: appointment_row,
    SheetKind.TRAINING: appointment_row,
    SheetKind.MEETINGS: appointment_row,
}
# Without these columns no row of the sheet can be understood. One of each group is enough.
NEEDED: dict[SheetKind, tuple[tuple[str, ...], ...]] = {
    SheetKind.CENTRES: (("name",),),
    SheetKind.NEIGHBOURHOODS: (("name",),),
    SheetKind.COURSES: (("name",),),
    SheetKind.EQUIPMENT: (("name",),),
    SheetKind.INITIATIVES: (("name",),),
    SheetKind.PEOPLE: (("family_name", "given_name", "organisation"),),
    SheetKind.QUALIFICATIONS: (("person",), ("courses",), ("since",)),
    SheetKind.OUTINGS: (("initiative", "id"), ("date", "id")),
    SheetKind.SUPERVISION: (("date", "id"),),
    SheetKind.TRAINING: (("date", "id"),),
    SheetKind.MEETINGS: (("date", "id"),),
}


def plan_import(
    workbook: Workbook,
    snapshot: Snapshot,
    *,
    now: datetime,
    new_id: Callable[[], str],
    required: tuple[SheetKind, ...] = (),
) -> ImportPlan:
    """What an import would do with every row. ``now`` (aware) tells what is past; ``new_id`` gives ids of new records.

    Raises ``WorkbookError``: workbook_without_known_sheet, workbook_sheet_missing (one of ``required``).
    """
    desk = Desk(snapshot, now, new_id)
    kinds = [(sheet_kind(sheet.name), sheet) for sheet in workbook.sheets]
    known = {kind for kind, _ in kinds if kind is not None}
    if not known:
        expected = tuple(sheet_name(kind) for kind in SheetKind)
        raise WorkbookError("workbook_without_known_sheet", file=workbook.name, expected=expected)
    missing = tuple(sheet_name(kind) for kind in required if kind not in known)
    if missing:
        raise WorkbookError("workbook_sheet_missing", file=workbook.name, sheets=missing)
    ignored: list[IgnoredColumn] = []
    for kind in SheetKind:
        for found, sheet in kinds:
            if found is kind:
                ignored.extend(_read_sheet(desk, kind, sheet))
    return ImportPlan(
        rows=tuple(desk.fates),
        ignored_columns=tuple(ignored),
        ignored_sheets=tuple(sheet.name for kind, sheet in kinds if kind is None),
        to_publish=tuple(desk.to_publish),
        macros=workbook.macros,
    )


def _read_sheet(desk: Desk, kind: SheetKind, sheet: Sheet) -> list[IgnoredColumn]:
    filled = [index for index, row in enumerate(sheet.rows) if not all(map(is_empty, row))]
    if not filled:
        return []
    top = find_headings(kind, sheet)
    columns, unknown = columns_in(kind, sheet.rows[top]) if top is not None else ({}, ())
    lacking = [group for group in NEEDED[kind] if not any(column in columns for column in group)]
    if lacking or top is None:
        at = (top if top is not None else filled[0]) + 1
        desk.fates.append(
            RowFate(sheet=sheet.name, row=at, fate=Fate.REFUSED, refusals=tuple(
                Refusal(sheet=sheet.name, row=at, column=heading(kind, group[0]), code="column_missing", params={})
                for group in lacking
            ))
        )  # fmt: skip
        return []
    for index in filled:
        if index > top:
            READERS[kind](desk, Row(kind, sheet.name, index + 1, sheet.rows[index], columns, sheet.rows[top]))
    return [IgnoredColumn(sheet=sheet.name, heading=typed) for typed in unknown]
