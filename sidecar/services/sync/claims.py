"""Which of other people's events are ours: those whose title or category is an initiative's. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from calendars.icalendar import EventFacts
from sidecar.domain.centres import Initiative

ARTICLE = re.compile(r"^(?:les|le|la|l'|des|du)\s*")


@lru_cache(maxsize=512)
def plain(text: str) -> str:
    """Text for comparing names: case, accents, punctuation and a leading article do not count.

    >>> plain("Le Café du Facteur !") == plain("cafe du facteur")
    True
    """
    bare = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    bare = "".join(c for c in bare if not unicodedata.combining(c))
    bare = ARTICLE.sub("", bare.strip())
    return re.sub(r"[^0-9a-z]+", " ", bare).strip()


class Initiatives(Mapping[str, Initiative]):
    """All there are, by id and by what they are called; made once and asked as often as one likes, however many they are."""

    def __init__(self, initiatives: Iterable[Initiative]) -> None:
        self._by_id = {initiative.id: initiative for initiative in initiatives}
        self._of_centre: defaultdict[str, list[Initiative]] = defaultdict(list)
        self._by_name: defaultdict[str, list[Initiative]] = defaultdict(list)
        for initiative in self._by_id.values():
            self._of_centre[initiative.centre_id].append(initiative)
            for name in {plain(name) for name in (initiative.name, *initiative.aliases)} - {""}:
                self._by_name[name].append(initiative)
        self._lengths = sorted({len(name.split()) for name in self._by_name})

    def __getitem__(self, initiative_id: str) -> Initiative:
        return self._by_id[initiative_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)

    def of_centre(self, centre_id: str) -> Sequence[Initiative]:
        return self._of_centre.get(centre_id, ())

    def called(self, name: str) -> Sequence[Initiative]:
        """Those with that name or alias, as ``plain`` has it."""
        return self._by_name.get(name, ())

    def beginning(self, title: str) -> list[Initiative]:
        """Those whose name, as whole words, a title begins with; as ``plain`` has it."""
        words = title.split()
        return [i for number in self._lengths for i in self.called(" ".join(words[:number])) if number <= len(words)]

    def any_in(self, line: str) -> bool:
        """Whether a name of one of them stands anywhere in a line, as whole words; as ``plain`` has it."""
        words = line.split()
        return any(
            " ".join(words[first : first + number]) in self._by_name
            for number in self._lengths
            for first in range(len(words) - number + 1)
        )


def named_initiative(facts: EventFacts, initiatives: Initiatives, centre_id: str) -> Initiative | None:
    """The initiative that the title begins with or a category names, the centre's own before others'; None for none.

    An initiative in preparation (S12) counts too: who writes it into a calendar means it.
    """
    named = initiatives.beginning(plain(facts.summary))
    for category in facts.categories:
        named += initiatives.called(plain(category))
    return min(named, key=lambda i: (i.centre_id != centre_id, i.name, i.id), default=None)


def is_anothers(facts: EventFacts, own_addresses: Iterable[str]) -> bool:
    """Whether somebody else is the organizer: such an event is only watched."""
    if facts.organizer is None or not facts.organizer.address:
        return False
    return facts.organizer.address.lower() not in {address.lower() for address in own_addresses if address}
