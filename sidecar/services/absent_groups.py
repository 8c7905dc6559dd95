"""Groups that hold a role here and that their server has no more: nobody holds it through them, and nobody was told so.

Whoever passes a server asks it now and then, and what it said is kept; pages read that, and wait for no server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from calendars.sync.ports import Home
from sidecar.bootstrap import Application
from sidecar.domain.access import EVERYWHERE, HolderKind, Right, Visitor
from sidecar.domain.bindings import Space
from sidecar.services.sharing import KnowingHome
from sidecar.storage import UnitOfWork

ABSENT_KEY = "groups_absent:{space}"
"""Setting: the groups with a role that the space's server did not have when it was asked last."""
MOST = 200
"""So many groups are asked for in one go: a request each."""


def groups_with_roles(uow: UnitOfWork, centre_ids: Iterable[str]) -> list[str]:
    """The groups that hold a role in one of these centres."""
    counts = {EVERYWHERE, *centre_ids}
    return sorted({g.holder for g in uow.grants.all() if g.holder_kind is HolderKind.GROUP and g.centre_id in counts})


def look_for_groups(app: Application, space: Space, opens: Callable[[Space], Home]) -> None:
    """Ask the space's server for the groups of the centres bound there, where there are any and it tells. Raises
    CalendarsError, and what ``opens`` raises."""
    with app.storage.unit(write=False) as uow:
        held = groups_with_roles(uow, {b.centre_id for b in uow.bindings.all(space_id=space.id)})
        kept = uow.settings.get(ABSENT_KEY.format(space=space.id))
    if not held and not kept:
        return
    home = opens(space)
    if not isinstance(home, KnowingHome):
        return
    answers = {group: home.has_group(group) for group in held[:MOST]}
    if any(there is None for there in answers.values()):
        return
    absent = [group for group, there in answers.items() if there is False]
    if absent != kept:
        with app.storage.unit() as uow:
            uow.settings.set(ABSENT_KEY.format(space=space.id), absent)


def absent_groups(uow: UnitOfWork) -> Mapping[str, tuple[str, ...]]:
    """Group -> the ids of the centres where it holds a role (``EVERYWHERE``: in all), as it was told last. A group that
    another server of the centre has is there. In a unit that only reads."""
    keys = {space.id: ABSENT_KEY.format(space=space.id) for space in uow.spaces.all()}
    if keys:
        uow.settings.read_ahead(*keys.values())
    kept = {space_id: uow.settings.get(key) for space_id, key in keys.items()}
    lists = {space_id: set(absent) for space_id, absent in kept.items() if absent is not None}
    if not any(lists.values()):
        return {}
    bindings = uow.bindings.all()
    found: dict[str, set[str]] = {}
    for grant in uow.grants.all():
        asked = {b.space_id for b in bindings if grant.centre_id in (EVERYWHERE, b.centre_id)} & lists.keys()
        if grant.holder_kind is HolderKind.GROUP and asked and all(grant.holder in lists[space] for space in asked):
            found.setdefault(grant.holder, set()).add(grant.centre_id)
    return {group: tuple(sorted(centres)) for group, centres in sorted(found.items())}


def gone_for(uow: UnitOfWork, visitor: Visitor) -> list[str]:
    """The absent groups whose roles it is the visitor's to take away."""
    found = absent_groups(uow)
    return [group for group, centres in found.items() if any(visitor.may(Right.SET_UP, c) for c in centres)]
