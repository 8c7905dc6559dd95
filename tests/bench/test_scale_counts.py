"""What a sweep of many centres asks for, of servers and of the database: as much for each centre, however many there are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.bench.scale import measure
from tests.storage import postgres
from tests.storage.conftest import cluster as cluster  # the fixture

FEW, MANY = 10, 40


@pytest.mark.system
@pytest.mark.slow
def test_a_sweep_costs_each_centre_the_same_however_many_there_are(tmp_path: Path, cluster: postgres.Cluster) -> None:
    few, many = (
        {row["sweep"].lstrip("0123456789 "): row for row in measure(tmp_path / str(n), cluster.url(cluster.create()), n, n)}
        for n in (FEW, MANY)
    )
    for sweep in ("nothing changed", "nothing changed again"):
        # One PROPFIND shows all four collections.
        assert (few[sweep]["requests"], many[sweep]["requests"]) == (FEW, MANY)
        assert set(many[sweep]["methods"]) == {"PROPFIND"}
    for sweep in ("first sweep, all written", "nothing changed", "changes", "nothing changed again"):
        assert many[sweep]["transactions"] / MANY == pytest.approx(few[sweep]["transactions"] / FEW, rel=0.1)
        assert _each(many, sweep, "statements", MANY) <= 1.1 * _each(few, sweep, "statements", FEW)
        assert _each(many, sweep, "requests", MANY) <= 1.1 * _each(few, sweep, "requests", FEW)
        # Nobody reads what belongs to all centres at each pass.
        assert _each(many, sweep, "rows", MANY) <= 1.1 * _each(few, sweep, "rows", FEW)
    # What was changed on either side came to the other.
    assert many["changes"]["methods"]["PUT"] >= MANY * 0.4
    assert many["nothing changed"]["statements"] <= 20 * MANY


def _each(rows: dict[str, dict[str, Any]], sweep: str, what: str, centres: int) -> float:
    return float(rows[sweep][what] / centres)
