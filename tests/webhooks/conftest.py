from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from sidecar.domain.appointments import Appointment
from sidecar.domain.happenings import Destination
from sidecar.services import rota, webhooks
from sidecar.services.telling import Teller
from sidecar.services.webhooks import Webhooks
from tests.scene import Scene
from tests.twin import twin
from tests.webhooks.receiver import Receiver, receiving


@dataclass
class Line:
    """From the small world to a receiver; everything has rested at once."""

    scene: Scene
    receiver: Receiver
    webhook: Destination
    channel: Webhooks
    teller: Teller

    def change(self, appointment_id: str = "cafe", **fields: object) -> Appointment:
        with self.scene.board() as uow:
            return rota.change(uow, appointment_id, uow.appointments.get(appointment_id).version, **fields)

    def tell(self, **later: float) -> list[str]:
        """The types of the calls that were made."""
        self.scene.clock.forward(timedelta(**(later or {"seconds": 1})))
        before = len(self.receiver.calls)
        self.teller.turn()
        return self.receiver.types[before:]

    def state(self) -> str:
        with self.scene.reading() as uow:
            return str(webhooks.webhook(uow, self.webhook.id).state)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def line(tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Line:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    scene = twin(tmp_path).scene
    with scene.board() as uow:
        webhook = webhooks.add(uow, receiver.url, internal=True, now=scene.clock(), new_id=scene.application.new_id)
    channel = Webhooks(scene.application)
    return Line(scene, receiver, webhook, channel, Teller(scene.application, [channel], jitter=lambda: 0.0))
