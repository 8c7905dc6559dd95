"""Taking everything of ours out of every calendar, step by step: what an administrator does before we are uninstalled.

Our events go, our blocks leave other people's events; appointments and people stay with us, cards stay where they are.
Nobody is told. What was begun carries on when it is asked for again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from calendars.errors import CalendarsError
from calendars.sync.ports import CollectionKind
from sidecar.bootstrap import Application
from sidecar.domain.bindings import Binding
from sidecar.domain.errors import DomainError
from sidecar.services.binding import kind_of
from sidecar.services.leaving import linked_events, made_by_us
from sidecar.services.platform import release
from sidecar.services.syncing import Syncer
from sidecar.storage import UnitOfWork

AT_ONCE = 25
"""Writes of one step."""


@dataclass(frozen=True, kw_only=True)
class Ours:
    """What we have in one bound collection: events of our own, and other people's with a block of ours (at most)."""

    binding: Binding
    centre: str
    events: int = 0
    blocks: int = 0


def what_is_ours(app: Application) -> list[Ours]:
    """Every bound collection, by centre; asks no server."""
    with app.storage.unit(write=False) as uow:
        names = {centre.id: centre.name for centre in uow.centres.all()}
        found = [ours_in(app, uow, binding, names[binding.centre_id]) for binding in uow.bindings.all()]
    return sorted(found, key=lambda ours: (ours.centre.casefold(), ours.binding.display_name.casefold(), ours.binding.href))


def ours_in(app: Application, uow: UnitOfWork, binding: Binding, centre: str) -> Ours:
    """What we have in one collection of the centre of that name; asks no server."""
    linked = linked_events(uow, binding, app.now()) if is_calendar(binding) else {}
    # What was taken out already is tied to its appointment until the whole collection is let go of.
    there = uow.memory(binding.space_id).etags(binding.href) if linked else {}
    standing = [link for href, link in linked.items() if href in there]
    events = sum(made_by_us(link, app.instance) for link in standing)
    return Ours(binding=binding, centre=centre, events=events, blocks=len(standing) - events)


def take_out(app: Application, syncer: Syncer, *, actor: str) -> Iterator[int]:
    """Step by step, saying after each how many collections are still bound; stopping in between is safe.

    A server in trouble keeps nobody else's calendar from being cleared: what it raised (see ``Syncer.unbind``) is raised at
    the end. When nothing is bound any more, the account that we acted as is let go of.
    """
    bound, trouble = [ours.binding for ours in what_is_ours(app)], list[CalendarsError | DomainError]()
    left = len(bound)
    for binding in bound:
        try:
            if is_calendar(binding):
                while syncer.take_out_some(binding.id, AT_ONCE, actor=actor):
                    yield left
            syncer.unbind(binding.id, take_out=True, actor=actor)
        except (CalendarsError, DomainError) as error:
            trouble.append(error)
            continue
        left -= 1
        yield left
    if trouble:
        raise trouble[0]
    with app.storage.unit(actor=actor) as uow:
        if not uow.bindings.all():
            release(uow)


def is_calendar(binding: Binding) -> bool:
    """Cards are the centre's contacts: nothing of ours is taken out of an address book."""
    return kind_of(binding.purposes) is CollectionKind.CALENDAR
