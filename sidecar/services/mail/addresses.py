"""The addresses that a centre's news goes to: a list, a team's mailbox. Whoever reads there sees what a Talk room would."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sidecar.domain.centres import Centre
from sidecar.domain.errors import DomainError, NotFound
from sidecar.domain.happenings import Destination
from sidecar.services.telling.wording import OF_TEAMS
from sidecar.smtp import is_address
from sidecar.storage import UnitOfWork

CHANNEL = "mail"


def addresses(uow: UnitOfWork, centre_id: str) -> list[Destination]:
    return uow.destinations.all(channel=CHANNEL, centre_id=centre_id)


def add(uow: UnitOfWork, address: str, *, centre_id: str, now: datetime, new_id: Callable[[], str]) -> Destination:
    """It hears of what happens from now on; one that is there already stays as it is. Raises DomainError for what is no
    mail address."""
    if not is_address(address):
        raise DomainError("mail_address", address=address)
    found = _named(uow, centre_id, address)
    if found is not None:
        return found
    return uow.destinations.add(
        Destination(id=new_id(), channel=CHANNEL, address=address, centre_id=centre_id, kinds=OF_TEAMS, since=now)
    )


def remove(uow: UnitOfWork, address: str, *, centre: Centre) -> None:
    """What waits for it is forgotten too. Raises NotFound."""
    found = _named(uow, centre.id, address)
    if found is None:
        raise NotFound("mail_not_there", centre=centre.name)
    uow.destinations.remove(found.id)


def _named(uow: UnitOfWork, centre_id: str, address: str) -> Destination | None:
    """Whatever its case: no server gives two people addresses that differ in nothing else."""
    return next((one for one in addresses(uow, centre_id) if one.address.lower() == address.lower()), None)
