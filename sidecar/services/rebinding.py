"""The same calendar or contact list elsewhere: renamed with its address, shared anew, moved to another account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from calendars.errors import NotThere, PreconditionFailed, UidConflict
from calendars.sync.guard import ACCEPTED
from calendars.sync.ports import CollectionKind, CollectionState, Cursor, Past
from sidecar.domain.audit import Origin
from sidecar.domain.bindings import Binding, Purpose, Space
from sidecar.domain.errors import DomainError, NotNow
from sidecar.observability import get_logger
from sidecar.services.binding import kind_of, mark_centre
from sidecar.services.leaving import close_writes, forget_left
from sidecar.services.locking import space_lock
from sidecar.services.muting import Why, why_muted
from sidecar.services.sync.desk import traits_of
from sidecar.services.sync.groups import Groups
from sidecar.services.syncing import Syncer
from sidecar.storage import UnitOfWork

log = get_logger(__name__)


@dataclass(frozen=True)
class Rebound:
    """A binding as it is now, and where it was."""

    binding: Binding
    was: str


def find_again(
    syncer: Syncer,
    centre_id: str,
    wanted: Mapping[Purpose, str],
    *,
    account: tuple[Space, Sequence[CollectionState]] | None = None,
    actor: str,
    origin: Origin = Origin.COMMAND,
) -> list[Rebound]:
    """Tie a centre's bindings to where their collections are now; the next pass carries it out.

    ``wanted`` names for a purpose the collection that stands in for the one bound so far, by href or by name; where it is
    empty each binding whose collection is not there goes to the one of the same name. ``account`` is another account and
    what it holds; without it each binding stays in its own. What lies in the server's trash bin is brought over first.
    Raises NotFound, SpaceBusy, CalendarsError, NotNow where nothing has to be found or nothing may be written, DomainError
    where it is not clear what stands in for what.
    """
    app = syncer.application
    with app.storage.unit(write=False) as uow:
        centre = uow.centres.get(centre_id)
        bindings = uow.bindings.all(centre_id=centre_id)
        spaces = {space.id: space for space in uow.spaces.all()}
    if not bindings:
        raise NotNow("centre_not_bound", name=centre.name)
    chosen = [b for b in bindings if not wanted or set(b.purposes) & wanted.keys()]
    if len({p for b in chosen for p in b.purposes} & wanted.keys()) < len(wanted):
        raise NotNow("centre_not_bound", name=centre.name)
    pairs: list[tuple[Binding, Space, CollectionState, Past]] = []
    for space_id in dict.fromkeys(b.space_id for b in chosen):
        own = [b for b in chosen if b.space_id == space_id]
        space, states = account if account is not None else (spaces[space_id], _look(syncer, spaces[space_id], own))
        with app.storage.unit(write=False) as uow:
            pasts = {b.id: past_of(uow, b, space, states) for b in own}
        pairs += [(binding, space, state, pasts[binding.id]) for binding, state in _matched(own, space, states, wanted)]
    if not pairs:
        raise NotNow("nothing_to_rebind", name=centre.name)
    with ExitStack() as held:
        for space_id in sorted({space_id for binding, space, *_ in pairs for space_id in (binding.space_id, space.id)}):
            held.enter_context(space_lock(app.storage, app.config.data_dir, space_id))
        # What is missing in the bin too somebody deleted by itself, and people were told of that.
        in_bin = {b.id for b, space, state, _ in pairs if _out_of_the_bin(syncer, b, space, state)}
        uow = held.enter_context(app.storage.unit(actor=actor, origin=origin))
        rebound = [
            Rebound(rebind(uow, b, space, state, Past.REBOUND if b.id in in_bin else past), b.href)
            for b, space, state, past in pairs
        ]
        mark_centre(uow, centre_id, app.now())
    return rebound


def _look(syncer: Syncer, space: Space, bindings: Sequence[Binding]) -> Sequence[CollectionState]:
    return syncer.home(space).look({kind_of(b.purposes) for b in bindings})


def _out_of_the_bin(syncer: Syncer, binding: Binding, space: Space, state: CollectionState) -> bool:
    """What is ours in a calendar that lies in the server's trash bin moves into the one that takes its place; whether it
    lies there.

    It stays the same event, so that nobody is told, answers find it, and what changes later reaches the copies that people
    have; written anew, everybody would be invited a second time. Whoever is killed on the way calls ``find_again`` again.
    """
    if space.id != binding.space_id:
        return False
    kind = kind_of(binding.purposes)
    home = syncer.home(space)
    home.look({kind})
    if binding.href not in home.binned:
        return False
    with syncer.application.storage.unit(write=False) as uow:
        _must_be_free(uow, binding, space, state)
        hrefs = sorted({link.href for link in uow.links.of_binding(binding.id)})
        silent = why_muted(syncer.application, uow, space) is not Why.NOT or not binding.writes
    if silent and hrefs:
        raise NotNow("rebind_binned", name=binding.display_name or binding.href)
    target = home.collection(state.href, kind)
    for href in hrefs:
        try:
            target.bring(href)
        except (NotThere, PreconditionFailed, UidConflict):
            # It was deleted before its calendar was, or stands in the new one already: the first pass merges that.
            log.info("left_in_bin", href=href)
    return True


def _must_be_free(uow: UnitOfWork, binding: Binding, space: Space, state: CollectionState) -> None:
    for other in uow.bindings.all(space_id=space.id):
        if other.href == state.href and other.id != binding.id:
            raise DomainError("bound_elsewhere", href=other.href, centre=uow.centres.get(other.centre_id).name)


def _matched(
    bindings: Sequence[Binding], space: Space, states: Sequence[CollectionState], wanted: Mapping[Purpose, str]
) -> list[tuple[Binding, CollectionState]]:
    """Which collection stands in for which: the one named, else the one of the same name; what is in place is left out."""
    found = []
    for binding in bindings:
        kind = kind_of(binding.purposes)
        there = [s for s in states if s.kind is kind]
        in_place = space.id == binding.space_id and any(s.href == binding.href for s in there)
        named = {wanted[p].strip() for p in binding.purposes if p in wanted}
        if not named and in_place:
            continue
        names = named or {binding.display_name or binding.href, _last(binding.href)}
        meant = [s for s in there if names & {s.href, s.href.rstrip("/"), s.display_name, "" if named else _last(s.href)}]
        if len(meant) > 1 and not named:
            # A name that people see says more than the end of an address.
            meant = [s for s in meant if s.display_name and s.display_name == binding.display_name] or meant
        if len(meant) != 1 or len(named) > 1:
            known = ", ".join(s.display_name or s.href for s in there)
            raise DomainError("rebind_unclear", name=binding.display_name or binding.href, known=known or "–")
        if not (in_place and meant[0].href == binding.href):
            found.append((binding, meant[0]))
    return found


def _last(href: str) -> str:
    return href.rstrip("/").rpartition("/")[2]


def past_of(uow: UnitOfWork, binding: Binding, space: Space, states: Sequence[CollectionState]) -> Past:
    """What a collection of ``space``, which holds ``states``, is that stands in for the one bound so far: whether that one
    is no more and people's copies of what stood in it are as they were."""
    same = space.id == binding.space_id
    stands = not same or any(state.href == binding.href for state in states)
    remade = not stands and kind_of(binding.purposes) is CollectionKind.CALENDAR and traits_of(uow, space).copies_stay
    return Past.REMADE if remade else Past.REBOUND


def rebind(uow: UnitOfWork, binding: Binding, space: Space, state: CollectionState, past: Past) -> Binding:
    """The binding goes over to another collection, with its links and with what was agreed of each entry.

    What stands there under the same UIDs is merged with that; what is missing there is written again (``past`` tells how),
    since nobody deleted it. Raises DomainError when the collection is bound already.
    """
    _must_be_free(uow, binding, space, state)
    memory, target = uow.memory(binding.space_id), uow.memory(space.id)
    close_writes(uow, binding)
    memory.carry(binding.href, target, state.href)
    target.set_cursor(state.href, Cursor(guarded=ACCEPTED, past=past))
    forget_left(uow, space.id, state.href)
    for link in uow.links.of_binding(binding.id):
        uow.links.remove(link)
        uow.links.put(replace(link, href=state.href + link.href.removeprefix(binding.href)))
    Groups(uow, binding).carry(binding.href, state.href)
    after = uow.bindings.save(replace(binding, space_id=space.id, href=state.href, display_name=state.display_name))
    if not uow.bindings.all(space_id=binding.space_id):
        # Nobody needs that password any more.
        uow.spaces.save(replace(uow.spaces.get(binding.space_id), secret=""))
    return after
