"""``python -m tests.bench.scale [--centres 100,300,600,1200] [--servers 0]``: sweeps of many centres, and how they grow.

On a PostgreSQL of its own; each size in a process of its own, so that its memory is its own. ``--servers 0``: a server for
each centre; else so many share them. Counts are the message; times depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sidecar.services.keeping import Keeper
from tests.bench.fleet import ROOT, Fleet, counted, fleet
from tests.storage import postgres

CHANGED = 1000 / 1200
"""Changes for each centre in the sweep with changes; half on our side, half in calendars."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.bench.scale")
    parser.add_argument("--centres", default="100,300,600,1200", help="how many, with commas between")
    parser.add_argument("--servers", type=int, default=0, help="so many servers share the accounts; 0: one each")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        folder, database = options.one.split("=", 1)
        count = int(options.centres)
        print(json.dumps(measure(Path(folder), database, count, options.servers or count)))
        return
    with postgres.cluster() as cluster, tempfile.TemporaryDirectory(prefix="bench") as name:
        rows = []
        for size in map(int, options.centres.split(",")):
            place = f"{Path(name) / str(size)}={cluster.url(cluster.create())}"
            command = [sys.executable, "-m", "tests.bench.scale", "--one", place, "--centres", str(size)]
            done = subprocess.run(
                [*command, "--servers", str(options.servers)], cwd=ROOT, check=True, stdout=subprocess.PIPE
            )
            rows += json.loads(done.stdout)
            print(table(rows[-5:], heading=len(rows) == 5), flush=True)


def measure(folder: Path, database: str, centres: int, servers: int) -> list[dict[str, Any]]:
    with fleet(folder, database, centres, servers) as here:
        keeper = Keeper(here.application)
        rows = [row(here, "first sweep, all written", keeper.once)]
        keeper.once()
        rows.append(row(here, "nothing changed", keeper.once))
        bare = {"sweep": "  bare PROPFINDs", "centres": centres, "seconds": here.bare(1), "requests": centres}
        rows.append(bare | {"at_once": here.bare(8)})
        half = round(centres * CHANGED / 2)
        here.change_here(range(half), 15)
        here.change_there(range(centres - half, centres))
        here.quick.counted()
        rows.append(row(here, f"{2 * half} changes", keeper.once))
        rows.append(row(here, "nothing changed again", keeper.once))
    return rows


def row(here: Fleet, name: str, act: Callable[[], object]) -> dict[str, Any]:
    """What one sweep costs; memory is the most that the process ever held until its end, in MB."""
    here.quick.counted()
    began, cpu = time.perf_counter(), time.process_time()
    with counted(here.application.storage) as sql:
        act()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    told = here.quick.counted()
    counts: dict[str, int] = dict(told["counts"])
    opened = counts.pop("connections", 0)
    return {
        "sweep": name, "centres": len(here.spaces), "seconds": seconds, "cpu": cpu, "requests": sum(counts.values()),
        "statements": sql.statements, "rows": sql.rows, "transactions": sql.transactions,
        "connections": opened, "sessions": sql.connections, "up": told["up"], "down": told["down"],
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "methods": counts,
    }  # fmt: skip


COLUMNS = (
    ("centres", "centres", 8, "d"), ("seconds", "s", 9, ".2f"), ("cpu", "CPU s", 8, ".2f"), ("requests", "requests", 9, "d"),
    ("statements", "SQL", 8, "d"), ("rows", "rows", 8, "d"), ("transactions", "units", 8, "d"),
    ("connections", "TCP", 7, "d"), ("up", "B up", 10, "d"), ("down", "B down", 10, "d"), ("megabytes", "MB peak", 8, ".0f"),
)  # fmt: skip


def table(rows: list[dict[str, Any]], *, heading: bool) -> str:
    lines = [f"{'':26}" + "".join(f"{title:>{width}}" for _, title, width, _ in COLUMNS)] if heading else []
    for each in rows:
        cells = (f"{each[key]:>{width}{form}}" if key in each else " " * width for key, _, width, form in COLUMNS)
        extra = f"   8 at once: {each['at_once']:.2f} s" if "at_once" in each else ""
        lines.append(f"{each['sweep']:26}" + "".join(cells) + extra)
    return "\n".join(lines)


if __name__ == "__main__":
    main()
