"""The server is put back from a backup. That is nobody's edit: what both sides had agreed on since stands again.

What is *not* asked of it. On a server without tokens nobody can tell that it went back: an older state counts as
somebody's edit there, what it lacks as deleted and what it has again as made anew; that no value of ours goes without a
trace is held all the same. Group cards are other people's, so who is in one is who the older card says. People are told
again of an event that went back, since their own copies of it did. A guard that a person accepts calls off what is
missing. A pass comes before anybody edits the older state, and where the guard asks, its answer: once the server has
counted past our token, such an edit looks like any other (who is quicker and noticed is tried in ``tests/restore``).
After a restore no younger backup is put back, which would count forward.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass

from sidecar.domain.appointments import AppointmentState
from tests.stateful.contacts import FIELDS, ContactRules
from tests.stateful.dates import dates, uid
from tests.stateful.faults import FaultRules
from tests.stateful.ledger import BOARD
from tests.stateful.stage import PROPERTIES
from tests.told.post import Event

KEPT = 3
"""How many backups there are at most."""


@dataclass(frozen=True)
class Backup:
    """``stored``: what the server held when both sides agreed. ``copies``: people's own calendars at that time."""

    stored: object
    copies: dict[tuple[str, str], dict[str, Event]]


class RestoreRules(ContactRules, FaultRules):
    """``went_back``: since both sides were level."""

    def __init__(self) -> None:
        super().__init__()
        self.backups: list[Backup] = []
        self.went_back = False

    def back_up(self) -> None:
        copies = deepcopy(self.post.copies) if self.post is not None else {}
        self.backups = [*self.backups, Backup(self.server.snapshot(), copies)][-KEPT:]

    def go_back(self, number: int) -> None:
        """To the backup of that number. Both sides are level: what stands on the board now has to be there in the end, or
        be asked about."""
        before, appointments = self.texts(), self.appointments()
        takes_place = {at[0] for id, at in self.linked().items() if appointments[id].state is AppointmentState.PUBLISHED}
        self.backups = self.backups[: number + 1]
        backup = self.backups[-1]
        self.server.restore(backup.stored)
        texts, cards = self.texts(), self.server.texts(self.book)
        self.went_back = True
        self.foreign = {href: text for href, text in texts.items() if href in self.foreign}
        self.foreign_cards = {href: text for href, text in cards.items() if href in self.foreign_cards}
        if self.post is not None:
            self.post.copies = deepcopy(backup.copies)
            went = {uid(text) for href, text in before.items() if texts.get(href) != text}
            self.post.told = {key: news for key, news in self.post.told.items() if key[1] not in went}
        self.ledger.takes_place.clear()
        for appointment in appointments.values():
            stands = appointment.state is AppointmentState.PUBLISHED
            self.ledger.touched.add(appointment.id)
            if self.server.tokens:
                self.ledger.takes_place[appointment.id] = stands
            if stands and not appointment.to_confirm:
                for prop in PROPERTIES:
                    self.ledger.outstanding[appointment.id, prop][self.on_board(appointment, prop)] = BOARD
        for person in self.people().values():
            if self.server.tokens and not self.foreign_cards:
                self.ledger.takes_place[person.id] = self.inside(person.id)
            if self.inside(person.id):
                for prop in FIELDS:
                    self.ledger.outstanding[person.id, prop][self.of_person(person, prop)] = BOARD
        # A date that went on elsewhere before its series was deleted or shortened stands in that again, called off.
        for href, text in texts.items():
            if "RRULE:" in text:
                self.made += len(dates(text).keys() - (dates(before[href]).keys() if href in before else set()))
        # What is called off and missing is not made again.
        for href in self.added.keys() - texts.keys() - takes_place:
            del self.added[href]
        if not self.server.tokens:
            self.added.clear()
            self.notes.clear()
            # What was called off or deleted since may be there again, as something new.
            self.made += len(texts)
            self.people_made += len(cards)
        stood, report = self.published_at(), self.sync()
        self.missing_counts_as_deleted(stood)
        if any(counts.guarded for counts in report.collections.values()):
            self.answer_the_guard()

    def answer_the_guard(self) -> None:
        """Whoever is asked says, the whole history through, that it was a mistake, or that it was meant."""
        stood = self.published_at()
        self.scene.syncer.resume("maurepas", restore=self.puts_back, actor="coordinator")
        if self.went_back:
            self.ledger.takes_place.clear()
        elif self.puts_back:
            self.ledger.takes_place = {k: v for k, v in self.ledger.takes_place.items() if k not in self.ledger.deleted}
        self.sync()
        self.missing_counts_as_deleted(stood)

    def published_at(self) -> dict[str, str]:
        """appointment -> the resource that it is known in, of those that take place."""
        published = self.published()
        return {link.subject_id: link.href for link in self.links("appointment") if link.subject_id in published}

    def missing_counts_as_deleted(self, stood: Mapping[str, str]) -> None:
        """On a server without tokens: ``stood`` tells what was published where before the pass, and a series that somebody
        makes soon after goes on with the dates of those that went."""
        if self.server.tokens or not self.went_back:
            return
        stands = self.published_at()
        for gone in [id for id, href in stood.items() if stands.get(id) != href]:
            self.cut_off.add(gone)
            for prop in PROPERTIES:
                self.ledger.outstanding.pop((gone, prop), None)
