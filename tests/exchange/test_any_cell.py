"""Whatever stands in whatever cell: a plan comes out, and every row that is not taken says why."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.exchange.plan import Fate, apply_import
from sidecar.exchange.vocabulary import SheetKind, columns_of, heading, sheet_name
from sidecar.exchange.workbook import Value
from tests.exchange.builders import furnished, sheet

LIKELY: list[Value] = [
    None, "", "(vide)", "x", "non", "Awa Diopsy", "yann le goffic; awa@example.org", "Café du facteur", "café",
    "Centre social Maurepas", "Centre social Maurepas; Centre social Cleunay", "3/3/26", "3/3/25", "31/02/2026",
    date(2026, 3, 3), datetime(2026, 3, 3, 9, 30),  # noqa: DTZ001 - cells of spreadsheets know no zone
    time(9, 30), "9h30", "25h", "22h", "1h", "2:30", 0.5, 3.0, "2 h", timedelta(hours=2), "brouillon", "à publier",
    "annulée", "terminée", "bénévole", "marché", "aucune", "par défaut", "nouveau", "n1", "n6", "n7", ";", "'", True,
    "29/03/2026", "25/10/2026", "48.1, -1.6", "=1+1", "menée par les habitants",
]  # fmt: skip


@st.composite
def row_of(draw: st.DrawFn) -> tuple[SheetKind, list[str], list[list[Value]]]:
    kind = draw(st.sampled_from(SheetKind))
    columns = draw(st.lists(st.sampled_from(sorted(columns_of(kind))), min_size=1, unique=True))
    cell = st.one_of(st.sampled_from(LIKELY), st.text(max_size=12), st.floats(allow_nan=False))
    rows = draw(st.lists(st.lists(cell, min_size=len(columns), max_size=len(columns)), min_size=1, max_size=3))
    return kind, columns, rows


@settings(max_examples=300, deadline=None)
@given(row_of())
def test_no_row_breaks_the_plan_and_what_is_taken_is_the_same_the_second_time(
    drawn: tuple[SheetKind, list[str], list[list[Value]]],
) -> None:
    kind, columns, rows = drawn
    drawers = furnished()
    page = sheet(sheet_name(kind), [heading(kind, column) for column in columns], *rows)
    plan = drawers.plan(page)
    for row in plan.rows:
        assert (row.fate is Fate.REFUSED) == bool(row.refusals)
        assert bool(row.writes) == (row.fate in (Fate.NEW, Fate.CHANGED))
    apply_import(plan, drawers, partial=True)
    if len(rows) == 1 and not plan.refused and "id" not in columns:
        again = drawers.plan(page)
        assert [(row.fate, row.changes, row.refusals) for row in again.rows] == [(Fate.SAME, (), ()) for _ in again.rows]
