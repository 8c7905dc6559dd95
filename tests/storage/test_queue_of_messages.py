"""What is on its way to others, on both engines: what can go where, what is left out, what failed."""

from __future__ import annotations

from datetime import timedelta

from sidecar.domain.centres import Centre
from sidecar.domain.happenings import DeliveryState, Destination, HappeningKind, Message
from sidecar.storage import Storage
from sidecar.storage.deliveries import AHEAD, Traffic
from tests.storage.conftest import NOW

LEASE = timedelta(minutes=10)


def message(centre_id: str, conflict_id: str) -> Message:
    return Message(kind=HappeningKind.CONFLICT, at=NOW, centre_id=centre_id, centre_name="", conflict_id=conflict_id)


def queued(storage: Storage) -> None:
    """Of two centres one message each for two destinations, of which the second one fails."""
    with storage.unit() as uow:
        for centre_id in ("c1", "c2"):
            uow.centres.add(Centre(id=centre_id, name=centre_id))
        for id in ("well", "fails"):
            uow.destinations.add(Destination(id=id, channel="webhook", since=NOW))
            for centre_id in ("c1", "c2"):
                uow.deliveries.add(id, [""], centre_id, message(centre_id, f"k-{centre_id}"))
        uow.destinations.failed("fails", rests_until=None)


def test_what_can_go_is_told_by_destination_and_a_silent_centre_waits(storage: Storage) -> None:
    queued(storage)
    with storage.unit() as uow:
        assert uow.deliveries.due(["webhook"], ()) == ["well", "fails"]
        assert uow.deliveries.due(["webhook"], ["c1"]) == ["well", "fails"]
        assert uow.deliveries.due(["webhook"], ["c1", "c2"]) == []
        assert uow.deliveries.due(["talk"], ()) == []
        assert uow.deliveries.lease("well", {"webhook": 5}, LEASE, ["c1", "c2"]) == []
        leased = uow.deliveries.lease("well", {"webhook": 5}, LEASE, ["c1"])
        assert [one.message.centre_id for one in leased] == ["c2"]
        assert leased[0].message.centre_name == ""


def test_where_it_rests_nothing_is_due_but_for_a_rest_that_a_wrong_clock_wrote(storage: Storage) -> None:
    queued(storage)
    for rest, expected in ((timedelta(minutes=1), ["well"]), (AHEAD + timedelta(minutes=1), ["well", "fails"])):
        with storage.unit() as uow:
            uow.destinations.failed("fails", rests_until=NOW + rest)
            assert uow.deliveries.due(["webhook"], ()) == expected


def test_the_traffic_is_counted_over_all(storage: Storage) -> None:
    with storage.unit(write=False) as uow:
        assert uow.deliveries.traffic() == Traffic(waiting=0, given_up=0, failing=0, gone=0)
    queued(storage)
    with storage.unit() as uow:
        uow.deliveries.settle(uow.deliveries.log("fails", limit=1), DeliveryState.GIVEN_UP, "500")
        assert uow.deliveries.traffic() == Traffic(waiting=3, given_up=1, failing=1, gone=0)


def test_what_was_tried_together_comes_together_again_and_what_came_since_after_it(storage: Storage) -> None:
    queued(storage)
    with storage.unit() as uow:
        tried = uow.deliveries.lease("well", {"webhook": 5}, LEASE)
        assert [one.message.centre_id for one in tried] == ["c1", "c2"]
        uow.deliveries.settle(tried, DeliveryState.WAITING, "500", due=NOW)
        uow.deliveries.add("well", [""], "c1", message("c1", "of the same thing"))
        uow.deliveries.add("well", [""], "c3", message("c1", "of another"))
    with storage.unit() as uow:
        again = uow.deliveries.lease("well", {"webhook": 5}, LEASE)
        assert [one.id for one in again] == [one.id for one in tried]
        since = uow.deliveries.lease("well", {"webhook": 5}, LEASE)
        assert [one.message.conflict_id for one in since] == ["of another"], "the other one comes after what is on its way"
        uow.deliveries.settle(again, DeliveryState.SENT, "200")
        since = uow.deliveries.lease("well", {"webhook": 5}, LEASE)
        assert [one.message.conflict_id for one in since] == ["of the same thing"]
