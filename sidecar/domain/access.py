"""Who may see and do what: roles per centre, who holds them, and what each of them opens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

EVERYWHERE = ""
"""The ``centre_id`` of a grant that counts in every centre, also in those that come later."""


class Role(StrEnum):
    """The roles of the product, from the one that opens most of the machine to the one that only looks."""

    ADMIN = "admin"
    COORDINATOR = "coordinator"
    SUPERVISION_ORGANISER = "supervision_organiser"
    TEAM_MEMBER = "team_member"
    VIEWER = "viewer"


class Right(StrEnum):
    """One thing that somebody may do in a centre; a page asks for a right, never for a role.

    SEE_ROTA: what is published, with its teams. SEE_CONTACTS: telephone numbers. SEE_PLANS: drafts, findings, requests for
    cover. DECIDE: publish, settle conflicts, go on after a pause. SEE_SUPERVISION: who is in a supervision. SEE_LINK: the
    health of the link to the calendars. SET_UP: bindings, roles, and what a first look would write into calendars.
    """

    SEE_ROTA = "see_rota"
    SEE_CONTACTS = "see_contacts"
    SEE_PLANS = "see_plans"
    DECIDE = "decide"
    SEE_SUPERVISION = "see_supervision"
    SEE_LINK = "see_link"
    SET_UP = "set_up"


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.ADMIN: frozenset({Right.SEE_LINK, Right.SET_UP}),
    Role.COORDINATOR: frozenset({Right.SEE_ROTA, Right.SEE_CONTACTS, Right.SEE_PLANS, Right.DECIDE, Right.SEE_LINK}),
    Role.SUPERVISION_ORGANISER: frozenset({Right.SEE_ROTA, Right.SEE_CONTACTS, Right.SEE_SUPERVISION}),
    Role.TEAM_MEMBER: frozenset({Right.SEE_ROTA, Right.SEE_CONTACTS}),
    Role.VIEWER: frozenset({Right.SEE_ROTA}),
}
"""Being admin of the machine shows nobody's rota, and coordinating shows nobody's supervision."""


class HolderKind(StrEnum):
    """Who holds a role: one account of the platform, or everybody in one of its groups."""

    ACCOUNT = "account"
    GROUP = "group"


@dataclass(frozen=True, kw_only=True)
class RoleGrant:
    """One role, in one centre (``EVERYWHERE`` in all), for one holder: the id of an account or of a group."""

    id: str
    centre_id: str
    holder_kind: HolderKind
    holder: str
    role: Role
    version: int = 0


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Who asks, at this request: never kept, since roles and groups change.

    ``account`` is the id on the platform, "" for the bearer of an access token. ``person_id`` is who that is in the rota,
    None where nobody is known by it. ``roles`` maps centre id -> roles; ``everywhere`` counts in every centre.
    ``within``: the centres in which the account counts, None for all. ``name`` is what audit entries say.
    """

    name: str
    account: str = ""
    person_id: str | None = None
    roles: Mapping[str, frozenset[Role]] = field(default_factory=dict)
    everywhere: frozenset[Role] = frozenset()
    within: frozenset[str] | None = None

    def rights(self, centre_id: str) -> frozenset[Right]:
        held = self.everywhere | self.roles.get(centre_id, frozenset())
        return frozenset(right for role in held for right in RIGHTS[role])

    def may(self, right: Right, centre_id: str) -> bool:
        return right in self.rights(centre_id)

    def may_somewhere(self, right: Right) -> bool:
        return any(self.may(right, centre_id) for centre_id in (EVERYWHERE, *self.roles))
