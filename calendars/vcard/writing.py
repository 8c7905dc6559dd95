"""From facts to a card's text: only lines whose meaning differs are written anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from calendars.contentlines import (
    Component,
    ContentLine,
    Document,
    escape_text,
    parse,
    plain_text,
    split_value,
    unescape_text,
)
from calendars.vcard.facts import CardFacts, CardValue, phone_digits, same_phone
from calendars.vcard.reading import card_in, read_card, read_value, values_of

PRODID = "-//Hors les murs//FR"
DEFAULT_TYPES: dict[str, tuple[str, ...]] = {"TEL": ("CELL",), "EMAIL": ()}
"""What a new line without types is taken for; a mail address needs none (RFC 2426 section 3.3.2: internet)."""


def write_card(text: str | None, wanted: CardFacts, *, now: datetime) -> str:
    """The text saying what ``wanted`` says; the very same text where nothing differs.

    A new card is vCard 3.0, which every client takes, unless ``wanted.version`` is "4.0". A kept TEL or EMAIL keeps its
    line with types and group. Of a card that stands, NOTE, KIND, MEMBER and whatever we never heard of stay as they are.
    ``now`` (aware) stamps REV. Raises UnreadableText.
    """
    wanted = _writable(wanted)
    if text is None:
        return _new(wanted, now)
    document = parse(text)
    card = card_in(document)
    if not _apply(document, card, read_card(card), wanted):
        return text
    _put(document, card, "REV", f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    return str(document)


def _writable(wanted: CardFacts) -> CardFacts:
    """The facts as they read once they are written: what cannot be written would differ again at every pass."""
    return replace(
        wanted,
        full_name=_line_of(wanted.full_name),
        family=_line_of(wanted.family),
        given=_line_of(wanted.given),
        org=tuple(_line_of(part) for part in wanted.org),
        title=_line_of(wanted.title),
        role=_line_of(wanted.role),
        categories=tuple(c for c in (_line_of(category) for category in wanted.categories) if c),
    )


def _line_of(text: str) -> str:
    return plain_text(text).strip()


def _new(wanted: CardFacts, now: datetime) -> str:
    lines = [ContentLine.make("VERSION", wanted.version), ContentLine.make("PRODID", PRODID)]
    lines.append(ContentLine.make("UID", escape_text(wanted.uid)))
    card = Component.make("VCARD", lines)
    document = Document([card], "\r\n")
    # N is mandatory in vCard 3.0 (RFC 2426 section 3.1.2), FN everywhere.
    _put(document, card, "FN", escape_text(wanted.full_name))
    _put(document, card, "N", ";".join((escape_text(wanted.family), escape_text(wanted.given), "", "", "")))
    if wanted.kind == "org" and wanted.version != "4.0":
        _put(document, card, "X-ABShowAs", "COMPANY")
    elif wanted.kind != "individual":
        _put(document, card, "KIND" if wanted.version == "4.0" else "X-ADDRESSBOOKSERVER-KIND", wanted.kind)
    before = CardFacts(uid=wanted.uid, full_name=wanted.full_name, family=wanted.family, given=wanted.given)
    _apply(document, card, before, wanted)
    if wanted.note:
        _put(document, card, "NOTE", escape_text(wanted.note))
    for member in wanted.members:
        name = "MEMBER" if wanted.version == "4.0" else "X-ADDRESSBOOKSERVER-MEMBER"
        card.add(ContentLine.make(name, f"urn:uuid:{member}"))
    _put(document, card, "REV", f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    return str(document)


def _apply(document: Document, card: Component, before: CardFacts, wanted: CardFacts) -> bool:
    changed = False
    if before.full_name != wanted.full_name:
        _put(document, card, "FN", escape_text(wanted.full_name))
        changed = True
    if (before.family, before.given) != (wanted.family, wanted.given):
        # Additional names, prefixes, suffixes and whatever else stands there are somebody else's.
        rest = split_value(card.value("N"), ";")[2:]
        rest += [""] * (3 - len(rest))
        _put(document, card, "N", ";".join((escape_text(wanted.family), escape_text(wanted.given), *rest)))
        changed = True
    if before.org[:1] != wanted.org[:1]:
        units = split_value(card.value("ORG"), ";")[1:]
        _put(
            document,
            card,
            "ORG",
            ";".join((escape_text(wanted.org[0]), *units)) if wanted.org and wanted.org[0] else None,
        )
        changed = True
    for name, was, becomes in (("ROLE", before.role, wanted.role), ("TITLE", before.title, wanted.title)):
        if was != becomes:
            _put(document, card, name, escape_text(becomes) if becomes else None)
            changed = True
    if set(before.categories) != set(wanted.categories):
        _put_categories(document, card, wanted.categories)
        changed = True
    changed |= _put_values(document, card, "EMAIL", before.emails, wanted.emails, _same_mail)
    changed |= _put_values(document, card, "TEL", before.phones, wanted.phones, same_phone)
    return changed


def _put_categories(document: Document, card: Component, categories: Sequence[str]) -> None:
    """Names that go leave their line, new ones join the last; a line of which nothing changes is not touched."""
    standing: set[str] = set()
    for line in card.lines("CATEGORIES"):
        there = split_value(line.value, ",")
        kept = [c for c in there if unescape_text(c).strip() in categories]
        standing |= {unescape_text(c).strip() for c in kept}
        if not kept:
            _remove(card, line)
        elif kept != there:
            card.replace(line, line.with_value(",".join(kept), ending=document.ending))
    new = [escape_text(c) for c in dict.fromkeys(categories) if c not in standing]
    lines = card.lines("CATEGORIES")
    if new and lines:
        card.replace(lines[-1], lines[-1].with_value(",".join([lines[-1].value, *new]), ending=document.ending))
    elif new:
        card.add(ContentLine.make("CATEGORIES", ",".join(new), ending=document.ending))


def _same_mail(first: str, second: str) -> bool:
    return first.casefold() == second.casefold()


def _put_values(
    document: Document,
    card: Component,
    name: str,
    before: Sequence[CardValue],
    wanted: Sequence[CardValue],
    same: Callable[[str, str], bool],
) -> bool:
    """Lines of values that stay are not touched; one that goes while one comes is rewritten, so its type stays."""
    wanted = [replace(value, value=plain_text(value.value).strip()) for value in wanted if value.value.strip()]
    if len(before) == len(wanted) and all(same(b.value, w.value) for b, w in zip(before, wanted, strict=True)):
        return False
    lines = [line for line in card.lines(name) if read_value(line).value]
    kept = [line for line in lines if any(same(read_value(line).value, w.value) for w in wanted)]
    free = [line for line in lines if not any(line is k for k in kept)]
    new = [w for w in wanted if not any(same(read_value(line).value, w.value) for line in kept)]
    for value in new:
        if free:
            line = free.pop(0)
            is_uri = unescape_text(line.value).lower().startswith("tel:")
            # A URI holds no spaces (RFC 3966 section 3).
            text = f"tel:{phone_digits(value.value)}" if is_uri else escape_text(value.value)
            card.replace(line, _said(line, text, document.ending))
            continue
        types = value.types or DEFAULT_TYPES[name]
        params = [("TYPE", (t,)) for t in types]
        card.add(ContentLine.make(name, escape_text(value.value), params, ending=document.ending), (name, "N", "FN"))
    for line in free:
        _remove(card, line)
    return _prefer(document, card, name, wanted, same) or bool(new or free)


def _prefer(
    document: Document, card: Component, name: str, wanted: Sequence[CardValue], same: Callable[[str, str], bool]
) -> bool:
    """The value that is to be first is the preferred one; the lines stay where they are. Whether a line was written."""
    standing = values_of(card, name)
    if len(standing) < 2 or not wanted or same(standing[0].value, wanted[0].value):
        return False
    for line in card.lines(name):
        value, first = read_value(line), same(read_value(line).value, wanted[0].value)
        if value.preferred and not first:
            types = [t for t in line.param_values("TYPE") for t in t.split(",") if t.strip().upper() != "PREF"]
            bare = line.with_params({"PREF": None, "TYPE": None}, ending=document.ending)
            card.replace(line, bare.with_params({"TYPE": types or None}, ending=document.ending))
        elif first and not value.preferred and card.value("VERSION").strip() == "4.0":
            card.replace(line, line.with_params({"PREF": "1"}, ending=document.ending))
        elif first and not value.preferred:
            types = [*line.param_values("TYPE"), "PREF"]
            card.replace(line, line.with_params({"TYPE": types}, ending=document.ending))
    return True


def _remove(card: Component, line: ContentLine) -> None:
    """Take a line away, with the label that Apple hangs on its group."""
    card.remove(line)
    group = [other for other in card.lines() if line.group and other.group.upper() == line.group.upper()]
    if all(other.name == "X-ABLABEL" for other in group):
        for label in group:
            card.remove(label)


def _put(document: Document, card: Component, name: str, value: str | None) -> None:
    old = card.first(name)
    if value is None:
        for line in card.lines(name):
            _remove(card, line)
    elif old is None:
        card.add(ContentLine.make(name, value, ending=document.ending))
    else:
        card.replace(old, _said(old, value, document.ending))


def _said(line: ContentLine, value: str, ending: str) -> ContentLine:
    """The line with another value. vCard 2.1's encoding goes: it would be that of the old value."""
    if line.param("ENCODING") or line.param("CHARSET"):
        line = line.with_params({"ENCODING": None, "CHARSET": None}, ending=ending)
    return line.with_value(value, ending=ending)
