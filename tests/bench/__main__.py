"""``python -m tests.bench [--events 2000] [--push 300]``: requests, bytes and time of the usual passes.

Beside vdirsyncer on the same Radicale in the same run. Times depend on the machine and on Radicale; counts do not.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from calendars.sync.ports import CollectionKind
from tests.bench.measure import Cost, Row, measured, table
from tests.bench.rival import vdirsyncer
from tests.bench.world import Ground, ground
from tests.servers import start_served

FOREIGN = "Dentiste"


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.bench")
    parser.add_argument("--events", type=int, default=2000, help="events in a full calendar")
    parser.add_argument("--push", type=int, default=300, help="events of a first push")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench") as name:
        folder = Path(name)
        (folder / "server").mkdir()
        served = start_served("radicale", folder / "server")
        try:
            with ground(served, folder / "server") as here:
                rows = first_push(here, folder, options.push)
                rows += full_calendar(here, folder, options.events)
        finally:
            served.stop()
    print(table(rows))
    print("\nrequests: reads + writes; kB of bodies. Ours runs in a process that is there already; the time vdirsyncer's")
    print("program needs to start is taken off its times. It copies texts; ours reads them into the rota")
    print("as well, and reads back what it wrote. vdirsyncer's answers come compressed, ours do not.")


def first_push(here: Ground, folder: Path, count: int) -> list[Row]:
    ours_at, theirs_at = here.calendar("push-ours"), here.calendar("push-theirs")
    scene = here.scene(folder / "push", ours_at, outings=count)
    rival = vdirsyncer(folder / "push-rival", here.gate.url.rstrip("/") + theirs_at, here.user, here.password)
    start = measured(here.gate, rival.start).seconds
    ours = measured(here.gate, scene.sync)
    # The same texts for both.
    ours_there = here.home.collection(ours_at, CollectionKind.CALENDAR)
    for number, resource in enumerate(ours_there.fetch(list(ours_there.listing().changed))):
        (rival.items / f"e{number:04}.ics").write_text(resource.text, encoding="utf-8", newline="")
    pushed = Row(name=f"first push of {count}", ours=ours, theirs=_without(measured(here.gate, rival.sync), start))
    scene.sync()
    return [
        pushed,
        Row(
            name=f"nothing changed ({count} of ours)",
            ours=measured(here.gate, scene.sync),
            theirs=_without(measured(here.gate, rival.sync), start),
        ),
    ]


def full_calendar(here: Ground, folder: Path, count: int) -> list[Row]:
    at, foreign_at = here.calendar("full", count), here.calendar("foreign", count, FOREIGN)
    # One reading by nobody who is measured: Radicale makes its cache of each event at the first.
    for href in (at, foreign_at):
        here.home.collection(href, CollectionKind.CALENDAR).listing()
    rival = vdirsyncer(folder / "full-rival", here.gate.url.rstrip("/") + at, here.user, here.password)
    start = measured(here.gate, rival.start).seconds
    ours, others = here.scene(folder / "full", at), here.scene(folder / "foreign", foreign_at)
    pull = _without(measured(here.gate, rival.sync), start)
    rows = [
        Row(name=f"first pull of {count}, all outings", ours=measured(here.gate, ours.sync), theirs=pull),
        Row(name=f"first pull of {count}, none of ours", ours=measured(here.gate, others.sync), theirs=pull),
    ]
    quiet = _without(measured(here.gate, rival.sync), start)
    ours.sync()
    rows.append(Row(name=f"nothing changed ({count})", ours=measured(here.gate, ours.sync), theirs=quiet))
    here.edit(at, range(20))
    here.edit(foreign_at, range(20), FOREIGN)
    changed = _without(measured(here.gate, rival.sync), start)
    rows += [
        Row(name=f"20 changes in {count}, outings", ours=measured(here.gate, ours.sync), theirs=changed),
        Row(name=f"20 changes in {count}, none of ours", ours=measured(here.gate, others.sync), theirs=changed),
    ]
    return rows


def _without(cost: Cost, seconds: float) -> Cost:
    return replace(cost, seconds=max(0.0, cost.seconds - seconds))


if __name__ == "__main__":
    main()
