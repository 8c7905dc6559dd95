"""A card as a map of properties that merge one by one."""

from __future__ import annotations

from calendars.merge.threeway import Value
from calendars.vcard import CardFacts, phone_digits


def card_map(facts: CardFacts | None) -> dict[str, Value]:
    """The properties of one card that an application may share; empty when there is no card.

    Mails and phones count without their order and spelling; which of several is the preferred one is a property of its own
    (``first_email``, ``first_phone``). Categories merge as a set.
    """
    if facts is None:
        return {}
    emails, phones = [e.value.lower() for e in facts.emails], [phone_digits(p.value) for p in facts.phones]
    found: dict[str, Value] = {
        "full_name": facts.full_name,
        "name": (facts.family, facts.given),
        "emails": tuple(sorted(emails)),
        "first_email": emails[0] if len(set(emails)) > 1 else "",
        "phones": tuple(sorted(phones)),
        "first_phone": phones[0] if len(set(phones)) > 1 else "",
        "organisation": facts.org[0] if facts.org else "",
        "function": facts.role or facts.title,
        "categories": frozenset(facts.categories),
    }
    return {key: value for key, value in found.items() if value not in ("", ("", ""), (), frozenset())}
