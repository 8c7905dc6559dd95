"""What a card says, as plain records."""

from __future__ import annotations

import re
from dataclasses import dataclass

_AFTER = re.compile(r"(?<=[0-9])[^0-9+]*?(?:[;,#]|[^\W\d_]).*", re.DOTALL)
"""What stands behind a number: ";ext=12" (RFC 3966 section 5.3), "poste 12", "(maman)"."""


@dataclass(frozen=True)
class CardValue:
    """One EMAIL or TEL: the value, its types in upper case, and whether it is the preferred one."""

    value: str
    types: tuple[str, ...] = ()
    preferred: bool = False


@dataclass(frozen=True)
class CardFacts:
    """One vCard 3.0 (RFC 2426) or 4.0 (RFC 6350). ``org`` is organisation and units; texts are unescaped.

    ``kind`` is "individual", "org" or "group" (KIND, or Apple's X-ADDRESSBOOKSERVER-KIND and X-ABShowAs); ``members`` are
    the UIDs of a group's cards, without ``urn:uuid:``.
    """

    uid: str
    full_name: str = ""
    family: str = ""
    given: str = ""
    emails: tuple[CardValue, ...] = ()
    phones: tuple[CardValue, ...] = ()
    org: tuple[str, ...] = ()
    title: str = ""
    role: str = ""
    categories: tuple[str, ...] = ()
    kind: str = "individual"
    members: tuple[str, ...] = ()
    note: str = ""
    version: str = "3.0"


def same_phone(first: str, second: str) -> bool:
    """Whether two numbers are one, however they are spaced; "+33 6" and "06" are the same in France."""
    return phone_digits(first) == phone_digits(second)


def phone_digits(number: str) -> str:
    """The digits that tell numbers apart, a French trunk 0 written as +33; an extension or a remark is no part of them."""
    bare = _AFTER.sub("", number.removeprefix("tel:").replace("(0)", ""))
    digits = re.sub(r"[^0-9+]", "", bare)
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    if digits.startswith("0"):
        digits = f"+33{digits[1:]}"
    return digits
