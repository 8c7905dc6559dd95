"""A workbook that somebody sends us: what importing it would do, and doing it. Nothing of the file is kept.

Between the look and the import the file stays with whoever sent it, so that any process can carry on.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from sidecar.bootstrap import Application
from sidecar.domain.audit import Origin
from sidecar.domain.errors import DomainError
from sidecar.exchange import (
    ImportPlan,
    Snapshot,
    Workbook,
    WorkbookError,
    apply_import,
    export_workbook,
    plan_import,
    read_workbook,
)
from sidecar.exchange.zipguard import Bounds

MOST_BYTES = 4_000_000
"""The largest workbook that is taken over HTTP; the command line takes larger ones."""
_UNWELCOME = re.compile(r"[^\w .()-]+")


def read_sent(name: str, content: bytes) -> Workbook:
    """The sheets of a file that was sent under that name. Raises WorkbookError."""
    with TemporaryDirectory(prefix="hors-les-murs-") as folder:
        path = Path(folder) / _tame(name)
        if len(content) > MOST_BYTES:
            raise WorkbookError("workbook_too_big", file=path.name, megabytes=MOST_BYTES // 1_000_000)
        path.write_bytes(content)
        return read_workbook(path, Bounds(file_bytes=MOST_BYTES))


def empty_workbook(name: str) -> bytes:
    """A workbook with every sheet and heading that an import knows, and nobody in it. Raises WorkbookError."""
    with TemporaryDirectory(prefix="hors-les-murs-") as folder:
        path = Path(folder) / name
        export_workbook(Snapshot(), path)
        return path.read_bytes()


def _tame(name: str) -> str:
    """A name as a file of ours may have it: its ending tells a kind of file, its beginning a sheet."""
    last = name.replace("\\", "/").rpartition("/")[2]
    stem, dot, ending = _UNWELCOME.sub("_", last).rpartition(".")
    return f"{(stem if dot else ending).strip(' .')[:50] or 'classeur'}{dot}{ending[:8] if dot else ''}"


def look(app: Application, workbook: Workbook) -> ImportPlan:
    """What an import would do; writes nothing. Raises WorkbookError."""
    with app.storage.unit(write=False) as uow:
        return plan_import(workbook, Snapshot.of(uow), now=app.now(), new_id=app.new_id)


def mark_of(plan: ImportPlan) -> str:
    """The same for two plans that would do the same, as far as people are shown it."""
    rows = [[r.sheet, r.row, r.fate, r.label, [c.field for c in r.changes], [x.code for x in r.refusals]] for r in plan.rows]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def carry_out(app: Application, workbook: Workbook, *, mark: str, partial: bool, actor: str) -> ImportPlan:
    """Import what was shown: all of it or nothing, without the refused rows where ``partial``.

    Raises DomainError("import_changed") where it would do something else now, ImportRefused, WorkbookError.
    """
    with app.storage.unit(actor=actor, origin=Origin.IMPORT) as uow:
        plan = plan_import(workbook, Snapshot.of(uow), now=app.now(), new_id=app.new_id)
        if mark_of(plan) != mark:
            raise DomainError("import_changed")
        apply_import(plan, uow, partial=partial)
    return plan
