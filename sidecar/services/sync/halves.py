"""Which series is the second half of which: what tells two of one initiative apart when both are split at once. Pure.

A program that splits a series ends it before a date and begins another there. Some say so in both halves (RELATED-TO, RFC
5545 section 3.8.4.5; Apple adds the date to the old UID); else the dates themselves have to tell, or what was copied.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TypeVar

from calendars.icalendar import EventFacts, read
from calendars.merge import split
from sidecar.projection.context import CLOSING, OPENING
from sidecar.services.sync.claims import plain

L = TypeVar("L")
R = TypeVar("R")

NEAR = timedelta(days=6, hours=12)
"""How far a date may go and still be taken for the same date of a split or shifted series."""


@dataclass(frozen=True)
class Half:
    """One series, seen where it was cut or where it begins.

    ``names``: its UID and what else it is named by in its other half. ``edge``: the wall-clock time of the first date that
    went, of the first one that came; None where neither stands at its end: then it is no half. ``title``: as ``plain`` has
    it. ``says``: a hash of what people wrote into it, with place and guests; "" where they wrote no text. ``marked``: our
    block stands in it.
    """

    names: frozenset[str] = frozenset()
    edge: datetime | None = None
    title: str = ""
    says: str = ""
    marked: bool = False

    def is_related(self, other: Half) -> bool:
        return bool(self.names & other.names)

    def may_end_before(self, new: Half) -> bool:
        """Whether ``new`` begins where this one was cut, or later: a series that ran beside it is no half of it."""
        return self.edge is not None and new.edge is not None and new.edge >= self.edge - NEAR

    def meets(self, new: Half) -> bool:
        return self.edge is not None and new.edge is not None and abs(new.edge - self.edge) <= NEAR

    def is_copied_in(self, new: Half) -> bool:
        """Whether ``new`` begins where this one was cut and holds what only a copy of it does: our block, or word for word
        what people wrote, with the same place and guests. Name and hour may be others."""
        return self.meets(new) and (new.marked or (self.says != "" and self.says == new.says))


def half_of(text: str | None, at: datetime | None) -> Half:
    """The series of a text that was cut, or begins, at ``at``. Raises UnreadableText."""
    if text is None:
        return Half(edge=at)
    calendar_object = read(text)
    master = calendar_object.master
    facts = [part for part in (master, *calendar_object.overrides.values()) if part is not None]
    related = {uid for part in facts for uid in part.related}
    # "…/RID=790155000": the date at which iOS cut the series of that UID.
    whole = {re.sub(r"(/RID=-?\d+)+$", "", uid) for uid in {calendar_object.uid, *related}}
    return Half(
        names=frozenset({calendar_object.uid, *related, *whole} - {""}),
        edge=at,
        title=plain(master.summary) if master is not None else "",
        says=_said(master) if master is not None else "",
        marked=any(split(part.description, OPENING, CLOSING).block is not None for part in facts),
    )


def _said(master: EventFacts) -> str:
    written = split(master.description, OPENING, CLOSING).human.strip()
    if not written:
        return ""
    guests = sorted(attendee.address.lower() for attendee in master.attendees)
    return sha256("\0".join([written, master.location.strip(), *guests]).encode()).hexdigest()


def edge(keys: Iterable[str], staying: Iterable[str]) -> datetime | None:
    """The wall-clock time of the first of ``keys`` that is later than all that stay; None where none is.

    >>> edge(["2026-03-03T09:30:00", "2026-03-24T09:30:00"], ["2026-03-17T09:30:00"])
    datetime.datetime(2026, 3, 24, 9, 30)
    """
    last = max((datetime.fromisoformat(key) for key in staying if key), default=None)
    moments = (datetime.fromisoformat(key) for key in keys if key)
    return min((moment for moment in moments if last is None or moment > last), default=None)


@dataclass(frozen=True, order=True)
class Likelihood:
    """How likely a date that came is one that went: the smaller, the likelier.

    A program that says so itself is believed first, then the very same time, then that one series is cut where the other
    begins, the same name, and the nearest.
    """

    unrelated: bool
    moved: bool
    elsewhere: bool
    renamed: bool
    distance: timedelta

    @property
    def certain(self) -> bool:
        """Whether there is more to it than that one is near the other."""
        return not (self.unrelated and self.moved)


def likelihood(was: datetime, called: str, ended: Half, becomes: datetime, calls: str, begun: Half) -> Likelihood | None:
    """How likely a date of ``ended``, its time and name before, goes on in ``begun``; None where it cannot."""
    related, distance = ended.is_related(begun), abs(becomes - was)
    if distance > NEAR or not (related or not distance or ended.may_end_before(begun)):
        return None
    return Likelihood(
        unrelated=not related,
        moved=bool(distance),
        elsewhere=not ended.meets(begun),
        renamed=plain(called) != plain(calls),
        distance=distance,
    )


def one_to_one(pairs: Iterable[tuple[L, R]]) -> list[tuple[L, R]]:
    """Of pairs in order of preference, those of which neither half was taken before.

    >>> one_to_one([(1, "a"), (1, "b"), (2, "a"), (2, "b")])
    [(1, 'a'), (2, 'b')]
    """
    left, right, chosen = set[L](), set[R](), list[tuple[L, R]]()
    for one, other in pairs:
        if one not in left and other not in right:
            left.add(one)
            right.add(other)
            chosen.append((one, other))
    return chosen
