"""``import`` and ``export``: the workbook in and out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from sidecar.cli.help import told_help
from sidecar.cli.session import WAITS_FOR_A_PERSON, Session, emit, json_option, new_session, told
from sidecar.domain.audit import Origin
from sidecar.exchange import (
    Fate,
    ImportPlan,
    RowFate,
    Snapshot,
    apply_import,
    export_workbook,
    plan_import,
    read_workbook,
)


@click.command("import", help=told_help("import"))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", "dry", is_flag=True, help=told_help("import_dry"))
@click.option("--skip-refused", is_flag=True, help=told_help("import_skip"))
@click.option("--all", "every", is_flag=True, help=told_help("import_all"))
@json_option
@told
def import_command(file: Path, dry: bool, skip_refused: bool, every: bool, as_json: bool) -> None:
    session = new_session()
    app = session.application
    workbook = read_workbook(file)
    with app.storage.unit(actor=session.actor, origin=Origin.IMPORT, write=not dry) as uow:
        plan = plan_import(workbook, Snapshot.of(uow), now=app.now(), new_id=app.new_id)
        may_write = not dry and (skip_refused or not plan.refused)
        if may_write:
            apply_import(plan, uow, partial=skip_refused)
    if as_json:
        emit({"dry": dry, "written": may_write, **_as_json(session, plan)})
    else:
        _tell(session, plan, every=every, written=may_write, dry=dry)
    if plan.refused:
        sys.exit(WAITS_FOR_A_PERSON)


def _refusals(session: Session, row: RowFate) -> list[dict[str, Any]]:
    return [
        {
            "sheet": r.sheet,
            "row": r.row,
            "column": r.column,
            "why": session.words(f"import.refused.{r.code}", **dict(r.params)),
        }
        for r in row.refusals
    ]


def _as_json(session: Session, plan: ImportPlan) -> dict[str, Any]:
    return {
        "counts": {fate: plan.counts.get(fate, 0) for fate in Fate},
        "to_publish": list(plan.to_publish),
        "ignored_columns": [{"sheet": c.sheet, "heading": c.heading} for c in plan.ignored_columns],
        "ignored_sheets": list(plan.ignored_sheets),
        "rows": [
            {
                "sheet": row.sheet,
                "row": row.row,
                "fate": row.fate,
                "label": row.label,
                "changes": [{"field": c.field, "from": c.before, "to": c.after} for c in row.changes],
                "refusals": _refusals(session, row),
            }
            for row in plan.rows
        ],
    }


def _tell(session: Session, plan: ImportPlan, *, every: bool, written: bool, dry: bool) -> None:
    for row in plan.rows:
        for refusal in _refusals(session, row):
            session.say("row_refused", **refusal)
        if row.fate is Fate.REFUSED or (row.fate is Fate.SAME and not every) or not (dry or every):
            continue
        session.say(f"row.{row.fate}", sheet=row.sheet, row=row.row, label=row.label)
    for column in plan.ignored_columns:
        session.say("column_ignored", sheet=column.sheet, heading=column.heading)
    for sheet in plan.ignored_sheets:
        session.say("sheet_ignored", sheet=sheet)
    if plan.macros:
        session.say("macros_ignored")
    session.say("import_counts", **{fate: plan.counts.get(fate, 0) for fate in Fate})
    if plan.to_publish:
        session.say("import_to_publish", count=len(plan.to_publish))
    session.say("import_written" if written else "import_dry" if dry else "import_refused")


@click.command("export", help=told_help("export"))
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@told
def export_command(file: Path, as_json: bool) -> None:
    session = new_session()
    with session.application.storage.unit(write=False) as uow:
        snapshot = Snapshot.of(uow)
    export_workbook(snapshot, file)
    if as_json:
        emit({"file": str(file)})
    else:
        session.say("exported", file=str(file))
