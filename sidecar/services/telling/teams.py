"""Where a centre's team hears what is new: at its mail address, or in its room of the platform's chat."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from sidecar.config import Config
from sidecar.domain.centres import Centre
from sidecar.domain.errors import DomainError, NotFound
from sidecar.domain.happenings import Destination
from sidecar.services.telling.wording import OF_TEAMS
from sidecar.smtp import is_address
from sidecar.storage import UnitOfWork

_ROOM = re.compile(r"(?:https?://[^?#]+/call/)?([A-Za-z0-9]{4,30})/?")


class Way(StrEnum):
    """How a team is told; destinations call their channel so. Whoever reads there sees the same, and no names."""

    MAIL = "mail"
    TALK = "talk"


def is_here(config: Config, way: Way) -> bool:
    """Whether a team can be told so on this machine: mail needs a server that takes ours, Talk a Nextcloud around us."""
    return config.smtp_url is not None if way is Way.MAIL else config.exapp is not None


def require_here(config: Config, way: Way) -> None:
    """Raises DomainError with what to set where a team cannot be told so."""
    if not is_here(config, way):
        raise DomainError(f"{way}_not_here")


def heard_at(uow: UnitOfWork, way: Way, centre_id: str) -> list[Destination]:
    return uow.destinations.all(channel=way.value, centre_id=centre_id)


def add(uow: UnitOfWork, way: Way, typed: str, *, centre_id: str, now: datetime, new_id: Callable[[], str]) -> Destination:
    """It hears of what happens from now on; one that is there already stays as it is.

    ``typed`` is a mail address, or a room's address or the end of that. Raises DomainError for anything else.
    """
    address = _read(way, typed)
    return _named(uow, way, centre_id, address) or uow.destinations.add(
        Destination(id=new_id(), channel=way.value, address=address, centre_id=centre_id, kinds=OF_TEAMS, since=now)
    )


def remove(uow: UnitOfWork, way: Way, typed: str, *, centre: Centre) -> None:
    """What waits for it is forgotten too. Raises NotFound; DomainError for what is no address."""
    found = _named(uow, way, centre.id, _read(way, typed))
    if found is None:
        raise NotFound(f"{way}_not_there", centre=centre.name)
    uow.destinations.remove(found.id)


def _read(way: Way, typed: str) -> str:
    typed = typed.strip()
    if way is Way.MAIL:
        if not is_address(typed):
            raise DomainError("mail_address", address=typed)
        return typed
    room = _ROOM.fullmatch(typed)
    if room is None:
        raise DomainError("talk_room_unreadable", room=typed)
    return room[1]


def _named(uow: UnitOfWork, way: Way, centre_id: str, address: str) -> Destination | None:
    """By mail whatever its case: no server gives two people addresses that differ in nothing else."""

    def alike(text: str) -> str:
        return text.lower() if way is Way.MAIL else text

    return next((one for one in heard_at(uow, way, centre_id) if alike(one.address) == alike(address)), None)
