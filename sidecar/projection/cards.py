"""A person as a card in one centre's address book, and back."""

from __future__ import annotations

from dataclasses import replace

from calendars.vcard import CardFacts, CardValue
from sidecar.domain.people import Person, PersonKind
from sidecar.projection.context import GROUP, Words

GROUPS: dict[PersonKind, str] = {
    PersonKind.VOLUNTEER: "card.volunteers",
    PersonKind.PROFESSIONAL: "card.professionals",
    PersonKind.PARTNER: "card.partners",
}
