"""Figures of all spaces at once, on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from calendars.sync.ports import Cursor
from sidecar.domain.bindings import Conflict, SubjectKind, SyncRun
from sidecar.storage import Storage
from tests.storage.builders import outing, settle_in
from tests.storage.conftest import NOW


def run(number: int, space: str, minutes: int, *, ok: bool = True, **report: object) -> SyncRun:
    begun = NOW + timedelta(minutes=minutes)
    ended = begun + timedelta(seconds=3)
    return SyncRun(id=f"r{number}", space_id=space, started_at=begun, ended_at=ended, ok=ok, report=report)


def test_the_latest_pass_of_each_space_is_told_once(storage: Storage) -> None:
    settle_in(storage)
    with storage.unit() as uow:
        uow.runs.add(run(2, "s1", 1, ok=False, requests=9))
        uow.runs.add(run(1, "s1", 2, requests=7))
        uow.runs.add(run(3, "s2", 0, ok=False))
        uow.runs.add(run(4, "s2", 0))
    with storage.unit(write=False) as uow:
        found = uow.gauges.latest_passes()
        assert uow.gauges.spaces() == ["s1", "s2"]
    assert [(one.space_id, one.ok, one.requests) for one in found] == [("s1", True, 7), ("s2", True, 0)]
    assert found[0].ended_at - found[0].started_at == timedelta(seconds=3)
    assert found[0].started_at == NOW + timedelta(minutes=2)


def test_what_waits_and_what_rests_of_it_is_counted_by_space(storage: Storage) -> None:
    settle_in(storage)
    with storage.unit() as uow:
        for number in range(3):
            uow.appointments.add(outing(f"o{number}"))
    with storage.unit() as uow:
        first = next(mark for mark in uow.outbox.pending("s1") if mark.subject_kind == SubjectKind.APPOINTMENT)
        uow.outbox.hold(first.seq, NOW + timedelta(minutes=2))
    with storage.unit(write=False) as uow:
        (there,) = uow.gauges.waiting()
    assert (there.space_id, there.number, there.resting, there.since) == ("s1", 3, 1, NOW)


def test_collections_that_wait_for_somebody_and_open_conflicts_are_counted(storage: Storage) -> None:
    settle_in(storage)
    with storage.unit() as uow:
        for name, guarded in (("a", "gone"), ("b", ""), ("c", "accepted"), ("d", "emptied")):
            uow.memory("s1").set_cursor(f"/{name}/", Cursor(guarded=guarded))
        for number, chosen in enumerate(("", "ours", "")):
            uow.conflicts.add(
                Conflict(
                    id=f"k{number}", at=NOW, centre_id="c1", subject_kind="appointment", subject_id="o", field="summary",
                    base=None, ours=None, theirs=None, why="both_changed", chosen=chosen,
                )
            )  # fmt: skip
    with storage.unit(write=False) as uow:
        assert uow.gauges.paused(("", "accepted")) == {"s1": 2}
        assert uow.gauges.open_conflicts() == 2


def test_all_are_muted_when_each_is_and_there_is_one(storage: Storage) -> None:
    with storage.unit(write=False) as uow:
        assert not uow.spaces.all_muted()
    settle_in(storage)
    for expected, names in ((False, ()), (False, ("s1",)), (True, ("s1", "s2"))):
        with storage.unit() as uow:
            for name in names:
                uow.spaces.save(replace(uow.spaces.get(name), muted=True))
            assert uow.spaces.all_muted() is expected
