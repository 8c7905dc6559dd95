"""A city of three centres on one PostgreSQL, and the machines that keep it, each a process with a folder of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calendars.dav import connect
from calendars.sync.ports import CollectionKind
from sidecar.bootstrap import Application, start
from sidecar.config import load
from sidecar.domain.appointments import AppointmentState, Outing
from sidecar.domain.audit import Origin
from sidecar.domain.bindings import Purpose, Space
from sidecar.domain.centres import Centre, Initiative
from sidecar.services import setting_up
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

    def machine(self, interval: int = INTERVAL) -> subprocess.Popen[str]:
        """``interval``: seconds."""
        folder = self.folder / f"machine{len(self.machines)}"
        command = [sys.executable, "-m", "tests.scale.machine", str(folder), self.database, str(self.key), str(interval)]
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

    def passed(self, space: Space) -> str:
        """When a pass of it ended last, "" while none did."""
        with self.application.storage.unit(write=False) as uow:
            run = uow.runs.latest(space.id)
        return run.ended_at.isoformat() if run is not None else ""

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
