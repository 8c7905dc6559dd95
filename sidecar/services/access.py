"""Who somebody is here: the person, and the roles that their account and groups hold; giving and taking roles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from sidecar.domain.access import EVERYWHERE, HolderKind, Role, RoleGrant, Visitor
from sidecar.domain.errors import DomainError, NotFound
from sidecar.domain.people import Person
from sidecar.storage import Token, UnitOfWork

OF_TOKENS = frozenset({Role.ADMIN, Role.COORDINATOR})
"""What an access token opens that was made without a role. Nobody's supervision: it names no person."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account that proved who it is. ``server``: scheme and host that said so, "" for the platform we live in.

    ``groups`` are ids of the platform's groups, as the platform told them; ``platform_admin``: may administer it.
    """

    id: str
    server: str = ""
    groups: frozenset[str] = frozenset()
    platform_admin: bool = False


OPERATOR = Visitor(name="cli", everywhere=OF_TOKENS)
"""Whoever runs commands on the machine; supervision is not shown there either."""


def of_token(token: Token, way: str = "page") -> Visitor:
    """What it opens, in the one centre that it was made for or in all. ``way`` is how it came, for audit entries."""
    name = f"{way}:{token.name or token.id}"
    roles = OF_TOKENS if token.role is None else frozenset({token.role})
    if token.subject_id:
        return Visitor(name=name, roles={token.subject_id: roles}, within=frozenset({token.subject_id}))
    return Visitor(name=name, everywhere=roles)


def visitor_of(uow: UnitOfWork, account: Account) -> Visitor:
    """The visitor behind an account, as of now.

    Roles come from grants to the account and to its groups, and everybody known in a centre is a team member of it.
    An account of one calendar server counts only in centres that are bound on that server: another server's "marie" is
    somebody else. The platform's own admins may set up every centre. Addresses do not count: on most platforms
    everybody writes their own.
    """
    centres = _centres_of(uow, account.server)
    everywhere: set[Role] = {Role.ADMIN} if account.platform_admin else set()
    roles: defaultdict[str, set[Role]] = defaultdict(set)
    for grant in uow.grants.all(holder=[account.id, *account.groups]):
        held_by = {account.id} if grant.holder_kind is HolderKind.ACCOUNT else account.groups
        if grant.holder not in held_by:
            continue
        if grant.centre_id != EVERYWHERE:
            roles[grant.centre_id].add(grant.role)
        elif centres is None:
            everywhere.add(grant.role)
        else:
            for centre_id in centres:
                roles[centre_id].add(grant.role)
    person = next((p for p in uow.people.all(account=account.id) if _is_somebody(p, centres)), None)
    for centre_id in person.centre_ids if person is not None else ():
        roles[centre_id].add(Role.TEAM_MEMBER)
    return Visitor(
        name=f"page:{account.id}",
        account=account.id,
        person_id=person.id if person is not None else None,
        roles={c: frozenset(held) for c, held in roles.items() if centres is None or c in centres},
        everywhere=frozenset(everywhere),
        within=centres,
    )


def _is_somebody(person: Person, centres: frozenset[str] | None) -> bool:
    here = centres is None or not centres.isdisjoint(person.centre_ids)
    return person.active and not person.suggested and here


def _centres_of(uow: UnitOfWork, server: str) -> frozenset[str] | None:
    """The centres in which an account of this server counts; None: in all."""
    if not server:
        return None
    spaces = {space.id for space in uow.spaces.all() if server_of(space.url) == server}
    return frozenset(b.centre_id for b in uow.bindings.all() if b.space_id in spaces)


def server_of(url: str) -> str:
    """Scheme, host and port of an address, without a port that goes without saying; an IPv6 address in its brackets."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    port = f":{parts.port}" if parts.port and parts.port != {"https": 443, "http": 80}.get(parts.scheme) else ""
    return f"{parts.scheme}://{host}{port}"


def grant_role(
    uow: UnitOfWork, role: Role, *, centre_id: str, holder_kind: HolderKind, holder: str, new_id: Callable[[], str]
) -> RoleGrant:
    """Give a role; who holds it already keeps it. Raises NotFound for an unknown centre, DomainError for nobody."""
    holder = holder.strip()
    if not holder:
        raise DomainError("role_for_nobody")
    if centre_id != EVERYWHERE:
        uow.centres.get(centre_id)
    held = _held(uow, role, centre_id, holder_kind, holder)
    if held:
        return held[0]
    given = RoleGrant(id=new_id(), centre_id=centre_id, holder_kind=holder_kind, holder=holder, role=role)
    return uow.grants.add(given)


def withdraw_role(uow: UnitOfWork, role: Role, *, centre_id: str, holder_kind: HolderKind, holder: str) -> None:
    """Take a role away; it opens nothing at the very next request. Raises NotFound where nobody holds it."""
    held = _held(uow, role, centre_id, holder_kind, holder.strip())
    if not held:
        raise NotFound("role_not_held", holder=holder)
    for grant in held:
        uow.grants.remove(grant.id)


def _held(uow: UnitOfWork, role: Role, centre_id: str, holder_kind: HolderKind, holder: str) -> list[RoleGrant]:
    wanted = {"centre_id": centre_id or None, "holder_kind": holder_kind, "holder": holder, "role": role}
    return uow.grants.all(**wanted)
