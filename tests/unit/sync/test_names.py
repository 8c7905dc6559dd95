"""Initiatives are found by their names however many there are, as if each had been compared."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest

from calendars.icalendar import EventFacts, When
from sidecar.domain.centres import Initiative
from sidecar.services.sync.claims import Initiatives, named_initiative, plain

BLANK = EventFacts(uid="u", start=When(date(2026, 3, 3)), end=When(date(2026, 3, 4)))
WORDS = ("café", "facteur", "marché", "Le", "jardin", "17", "L'été", "maraude")


def one_by_one(facts: EventFacts, initiatives: list[Initiative], centre_id: str) -> Initiative | None:
    """What is meant by it: the centre's own first, then by name."""
    title, categories = plain(facts.summary), {plain(category) for category in facts.categories}
    for initiative in sorted(initiatives, key=lambda i: (i.centre_id != centre_id, i.name, i.id)):
        names = [name for name in map(plain, (initiative.name, *initiative.aliases)) if name]
        if any(name in categories or title == name or title.startswith(f"{name} ") for name in names):
            return initiative
    return None


def text(chance: random.Random, longest: int) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(chance.randint(0, longest)))


@pytest.mark.parametrize("seed", range(40))
def test_whoever_is_named_is_found_as_by_comparing_each(seed: int) -> None:
    chance = random.Random(seed)
    initiatives = [
        Initiative(
            id=f"i{number}", centre_id=chance.choice("ab"), name=text(chance, 3),
            aliases=tuple(text(chance, 3) for _ in range(chance.randint(0, 2))),
        )
        for number in range(12)
    ]  # fmt: skip
    known = Initiatives(initiatives)
    names = {plain(name) for i in initiatives for name in (i.name, *i.aliases)} - {""}
    for _ in range(60):
        facts = replace(
            BLANK, summary=text(chance, 6), categories=tuple(text(chance, 2) for _ in range(chance.randint(0, 2)))
        )
        assert named_initiative(facts, known, "a") == one_by_one(facts, initiatives, "a")
        line = plain(text(chance, 8))
        assert known.any_in(line) == any(f" {name} " in f" {line} " for name in names)


def test_they_are_found_by_id_and_by_centre() -> None:
    own, other = (Initiative(id=f"i{c}", centre_id=c, name="Café du facteur") for c in "ab")
    known = Initiatives([own, other])
    assert (known["ia"], known.get("ib"), known.get("ic"), len(known)) == (own, other, None, 2)
    assert (list(known.of_centre("b")), list(known.of_centre("c"))) == ([other], [])
