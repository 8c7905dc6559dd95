"""Groups that are cards of their own, as Apple and vCard 4.0 keep them: who is in "Aller vers", and of which kind.

A group card is other people's: only its members are remembered, so that it shows who joins and who leaves. A group that
is deleted or renamed puts nobody out: only a member that is taken from a group which still stands has left it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from calendars.vcard import CardFacts
from sidecar.domain.bindings import Binding
from sidecar.domain.people import PersonKind
from sidecar.projection.cards import is_our_group, kind_of_groups
from sidecar.storage import UnitOfWork

GROUPS_KEY = "groups:{binding}"
"""Setting: href of a group card -> its name and members, for the groups that mean something to us."""


@dataclass(frozen=True)
class Groups:
    """The group cards of one address book that were seen so far."""

    uow: UnitOfWork
    binding: Binding

    def remember(self, href: str, card: CardFacts | None) -> tuple[frozenset[str], frozenset[str]]:
        """Keep a group card as it now is, None when it is gone: the UIDs that joined it and those that left it."""
        known = self._all()
        before, now = known.pop(href, None), None
        if card is not None and (is_our_group(card) or _kind(card.full_name) is not None):
            now = known[href] = {"name": card.full_name, "members": sorted(set(card.members))}
        if before != now:
            self.uow.settings.set(self._key, known)
        was = frozenset(before["members"]) if before is not None else frozenset()
        members = frozenset(now["members"]) if now is not None else frozenset()
        if before is None or now is None or before["name"] != now["name"]:
            return members, frozenset()
        return members - was, was - members

    def holds(self, uid: str) -> bool:
        """Whether a group card "Aller vers" names this card."""
        return any(is_our_group(CardFacts(uid="", full_name=name, kind="group")) for name in self._names(uid))

    def members(self) -> frozenset[str]:
        """The UIDs of all cards that a group card names."""
        return frozenset(uid for group in self._all().values() for uid in group["members"])

    def kind(self, uid: str) -> PersonKind | None:
        """The kind of person that the group cards naming this card say, None where none does."""
        return next((kind for name in self._names(uid) if (kind := _kind(name)) is not None), None)

    def _names(self, uid: str) -> Iterable[str]:
        return (group["name"] for group in self._all().values() if uid in group["members"])

    def carry(self, source: str, target: str) -> None:
        """The list is at another address: the same groups are there."""
        known = self._all()
        if known:
            self.uow.settings.set(self._key, {target + href.removeprefix(source): group for href, group in known.items()})

    def _all(self) -> dict[str, dict[str, Any]]:
        return dict(self.uow.settings.get(self._key, {}))

    @property
    def _key(self) -> str:
        return GROUPS_KEY.format(binding=self.binding.id)


def _kind(name: str) -> PersonKind | None:
    return kind_of_groups((name,))
