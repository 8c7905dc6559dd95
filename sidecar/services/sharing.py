"""With which groups a centre's collections are shared, and whether a group or an account is there at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol, runtime_checkable

from calendars.errors import Forbidden
from sidecar.domain.access import EVERYWHERE, HolderKind, Role, RoleGrant
from sidecar.domain.bindings import Binding, Purpose
from sidecar.domain.errors import DomainError

WRITERS = frozenset({Role.COORDINATOR})
READERS: Mapping[Purpose, frozenset[Role]] = {
    Purpose.OUTINGS: frozenset({Role.SUPERVISION_ORGANISER, Role.TEAM_MEMBER, Role.VIEWER}),
    Purpose.TRAINING: frozenset({Role.SUPERVISION_ORGANISER, Role.TEAM_MEMBER, Role.VIEWER}),
    Purpose.MEETINGS: frozenset({Role.SUPERVISION_ORGANISER, Role.TEAM_MEMBER, Role.VIEWER}),
    Purpose.CONTACTS: frozenset({Role.SUPERVISION_ORGANISER, Role.TEAM_MEMBER}),
}
"""Whose groups read what; coordinators write it. A supervision's calendar is shared with nobody: it says who is in it."""


class Principal(Protocol):
    """An account as its server shows it: ``mails`` in lower case."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def mails(self) -> Sequence[str]: ...


@runtime_checkable
class KnowingHome(Protocol):
    """A home whose server can be asked about other accounts and groups, and shared with the latter. See ``DavHome``."""

    def share(self, href: str, group: str, *, writes: bool) -> None: ...

    def has_group(self, group: str) -> bool | None: ...

    def account_called(self, id: str) -> Principal | None: ...

    def accounts_of(self, mail: str) -> Sequence[Principal] | None: ...


class Directory(Protocol):
    """What the platform that we live in tells of its groups, as far as the nominated account may read it."""

    def groups(self) -> Sequence[str]:
        """Ids of the groups that it may share with; none where it is not told."""

    def members(self, group: str) -> frozenset[str] | None:
        """Ids of the accounts in a group; None where it may not see them."""


def shares_of(grants: Iterable[RoleGrant], centre_id: str, purpose: Purpose) -> dict[str, bool]:
    """With which groups a collection of this purpose is to be shared: group -> whether to write."""
    shares: dict[str, bool] = {}
    for grant in grants:
        if grant.holder_kind is not HolderKind.GROUP or grant.centre_id not in (EVERYWHERE, centre_id):
            continue
        readers = READERS.get(purpose)
        if readers is not None and grant.role in WRITERS | readers:
            shares[grant.holder] = shares.get(grant.holder, False) or grant.role in WRITERS
    return shares


@dataclass(frozen=True)
class Unshared:
    """What was not shared: ``strangers``, groups that the server does not have, and collections that others share."""

    strangers: tuple[str, ...] = ()
    others: tuple[Binding, ...] = ()


def share_all(home: KnowingHome, bindings: Iterable[Binding], grants: Sequence[RoleGrant]) -> Unshared:
    """Share a centre's collections with the groups that hold roles there, and tell what could not be.

    A collection of several purposes is shared with whom all of them may be shared with. A server says yes to a group that
    is not there as well, so each is looked up first. What is another account's is theirs to share.
    """
    there: dict[str, bool] = {}
    others: dict[str, Binding] = {}
    for binding in bindings:
        wanted = [shares_of(grants, binding.centre_id, purpose) for purpose in binding.purposes]
        for group in sorted(set.intersection(*map(set, wanted))) if wanted else ():
            if group not in there:
                there[group] = home.has_group(group) is not False
            if there[group] and binding.href not in others:
                try:
                    home.share(binding.href, group, writes=all(shares[group] for shares in wanted))
                except Forbidden:
                    others[binding.href] = binding
    return Unshared(tuple(sorted(group for group, found in there.items() if not found)), tuple(others.values()))


def groups_gone(homes: Iterable[KnowingHome], grants: Iterable[RoleGrant]) -> frozenset[str]:
    """The groups that hold a role and that no server has any more, where one can tell: deleted, or called otherwise now."""
    asked = list(homes)
    held = {grant.holder for grant in grants if grant.holder_kind is HolderKind.GROUP}
    answers = {group: [home.has_group(group) for home in asked] for group in held}
    return frozenset(group for group, told in answers.items() if told and all(there is False for there in told))


def require_holder(homes: Iterable[KnowingHome], kind: HolderKind, holder: str, known: Sequence[str] = ()) -> None:
    """Raises DomainError for a group or account that no server has, where one can tell; ``known``: groups to offer."""
    asked = [home for home in homes if home.has_group(holder) is not None]
    if kind is HolderKind.ACCOUNT:
        if asked and all(home.account_called(holder) is None for home in asked):
            raise DomainError("account_unknown", name=holder)
    elif asked and not any(home.has_group(holder) for home in asked):
        near = get_close_matches(holder, known, n=3, cutoff=0.5) or list(known[:10])
        raise DomainError("group_unknown", name=holder, known=tuple(near) or ("–",))
