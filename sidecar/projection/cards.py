"""A person as a card in one centre's address book, and back."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from calendars.merge.threeway import Value
from calendars.vcard import CardFacts, CardValue, phone_digits
from sidecar.domain.people import Person, PersonKind
from sidecar.projection.context import GROUP, Words

GROUPS: dict[PersonKind, str] = {
    PersonKind.VOLUNTEER: "card.volunteers",
    PersonKind.PROFESSIONAL: "card.professionals",
    PersonKind.PARTNER: "card.partners",
}
"""The contact group of each kind of person; the words stand in the catalogue."""

_KINDS = {"benevol": PersonKind.VOLUNTEER, "volunteer": PersonKind.VOLUNTEER, "habitant": PersonKind.VOLUNTEER,
          "professionnel": PersonKind.PROFESSIONAL, "professional": PersonKind.PROFESSIONAL,
          "salari": PersonKind.PROFESSIONAL, "mediat": PersonKind.PROFESSIONAL,
          "partenaire": PersonKind.PARTNER, "partner": PersonKind.PARTNER}  # fmt: skip
"""How groups that people make begin, in French and English, without accents."""


def card_facts(person: Person, words: Words, current: CardFacts | None, uid: str) -> CardFacts:
    """What the card should say; groups that others gave stay, ours are given once, when the card is made."""
    facts = CardFacts(
        uid=uid,
        full_name=person.full_name,
        family=person.family_name,
        given=person.given_name,
        emails=tuple(CardValue(email) for email in person.emails),
        phones=tuple(CardValue(phone) for phone in person.phones),
        org=(person.organisation,) if person.organisation else (),
        role=person.function,
        categories=(GROUP, words(GROUPS[person.kind])),
        kind="org" if person.is_organisation else "individual",
    )
    if current is None:
        return facts
    # A card that says the name in FN alone (vCard 4.0 allows it) needs no N of ours.
    uncut = not (current.given or current.family) and current.full_name == facts.full_name
    return replace(
        current,
        full_name=_full_name(facts, current),
        family="" if uncut else facts.family,
        given="" if uncut else facts.given,
        emails=facts.emails,
        phones=facts.phones,
        org=current.org if _named_by_full_name(facts, current) else facts.org + current.org[1:] if facts.org else (),
        role=facts.role if facts.role != current.title or current.role else current.role,
    )


def _full_name(facts: CardFacts, current: CardFacts) -> str:
    """FN is how people write a name: it follows only when the name itself changed."""
    if facts.kind == "org":
        return current.full_name if current.org[:1] == facts.org[:1] and current.full_name else facts.full_name
    same = (current.given, current.family) == (facts.given, facts.family)
    return current.full_name if same and current.full_name else facts.full_name


def _named_by_full_name(facts: CardFacts, current: CardFacts) -> bool:
    """Whether an organisation's card says its name in FN alone: it needs no ORG of ours."""
    return facts.kind == "org" and not current.org and current.full_name == facts.full_name


def person_with(person: Person, taken: dict[str, Value], theirs: CardFacts) -> Person:
    """The person with what was taken from a card; phones keep the spelling that we had where the number is the same."""
    after = person
    if names_organisation(theirs):
        after = replace(after, given_name="", family_name="", organisation=theirs.org[0] if theirs.org else theirs.full_name)
    elif "name" in taken or ("full_name" in taken and not (theirs.given or theirs.family)):
        given, family = (theirs.given, theirs.family) if theirs.given or theirs.family else _cut(theirs.full_name)
        after = replace(after, given_name=given, family_name=family)
    if "emails" in taken:
        after = replace(after, emails=tuple(dict.fromkeys(e.value.lower() for e in theirs.emails)))
    elif first := taken.get("first_email"):
        after = replace(after, emails=first_of(after.emails, first))
    if "phones" in taken:
        known = {phone_digits(phone): phone for phone in person.phones}
        phones = [known.get(phone_digits(p.value), phone_digits(p.value) or p.value) for p in theirs.phones]
        after = replace(after, phones=tuple(dict.fromkeys(phones)))
    elif first := taken.get("first_phone"):
        after = replace(after, phones=first_of(after.phones, first))
    if "organisation" in taken and not names_organisation(theirs):
        after = replace(after, organisation=theirs.org[0] if theirs.org else "")
    if "function" in taken:
        after = replace(after, function=theirs.role or theirs.title)
    if "categories" in taken and (kind := kind_of_groups(theirs.categories)) is not None:
        after = replace(after, kind=kind)
    return after


def first_of(values: tuple[str, ...], first: str) -> tuple[str, ...]:
    """The mails or numbers with that one, if it is among them, before the others."""
    return tuple(sorted(values, key=lambda value: first not in (value.lower(), phone_digits(value))))


def with_addresses_of(person: Person, other: Person) -> Person:
    """The person with the other's mails and numbers after their own, none twice."""
    numbers = {phone_digits(phone) for phone in person.phones}
    phones = [phone for phone in other.phones if phone_digits(phone) not in numbers]
    return replace(
        person,
        emails=tuple(dict.fromkeys((*person.emails, *other.emails))),
        phones=tuple(dict.fromkeys((*person.phones, *phones))),
    )


def names_organisation(facts: CardFacts) -> bool:
    """Whether the card is an organisation's: it says so, or has no other name than the organisation's."""
    if facts.given or facts.family:
        return False
    return facts.kind == "org" or (bool(facts.org) and bare(facts.full_name) == bare(facts.org[0]))


def in_our_group(facts: CardFacts) -> bool:
    """Whether the card is in the group "Aller vers"; case and accents do not count."""
    return any(bare(category) == bare(GROUP) for category in facts.categories)


def is_our_group(facts: CardFacts) -> bool:
    """Whether the card *is* that group, as Apple and vCard 4.0 write groups."""
    return facts.kind == "group" and bare(facts.full_name) == bare(GROUP)


def kind_of_groups(categories: tuple[str, ...]) -> PersonKind | None:
    """The kind of person that the groups of a card name, None where none does."""
    for category in categories:
        for beginning, kind in _KINDS.items():
            if bare(category).startswith(beginning):
                return kind
    return None


def _cut(full_name: str) -> tuple[str, str]:
    given, _, family = full_name.partition(" ")
    return given, family


def bare(text: str) -> str:
    """Text for comparing names: case, accents and hyphens do not count."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in folded if not unicodedata.combining(c)).replace("-", " ").split())
