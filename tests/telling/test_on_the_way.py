"""How messages get there: again after failures, in order, never twice at once, not while muted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sidecar.domain.happenings import DeliveryState, DestinationState
from sidecar.services import rota
from sidecar.services.muting import MUTED_KEY, unmute
from sidecar.services.telling import Outcome, Result
from sidecar.services.telling.sending import LEASE
from tests.scene import outing
from tests.telling.conftest import Begin, Telling

FAILED = Outcome(result=Result.LATER, answer="500")


def test_what_fails_goes_again_later_and_later_under_the_same_id(telling: Telling) -> None:
    telling.listener.answers = [FAILED, FAILED, FAILED]
    telling.change(meeting_point="Là")
    assert telling.rested() == []
    tried = []
    for minute in range(12):
        before = len(telling.listener.calls)
        telling.later(minutes=1)
        telling.teller.turn()
        tried += [minute + 1] if len(telling.listener.calls) > before else []
    assert tried == [1, 3, 7]
    assert len(set(telling.listener.ids)) == 1
    (delivery,) = telling.log()
    assert (delivery.state, delivery.attempts, delivery.answer) == (DeliveryState.SENT, 4, "200")


def test_a_destination_that_fails_is_not_asked_for_everything_that_waits(telling: Telling) -> None:
    telling.listener.answers = [FAILED]
    with telling.scene.board() as uow:
        for number in range(1, 6):
            uow.appointments.add(outing(number))
    telling.rested()
    assert len(telling.listener.calls) == 1
    telling.later(minutes=1)
    telling.teller.turn()
    assert len(telling.listener.heard) == 5


def test_a_recipients_own_trouble_holds_up_nobody_else(telling: Telling) -> None:
    telling.listener.answers = [replace(FAILED, everywhere=False)]
    with telling.scene.board() as uow:
        uow.appointments.add(outing(1))
        uow.appointments.add(outing(2))
    assert telling.rested() == ["published"]


def test_what_was_asked_for_is_waited_for(telling: Telling) -> None:
    telling.listener.answers = [replace(FAILED, wait=timedelta(hours=2))]
    telling.change(meeting_point="Là")
    telling.rested()
    telling.later(hours=1, minutes=59)
    assert telling.teller.turn() == 0
    telling.later(minutes=1)
    assert telling.teller.turn() == 1


def test_of_one_thing_nothing_overtakes_what_was_told_earlier(telling: Telling) -> None:
    telling.listener.answers = [replace(FAILED, everywhere=False)]
    telling.change(meeting_point="Là")
    assert telling.rested() == []
    with telling.scene.board() as uow:
        rota.cancel(uow, "cafe")
    assert telling.rested() == ["changed", "cancelled"]


def test_after_three_days_it_is_given_up_and_stays_visible(telling: Telling) -> None:
    telling.listener.answers = [FAILED] * 200
    telling.change(meeting_point="Là")
    telling.rested()
    for _ in range(75):
        telling.later(hours=1)
        telling.teller.turn()
    (delivery,) = telling.log()
    assert (delivery.state, delivery.answer) == (DeliveryState.GIVEN_UP, "500")
    assert 10 < len(telling.listener.calls) < 30
    with telling.scene.reading() as uow:
        standing = uow.destinations.standing("d")
    assert (standing.waiting, standing.given_up, standing.failures) == (0, 1, len(telling.listener.calls))
    assert standing.failing_since is not None


def test_a_fault_of_a_channel_counts_as_a_failure(telling: Telling) -> None:
    telling.listener.answers = [ValueError("of ours")]
    telling.change(meeting_point="Là")
    telling.rested()
    assert telling.log()[0].answer == "ValueError"
    telling.later(minutes=1)
    telling.teller.turn()
    assert [str(message.kind) for message in telling.listener.heard] == ["changed"]


def test_a_destination_that_wants_nothing_more_is_told_nothing_more(telling: Telling) -> None:
    telling.listener.answers = [Outcome(result=Result.GONE, answer="410")]
    telling.change(meeting_point="Là")
    telling.rested()
    with telling.scene.reading() as uow:
        assert uow.destinations.get("d").state is DestinationState.GONE
    telling.change(meeting_point="Ici")
    assert telling.rested() == []
    assert len(telling.listener.calls) == 1


def test_what_never_arrives_is_given_up_at_once(telling: Telling) -> None:
    telling.listener.answers = [Outcome(result=Result.NEVER, answer="no such account")]
    telling.change(meeting_point="Là")
    telling.rested()
    assert telling.log()[0].state is DeliveryState.GIVEN_UP


def test_what_is_leased_goes_to_nobody_else_until_the_lease_is_over(telling: Telling) -> None:
    telling.change(meeting_point="Là")
    telling.later(seconds=120)
    telling.listener.answers = [FAILED]
    telling.teller.turn()
    telling.later(minutes=1)
    storage = telling.scene.application.storage
    with storage.unit() as uow:
        (leased,) = uow.deliveries.lease("d", {"listener": 1}, LEASE)
    with storage.unit() as uow:
        assert uow.deliveries.lease("d", {"listener": 1}, LEASE) == []
    telling.later(minutes=10)
    with storage.unit() as uow:
        (again,) = uow.deliveries.lease("d", {"listener": 1}, LEASE)
    assert (again.id, again.attempts) == (leased.id, 3)


def test_muted_nothing_is_sent_and_what_happened_meanwhile_is_told_to_nobody(telling: Telling) -> None:
    with telling.scene.board() as uow:
        uow.spaces.save(replace(uow.spaces.get("space"), muted=True))
    telling.change(meeting_point="Là")
    assert telling.rested() == []
    with telling.scene.board() as uow:
        uow.spaces.save(replace(uow.spaces.get("space"), muted=False))
    assert telling.rested() == []
    telling.change(meeting_point="Ici")
    assert telling.rested() == ["changed"]


def test_a_restored_database_tells_no_old_news(telling: Telling) -> None:
    telling.listener.answers = [FAILED]
    telling.change(meeting_point="Là")
    telling.rested()
    with telling.scene.board() as uow:
        uow.appointments.add(outing(1))
    app = telling.scene.application
    with telling.scene.board() as uow:
        uow.settings.set(MUTED_KEY, {"why": "restored", "at": app.now().isoformat()})
    telling.later(hours=1)
    assert telling.teller.turn() == 0
    with telling.scene.board() as uow:
        committed = unmute(app, uow)
    committed()
    telling.later(hours=1)
    assert telling.teller.turn() == 0
    telling.change(meeting_point="Ici")
    assert telling.rested() == ["changed"]


def test_paused_it_hears_nothing_of_what_happens_meanwhile(telling: Telling) -> None:
    with telling.scene.board() as uow:
        uow.destinations.save(replace(uow.destinations.get("d"), state=DestinationState.PAUSED))
    telling.change(meeting_point="Là")
    assert telling.rested() == []
    with telling.scene.board() as uow:
        uow.destinations.save(replace(uow.destinations.get("d"), state=DestinationState.ACTIVE))
    assert telling.rested() == []


def test_what_was_sent_can_be_read_for_a_month(telling: Telling) -> None:
    telling.change(meeting_point="Là")
    telling.rested()
    telling.later(days=29)
    telling.teller.turn()
    assert len(telling.log()) == 1
    telling.later(days=2)
    telling.teller.turn()
    assert telling.log() == []


def test_a_destination_that_is_taken_away_takes_what_waits_with_it(begin: Begin) -> None:
    telling = begin()
    telling.listener.answers = [FAILED]
    telling.change(meeting_point="Là")
    telling.rested()
    with telling.scene.board() as uow:
        uow.destinations.remove("d")
    telling.later(hours=1)
    assert telling.teller.turn() == 0
