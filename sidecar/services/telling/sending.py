"""One attempt after the other: what is due is leased, sent outside of any transaction, and what became of it is kept.

At least once: between the answer and the note of it a process may die; then the lease runs out and the same delivery goes
again under the same id. What fails goes again after a minute, then twice as long each time, six hours at most; after three
days it is given up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sidecar.bootstrap import Application
from sidecar.domain.happenings import Delivery, DeliveryState, Destination, DestinationState
from sidecar.observability import get_logger
from sidecar.services.muting import Why, look_around
from sidecar.services.telling.channel import Channel, Outcome, Result
from sidecar.services.telling.settling import muted_centres, told_to
from sidecar.storage import StorageError, UnitOfWork

log = get_logger(__name__)
LEASE = timedelta(minutes=10)
"""Longer than any attempt takes."""
FIRST, LONGEST = timedelta(minutes=1), timedelta(hours=6)
LONGEST_TOGETHER = timedelta(hours=1)
"""A destination that fails is tried with one delivery once in so long at the least."""
GIVEN_UP_AFTER = timedelta(days=3)
LONGEST_ASKED = timedelta(hours=24)
"""However long a destination asks to be left alone for."""


def send_next(app: Application, channels: Mapping[str, Channel], destination_id: str, jitter: Callable[[], float]) -> bool:
    """Send to one recipient there what is due; False where nothing is. ``jitter`` gives 0..1."""
    with app.storage.unit(write=False) as uow:
        # Before each attempt: many may stand behind one another, and who mutes wants silence now.
        if look_around(app, uow) is not Why.NOT:
            return False
        silent = muted_centres(uow)
    with app.storage.unit() as uow:
        at_once = {name: channel.at_once for name, channel in channels.items()}
        leased = uow.deliveries.lease(destination_id, at_once, LEASE, silent)
        if not leased:
            return False
        destination = uow.destinations.get(destination_id)
        leased = _concerned(uow, channels[destination.channel], destination, leased)
    if not leased:
        return True
    try:
        outcome = channels[destination.channel].send(destination, leased[0].recipient, leased)
    except Exception as error:
        # A channel's fault must neither stop what others are told nor be tried without end.
        log.exception("telling_failed", channel=destination.channel, destination=destination.id)
        outcome = Outcome(result=Result.LATER, answer=type(error).__name__)
    with app.storage.unit() as uow:
        _keep(uow, leased, outcome, app.now(), jitter)
    return True


def _concerned(uow: UnitOfWork, channel: Channel, destination: Destination, leased: list[Delivery]) -> list[Delivery]:
    """Without what its recipient has no right to know any more: days may lie between making a message and sending it."""
    found = [one for one in leased if _concerns(uow, channel, destination, one)]
    withdrawn = [one for one in leased if one not in found]
    if withdrawn:
        uow.deliveries.settle(withdrawn, DeliveryState.GIVEN_UP, "withdrawn")
    return found


def _concerns(uow: UnitOfWork, channel: Channel, destination: Destination, one: Delivery) -> bool:
    try:
        return one.recipient in told_to(uow, channel, destination, one.message)
    except StorageError:
        raise
    except Exception as error:
        # A fault of ours in one message: else it would stand before all others of this destination for days.
        log.exception("telling_failed", kind=type(error).__name__, destination=destination.id, delivery=one.id)
        return False


def _keep(uow: UnitOfWork, leased: list[Delivery], outcome: Outcome, now: datetime, jitter: Callable[[], float]) -> None:
    destination = uow.destinations.find(leased[0].destination_id)
    if destination is None:
        return  # taken away meanwhile, and its deliveries with it
    if outcome.result is Result.SENT:
        uow.deliveries.settle(leased, DeliveryState.SENT, outcome.answer)
        uow.destinations.succeeded(destination.id)
        return
    log.warning("not_told", channel=destination.channel, destination=destination.id, answer=outcome.answer)
    if outcome.result is Result.GONE:
        uow.deliveries.settle(leased, DeliveryState.GIVEN_UP, outcome.answer)
        uow.destinations.save(replace(destination, state=DestinationState.GONE))
    if outcome.result is Result.NEVER:
        uow.deliveries.settle(leased, DeliveryState.GIVEN_UP, outcome.answer)
        return
    failures = uow.destinations.standing(destination.id).failures + 1
    together = now + max(later(failures, jitter, LONGEST_TOGETHER), asked(outcome))
    uow.destinations.failed(destination.id, rests_until=together if outcome.everywhere else None)
    share = jitter()  # the same for all of them: what was tried together is due together
    for one in leased if outcome.result is Result.LATER else ():
        over = now - one.made_at >= GIVEN_UP_AFTER
        due = now + max(later(one.attempts, lambda: share), asked(outcome))
        uow.deliveries.settle([one], DeliveryState.GIVEN_UP if over else DeliveryState.WAITING, outcome.answer, due=due)


def later(attempts: int, jitter: Callable[[], float], longest: timedelta = LONGEST) -> timedelta:
    """How long to wait after so many attempts, up to a fifth longer: those who failed together do not come back together."""
    return min(longest, FIRST * 2 ** min(attempts - 1, 20)) * (1 + jitter() / 5)


def asked(outcome: Outcome) -> timedelta:
    return min(outcome.wait or timedelta(0), LONGEST_ASKED)
