"""The small world, and somebody who listens to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sidecar.domain.appointments import Appointment
from sidecar.domain.happenings import Delivery, Destination, HappeningKind, Message
from sidecar.services import rota
from sidecar.services.telling import Outcome, Recipient, Result, Teller
from sidecar.storage import UnitOfWork
from tests.scene import Scene
from tests.twin import Twin, twin

REST = 120


@dataclass
class Listener:
    """A channel that hears everything; ``answers`` are what becomes of the next attempts, SENT afterwards."""

    name: str = "listener"
    personal: bool = False
    at_once: int = 1
    heard: list[Message] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    calls: list[tuple[str, int]] = field(default_factory=list)
    answers: list[Outcome | Exception] = field(default_factory=list)

    def recipients(self, uow: UnitOfWork, destination: Destination, message: Message) -> Sequence[Recipient]:
        if not self.personal:
            return [Recipient()]
        return [
            Recipient(address=f"{p.id}@", person_id=p.id) for p in uow.people.all() if p.id in message.people or p.account
        ]

    def send(self, destination: Destination, address: str, deliveries: Sequence[Delivery]) -> Outcome:
        self.calls.append((address, len(deliveries)))
        self.ids += [one.id for one in deliveries]
        outcome = self.answers.pop(0) if self.answers else Outcome(result=Result.SENT, answer="200")
        if isinstance(outcome, Exception):
            raise outcome
        if outcome.result is Result.SENT:
            self.heard += [one.message for one in deliveries]
        return outcome


@dataclass
class Telling:
    twin: Twin
    listener: Listener
    teller: Teller

    @property
    def scene(self) -> Scene:
        return self.twin.scene

    def change(self, appointment_id: str = "cafe", **fields: object) -> Appointment:
        with self.scene.board() as uow:
            return rota.change(uow, appointment_id, uow.appointments.get(appointment_id).version, **fields)

    def later(self, **span: float) -> None:
        self.scene.clock.forward(timedelta(**span))

    def rested(self) -> list[str]:
        """What was heard once all has rested, in short; then nothing was heard."""
        self.later(seconds=REST)
        self.teller.turn()
        heard, self.listener.heard[:] = [str(message.kind) for message in self.listener.heard], []
        return heard

    def destination(self, id: str = "d", **fields: Any) -> Destination:
        with self.scene.board() as uow:
            made = Destination(id=id, since=self.scene.clock(), **({"channel": self.listener.name} | fields))
            return uow.destinations.add(made)

    def log(self, id: str = "d") -> list[Delivery]:
        with self.scene.reading() as uow:
            return uow.deliveries.log(id)


Begin = Callable[..., Telling]


@pytest.fixture
def begin(tmp_path: Path) -> Begin:
    def made(*, listening: bool = True, personal: bool = False, at_once: int = 1, **options: Any) -> Telling:
        world = twin(tmp_path, tell_after=REST, **options)
        listener = Listener(personal=personal, at_once=at_once)
        telling = Telling(world, listener, Teller(world.scene.application, [listener], jitter=lambda: 0.0))
        if listening:
            telling.later(seconds=1)
            telling.destination()
        return telling

    return made


@pytest.fixture
def telling(begin: Begin) -> Telling:
    return begin()


def kinds(*names: str) -> tuple[HappeningKind, ...]:
    return tuple(HappeningKind(name) for name in names)
