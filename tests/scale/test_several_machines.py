"""Three machines on one PostgreSQL: the work is done once, and what a killed one left is done by the others."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from calendars.dav import connect
from calendars.sync.ports import CollectionKind
from sidecar.bootstrap import Application, start
from sidecar.config import load
from sidecar.domain.appointments import AppointmentState, Outing
from sidecar.domain.audit import Origin
from sidecar.domain.bindings import Purpose, Space
from sidecar.domain.centres import Centre, Initiative
from sidecar.services import setting_up
from sidecar.services.keeping import Keeper
from sidecar.services.muting import EPOCH_KEY, count
from tests.servers import Served
from tests.storage import postgres
from tests.storage.conftest import cluster as cluster  # the fixture

ROOT = Path(__file__).resolve().parents[2]
INTERVAL = 2
PATIENCE = 60.0


@dataclass
class City:
    """Three centres, an account each, on one database; ``machines`` are the processes that keep them."""

    application: Application
    database: str
    key: Path
    folder: Path
    served: Served
    spaces: list[Space]
    machines: list[subprocess.Popen[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        # The server and its log are everybody's of this run.
        self._before = len(self.served.log)

    def machine(self) -> subprocess.Popen[str]:
        folder = self.folder / f"machine{len(self.machines)}"
        command = [sys.executable, "-m", "tests.scale.machine", str(folder), self.database, str(self.key), str(INTERVAL)]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "keeping\n"
        self.machines.append(process)
        return process

    def publish(self, round: int) -> None:
        """One more outing in every centre, in a week that is still to come."""
        begins = datetime.now(UTC).replace(microsecond=0) + timedelta(days=7, hours=round)
        with self.application.storage.unit(actor="test") as uow:
            for number in range(len(self.spaces)):
                uow.appointments.add(
                    Outing(
                        id=f"o{number}-{round}",
                        centre_id=f"c{number}",
                        initiative_id=f"i{number}",
                        title=f"Sortie {round}",
                        start=begins,
                        end=begins + timedelta(hours=1),
                        state=AppointmentState.PUBLISHED,
                    )
                )

    def written(self) -> Counter[str]:
        """How often each resource was created."""
        return Counter(s.path for s in self.served.log[self._before :] if s.method == "PUT" and s.status == 201)

    def looks(self) -> int:
        return sum(s.method == "PROPFIND" for s in self.served.log)


def until(reached: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < end, what
        time.sleep(0.1)


@pytest.fixture
def city(tmp_path: Path, cluster: postgres.Cluster, radicale: Served) -> Iterator[City]:
    key, database = tmp_path / "secret.key", cluster.url(cluster.create())
    home = tmp_path / "home"
    app = start(load({"HLM_DATA_DIR": str(home), "HLM_DATABASE_URL": database, "HLM_SECRET_KEY_FILE": str(key)}))
    spaces = []
    for number in range(3):
        with app.storage.unit(actor="test") as uow:
            centre = uow.centres.add(Centre(id=f"c{number}", name=f"Centre {number}"))
            uow.initiatives.add(Initiative(id=f"i{number}", centre_id=centre.id, name=f"Action {number}"))
        user, password = radicale.new_user()
        opened = connect(radicale.url, user, password)
        space = setting_up.remember(
            app, opened.account, url=radicale.url, username=user, secret=password, organizer="", actor="test",
            origin=Origin.COMMAND,
        )  # fmt: skip
        state = opened.create_collection(CollectionKind.CALENDAR, "outings", "Sorties")
        setting_up.bind_found(app, centre, space, [(state, (Purpose.OUTINGS,), True)], actor="test", origin=Origin.COMMAND)
        spaces.append(space)
    city = City(app, database, key, tmp_path, radicale, spaces)
    yield city
    for process in city.machines:
        if process.poll() is None:
            process.kill()
        process.wait(30)
    app.storage.close()


@pytest.mark.system
@pytest.mark.slow
def test_three_machines_share_the_work_and_the_others_take_over_from_a_killed_one(city: City) -> None:
    city.publish(1)
    machines = [city.machine() for _ in range(3)]
    until(lambda: len(city.written()) == 3, "nobody wrote the first outings")
    machines[0].kill()
    city.publish(2)
    until(lambda: len(city.written()) == 6, "nobody went on after the first machine was killed")
    machines[1].kill()
    city.publish(3)
    until(lambda: len(city.written()) == 9, "nobody went on after the second machine was killed")
    assert set(city.written().values()) == {1}
    assert machines[2].poll() is None


@pytest.mark.system
@pytest.mark.slow
def test_three_machines_ask_the_servers_hardly_more_often_than_one(city: City) -> None:
    for _ in range(3):
        city.machine()
    before = {space.id: _passes(city, space) for space in city.spaces}
    until(lambda: all(_passes(city, s) > before[s.id] for s in city.spaces), "nobody looks")
    since, began = city.looks(), time.monotonic()
    time.sleep(INTERVAL * 4)
    turns = (time.monotonic() - began) / INTERVAL
    # One machine alone looks once a turn and space; three that did not know of each other would look three times.
    assert city.looks() - since <= 1.7 * turns * len(city.spaces)


def _passes(city: City, space: Space) -> str:
    with city.application.storage.unit(write=False) as uow:
        run = uow.runs.latest(space.id)
    return run.ended_at.isoformat() if run is not None else ""


def test_what_another_machine_has_just_passed_is_left_alone(city: City) -> None:
    """Two keepers in one process, each with a folder of its own, as two machines have."""
    interval = replace(city.application.config, sync_interval=600)
    for name in ("here", "there"):
        (city.folder / name).mkdir()
    here, there = (
        Keeper(replace(city.application, config=replace(interval, data_dir=city.folder / name)))
        for name in ("here", "there")
    )
    here.once()
    there.once()
    asked = city.looks()
    here.once()
    assert city.looks() == asked, "there has looked since"
    there.once()
    assert city.looks() > asked, "nobody has looked since"


def test_two_passes_that_are_counted_at_once_are_two(city: City) -> None:
    """Else the count falls behind its file, and the database is taken for a backup that was put back."""
    app = city.application
    done = threading.Event()

    def other() -> None:
        with app.storage.unit(actor="test") as uow:
            count(uow)
        done.set()

    with app.storage.unit(actor="test") as uow:
        before = count(uow)
        beside = threading.Thread(target=other)
        beside.start()
        with app.storage.engine.connect() as watching:
            asked = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            until(lambda: bool(watching.execute(asked).scalar()), "the other waits for this one")
        assert not done.is_set()
    beside.join(PATIENCE)
    with app.storage.unit(write=False) as uow:
        assert uow.settings.get(EPOCH_KEY) == before + 1
