"""Which of other people's events are ours: those whose title or category is an initiative's. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
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


def named_initiative(facts: EventFacts, initiatives: Iterable[Initiative], centre_id: str) -> Initiative | None:
    """The initiative that the title begins with or a category names, the centre's own before others'; None for none.

    An initiative in preparation (S12) counts too: who writes it into a calendar means it.
    """
    own_first = sorted(initiatives, key=lambda i: (i.centre_id != centre_id, i.name))
    categories = {plain(category) for category in facts.categories}
    title = plain(facts.summary)
    for initiative in own_first:
        names = [name for name in (plain(initiative.name), *map(plain, initiative.aliases)) if name]
        if any(name in categories or title == name or title.startswith(f"{name} ") for name in names):
            return initiative
    return None


def is_anothers(facts: EventFacts, own_addresses: Iterable[str]) -> bool:
    """Whether somebody else is the organizer: such an event is only watched."""
    if facts.organizer is None or not facts.organizer.address:
        return False
    return facts.organizer.address.lower() not in {address.lower() for address in own_addresses if address}
