"""From a card's text to its facts, tolerantly: what a field cannot say is empty."""

from __future__ import annotations

import re

from calendars.contentlines import Component, ContentLine, Document, parse, split_value, unescape_text
from calendars.errors import UnreadableText
from calendars.vcard.facts import CardFacts, CardValue

_UID = re.compile(r"^(?:[\w-]+\.)?UID(?:;[^:\r\n]*)?:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.MULTILINE | re.IGNORECASE)


def peek(text: str) -> str:
    """The UID without taking the text apart, "" where there is none."""
    found = _UID.search(text)
    return plain_uid(re.sub(r"\r?\n[ \t]", "", found[1])) if found is not None else ""


def plain_uid(value: str) -> str:
    text = unescape_text(value).strip()
    return text[9:] if text.lower().startswith("urn:uuid:") else text


def read(text: str) -> CardFacts:
    """The facts of the one card in the text. Raises UnreadableText, also where there are several."""
    return read_card(card_in(parse(text)))


def card_in(document: Document) -> Component:
    cards = document.components("VCARD")
    if len(cards) != 1:
        raise UnreadableText(f"{len(cards)} cards where one should be", line=1)
    return cards[0]


def read_card(card: Component) -> CardFacts:
    name = [unescape_text(part).strip() for part in split_value(card.value("N"), ";")] + [""] * 5
    full_name = unescape_text(card.value("FN")).strip()
    org = tuple(unescape_text(part).strip() for part in split_value(card.value("ORG"), ";"))
    return CardFacts(
        uid=plain_uid(card.value("UID")),
        full_name=full_name or f"{name[1]} {name[0]}".strip() or (org[0] if org else ""),
        family=name[0],
        given=name[1],
        emails=values_of(card, "EMAIL"),
        phones=values_of(card, "TEL"),
        org=tuple(part for part in org) if any(org) else (),
        title=unescape_text(card.value("TITLE")).strip(),
        role=unescape_text(card.value("ROLE")).strip(),
        categories=_categories(card),
        kind=_kind(card),
        members=_members(card),
        note=unescape_text(card.value("NOTE")),
        version=card.value("VERSION").strip() or "3.0",
    )


def values_of(card: Component, name: str) -> tuple[CardValue, ...]:
    """EMAIL or TEL lines, the preferred ones first, else in order."""
    found = [read_value(line) for line in card.lines(name)]
    return tuple(sorted((v for v in found if v.value), key=lambda v: not v.preferred))


def read_value(line: ContentLine) -> CardValue:
    types = tuple(t.strip().upper() for v in line.param_values("TYPE") for t in v.split(",") if t.strip())
    text = unescape_text(line.value).strip()
    lowered = text.lower()
    for scheme in ("tel:", "mailto:"):
        if lowered.startswith(scheme):
            text = text[len(scheme) :]
    return CardValue(text, types, "PREF" in types or line.param("PREF") == "1")


def _categories(card: Component) -> tuple[str, ...]:
    found = [unescape_text(v).strip() for line in card.lines("CATEGORIES") for v in split_value(line.value, ",")]
    return tuple(dict.fromkeys(v for v in found if v))


def _kind(card: Component) -> str:
    kind = (card.value("KIND") or card.value("X-ADDRESSBOOKSERVER-KIND")).strip().lower()
    return kind or "individual"


def _members(card: Component) -> tuple[str, ...]:
    lines = [*card.lines("MEMBER"), *card.lines("X-ADDRESSBOOKSERVER-MEMBER")]
    return tuple(plain_uid(line.value) for line in lines)
