"""Tying centres to collections: connect an account, bind read-only, let writing begin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Collection as AnyCollection
from dataclasses import replace
from datetime import datetime

from calendars.sync.ports import CollectionKind
from sidecar.domain.bindings import Binding, Purpose, Space, SubjectKind
from sidecar.domain.errors import DomainError
from sidecar.services.leaving import know_again
from sidecar.services.pausing import end_pause
from sidecar.storage import UnitOfWork


def kind_of(purposes: Sequence[Purpose]) -> CollectionKind:
    """Which kind of collection serves these purposes; an address book serves contacts and nothing else."""
    return CollectionKind.ADDRESSBOOK if Purpose.CONTACTS in purposes else CollectionKind.CALENDAR


def connect_space(
    uow: UnitOfWork,
    *,
    url: str,
    username: str,
    secret: str,
    organizer: str,
    schedules: bool | None,
    new_id: Callable[[], str],
    address: str = "",
) -> Space:
    """Remember an account that has just answered, or renew the secret of one that is known (same URL and user). What its
    server asked us to wait for is over then, and a pass follows at once.

    ``organizer`` is who invites, where somebody said so; "" keeps what is known, else takes ``address``, the account's.
    """
    known = next((s for s in uow.spaces.all() if (s.url, s.username) == (url, username)), None)
    if known is None:
        return uow.spaces.add(
            Space(
                id=new_id(), url=url, username=username, secret=secret, organizer=organizer or address, schedules=schedules
            )
        )
    organizer = organizer or known.organizer or address
    end_pause(uow, known.id)
    uow.hints.leave([known.id])
    return uow.spaces.save(replace(known, secret=secret, organizer=organizer, schedules=schedules))


def bind(
    uow: UnitOfWork,
    *,
    space: Space,
    centre_id: str,
    href: str,
    purposes: Sequence[Purpose],
    display_name: str,
    writes: bool,
    now: datetime,
    new_id: Callable[[], str],
) -> Binding:
    """Bind one collection to one centre; everything the centre has waits for the next pass.

    Raises DomainError when the collection is bound to another centre, is for nothing, mixes cards and events, or when
    another collection of the centre has the purpose already.
    """
    uow.centres.get(centre_id)
    if Purpose.CONTACTS in purposes and len(purposes) > 1:
        raise DomainError("mixed_purposes", href=href)
    if not purposes:
        raise DomainError("no_purpose", href=href, known=", ".join(Purpose))
    for other in uow.bindings.all(space_id=space.id):
        if other.href == href and kind_of(other.purposes) is not kind_of(purposes):
            raise DomainError("mixed_purposes", href=href)
        if other.href == href and other.centre_id != centre_id:
            raise DomainError("bound_elsewhere", href=href, centre=uow.centres.get(other.centre_id).name)
    for other in uow.bindings.all(centre_id=centre_id):
        taken = set(other.purposes) & set(purposes)
        if other.href != href and taken:
            raise DomainError("purpose_taken", href=other.href, purpose=", ".join(sorted(taken)))
    standing = next((b for b in uow.bindings.all(centre_id=centre_id, space_id=space.id) if b.href == href), None)
    if standing is None:
        binding = uow.bindings.add(
            Binding(
                id=new_id(),
                space_id=space.id,
                centre_id=centre_id,
                href=href,
                purposes=tuple(purposes),
                display_name=display_name,
                writes=writes,
                bound_at=now,
            )
        )
        know_again(uow, binding)
    else:
        binding = uow.bindings.save(replace(standing, purposes=tuple(purposes), display_name=display_name, writes=writes))
    mark_centre(uow, centre_id, now)
    return binding


def let_write(
    uow: UnitOfWork, centre_id: str, writes: bool, now: datetime, *, but: AnyCollection[str] = ()
) -> list[Binding]:
    """Turn writing on or off for all a centre's collections, ``but`` those (hrefs); what waited meanwhile waits again."""
    changed = [
        uow.bindings.save(replace(b, writes=writes)) for b in uow.bindings.all(centre_id=centre_id) if b.href not in but
    ]
    mark_centre(uow, centre_id, now)
    return changed


def mark_centre(uow: UnitOfWork, centre_id: str, now: datetime) -> None:
    """Let everything of a centre that is not past wait for the next pass."""
    far = now.replace(year=now.year + 50)
    for appointment in uow.appointments.between(now, far, centre_id=centre_id):
        uow.outbox.mark(SubjectKind.APPOINTMENT, appointment.id)
    for person in uow.people.in_centre(centre_id):
        uow.outbox.mark(SubjectKind.PERSON, person.id)
