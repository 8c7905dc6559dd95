"""What people are told of may rest in the outbox, across processes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sidecar.domain.bindings import SubjectKind
from sidecar.storage import Storage, Waiting
from sidecar.storage.outbox import LONGEST_HOLD
from tests.storage.builders import outing, settle_in
from tests.storage.conftest import NOW

SOON = NOW + timedelta(minutes=2)


@pytest.fixture(autouse=True)
def _one_waits(storage: Storage) -> None:
    settle_in(storage)
    with storage.unit() as uow:
        uow.outbox.clear([row.seq for row in uow.outbox.pending("s1")])
        uow.appointments.add(outing("o1", "p1"))


def waiting(storage: Storage) -> list[Waiting]:
    with storage.unit() as uow:
        return uow.outbox.pending("s1")


def test_what_is_held_is_looked_at_by_nobody_until_then(storage: Storage) -> None:
    (row,) = waiting(storage)
    assert (row.since, row.held_until) == (NOW, None)
    with storage.unit() as uow:
        uow.outbox.hold(row.seq, SOON)
        assert uow.outbox.pending("s1") == []
        assert uow.outbox.held("s1") == 1
        assert not uow.outbox.waits("s1")
        assert uow.outbox.waits("s1", held=True)
        assert not uow.outbox.waits("s2", held=True)


def test_what_was_held_long_enough_waits_again(storage: Storage) -> None:
    (row,) = waiting(storage)
    with storage.unit() as uow:
        uow.outbox.hold(row.seq, NOW)
        assert uow.outbox.held("s1") == 0
        assert uow.outbox.waits("s1")
    (after,) = waiting(storage)
    assert (after.seq, after.held_until) == (row.seq, NOW)


def test_a_new_mark_ends_the_rest_and_remembers_since_when_it_waits(storage: Storage) -> None:
    (row,) = waiting(storage)
    with storage.unit() as uow:
        uow.outbox.hold(row.seq, SOON)
    with storage.unit() as uow:
        uow.outbox.mark(SubjectKind.APPOINTMENT, "o1")
    (after,) = waiting(storage)
    assert (after.since, after.held_until) == (NOW, None)
    assert after.seq > row.seq


def test_what_a_clock_that_ran_ahead_held_for_hours_waits_no_longer_once_it_is_set_right(storage: Storage) -> None:
    (row,) = waiting(storage)
    with storage.unit() as uow:
        uow.outbox.hold(row.seq, NOW + LONGEST_HOLD)
        assert uow.outbox.held("s1") == 1
        uow.outbox.hold(row.seq, NOW + timedelta(hours=7))
        assert uow.outbox.held("s1") == 0
        assert uow.outbox.waits("s1")
        assert [one.seq for one in uow.outbox.pending("s1")] == [row.seq]
        assert [one.seq for one in uow.outbox.pending("s1", held=True)] == [row.seq]
