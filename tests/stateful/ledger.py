"""Who wrote what, and what therefore has to stand in the end.

A value that somebody wrote is *outstanding* until somebody who saw it writes another, or both sides are level: then it
stands on both sides or is in the conflict list. Of whether an appointment takes place the last editor's word counts.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

BOARD, APP = "board", "app"


@dataclass
class Ledger:
    """``outstanding``: (subject, property) -> value -> who wrote it. ``takes_place``: what the last editor decided."""

    outstanding: dict[tuple[str, str], dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    takes_place: dict[str, bool] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    """Changed on the board since both sides were level."""
    deleted: set[str] = field(default_factory=set)
    """Whose event an app deleted since both sides were level."""

    crossed_out: set[str] = field(default_factory=set)
    """Whose event an app crossed out since then."""

    def writes(self, subject: str, prop: str, instead_of: str, value: str, by: str) -> None:
        """Somebody saw ``instead_of`` and wrote ``value``."""
        waiting = self.outstanding[subject, prop]
        waiting.pop(instead_of, None)
        waiting[value] = by
        if by == BOARD:
            self.touched.add(subject)
            if subject in self.deleted:
                # It was deleted elsewhere and nobody here knew: a person's edit wins over a deletion.
                self.takes_place[subject] = True

    def touches(self, subject: str) -> None:
        """The board changed something that is not compared value by value."""
        self.touched.add(subject)
        if subject in self.deleted:
            self.takes_place.pop(subject, None)

    def forgets_apps(self, subject: str) -> None:
        """What an app wrote into it goes with it."""
        for (other, _), waiting in self.outstanding.items():
            if other == subject:
                for value in [value for value, by in waiting.items() if by == APP]:
                    del waiting[value]

    def deletes(self, subject: str, *, crossed_out: bool) -> None:
        """An app deletes an event that it saw taking place, or ``crossed_out``."""
        self.deleted.add(subject)
        self.forgets_apps(subject)
        if crossed_out and self.takes_place.get(subject):
            return
        if subject in self.touched:
            self.takes_place.pop(subject, None)
        else:
            self.takes_place[subject] = False

    def crosses(self, subject: str, *, out: bool, unseen: bool) -> None:
        """An app crosses an event out, or in again. ``unseen``: as both sides knew it, since no pass looked while
        it was otherwise."""
        self.takes_place[subject] = not out
        # It stands again: whoever deleted it was answered.
        self.deleted.discard(subject)
        if out:
            self.crossed_out.add(subject)
            if unseen and subject in self.touched:
                # As if it had never been in: only who brought it back on the board changed anything.
                del self.takes_place[subject]
        elif subject in self.touched:
            # It takes back its own, perhaps, and does not know of a cancellation on the board.
            del self.takes_place[subject]

    def cancels(self, subject: str, *, crossed_in: bool) -> None:
        """The board calls it off; perhaps it takes back its own, and does not know that an app crossed it in."""
        self.touched.add(subject)
        self.takes_place[subject] = False
        if crossed_in:
            del self.takes_place[subject]

    def brings_back(self, subject: str, *, linked: bool) -> None:
        """The board takes back a cancellation; perhaps its own, and does not know of one in an app."""
        self.touched.add(subject)
        self.takes_place[subject] = True
        if linked and subject in self.crossed_out | self.deleted:
            del self.takes_place[subject]

    def forgets(self, subject: str) -> None:
        """Nothing is expected of it any more."""
        for (other, _), waiting in self.outstanding.items():
            if other == subject:
                waiting.clear()
        self.takes_place.pop(subject, None)

    def level(self, *, but: set[str]) -> None:
        """Both sides agree: nothing is outstanding, ``but`` what the board alone has of some."""
        self.outstanding.clear()
        self.touched &= but
        self.deleted.clear()
        self.crossed_out.clear()
