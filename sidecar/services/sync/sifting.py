"""Which of other people's texts have to be looked at: told from a few of their lines, without reading the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from calendars.sync.ports import CollectionKind, Resource
from sidecar.projection.cards import GROUP
from sidecar.services.binding import kind_of
from sidecar.services.sync.claims import plain
from sidecar.services.sync.cut_off import cut_off, names_of_series
from sidecar.services.sync.desk import Desk
from sidecar.services.sync.groups import Groups

TELLING = re.compile(r"^(?:[\w-]+\.)?(?:SUMMARY|CATEGORIES)[;:].*(?:\r?\n[ \t].*)*", re.MULTILINE | re.IGNORECASE)
OTHER_HALF = re.compile(r"^RELATED-TO[;:]|^UID[;:].*/RID=", re.MULTILINE | re.IGNORECASE)
"""Names the series that this one was split off (``halves.names_of``)."""
RULE = re.compile(r"^R(?:RULE|DATE)[;:]", re.MULTILINE | re.IGNORECASE)
GROUP_CARD = re.compile(r"^(?:[\w-]+\.)?(?:X-ADDRESSBOOKSERVER-)?KIND[;:].*group", re.MULTILINE | re.IGNORECASE)
FOLD, NEWLINE = re.compile(r"\r?\n[ \t]"), re.compile(r"\\\\n", re.IGNORECASE)


def sift(desk: Desk, collection: str, read: Sequence[tuple[Resource, str]]) -> frozenset[str]:
    """The hrefs of those that may be ours: linked already, of our own making, with a name of ours in their lines, or perhaps
    split off a series of ours.

    More than ``named_initiative``, ``continued_initiative``, ``split_off`` and the cards' groups would claim, never less:
    absorbing decides.
    """
    binding = desk.binding_at(collection)
    links = desk.uow.links.among(binding.id, [resource.href for resource, _ in read], [uid for _, uid in read])
    hrefs, uids = {link.href for link in links if link.binding_id == binding.id}, {link.uid for link in links}
    calendar = kind_of(binding.purposes) is CollectionKind.CALENDAR
    members = frozenset() if calendar else Groups(desk.uow, binding).members()

    @cache
    def of_series() -> tuple[str, ...]:
        here = {
            plain(_title(resource.text)) for resource, _ in read if resource.href in hrefs and RULE.search(resource.text)
        }
        return tuple(sorted((here | names_of_series(desk, binding).keys()) - {""}))

    @cache
    def splitting() -> bool:
        """Whether a series of ours may have been cut just now."""
        return bool(cut_off(desk)) or any(one.href in hrefs and RULE.search(one.text) for one, _ in read)

    def may_be_of_series(text: str) -> bool:
        if RULE.search(text) is None:
            return False
        return OTHER_HALF.search(text) is not None or splitting() or _names_one(text, of_series())

    return frozenset(
        resource.href
        for resource, uid in read
        if resource.href in hrefs
        or uid in uids
        or uid.endswith(f"@{desk.instance}.hors-les-murs")
        or (not calendar and uid.endswith(f"-{desk.instance}"))
        or uid in members
        or (calendar and any(desk.initiatives.any_in(line) for line in _lines(resource.text)))
        or (not calendar and _names_one(resource.text, (plain(GROUP),)))
        or (calendar and may_be_of_series(resource.text))
        or (not calendar and GROUP_CARD.search(resource.text) is not None)
    )


def _title(text: str) -> str:
    lines = (FOLD.sub("", line) for line in TELLING.findall(text))
    return next((line.partition(":")[2] for line in lines if line.upper().startswith("SUMMARY")), "")


def _lines(text: str) -> Iterator[str]:
    """The lines in which a name may stand, as ``plain`` has them."""
    return (plain(NEWLINE.sub(" ", FOLD.sub("", line))) for line in TELLING.findall(text))


def _names_one(text: str, names: Sequence[str]) -> bool:
    return any(f" {name} " in f" {line} " for line in _lines(text) for name in names)
