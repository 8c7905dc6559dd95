"""Whether two cards mean the same: servers reorder, fold and stamp."""

from __future__ import annotations

from collections import Counter

from calendars.contentlines import parse, split_value, unescape_text
from calendars.vcard.reading import card_in, plain_uid

NO_DIFFERENCE = {"REV", "PRODID"}


def semantically_equal(first: str, second: str) -> bool:
    """Equal but for order, folding, REV and PRODID. Raises UnreadableText."""
    return meanings(first) == meanings(second)


def meanings(text: str) -> Counter[object]:
    """What the lines of a card say; stamps say nothing. Raises UnreadableText."""
    found: Counter[object] = Counter()
    for line in card_in(parse(text)).lines():
        if line.name in NO_DIFFERENCE:
            continue
        params = frozenset(
            (name.upper(), value.upper()) for name, values in line.params for v in values for value in v.split(",")
        )
        if line.name == "UID":
            found[(line.name, plain_uid(line.value))] += 1
        elif line.name == "CATEGORIES":
            for value in split_value(line.value, ","):
                found[(line.name, params, unescape_text(value).strip())] += 1
        elif line.name in ("N", "ORG"):
            parts = [unescape_text(v).strip() for v in split_value(line.value, ";")]
            while parts and not parts[-1]:
                parts.pop()
            found[(line.name, tuple(parts))] += 1
        else:
            found[(line.name, line.group.upper(), params, unescape_text(line.value).strip())] += 1
    return found
