"""Which account of the server is which person: found by an equal id or mail address, tied when somebody says so.

An account gives a role, and most people write the mail address of their account themselves: so nothing is tied silently.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sidecar.domain.errors import DomainError, StaleVersion
from sidecar.domain.people import Person
from sidecar.services.sharing import KnowingHome, Principal
from sidecar.storage import UnitOfWork

GENERATED = 32
"""Length of an id of ours; a shorter one was typed, and may be an account's."""


class Tie(StrEnum):
    """How a person stands to the server's accounts. Texts: ``set_up.tie.<value>``.

    UNKNOWN: tied to an account that is not there. CONTRADICTS: tied to one account, while the address is another one's.
    SEVERAL: more than one account, or more than one person, would fit. HELD: the account is somebody else's already.
    """

    TIED = "tied"
    PROPOSED = "proposed"
    UNKNOWN = "unknown"
    CONTRADICTS = "contradicts"
    SEVERAL = "several"
    HELD = "held"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One person and what was found; ``accounts`` are ids, one of them where it is PROPOSED. ``by_mail``: the address."""

    person: Person
    tie: Tie
    accounts: tuple[str, ...] = ()
    by_mail: str = ""


@dataclass(frozen=True, kw_only=True)
class Found:
    """Accounts of the server. ``missing``: ids that were looked for and are not there. ``searched``: it can be asked
    whose an address is."""

    accounts: Mapping[str, Principal]
    missing: frozenset[str] = frozenset()
    searched: bool = True


def of_centre(uow: UnitOfWork, centre_id: str) -> list[Person]:
    """Everybody in a centre who may have an account, by name."""
    return [p for p in uow.people.in_centre(centre_id) if p.active and not p.suggested and not p.is_organisation]


def look_for(homes: Iterable[tuple[KnowingHome, bool]], people: Sequence[Person]) -> Found:
    """Ask the servers for accounts with the ids and addresses of these people: a few requests for each.

    With each home: whether it is sure that an account is not there. Raises CalendarsError.
    """
    accounts: dict[str, Principal] = {}
    asked, gone, searched = list(homes), set[str](), False
    for home, sure in asked:
        for person in people:
            for id in filter(None, (person.account, person.id if len(person.id) < GENERATED else None)):
                found = home.account_called(id)
                if found is not None:
                    accounts[found.id] = found
                elif sure and id == person.account:
                    gone.add(id)
            for mail in person.emails:
                others = home.accounts_of(mail)
                if others is not None:
                    searched = True
                    accounts |= {other.id: other for other in others}
    return Found(accounts=accounts, missing=frozenset(gone - accounts.keys()), searched=searched or not asked)


def propose(people: Sequence[Person], everybody: Iterable[Person], found: Found) -> list[Line]:
    """What was found for each of ``people``; an account that anybody else of ``everybody`` holds is not proposed."""
    holders = {p.account.casefold(): p.id for p in everybody if p.account}
    fitting = {p.id: _fitting(p, found) for p in people}
    wanted = Counter(id for p in people if not p.account for id in fitting[p.id])
    return [_line(p, fitting[p.id], holders, wanted, found) for p in people]


def _fitting(person: Person, found: Found) -> dict[str, str]:
    """Account id -> the equal address, "" where the id itself is equal."""
    mails = {mail.strip().lower(): mail for mail in person.emails}
    fits: dict[str, str] = {}
    for id, account in found.accounts.items():
        same = [mail for mail in account.mails if mail in mails]
        if same:
            fits[id] = same[0]
        elif id.lower() in mails or id == person.id:
            fits[id] = ""
    return fits


def _line(
    person: Person, fits: Mapping[str, str], holders: Mapping[str, str], wanted: Mapping[str, int], found: Found
) -> Line:
    if person.account:
        by_mail = [id for id, mail in fits.items() if mail]
        if by_mail and person.account not in by_mail:
            return Line(person=person, tie=Tie.CONTRADICTS, accounts=tuple(sorted(by_mail)), by_mail=fits[by_mail[0]])
        return Line(person=person, tie=Tie.UNKNOWN if person.account in found.missing else Tie.TIED)
    free = {id: mail for id, mail in fits.items() if holders.get(id.casefold(), person.id) == person.id}
    if not fits:
        return Line(person=person, tie=Tie.NONE)
    if not free:
        return Line(person=person, tie=Tie.HELD, accounts=tuple(sorted(fits)))
    if len(fits) > 1 or any(wanted[id] > 1 for id in free):
        return Line(person=person, tie=Tie.SEVERAL, accounts=tuple(sorted(fits)))
    (id, mail), *_ = free.items()
    return Line(person=person, tie=Tie.PROPOSED, accounts=(id,), by_mail=mail)


def tie(uow: UnitOfWork, person_id: str, account: str, *, was: str, may: Callable[[Sequence[str]], bool]) -> Person:
    """Tie a person to an account, or to none (""); ``was`` is what the asker saw. The repository's audit keeps it.

    ``may``: whether the asker sets up all of these centres, since the account has its say in each of the person's.
    Raises NotFound, DomainError where the account is somebody else's or the person belongs to others too, StaleVersion.
    """
    person, account = uow.people.get(person_id), account.strip()
    if not may(person.centre_ids):
        raise DomainError("account_of_other_centres", name=person.full_name)
    if (person.account or "") != was:
        raise StaleVersion("stale_version", kind="person", id=person_id, changed={"account": (was, person.account)})
    if account == was:
        return person
    holders = {p.account.casefold() for p in uow.people.all() if p.account and p.id != person_id}
    if account.casefold() in holders:
        raise DomainError("account_held", name=account)
    return uow.people.save(replace(person, account=account or None))
