"""Invitations: does the server send them, and does it know who invites."""

from __future__ import annotations

from collections.abc import Iterator

from calendars.sync.ports import CollectionKind
from sidecar.services.binding import kind_of
from sidecar.services.doctor.results import Result, ok, problem, warning
from sidecar.services.doctor.visit import Visit


def scheduling(seen: Visit) -> Iterator[Result]:
    """A server that schedules tells nobody of an event whose organizer is no address of the account (RFC 6638 section
    3.2.1)."""
    account, space = seen.account, seen.tied.space
    if account is None or not seen.answered:
        return
    if all(kind_of(b.purposes) is not CollectionKind.CALENDAR for b in seen.tied.bindings):
        return
    mails = [a.partition(":")[2] for a in account.addresses if a.lower().startswith("mailto:")]
    if not account.schedules:
        yield ok("scheduling", "does_not", seen.about)
    elif not mails:
        yield problem("scheduling", "no_address", seen.about, user=space.username)
    elif not space.organizer or not space.schedules:
        yield warning("scheduling", "not_taken_up", seen.about, address=mails[0])
    elif space.organizer.lower() not in _known(account.addresses):
        yield problem("scheduling", "another_address", seen.about, organizer=space.organizer, address=mails[0])
    else:
        yield ok("scheduling", about=seen.about, address=space.organizer)


def _known(addresses: tuple[str, ...]) -> set[str]:
    return {a.lower() for a in addresses} | {a.lower().removeprefix("mailto:") for a in addresses}
