"""A card as a map of properties that merge one by one."""

from __future__ import annotations

from calendars.merge.threeway import Value
from calendars.vcard import CardFacts, phone_digits


def card_map(facts: CardFacts | None) -> dict[str, Value]:
    """The properties of one card that an application may share; empty when there is no card.

    Mails and phones count without their order and spelling; categories merge as a set.
    """
    if facts is None:
        return {}
    found: dict[str, Value] = {
        "full_name": facts.full_name,
        "name": (facts.family, facts.given),
        "emails": tuple(sorted(email.value.lower() for email in facts.emails)),
        "phones": tuple(sorted(phone_digits(phone.value) for phone in facts.phones)),
        "organisation": facts.org[0] if facts.org else "",
        "function": facts.role or facts.title,
        "categories": frozenset(facts.categories),
    }
    return {key: value for key, value in found.items() if value not in ("", ("", ""), (), frozenset())}
