"""Who is taken when, in the sample: finds teams so that nobody is in two places and work is shared."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sidecar.samples.cast import CAST, LAPSED, LAPSES_ON, Actor

ASHORE = "ashore"


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A stretch of local time on one day."""

    day: date
    at: time
    minutes: int

    @property
    def start(self) -> datetime:
        return datetime.combine(self.day, self.at)

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=self.minutes)

    def overlaps(self, other: Slot) -> bool:
        return self.start < other.end and other.start < self.end


class NobodyFree(LookupError):
    """The sample asks for more people than it has; its author has to change it."""


@dataclass
class Diary:
    """Grows as appointments are made. Outings end by 21 h and begin after 8 h 30: nights are long enough (R7)."""

    taken: dict[str, list[tuple[Slot, str]]] = field(default_factory=lambda: defaultdict(list))
    outings: Counter[str] = field(default_factory=Counter)
    weeks: Counter[tuple[str, int]] = field(default_factory=Counter)

    def book(self, actor: Actor, slot: Slot, what: str = "") -> None:
        self.taken[actor.name].append((slot, what))

    def free(self, actor: Actor, slot: Slot, what: str = "") -> bool:
        """Whether nothing else is then; who is ashore at a centre answers several of its teams."""
        return not any(slot.overlaps(other) and not (what and what == held) for other, held in self.taken[actor.name])

    def may_go(self, actor: Actor, slot: Slot) -> bool:
        trained = actor.trained and (actor is not LAPSED or slot.day <= LAPSES_ON)
        week = slot.day.isocalendar()[1]
        within = actor.ceiling is None or self.weeks[actor.name, week] < actor.ceiling
        return trained and within and actor.goes_out and slot.day.weekday() in actor.days and self.free(actor, slot)

    def send(self, actor: Actor, slot: Slot) -> Actor:
        self.book(actor, slot)
        self.outings[actor.name] += 1
        self.weeks[actor.name, slot.day.isocalendar()[1]] += 1
        return actor

    def choose(self, centre: str, kind: str, slot: Slot, pool: tuple[Actor, ...] = CAST) -> Actor:
        """The one of that kind who has been out least; is booked at once. Raises ``NobodyFree``."""
        able = [each for each in pool if centre in each.centres and each.kind == kind and self.may_go(each, slot)]
        if not able:
            raise NobodyFree(f"{kind}, {centre}, {slot.start}")
        return self.send(min(able, key=lambda each: self.outings[each.name]), slot)

    def stays(self, centre: str, slot: Slot) -> Actor:
        """The base contact: the front desk, else another professional of the centre. Raises ``NobodyFree``."""
        team = [each for each in CAST if each.centres == (centre,) and each.account and each.function]
        for actor in sorted(team, key=lambda each: not each.ashore):
            if self.free(actor, slot, f"{ASHORE} {centre}"):
                self.book(actor, slot, f"{ASHORE} {centre}")
                return actor
        raise NobodyFree(f"base contact, {centre}, {slot.start}")
