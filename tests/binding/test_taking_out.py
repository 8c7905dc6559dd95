"""Everything of ours leaves every calendar, step by step; what was begun carries on, and nothing comes back meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from calendars.errors import Unreachable
from calendars.sync.memory_server import Request
from sidecar.domain.bindings import Purpose
from sidecar.services import taking_out
from sidecar.services.platform import nominate, service_account
from sidecar.services.taking_out import take_out, what_is_ours
from tests.binding.world import CLAIMED, DENTIST, OPENING, PAST
from tests.scene import outing
from tests.twin import Twin

THEIRS = (DENTIST, CLAIMED, PAST)


@pytest.fixture
def full(settled: Twin, monkeypatch: pytest.MonkeyPatch) -> Twin:
    """With ten more outings in the calendar, taken out three at a time."""
    monkeypatch.setattr(taking_out, "AT_ONCE", 3)
    with settled.scene.board() as uow:
        for number in range(10):
            uow.appointments.add(outing(number, id=f"more-{number}", title=f"Encore {number}"))
    settled.scene.sync()
    assert len(settled.texts()) == 14
    return settled


def bound(world: Twin) -> set[Purpose]:
    with world.scene.reading() as uow:
        return {p for b in uow.bindings.all() for p in b.purposes}


def steps(world: Twin) -> list[int]:
    return list(take_out(world.scene.application, world.scene.syncer, actor="test"))


def test_what_is_ours_is_counted_without_asking_the_server(full: Twin) -> None:
    requests = len(full.server.log)
    found = {ours.binding.purposes[0]: (ours.events, ours.blocks) for ours in what_is_ours(full.scene.application)}
    assert found == {Purpose.OUTINGS: (11, 1), Purpose.CONTACTS: (0, 0)}
    assert len(full.server.log) == requests


def test_all_of_ours_goes_in_steps_and_the_rest_stays(full: Twin) -> None:
    with full.scene.board() as uow:
        nominate(uow, "service")
    told = steps(full)
    assert told[-1] == 0
    assert len(told) > 4
    assert set(full.texts()) == {full.calendar + name for name in THEIRS}
    assert OPENING not in "".join(full.texts().values())
    assert bound(full) == set()
    with full.scene.reading() as uow:
        assert service_account(uow) == ""
        assert len([a for a in uow.appointments.all() if a.id.startswith("more-")]) == 10
    assert what_is_ours(full.scene.application) == []


def test_stopped_after_any_step_nothing_comes_back_and_it_carries_on(full: Twin) -> None:
    seen = [12]
    for number in range(20):
        going = take_out(full.scene.application, full.scene.syncer, actor="test")
        if next(going, None) is None:
            break
        left = sum(ours.events for ours in what_is_ours(full.scene.application))
        seen.append(left)
        before = set(full.texts())
        # Meanwhile people change things on the board, and a pass runs.
        for each in range(10):
            full.change(f"more-{each}", title=f"Encore et encore {number}")
        full.scene.clock.now += timedelta(hours=1)
        if bound(full):
            full.scene.sync()
        assert set(full.texts()) == before
        assert sum(ours.events for ours in what_is_ours(full.scene.application)) == left
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) > 4, "one sees how far it is"
    assert set(full.texts()) == {full.calendar + name for name in THEIRS}
    with full.scene.reading() as uow:
        assert not [a for a in uow.appointments.all() if a.state == "cancelled"]
    assert full.intents() == []


def test_a_server_in_trouble_is_told_at_the_end_and_the_rest_is_done(full: Twin) -> None:
    with full.failing(Unreachable("no route"), methods=("PUT", "DELETE", "REPORT")), pytest.raises(Unreachable):
        steps(full)
    assert bound(full) == {Purpose.OUTINGS}
    steps(full)
    assert bound(full) == set()
    assert set(full.texts()) == {full.calendar + name for name in THEIRS}


def test_nobody_is_told(full: Twin) -> None:
    writes: list[Request] = []
    full.server.before = lambda request: writes.append(request) if request.method in ("PUT", "DELETE") else None
    steps(full)
    assert len(writes) == 12
    assert not any(request.notify for request in writes)
