"""The addresses that are called: added, paused, given another secret, taken away. Secrets are shown once, when made."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sidecar.domain.errors import DomainError, NotFound, NotNow
from sidecar.domain.happenings import Destination, DestinationState, HappeningKind
from sidecar.services.webhooks.reaching import is_public
from sidecar.services.webhooks.signing import new_secret
from sidecar.storage import UnitOfWork

CHANNEL = "webhook"
BOTH_HOLD = timedelta(hours=24)
"""How long calls are signed with the former secret too, so that the other side can change over without missing one."""
LONGEST = 2000


def add(
    uow: UnitOfWork,
    url: str,
    *,
    centre_id: str = "",
    kinds: Sequence[HappeningKind] = (),
    unencrypted: bool = False,
    internal: bool = False,
    now: datetime,
    new_id: Callable[[], str],
) -> Destination:
    """An address that hears from now on; no ``kinds`` are all. ``unencrypted``: http to another machine is meant.

    ``internal``: it may be in the network that this machine stands in, or the machine itself; for whoever runs it to say.
    Raises DomainError for an address that will not do, NotFound for an unknown centre.
    """
    _check(url, unencrypted=unencrypted, internal=internal)
    if centre_id:
        uow.centres.get(centre_id)
    return uow.destinations.add(
        Destination(
            id=new_id(),
            channel=CHANNEL,
            address=url,
            centre_id=centre_id,
            kinds=tuple(kind for kind in HappeningKind if not kinds or kind in kinds),
            since=now,
            secret=new_secret(),
            internal=internal,
        )
    )


def all_webhooks(uow: UnitOfWork) -> list[Destination]:
    return uow.destinations.all(channel=CHANNEL)


def webhook(uow: UnitOfWork, id: str) -> Destination:
    """Raises NotFound."""
    found = uow.destinations.find(id)
    if found is None or found.channel != CHANNEL:
        raise NotFound("webhook_unknown", id=id)
    return found


def remove(uow: UnitOfWork, id: str) -> None:
    """What was sent there is forgotten too. Raises NotFound."""
    uow.destinations.remove(webhook(uow, id).id)


def pause(uow: UnitOfWork, id: str) -> Destination:
    """What happens meanwhile is not told, what was on its way waits. Raises NotFound."""
    return uow.destinations.save(replace(webhook(uow, id), state=DestinationState.PAUSED))


def resume(uow: UnitOfWork, id: str, now: datetime) -> Destination:
    """Also where it wanted nothing more, or rests after failures. What happened before is told no more, but for what waits.

    Raises NotFound, and NotNow without a secret.
    """
    found = webhook(uow, id)
    if not found.secret:
        raise NotNow("webhook_no_secret", id=id)
    uow.destinations.succeeded(id)
    since = found.since if found.state is DestinationState.ACTIVE else now
    return uow.destinations.save(replace(found, state=DestinationState.ACTIVE, since=since))


def rotate(uow: UnitOfWork, id: str, now: datetime) -> Destination:
    """Another secret; the former one holds for ``BOTH_HOLD`` beside it. Raises NotFound."""
    found = webhook(uow, id)
    return uow.destinations.save(
        replace(found, secret=new_secret(), former_secret=found.secret, former_until=now + BOTH_HOLD)
    )


def shown_address(destination: Destination) -> str:
    """The address without what often is a secret in it: its query."""
    return destination.address.partition("?")[0]


def _check(url: str, *, unencrypted: bool, internal: bool) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise DomainError("webhook_address") from None
    plain = url.isascii() and url.isprintable() and not set(url) & set(" \\#") and len(url) <= LONGEST
    if not plain or parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        raise DomainError("webhook_address")
    # What a name leads to shows only when it is called.
    if not internal and (_named_here(host) or not _public(host)):
        raise DomainError("webhook_internal")
    if parts.scheme == "http" and not unencrypted and not _loopback(host):
        raise DomainError("webhook_unencrypted")


def _named_here(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")


def _public(host: str) -> bool:
    try:
        return is_public(host)
    except ValueError:
        return True


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return _named_here(host)
