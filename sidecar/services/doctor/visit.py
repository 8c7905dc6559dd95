"""One look at the server of a space, within a handful of requests; what the checks of it read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from calendars.dav import Account
from calendars.dav.discovery import account_at
from calendars.dav.inspection import Heard, Record, Shown, collections_of
from calendars.dav.principals import has_group
from calendars.dav.servers import NEXTCLOUD, named
from calendars.dav.transport import Transport
from calendars.errors import DavError, NotThere
from sidecar.bootstrap import Application
from sidecar.domain.errors import DomainError
from sidecar.observability import get_logger
from sidecar.services.absent_groups import MOST
from sidecar.services.binding import kind_of
from sidecar.services.doctor.database import Tied
from sidecar.services.doctor.outside import Outside

log = get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What was found. ``account`` is what the server says of it now, ``shown`` its collections by href; both None where
    ``failure`` (of the server) or ``withheld`` (of ours: nothing was asked) says why."""

    tied: Tied
    account: Account | None = None
    shown: Mapping[str, Shown] | None = None
    heard: tuple[Heard, ...] = ()
    requests: int = 0
    failure: DavError | None = None
    withheld: DomainError | None = None
    slow: float = 5.0
    rounds: tuple[tuple[float, ...], ...] = ()
    """After how many seconds each of several requests was answered that were sent together, where that was asked for."""
    absent: tuple[str, ...] = ()
    """Groups that hold a role and that the server does not have, where it tells."""

    @property
    def about(self) -> str:
        return self.tied.about

    @property
    def answered(self) -> bool:
        return self.shown is not None


def visit(app: Application, tied: Tied, outside: Outside) -> Visit:
    """Look at a space as its passes do: at the account that discovery found, with the credentials that are kept.

    Two requests for the account, one for each home that holds something bound, and one for each group that holds a role
    where collections are shared with groups; sixteen more to a Nextcloud, four at once.
    """
    if tied.account is None:
        return Visit(tied=tied, withheld=DomainError("space_not_discovered", url=tied.space.url))
    try:
        transport = outside.open(app, tied.space, tied.account)
    except DomainError as error:
        return Visit(tied=tied, withheld=error)
    record = Record(now=outside.now)
    record.listen(transport)
    account, shown, failure = None, None, None
    rounds: tuple[tuple[float, ...], ...] = ()
    absent: tuple[str, ...] = ()
    try:
        account = account_at(transport, tied.account.principal)
        if account is None:
            raise NotThere("The account has neither calendars nor contacts", href=tied.account.principal)
        shown = collections_of(transport, _homes(tied, tied.account))
        absent = _absent(transport, tied, tied.account)
        rounds = _rounds(transport, tied.account, outside)
    except DavError as error:
        failure = error
    finally:
        transport.close()
    return Visit(
        tied=tied,
        account=account,
        shown=shown,
        heard=tuple(record.heard),
        requests=transport.requests,
        failure=failure,
        slow=outside.slow,
        rounds=rounds,
        absent=absent,
    )


def _absent(transport: Transport, tied: Tied, account: Account) -> tuple[str, ...]:
    if not named(account.server).shares:
        return ()
    try:
        return tuple(group for group in tied.groups[:MOST] if not has_group(transport, account.principal, group))
    except DavError as error:
        # It answered all else; of groups it does not tell.
        log.info("groups_not_told", kind=type(error).__name__)
        return ()


def _rounds(transport: Transport, account: Account, outside: Outside) -> tuple[tuple[float, ...], ...]:
    if account.server != NEXTCLOUD.name:
        return ()
    try:
        return tuple(outside.crowd(transport, account.principal))
    except DavError as error:
        # It answered one at a time; what it makes of several it does not tell.
        log.info("crowd_not_measured", kind=type(error).__name__)
        return ()


def _homes(tied: Tied, account: Account) -> list[str]:
    kinds = dict.fromkeys(kind_of(b.purposes) for b in tied.bindings)
    return [home for kind in kinds for home in account.homes(kind)]
