"""``python -m tests.bench.sync [--events 10000] [--pull 2000] [--push 300]``: requests, bytes and seconds of usual passes.

Beside vdirsyncer and python-caldav, on the same Radicale with the same data in one run. Times depend on the machine and on
Radicale; counts and ratios are the message. A bare request (one PROPFIND of the home, one PUT after another) is the floor.
What is compared is done in turn several times, and the middle one counts: disks and neighbours are moody.
"""

from __future__ import annotations

import argparse
import tempfile
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from calendars.sync.ports import CollectionKind
from tests.bench.measure import Cost, Row, measured, table
from tests.bench.rivals import Vdirsyncer, caldav_client, vdirsyncer
from tests.bench.world import Ground, bind_more, ground
from tests.scene import Scene
from tests.servers import Served, start_served

FOREIGN = "Dentiste"
EACH = 40
"""How many events stand in each of several calendars."""
TIMES = 3
"""How often each is done, in turn with the others; the middle one counts."""
QUIET_TIMES = 25
"""The same, for a pass with nothing changed and its bare request: milliseconds."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.bench.sync")
    parser.add_argument("--events", type=int, default=10_000, help="events in the full calendar")
    parser.add_argument("--pull", type=int, default=2000, help="events of a first pull")
    parser.add_argument("--push", type=int, default=300, help="events of a first push")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench") as name:
        folder = Path(name)
        (folder / "server").mkdir()
        served = start_served("radicale", folder / "server")
        try:
            rows = []
            for count in (1, 10, 50):
                with ground(served, folder / "server") as here:
                    rows.append(nothing_changed(here, folder / f"quiet{count}", count))
            rows.append(first_push(served, folder, options.push))
            with ground(served, folder / "server") as here:
                rows += first_pull(here, folder, options.pull)
            with ground(served, folder / "server") as here:
                rows += changes(here, folder, options.events)
        finally:
            served.stop()
    print(table(rows))
    print("\nrequests: reads + writes; kB of bodies. Ours runs in a process that is there already; the time vdirsyncer's")
    print("program needs to start is taken off its times. vdirsyncer copies texts, python-caldav reads and parses them;")
    print("ours keeps them in step with a rota on disk, and reads back what it wrote. MB: the most memory that ours held.")


def nothing_changed(here: Ground, folder: Path, count: int) -> Row:
    """So many calendars with ``EACH`` events, nothing changed since; the floor is one bare PROPFIND of their home."""
    hrefs = [here.calendar(f"q{number}", EACH, FOREIGN) for number in range(count)]
    scene = here.scene(folder, hrefs[0])
    bind_more(scene, hrefs[1:])
    rival = vdirsyncer(folder / "rival", here.gate.url.rstrip("/"), hrefs, here.user, here.password)
    client = caldav_client(here.gate.url, hrefs, here.user, here.password)
    for side in (rival.sync, rival.sync, scene.sync, scene.sync, client.pull):
        side()
    start = measured(here.gate, rival.start).seconds
    ours, floor = in_turn(here, QUIET_TIMES, scene.sync, lambda: here.home.look({CollectionKind.CALENDAR}))
    theirs, clients = in_turn(here, TIMES, rival.sync, client.changes)
    name = f"nothing changed, {count} calendars"
    return Row(name=name, ours=ours, floor=floor, vdirsyncer=without(theirs, start), caldav=clients)


def first_push(served: Served, folder: Path, count: int) -> Row:
    """The same outings into an empty calendar of an account of its own each time."""
    rows = []
    for number in range(TIMES):
        with ground(served, folder / "server") as here:
            rows.append(pushed_once(here, folder / f"push{number}", count, first=number % 2 == 0))
    sides = ([row.ours for row in rows], [row.floor for row in rows], [row.vdirsyncer for row in rows])
    ours, floor, theirs = (middle([cost for cost in side if cost is not None]) for side in sides)
    caldav = middle([row.caldav for row in rows if row.caldav is not None])
    return Row(name=rows[0].name, ours=ours, floor=floor, vdirsyncer=theirs, caldav=caldav)


def pushed_once(here: Ground, folder: Path, count: int, *, first: bool) -> Row:
    """``first``: ours before the bare requests, else after them."""
    ours_at, theirs_at, bare_at, client_at = (here.calendar(f"push-{name}") for name in ("ours", "theirs", "bare", "client"))
    scene = here.scene(folder / "ours", ours_at, outings=count)
    rival = vdirsyncer(folder / "rival", here.gate.url.rstrip("/"), [theirs_at], here.user, here.password)
    client = caldav_client(here.gate.url, [client_at], here.user, here.password)
    start = measured(here.gate, rival.start).seconds
    # The same texts for everybody.
    would = scene.sync(dry=True).would
    written = [each["text"] for each in would]
    for number, text in enumerate(written):
        (rival.items / f"e{number:04}.ics").write_text(text, encoding="utf-8", newline="")
    bare = here.home.collection(bare_at, CollectionKind.CALENDAR)

    def put_one_after_another() -> None:
        for number, text in enumerate(written):
            bare.create(f"{bare_at}e{number:04}.ics", text)

    acts = (scene.sync, put_one_after_another)
    costs = [measured(here.gate, act) for act in (acts if first else acts[::-1])]
    ours, floor = costs if first else costs[::-1]
    return Row(
        name=f"first push of {count}",
        ours=ours,
        floor=floor,
        vdirsyncer=without(measured(here.gate, rival.sync), start),
        caldav=measured(here.gate, lambda: client.push(written)),
    )


def first_pull(here: Ground, folder: Path, count: int) -> list[Row]:
    at, foreign_at = here.calendar("full", count), here.calendar("foreign", count, FOREIGN)
    # One reading by nobody who is measured: Radicale makes its cache of each event at the first.
    for href in (at, foreign_at):
        here.home.collection(href, CollectionKind.CALENDAR).listing()
    rows = []
    for name, href in (("none of ours", foreign_at), ("all outings", at)):
        # Each time into an empty database, an empty folder.
        scenes = [here.scene(folder / f"{name}{n}", href) for n in range(TIMES)]
        rivals = [
            vdirsyncer(folder / f"pull-{name}{n}", here.gate.url.rstrip("/"), [href], here.user, here.password)
            for n in range(TIMES)
        ]
        client = caldav_client(here.gate.url, [href], here.user, here.password)
        start = measured(here.gate, rivals[0].start).seconds
        ours, theirs, clients = in_turn(here, TIMES, one_after_another(scenes), one_after_another(rivals), client.pull)
        name = f"first pull of {count}, {name}"
        rows.append(Row(name=name, ours=ours, vdirsyncer=without(theirs, start), caldav=clients))
    return rows


def changes(here: Ground, folder: Path, count: int) -> list[Row]:
    """Changes in a full calendar, and what memory they take beside a calendar a tenth of that size."""
    rows = []
    for size in (count // 10, count):
        at = here.calendar(f"size{size}", size, FOREIGN)
        here.home.collection(at, CollectionKind.CALENDAR).listing()
        rival = vdirsyncer(folder / f"size{size}-rival", here.gate.url.rstrip("/"), [at], here.user, here.password)
        client = caldav_client(here.gate.url, [at], here.user, here.password)
        scene = here.scene(folder / f"size{size}", at)
        start = measured(here.gate, rival.start).seconds
        rows.append(Row(name=f"first pull of {size}", ours=replace(measured(here.gate, scene.sync), megabytes=0.0)))
        for side in (scene.sync, rival.sync, rival.sync, client.pull):
            side()
        for number in (1, 100):
            here.edit(at, range(number), FOREIGN)
            rows.append(
                Row(
                    name=f"{number} changed of {size}",
                    ours=measured(here.gate, scene.sync),
                    vdirsyncer=without(measured(here.gate, rival.sync), start),
                    caldav=measured(here.gate, client.changes),
                )
            )
            scene.sync()
        here.edit(at, range(100), FOREIGN, minutes=30)
        rows[-1] = replace(rows[-1], ours=replace(rows[-1].ours, megabytes=most_memory(scene.sync)))
        scene.sync()
    return rows


def in_turn(here: Ground, times: int, *acts: Callable[[], object]) -> list[Cost]:
    """What each of them costs, done so often in turn."""
    costs = [[measured(here.gate, act) for act in acts] for _ in range(times)]
    return [middle(each) for each in zip(*costs, strict=True)]


def one_after_another(sides: Sequence[Scene | Vdirsyncer]) -> Callable[[], object]:
    """Syncs the next of them each time."""
    left = iter(sides)
    return lambda: next(left).sync()


def middle(costs: Sequence[Cost]) -> Cost:
    """The one in the middle by its time."""
    return sorted(costs, key=lambda cost: cost.seconds)[len(costs) // 2]


def without(cost: Cost, seconds: float) -> Cost:
    return replace(cost, seconds=max(0.0, cost.seconds - seconds))


def most_memory(act: Callable[[], object]) -> float:
    """The most that Python held while ``act`` ran, in MB over what it held before."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        act()
        return (tracemalloc.get_traced_memory()[1] - before) / 1e6
    finally:
        tracemalloc.stop()


if __name__ == "__main__":
    main()
