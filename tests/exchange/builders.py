"""Sheets, shelves and plans for tests of workbooks."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sidecar.exchange.importing import plan_import
from sidecar.exchange.plan import ImportPlan, RowFate, apply_import
from sidecar.exchange.snapshot import Snapshot
from sidecar.exchange.workbook import Sheet, Value, Workbook

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def sheet(name: str, *rows: Iterable[Value]) -> Sheet:
    return Sheet(name=name, rows=tuple(map(tuple, rows)))


def book(*sheets: Sheet) -> Workbook:
    return Workbook(name="essai.ods", sheets=sheets)


class Drawer(dict[str, Any]):
    """A repository in memory."""

    def all(self) -> list[Any]:
        return list(self.values())

    def add(self, record: Any) -> Any:
        assert record.id not in self, f"{record.id} is there already"
        self[record.id] = record
        return record

    def save(self, record: Any) -> Any:
        assert record.id in self, f"{record.id} is not there"
        self[record.id] = record
        return record


class Drawers:
    """A unit of work in memory, as far as imports know one."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self.centres, self.neighbourhoods, self.courses, self.equipment = Drawer(), Drawer(), Drawer(), Drawer()
        self.initiatives, self.people, self.qualifications, self.appointments = Drawer(), Drawer(), Drawer(), Drawer()

    def new_id(self) -> str:
        return f"n{next(self._ids)}"

    @property
    def snapshot(self) -> Snapshot:
        return Snapshot.of(self)

    def plan(self, *sheets: Sheet, now: datetime = NOW) -> ImportPlan:
        return plan_import(book(*sheets), self.snapshot, now=now, new_id=self.new_id)

    def take(self, *sheets: Sheet, now: datetime = NOW) -> ImportPlan:
        plan = self.plan(*sheets, now=now)
        assert not plan.refused, plan.refused
        apply_import(plan, self)
        return plan


CENTRES = sheet("Centres", ["Centre"], ["Centre social Maurepas"], ["Centre social Cleunay"])
PEOPLE = sheet(
    "Personnes",
    ["Prénom", "Nom", "Statut", "Centres", "Mail"],
    ["Awa", "Diopsy", "bénévole", "Centre social Maurepas", "awa@example.org"],
    ["Yann", "Le Goffic", "Salarié", "centre social maurepas; Centre social Cleunay", None],
)
ACTIONS = sheet(
    "Actions",
    ["Centre", "Action", "Lieu", "Type de lieu", "Heure habituelle", "Durée habituelle"],
    ["Centre social Maurepas", "Café du facteur", "Dalle", "espace public", "9h30", "2 h"],
)


def furnished() -> Drawers:
    drawers = Drawers()
    drawers.take(CENTRES, PEOPLE, ACTIONS)
    return drawers


def outings(*rows: Iterable[Value], headings: Iterable[Value] = ("Action", "Date", "Début", "Équipe", "État")) -> Sheet:
    return sheet("Sorties", headings, *rows)


def only(plan: ImportPlan) -> RowFate:
    assert len(plan.rows) == 1, plan.rows
    return plan.rows[0]


def codes(fate: RowFate) -> list[str]:
    return [refusal.code for refusal in fate.refusals]
