"""What a sweep of many centres asks for, of servers and of the database: as much for each centre, however many there are."""

from __future__ import annotations

import cProfile
import pstats
from pathlib import Path
from typing import Any

import pytest

from sidecar.services.keeping import Keeper
from sidecar.services.syncing import Syncer
from tests.bench.fleet import fleet
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


@pytest.mark.system
@pytest.mark.slow
def test_a_change_takes_as_much_of_our_work_however_many_centres_there_are(
    tmp_path: Path, cluster: postgres.Cluster
) -> None:
    """Function calls in place of seconds: a loop over all centres, or over all their names, would show."""
    few, many = (_calls(tmp_path / str(n), cluster.url(cluster.create()), n) for n in (FEW, MANY))
    assert many == pytest.approx(few, rel=0.01)


def _calls(folder: Path, database: str, centres: int) -> float:
    """What passes of four centres take, in two of which something changed here, in two of which there."""
    with fleet(folder, database, centres, centres) as here:
        keeper = Keeper(here.application)
        for _ in range(2):
            keeper.once()
        here.change_here(range(3), 15)
        here.change_there(range(3, 6))
        syncer = Syncer(here.application)
        for warm in (0, 3):
            assert syncer.sync(here.spaces[warm]).ok
        profile = cProfile.Profile()
        for number in (1, 2, 4, 5):
            report = profile.runcall(syncer.sync, here.spaces[number])
            assert (report.ok, report.quiet) == (True, False)
        return float(pstats.Stats(profile).total_calls)


def _each(rows: dict[str, dict[str, Any]], sweep: str, what: str, centres: int) -> float:
    return float(rows[sweep][what] / centres)
