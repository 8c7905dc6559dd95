"""A board, calendar apps and a bad network act at random; once it is quiet both sides agree and nothing was lost.

The same histories each time; a failure prints its steps. ``make soak`` runs many more (``tests.stateful.soak``).
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.invariants import SyncMachine

HISTORIES, STEPS = 90, 25


@pytest.mark.slow
def test_whatever_happens_both_sides_agree_and_nothing_is_lost() -> None:
    run_state_machine_as_test(
        SyncMachine,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            database=None,
            # The same histories every time: what is looked for at random is `make soak`'s.
            derandomize=True,
        ),
    )
