"""The port through which others are told: one channel a way (signed calls, notifications, a chat, mail)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from sidecar.domain.happenings import Delivery, Destination, Message
from sidecar.storage import UnitOfWork


class Result(StrEnum):
    """SENT: it arrived. LATER: worth trying again. NEVER: this one will not arrive. GONE: nothing more is wanted there."""

    SENT = "sent"
    LATER = "later"
    NEVER = "never"
    GONE = "gone"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one attempt. ``answer`` is for the log, in a few words, without secrets or personal data.

    ``wait``: how long it was asked to be left alone. ``everywhere``: the destination itself is in trouble, not this
    recipient, so that nothing else is sent there for a while either.
    """

    result: Result
    answer: str = ""
    wait: timedelta | None = None
    everywhere: bool = True


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Who or what gets a message of its own: ``address`` is the channel's (an account; "" where there is but one).

    ``person_id`` says whose it is; without it nothing about a supervision is told to it.
    """

    address: str = ""
    person_id: str | None = None


class Channel(Protocol):
    """One way of telling. ``name`` is what destinations call it; ``at_once`` how many messages one ``send`` takes at most.

    ``personal``: each of its recipients is one person. What is not personal hears nothing of supervisions.
    """

    @property
    def name(self) -> str: ...

    @property
    def personal(self) -> bool: ...

    @property
    def at_once(self) -> int: ...

    def recipients(self, uow: UnitOfWork, destination: Destination, message: Message) -> Sequence[Recipient]:
        """Whom a message concerns; asked once, in the transaction that makes it. No request to anybody belongs here."""

    def send(self, destination: Destination, address: str, deliveries: Sequence[Delivery]) -> Outcome:
        """Tell one recipient; outside of any transaction. What a network or server does is an outcome, not an exception.

        At least once: after a process died in the middle, the same deliveries come again under the same ids.
        """
