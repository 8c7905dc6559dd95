"""From a card's text to its facts, tolerantly: what a field cannot say is empty."""

from __future__ import annotations

import quopri
import re

from calendars.contentlines import Component, ContentLine, Document, parse, split_value, unescape_text
from calendars.errors import UnreadableText
from calendars.vcard.facts import CardFacts, CardValue

_UID = re.compile(r"^(?:[\w-]+\.)?UID(?:;[^:\r\n]*)?:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.MULTILINE | re.IGNORECASE)


WRITTEN = ("UID", "N", "FN", "ORG", "TITLE", "ROLE", "CATEGORIES", "EMAIL", "TEL")


def peek(text: str) -> str:
    """The UID without taking the text apart, "" where there is none."""
    found = _UID.search(text)
    return plain_uid(re.sub(r"\r?\n[ \t]", "", found[1])) if found is not None else ""


def plain_uid(value: str) -> str:
    text = unescape_text(value).strip()
    return text[9:] if text.lower().startswith("urn:uuid:") else text


def read(text: str) -> CardFacts:
    """The facts of the one card in the text. Raises UnreadableText, also where there are several.

    Of vCard 2.1, QUOTED-PRINTABLE is refused in a line that ``write_card`` may write, and where its soft line break, which
    no line layer of RFC 6350 sees, leaves half a NOTE or a rest that reads like a property.
    """
    return read_card(card_in(parse(text)))


def card_in(document: Document) -> Component:
    cards = document.components("VCARD")
    if len(cards) != 1:
        raise UnreadableText(f"{len(cards)} cards where one should be", line=1)
    broken = False
    for line in cards[0].lines():
        encoded = is_quoted_printable(line)
        if (broken and line.name) or (encoded and (line.name in WRITTEN or (line.name == "NOTE" and _is_broken(line)))):
            raise UnreadableText(f"{line.name} is QUOTED-PRINTABLE, as vCard 2.1 writes it", line=line.number or None)
        broken = (encoded or broken) and _is_broken(line)
    return cards[0]


def _is_broken(line: ContentLine) -> bool:
    """Whether a soft line break ends the line (RFC 2045 section 6.7)."""
    return line.unfolded.endswith("=")


def is_quoted_printable(line: ContentLine) -> bool:
    if "QUOTED-PRINTABLE" not in line.raw.upper():
        return False
    values = [*line.param_values("ENCODING"), *line.param_values("TYPE")]
    return "QUOTED-PRINTABLE" in {value.upper() for value in values}


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
        org=org if any(org) else (),
        title=unescape_text(card.value("TITLE")).strip(),
        role=unescape_text(card.value("ROLE")).strip(),
        categories=_categories(card),
        kind=_kind(card),
        members=_members(card),
        note=_note(card.first("NOTE")),
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


def _note(line: ContentLine | None) -> str:
    if line is None:
        return ""
    if not is_quoted_printable(line):
        return unescape_text(line.value)
    octets = quopri.decodestring(line.value.encode("utf-8", "surrogateescape"))
    return octets.decode("utf-8", "replace").replace("\r\n", "\n")


def _categories(card: Component) -> tuple[str, ...]:
    found = [unescape_text(v).strip() for line in card.lines("CATEGORIES") for v in split_value(line.value, ",")]
    return tuple(dict.fromkeys(v for v in found if v))


def _kind(card: Component) -> str:
    kind = (card.value("KIND") or card.value("X-ADDRESSBOOKSERVER-KIND")).strip().lower()
    # Apple has no word for an organisation among its kinds: such a card is shown by its company.
    shown_as = "org" if card.value("X-ABSHOWAS").strip().upper() == "COMPANY" else "individual"
    return kind or shown_as


def _members(card: Component) -> tuple[str, ...]:
    lines = [*card.lines("MEMBER"), *card.lines("X-ADDRESSBOOKSERVER-MEMBER")]
    return tuple(plain_uid(line.value) for line in lines)
