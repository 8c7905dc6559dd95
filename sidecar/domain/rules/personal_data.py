"""Names, telephone numbers and mail addresses in a text (R9)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from sidecar.domain.rules.names import (
    ABBREVIATED,
    CAPITAL,
    IN_FULL,
    LETTER_BEFORE,
    NAME,
    NAME_IN_SMALL,
    NO_NAME,
    PUBLIC_PLACE_BEFORE,
    SPACE,
    folded,
    just_before,
)


class HitKind(StrEnum):
    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"


@dataclass(frozen=True)
class Hit:
    """``text`` as it stands there; ``span`` is (start, end) in characters of the text in NFC."""

    kind: HitKind
    text: str
    span: tuple[int, int]


@dataclass(frozen=True)
class Allowed:
    """Whose data may stand in a text: the team's own people and the centre itself. Make it with ``Allowed.of``."""

    names: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *, names: Iterable[str] = (), phones: Iterable[str] = (), emails: Iterable[str] = ()) -> Self:
        return cls(
            names=frozenset(filter(None, map(folded, names))),
            phones=frozenset(filter(None, map(_subscriber, phones))),
            emails=frozenset(filter(None, (email.strip().casefold() for email in emails))),
        )

    def __or__(self, other: Allowed) -> Allowed:
        return Allowed(self.names | other.names, self.phones | other.phones, self.emails | other.emails)


NOBODY = Allowed()


def find_personal_data(text: str, allowed: Allowed = NOBODY) -> list[Hit]:
    """R9: what in the text names or reaches somebody, by position.

    Found are names after a way to address (« M. Dupont », « Mme Le Goff », « Madame … », « la famille … »),
    telephone numbers as they are written in France or with a country code, and mail addresses. A name on its own is
    not found: nobody can tell « Sarah Bernhardt » the market from a neighbour. Streets and places called
    after people are none, nor are offices (« Mme la Maire »), service numbers (08…), and what ``allowed`` holds.
    """
    text = unicodedata.normalize("NFC", text)
    hits = [*_emails(text, allowed), *_phones(text, allowed), *_names(text, allowed)]
    return sorted(hits, key=lambda hit: hit.span)


_EMAIL = re.compile(r"(?<![\w.+%/-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")


def _emails(text: str, allowed: Allowed) -> Iterator[Hit]:
    for match in _EMAIL.finditer(text):
        if match.group().casefold() not in allowed.emails:
            yield Hit(HitKind.EMAIL, match.group(), match.span())


_URL = re.compile(r"\b(?:https?|webcal|geo):\S+", re.IGNORECASE)
_BLANK = r"[ \u00a0\u202f\u2009]"
_PHONE = re.compile(
    rf"(?<![\d+,])(?:"
    # The same separator throughout, so that a date followed by an hour is no number.
    rf"(?:(?:\+|\b00){_BLANK}?33{_BLANK}?(?:\(0\){_BLANK}?)?|0)[1-79](?P<sep>{_BLANK}|[.\-/]|{_BLANK}?[.\-]{_BLANK}?|)\d\d(?:(?P=sep)\d\d){{3}}"
    rf"|0[1-79]\d\d{_BLANK}\d\d\d{_BLANK}\d\d\d"
    rf"|0[1-79]\d{{2}}(?:{_BLANK}\d\d){{3}}"
    rf"|\+(?!33)[1-9]\d{{0,2}}(?:{_BLANK}?[.\-]?(?:\(\d+\)|\d)){{7,12}}"
    rf")(?!\d)"
)


def _phones(text: str, allowed: Allowed) -> Iterator[Hit]:
    without_links = _URL.sub(lambda match: "·" * len(match.group()), text)
    for match in _PHONE.finditer(without_links):
        if _subscriber(match.group()) not in allowed.phones:
            yield Hit(HitKind.PHONE, match.group(), match.span())


def _subscriber(phone: str) -> str:
    """Nine last digits: the same for « 02 99 12 34 56 », « +33 (0)2 99 12 34 56 » and « 0033299123456 »."""
    digits = re.sub(r"\D", "", phone)
    return digits[-9:] if len(digits) >= 9 else ""


_NOT_INSIDE_A_WORD = r"(?<![\w.'’\-])"
_ADDRESSED = re.compile(rf"{_NOT_INSIDE_A_WORD}(?:(?P<short>{ABBREVIATED})|(?P<full>{IN_FULL}))")
# "M Dupont" without a stop is a name where a name is to be expected; else M is a letter.
_BARE_M = re.compile(
    rf"(?:^|\b(?i:chez|avec|voir|visiter|pour|et|à|de|rencontrer|appeler|rappeler|contacter|par){SPACE}+)"
    rf"(?P<title>M){SPACE}+(?=[{CAPITAL}][a-zà-ÿ])",
    re.MULTILINE,
)
_FAMILY = re.compile(rf"\b(?i:la{SPACE}+famille|les{SPACE}+époux){SPACE}+(?P<name>{NAME})")
_NAME = re.compile(rf"{SPACE}*(?P<name>{NAME})")
_NAME_IN_SMALL = re.compile(rf"{SPACE}+(?P<name>{NAME_IN_SMALL})")


def _names(text: str, allowed: Allowed) -> Iterator[Hit]:
    ends = [(match.start(), match.end(), match["short"]) for match in _ADDRESSED.finditer(text)]
    ends += [(match.start("title"), match.end("title"), "M") for match in _BARE_M.finditer(text)]
    for start, end, short in ends:
        name = _name_after(text, end, short)
        if name is None or _is_a_place(text, start, short) or _is_allowed(name["name"], allowed):
            continue
        yield Hit(HitKind.NAME, text[start : name.end()], (start, name.end()))
    for match in _FAMILY.finditer(text):
        if not _is_allowed(match["name"], allowed):
            yield Hit(HitKind.NAME, match.group(), match.span())


def _name_after(text: str, end: int, short: str | None) -> re.Match[str] | None:
    if NO_NAME.match(text, end):
        return None
    name = _NAME.match(text, end)
    glued = name is not None and name.start("name") == end
    if name is not None and not glued:
        return name
    if name is not None and short is not None and short.endswith("."):
        # "M.Dupont", but neither "M.J.C." nor "M.A.I.F".
        return name if len(name["name"]) > 1 and text[name.end("name") : name.end("name") + 1] != "." else None
    small_can_be_told = short is not None and short.casefold().rstrip(".") not in ("m", "mm", "ms")
    return _NAME_IN_SMALL.match(text, end) if small_can_be_told else None


def _is_a_place(text: str, start: int, short: str | None) -> bool:
    before = just_before(text, start)
    if PUBLIC_PLACE_BEFORE.search(before):
        return True
    return short in ("M.", "M") and LETTER_BEFORE.search(before) is not None


def _is_allowed(name: str, allowed: Allowed) -> bool:
    """Whether the name, or what it begins with, is one of ours: « Mme Bernard Rendez-vous » begins with Bernard.

    Initials before it do not count: « Mme Y. Bernard ».
    """
    words = folded(name).split()
    while len(words) > 1 and len(words[0]) == 1:
        words.pop(0)
    return any(" ".join(words[:count]) in allowed.names for count in range(1, len(words) + 1))
