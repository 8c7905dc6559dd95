"""Several machines on one database tell everything once; what a killed one had in hand another tells again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sidecar.bootstrap import Application, start
from sidecar.config import load
from sidecar.domain.appointments import AppointmentState, Outing
from sidecar.domain.centres import Centre, Initiative
from sidecar.domain.happenings import DeliveryState
from sidecar.services import webhooks
from sidecar.services.telling.sending import LEASE
from tests.storage import postgres
from tests.storage.conftest import cluster as cluster  # the fixture
from tests.webhooks.receiver import Receiver, receiving

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Fleet:
    app: Application
    database: str
    folder: Path
    receiver: Receiver
    webhook_id: str
    machines: list[subprocess.Popen[str]] = field(default_factory=list)

    def machine(self, *, ahead: timedelta = timedelta(0)) -> subprocess.Popen[str]:
        # On SQLite they are processes of one machine and share its folder.
        apart = self.database.startswith("postgresql")
        folder = self.folder / f"machine{len(self.machines)}" if apart else self.folder
        command = [sys.executable, "-m", "tests.webhooks.machine", str(folder), self.database]
        command += [str(self.folder / "secret.key"), str(ahead.total_seconds())]
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "NO_PROXY": "*"}
        )
        self.machines.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "telling\n"
        return process

    def publish(self, count: int) -> None:
        begins = datetime.now(UTC).replace(microsecond=0) + timedelta(days=7)
        with self.app.storage.unit(actor="test") as uow:
            for number in range(count):
                uow.appointments.add(
                    Outing(
                        id=f"o{number}", centre_id="c", initiative_id="i", title="Sortie", state=AppointmentState.PUBLISHED,
                        start=begins + timedelta(hours=number), end=begins + timedelta(hours=number + 1),
                    )
                )  # fmt: skip

    def wait_until_sent(self, count: int, *, patience: float = 60.0) -> None:
        """Until that many are noted as sent."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            with self.app.storage.unit(write=False) as uow:
                sent = [one for one in uow.deliveries.log(self.webhook_id, limit=500) if one.state is DeliveryState.SENT]
            if len(sent) == count:
                return
            time.sleep(0.05)
        raise AssertionError(self.receiver.types)

    def stop(self) -> None:
        for process in self.machines:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.system)])
def fleet(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fleet]:
    database = f"sqlite:///{tmp_path / 'rota.db'}"
    if request.param == "postgresql":
        running: postgres.Cluster = request.getfixturevalue("cluster")
        database = running.url(running.create())
    app = start(load({"HLM_DATA_DIR": str(tmp_path), "HLM_DATABASE_URL": database}))
    with receiving() as receiver:
        with app.storage.unit(actor="test") as uow:
            uow.centres.add(Centre(id="c", name="Maurepas"))
            uow.initiatives.add(Initiative(id="i", centre_id="c", name="Café"))
            added = webhooks.add(uow, receiver.url, internal=True, now=app.now(), new_id=app.new_id)
        made = Fleet(app, database, tmp_path, receiver, added.id)
        try:
            yield made
        finally:
            made.stop()
            app.storage.close()


def test_three_machines_call_once_for_each(fleet: Fleet) -> None:
    for _ in range(3):
        fleet.machine()
    fleet.publish(40)
    fleet.wait_until_sent(40)
    assert sorted(call.said["data"]["appointment"]["id"] for call in fleet.receiver.calls) == sorted(
        f"o{number}" for number in range(40)
    )


def test_killed_between_the_call_and_its_note_it_is_called_again_under_the_same_id(fleet: Fleet) -> None:
    fleet.receiver.slow = 20.0
    first = fleet.machine()
    fleet.publish(1)
    fleet.receiver.wait_for(1)
    first.kill()
    first.wait()
    fleet.receiver.slow = 0.0
    fleet.machine()
    fleet.machine(ahead=LEASE + timedelta(minutes=1))
    fleet.wait_until_sent(1)
    before, after = fleet.receiver.calls
    assert (before.id, before.body) == (after.id, after.body)
