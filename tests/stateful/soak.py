"""The machine for as long as you like: ``make soak ARGS="--minutes 60"``, or ``python -m tests.stateful.soak``.

Bounded by ``--minutes`` or ``--histories``, whichever is over first. Seeds follow one another and what was reached is kept
in a folder (HLM_SOAK_DIR, else .soak), so that the next call goes on where this one ended; ``--seed`` repeats one batch. A
history that fails is made short, printed, and kept in the folder's database: the next call begins with it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.database import DirectoryBasedExampleDatabase
from hypothesis.stateful import get_state_machine_test

from tests.stateful.invariants import SyncMachine

BATCH = 25
"""Histories of one seed."""
STEPS = 30


@dataclass
class Reached:
    """What all calls together came to. ``since_failure``: histories survived since one was found that did not."""

    survived: int = 0
    since_failure: int = 0
    failures: int = 0
    next_seed: int = 1
    seconds: float = 0.0

    @classmethod
    def read(cls, file: Path) -> Reached:
        return cls(**json.loads(file.read_text())) if file.exists() else cls()

    def keep(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self), indent=1) + "\n")
        fresh.replace(file)


def main(arguments: list[str] | None = None) -> int:
    """0 when every history was survived, 1 when one was not."""
    parser = argparse.ArgumentParser(prog="soak", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0, help="how long at most (10)")
    parser.add_argument("--histories", type=int, default=1_000_000, help="how many at most")
    parser.add_argument("--steps", type=int, default=STEPS, help=f"steps of one history ({STEPS})")
    parser.add_argument("--seed", type=int, help="only this batch, once")
    parser.add_argument("--as-found", action="store_true", help="print a failure as it was found, without making it short")
    asked = parser.parse_args(arguments)
    folder = Path(os.environ.get("HLM_SOAK_DIR") or ".soak")
    file = folder / "reached.json"
    reached = Reached.read(file)
    began, done = time.monotonic(), 0
    while done < asked.histories and time.monotonic() - began < asked.minutes * 60:
        number = asked.seed if asked.seed is not None else reached.next_seed
        size = min(BATCH, asked.histories - done)
        started = time.monotonic()
        survived, failure = batch(number, size, asked.steps, folder / "histories", shorten=not asked.as_found)
        done += survived
        reached.seconds = round(reached.seconds + time.monotonic() - started, 1)
        reached.survived += survived
        if failure is not None:
            reached.failures += 1
            reached.since_failure = 0
            reached.keep(file)
            traceback.print_exception(failure)
            print(
                f"Seed {number} has a history that fails; again with: make soak ARGS='--seed {number} --steps {asked.steps}'"
            )
            return 1
        reached.since_failure += survived
        if asked.seed is not None:
            break
        reached.next_seed = number + 1
        reached.keep(file)
    print(
        f"{done} histories survived in {time.monotonic() - began:.0f} s; {reached.survived} in all, "
        f"{reached.since_failure} since the last failure (seeds up to {reached.next_seed - 1})."
    )
    return 0


def batch(number: int, size: int, steps: int, database: Path, *, shorten: bool) -> tuple[int, BaseException | None]:
    """How many histories of one seed were survived, and the failure, if one was found."""
    phases = [Phase.explicit, Phase.reuse, Phase.generate, *([Phase.shrink] if shorten else [])]
    test = get_state_machine_test(
        SyncMachine,
        settings=settings(
            max_examples=size,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            phases=phases,
            database=DirectoryBasedExampleDatabase(database),
            report_multiple_bugs=False,
        ),
    )
    before = SyncMachine.survived
    try:
        seed(number)(test)()
    except Exception as failure:  # noqa: BLE001 (whatever it is, it is what was looked for)
        # While a failure is made short many histories pass that say nothing new.
        return 0, failure
    return min(SyncMachine.survived - before, size), None


if __name__ == "__main__":
    sys.exit(main())
