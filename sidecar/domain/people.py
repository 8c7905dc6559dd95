"""People, and what ties them to centres."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class PersonKind(StrEnum):
    VOLUNTEER = "volunteer"
    PROFESSIONAL = "professional"
    PARTNER = "partner"


@dataclass(frozen=True, kw_only=True)
class Membership:
    """One person in one centre: one card and one consent per centre."""

    centre_id: str
    consent_on: date | None = None
    in_contacts: bool = True
    """False once the card left this centre's address book: the person stays, the coordinator is asked."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who goes out, stays ashore, supervises, teaches or hosts.

    One ``Person`` across centres. ``emails`` and ``phones`` are in order of preference, phones in E.164
    where they could be read, else as typed. ``account`` is the id on the collaboration platform, or None.
    ``weekly_ceiling`` is the number of outings a week that the person accepts at most (R7), None for no ceiling.
    ``suggested`` marks an unknown address seen in a calendar that nobody has confirmed as a person yet.
    """

    id: str
    given_name: str = ""
    family_name: str = ""
    kind: PersonKind = PersonKind.VOLUNTEER
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    organisation: str = ""
    function: str = ""
    account: str | None = None
    memberships: tuple[Membership, ...] = ()
    weekly_ceiling: int | None = None
    suggested: bool = False
    active: bool = True
    version: int = 0

    @property
    def is_organisation(self) -> bool:
        """An entry for a partner organisation itself: it has no name but the organisation's."""
        return not self.given_name and not self.family_name and bool(self.organisation)

    @property
    def full_name(self) -> str:
        """Given and family name as people say them; an organisation's entry has the organisation's."""
        return f"{self.given_name} {self.family_name}".strip() or self.organisation

    @property
    def centre_ids(self) -> tuple[str, ...]:
        return tuple(membership.centre_id for membership in self.memberships)

    def membership(self, centre_id: str) -> Membership | None:
        return next((m for m in self.memberships if m.centre_id == centre_id), None)
