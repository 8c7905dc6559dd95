"""What the set-up pages may ask the servers about accounts and groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sidecar.domain.access import Visitor
from sidecar.domain.bindings import Space
from sidecar.domain.errors import DomainError
from sidecar.http.access import application, syncer, wired
from sidecar.observability import get_logger
from sidecar.services.sharing import KnowingHome
from sidecar.storage import UnitOfWork
from sidecar.web.setting_up.guard import everywhere

log = get_logger(__name__)


def knowing(spaces: Iterable[Space]) -> Iterator[tuple[Space, KnowingHome]]:
    """The homes that can be asked about accounts and groups."""
    for space in spaces:
        home = syncer().home(space)
        if isinstance(home, KnowingHome):
            yield space, home


def groups() -> Sequence[str]:
    """Groups to offer; a platform that does not answer offers none, and what is typed is checked all the same."""
    directory = wired().directory
    try:
        return directory.groups() if directory is not None else ()
    except DomainError as error:
        log.warning("groups_not_listed", why=error.code)
        return ()


def members(group: str) -> frozenset[str] | None:
    """Ids of the accounts in a group; None where that is not told."""
    directory = wired().directory
    try:
        return directory.members(group) if directory is not None else None
    except DomainError as error:
        log.warning("members_not_listed", why=error.code)
        return None


def spaces_of(who: Visitor, centre_id: str) -> list[Space]:
    """The accounts that somebody who sets up this centre may use."""
    with application().storage.unit(write=False) as uow:
        return [s for s in uow.spaces.all() if everywhere(who) or serves(uow, s, centre_id)]


def serves(uow: UnitOfWork, space: Space, centre_id: str) -> bool:
    return any(b.centre_id == centre_id for b in uow.bindings.all(space_id=space.id))
