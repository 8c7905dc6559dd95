"""What goes wrong with one thing, one destination or one clock holds up nothing else; silence is kept at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from sidecar.domain.happenings import Delivery, DeliveryState, Destination, DestinationState
from sidecar.services import webhooks
from sidecar.services.muting import MUTED_KEY
from sidecar.services.telling import Outcome, Result, Teller, teller
from sidecar.services.telling.sending import LEASE
from sidecar.services.telling.settling import settle
from sidecar.storage.tables_of_telling import deliveries, happenings
from tests.scene import outing
from tests.telling.conftest import Begin, Listener, Telling

FAILED = Outcome(result=Result.LATER, answer="500")
SENT = Outcome(result=Result.SENT, answer="200")


def told(telling: Telling) -> list[str]:
    return [str(message.kind) for message in telling.listener.heard]


def spoil(telling: Telling, statement: sa.Update) -> None:
    with telling.scene.application.storage.engine.begin() as connection:
        connection.execute(statement)


# --- one thing that cannot be read ---------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [{"kind": "picnic"}, {}, {"a": 1}, {"start": "tomorrow"}])
def test_a_thing_that_another_version_noted_holds_up_no_other(telling: Telling, before: dict[str, Any]) -> None:
    telling.change(meeting_point="Là")
    spoil(telling, sa.update(happenings).values(before=before))
    with telling.scene.board() as uow:
        uow.appointments.add(outing(1))
    assert telling.rested() == ["published"]


def test_a_fault_in_what_is_made_of_one_thing_holds_up_no_other(telling: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    recipients = telling.listener.recipients

    def breaks(uow: object, destination: object, message: Any) -> object:
        if message.appointment_id == "cafe":
            raise ValueError("of ours")
        return recipients(uow, destination, message)  # type: ignore[arg-type]

    monkeypatch.setattr(telling.listener, "recipients", breaks)
    telling.change(meeting_point="Là")
    with telling.scene.board() as uow:
        uow.appointments.add(outing(1))
    assert telling.rested() == ["published"]


def test_a_fault_in_asking_whom_one_message_still_concerns_holds_up_no_other(
    telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipients = telling.listener.recipients
    telling.listener.answers = [FAILED]
    telling.change(meeting_point="Là")
    assert telling.rested() == []

    def breaks(uow: object, destination: object, message: Any) -> object:
        if message.appointment_id == "cafe":
            raise ValueError("of ours")
        return recipients(uow, destination, message)  # type: ignore[arg-type]

    monkeypatch.setattr(telling.listener, "recipients", breaks)
    outings(telling, 1)
    assert telling.rested() == ["published"]


@pytest.mark.parametrize("at_once", [1, 5])
def test_a_message_that_cannot_be_read_is_given_up_and_holds_up_no_other(begin: Begin, at_once: int) -> None:
    telling = begin(at_once=at_once)
    telling.listener.answers = [FAILED] * at_once
    telling.change(meeting_point="Là")
    assert telling.rested() == []
    spoil(telling, sa.update(deliveries).values(message={"kind": "picnic", "at": "tomorrow", "centre_id": "maurepas"}))
    with telling.scene.board() as uow:
        uow.appointments.add(outing(1))
    telling.later(minutes=5)
    telling.teller.turn()
    telling.listener.answers.clear()
    telling.later(hours=1)
    telling.teller.turn()
    telling.teller.turn()
    assert told(telling) == ["published"]
    assert [str(one.message.kind) for one in telling.log()] == ["published"]


# --- silence -------------------------------------------------------------------------------------------------------


def outings(telling: Telling, count: int) -> None:
    with telling.scene.board() as uow:
        for number in range(1, count + 1):
            uow.appointments.add(outing(number))


def during_the_first(telling: Telling, monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """``act`` takes place while the first message is being sent."""
    send = telling.listener.send

    def sends(*arguments: Any) -> Outcome:
        outcome = send(*arguments)
        if len(telling.listener.calls) == 1:
            act()
        return outcome

    monkeypatch.setattr(telling.listener, "send", sends)


def test_who_mutes_while_many_are_on_their_way_is_obeyed_before_the_next_one(
    telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mute() -> None:
        with telling.scene.board() as uow:
            uow.settings.set(MUTED_KEY, {"why": "elsewhere", "at": telling.scene.clock().isoformat()})

    during_the_first(telling, monkeypatch, mute)
    outings(telling, 5)
    assert len(telling.rested()) == 1


def test_what_waits_for_a_centre_that_is_muted_alone_waits_on(telling: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    def muted(now: bool) -> None:
        with telling.scene.board() as uow:
            uow.spaces.save(replace(uow.spaces.get("space"), muted=now))

    with telling.scene.board() as uow:
        space, centre = uow.spaces.get("space"), uow.centres.get("maurepas")
        uow.spaces.add(replace(space, id="other", username="other"))
        uow.centres.add(replace(centre, id="villejean", name="Villejean"))
    during_the_first(telling, monkeypatch, lambda: muted(True))
    outings(telling, 3)
    assert len(telling.rested()) == 1
    telling.later(hours=1)
    telling.teller.turn()
    assert told(telling) == []
    with telling.scene.board() as uow:
        uow.appointments.add(replace(outing(9), centre_id="villejean"))
    assert telling.rested() == ["published"]
    muted(False)
    telling.teller.turn()
    assert len(told(telling)) == 2


def test_who_has_no_right_to_know_any_more_is_not_told_what_still_waits(begin: Begin) -> None:
    telling = begin(personal=True)
    telling.listener.answers = [replace(FAILED, everywhere=False)] * 3
    telling.change(meeting_point="Là")
    telling.rested()
    asked = [address for address, _ in telling.listener.calls]
    assert "bruno@" in asked
    telling.listener.calls.clear()
    telling.listener.recipients = lambda uow, destination, message: []  # type: ignore[method-assign]
    telling.later(hours=1)
    telling.teller.turn()
    assert telling.listener.calls == []
    assert {(one.state, one.answer) for one in telling.log()} == {(DeliveryState.GIVEN_UP, "withdrawn")}


def test_what_happened_while_it_was_paused_is_not_told_when_it_goes_on_before_the_rest_is_over(telling: Telling) -> None:
    listener = replace(telling.listener, name=webhooks.CHANNEL, heard=telling.listener.heard)
    telling.teller = Teller(telling.scene.application, [listener], jitter=lambda: 0.0)
    with telling.scene.board() as uow:
        added = webhooks.add(uow, "https://example.org/", now=telling.scene.clock(), new_id=lambda: "w")
    telling.later(seconds=1)
    with telling.scene.board() as uow:
        webhooks.pause(uow, added.id)
    telling.change(meeting_point="Là")
    telling.later(seconds=30)
    with telling.scene.board() as uow:
        webhooks.resume(uow, added.id, telling.scene.clock())
    assert telling.rested() == []
    telling.change(meeting_point="Ici")
    assert telling.rested() == ["changed"]


# --- a slow one ----------------------------------------------------------------------------------------------------


@dataclass
class Waiting(Listener):
    """Answers for ``slow`` only once somebody else was told, or after long."""

    other: threading.Event = field(default_factory=threading.Event)
    waited: list[bool] = field(default_factory=list)

    def send(self, destination: Destination, address: str, deliveries: Sequence[Delivery]) -> Outcome:
        if destination.id == "slow":
            self.waited.append(self.other.wait(timeout=5))
        else:
            self.other.set()
        return SENT


def test_a_slow_destination_holds_up_no_other(begin: Begin) -> None:
    telling = begin(listening=False)
    listener = Waiting()
    telling.destination("slow")
    telling.later(seconds=1)
    telling.destination("swift")
    telling.change(meeting_point="Là")
    telling.later(minutes=2)
    Teller(telling.scene.application, [listener]).turn()
    assert listener.waited == [True]


def test_one_for_which_much_waits_gives_way_to_the_others(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teller, "A_WHILE", 0.0)
    monkeypatch.setattr(teller, "LANES", 1)
    telling = begin()
    outings(telling, 5)
    telling.later(minutes=2)
    telling.teller.turn()
    telling.destination("second")
    telling.change(meeting_point="Là")
    telling.later(minutes=2)
    telling.teller.turn()
    (delivery,) = telling.log("second")
    assert delivery.state is DeliveryState.SENT


def test_who_fails_comes_after_those_who_answer(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teller, "LANES", 1)
    telling = begin()
    telling.destination("well")
    telling.later(seconds=1)
    telling.listener.answers = [FAILED]
    telling.change(meeting_point="Là")
    telling.rested()
    telling.later(hours=1)
    telling.change(meeting_point="Ici")
    telling.later(minutes=2)
    app, channels = telling.scene.application, {"listener": telling.listener}
    with app.storage.unit() as uow:
        assert settle(uow, channels, rest=timedelta(minutes=2), now=app.now()) == 1
        assert uow.deliveries.due(channels, ()) == ["well", "d"]


def test_an_attempt_that_outlasts_its_lease_takes_it_from_nobody(telling: Telling) -> None:
    telling.listener.answers = [FAILED]
    telling.change(meeting_point="Là")
    telling.rested()
    storage = telling.scene.application.storage
    telling.later(minutes=1)
    with storage.unit() as uow:
        (first,) = uow.deliveries.lease("d", {"listener": 1}, LEASE)
    telling.later(minutes=11)
    with storage.unit() as uow:
        (second,) = uow.deliveries.lease("d", {"listener": 1}, LEASE)
    with storage.unit() as uow:
        uow.deliveries.settle([first], DeliveryState.WAITING, "timeout", due=telling.scene.clock())
    with storage.unit() as uow:
        assert uow.deliveries.lease("d", {"listener": 1}, LEASE) == []
    with storage.unit() as uow:
        uow.deliveries.settle([second], DeliveryState.WAITING, "500", due=telling.scene.clock())
        (third,) = uow.deliveries.lease("d", {"listener": 1}, LEASE)
    assert third.attempts == 4


def test_a_platform_is_asked_only_where_something_can_go(telling: Telling) -> None:
    """It is asked over the network, every few seconds."""
    asked: list[bool] = []

    def may() -> bool:
        asked.append(True)
        return True

    watched = Teller(telling.scene.application, [telling.listener], may=may, jitter=lambda: 0.0)
    telling.listener.answers = [FAILED]
    telling.change(meeting_point="Là")
    telling.later(minutes=2)
    watched.turn()
    assert len(asked) == 1
    watched.turn()
    assert len(asked) == 1
    with telling.scene.board() as uow:
        uow.destinations.save(replace(uow.destinations.get("d"), state=DestinationState.PAUSED))
    telling.later(hours=2)
    watched.turn()
    assert len(asked) == 1


def test_what_was_called_off_with_its_whole_centre_is_told_all_the_same(telling: Telling) -> None:
    with telling.scene.board() as uow:
        uow.centres.add(replace(uow.centres.get("maurepas"), id="villejean", name="Villejean"))
        uow.appointments.add(outing(1, id="theirs", centre_id="villejean"))
    telling.destination("theirs", centre_id="villejean")
    assert telling.rested() == ["published", "published"]
    with telling.scene.board() as uow:
        uow.appointments.remove("theirs")
        uow.centres.remove("villejean")
    assert telling.rested() == ["cancelled"]
    with telling.scene.reading() as uow:
        assert [one.id for one in uow.destinations.all()] == ["d"]


# --- clocks --------------------------------------------------------------------------------------------------------


def test_a_clock_that_ran_ahead_and_was_set_right_puts_nothing_off_for_long(telling: Telling) -> None:
    telling.listener.answers = [FAILED]
    telling.change(meeting_point="Là")
    telling.later(days=3)
    telling.teller.turn()
    telling.later(days=-3, minutes=10)
    telling.teller.turn()
    assert told(telling) == ["changed"]
