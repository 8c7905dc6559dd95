"""An address of another system that takes nothing is named, with what to do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sidecar.domain.happenings import DeliveryState, Destination, DestinationState, HappeningKind, Message
from sidecar.services import webhooks
from sidecar.services.doctor import Level
from sidecar.storage import UnitOfWork
from tests.doctor.ward import Ward, blamed, now, of, ward


@pytest.fixture
def called(tmp_path: Path) -> Ward:
    made = ward(tmp_path, None)
    with made.board() as uow:
        webhooks.add(uow, "https://example.org/x?key=hidden", now=now(), new_id=lambda: "w1")
    return made


def fails(uow: UnitOfWork, found: Destination) -> None:
    uow.destinations.failed(found.id, rests_until=None)


def says_no(uow: UnitOfWork, found: Destination) -> None:
    uow.destinations.save(replace(found, state=DestinationState.GONE))


def gives_up(uow: UnitOfWork, found: Destination) -> None:
    message = Message(kind=HappeningKind.CONFLICT, at=now(), centre_id="maurepas", centre_name="Maurepas", conflict_id="k")
    uow.deliveries.add(found.id, [""], "k", message)
    uow.deliveries.settle(uow.deliveries.log(found.id), DeliveryState.GIVEN_UP, "500")


def test_where_all_arrives_it_says_so_and_where_nothing_is_called_nothing(called: Ward, tmp_path: Path) -> None:
    (result,) = of(called.look(), "calls")
    assert (result.level, result.gaps) == (Level.OK, {"count": 1})
    assert of(ward(tmp_path / "other", None).look(), "calls") == []


@pytest.mark.parametrize(("what", "key"), [(fails, "fails"), (says_no, "gone"), (gives_up, "given_up")])
def test_what_does_not_arrive_is_named(called: Ward, what: object, key: str) -> None:
    with called.board() as uow:
        what(uow, uow.destinations.get("w1"))  # type: ignore[operator]
    found = called.look()
    (result,) = of(found, "calls")
    assert (result.level, result.key, result.about) == (Level.WARNING, key, "https://example.org/x")
    assert f"calls.{key}" in blamed(found)


def test_one_that_somebody_paused_is_nobodys_trouble(called: Ward) -> None:
    with called.board() as uow:
        fails(uow, uow.destinations.get("w1"))
        webhooks.pause(uow, "w1")
    assert [result.level for result in of(called.look(), "calls")] == [Level.OK]
