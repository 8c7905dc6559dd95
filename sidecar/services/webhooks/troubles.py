"""The called addresses that somebody has to look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sidecar.domain.happenings import Destination, DestinationState
from sidecar.services.webhooks.addresses import CHANNEL
from sidecar.storage import UnitOfWork
from sidecar.storage.deliveries import Standing

PASSING = timedelta(hours=1)
"""Whoever fails for less long is tried again, and nobody need look yet."""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """``kind``: "gone" (it wants nothing more), "fails", or "given_up" (some of the last month never arrived)."""

    webhook: Destination
    standing: Standing
    kind: str

    @property
    def host(self) -> str:
        """All that is shown to who did not set it up: paths often open something."""
        return urlsplit(self.webhook.address).hostname or ""


def troubles(uow: UnitOfWork) -> list[Trouble]:
    """Of every address; one that somebody paused is nobody's trouble."""
    return _of(uow, uow.destinations.all(channel=CHANNEL))


def lasting(uow: UnitOfWork, centre_id: str, now: datetime) -> tuple[Trouble, ...]:
    """Of those that hear of a centre, and have failed for ``PASSING`` at the least."""
    hear = [
        *uow.destinations.all(channel=CHANNEL, centre_id=centre_id),
        *uow.destinations.all(channel=CHANNEL, centre_id=None),
    ]
    return tuple(one for one in _of(uow, hear) if one.kind != "fails" or _since(one, now) >= PASSING)


def _of(uow: UnitOfWork, webhooks: list[Destination]) -> list[Trouble]:
    found = [(one, uow.destinations.standing(one.id)) for one in webhooks]
    return [Trouble(webhook=one, standing=standing, kind=kind) for one, standing in found if (kind := _kind(one, standing))]


def _kind(one: Destination, standing: Standing) -> str:
    if one.state is DestinationState.GONE:
        return "gone"
    if one.state is DestinationState.ACTIVE and standing.failing_since is not None:
        return "fails"
    return "given_up" if standing.given_up else ""


def _since(one: Trouble, now: datetime) -> timedelta:
    return now - (one.standing.failing_since or now)
