"""What people do in their contacts apps, and what coordinators do to the same people on the board."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from hypothesis import strategies as st
from hypothesis.stateful import rule

from calendars.sync.ports import Action
from sidecar.domain.bindings import Conflict
from sidecar.domain.people import Person
from sidecar.services import conflicts
from sidecar.services.sync.groups import Groups
from tests.editor.lines import parse, unescape
from tests.stateful.board import BoardRules
from tests.stateful.ledger import APP, BOARD
from tests.stateful.stage import TICK

GROUP = "Aller vers"
PROGRAMS = st.sampled_from([0, 1])
FIELDS = {"name": ("name", "full_name"), "phone": ("phones", "first_phone")}
"""Under which keys a conflict about a property is kept."""


@dataclass(frozen=True)
class Card:
    """A card as an outsider reads it. ``phone``: the last eight digits of the first number."""

    name: str
    phone: str


def card(text: str) -> Card | None:
    tree = parse(text)
    if tree.name != "VCARD" or (tree.value("X-ADDRESSBOOKSERVER-KIND") or tree.value("KIND") or "").lower() == "group":
        return None
    family, given, *_ = [*(unescape(part) for part in (tree.value("N") or "").split(";")), "", ""]
    return Card(name=f"{given} {family}".strip(), phone=digits(tree.value("TEL") or ""))


def digits(number: str) -> str:
    return re.sub(r"\D", "", number)[-8:]


class ContactRules(BoardRules):
    """``takes_place`` of a person in the ledger: whether they are among the contacts."""

    def people(self) -> dict[str, Person]:
        with self.scene.reading() as uow:
            return {person.id: person for person in uow.people.all()}

    def cards(self) -> dict[str, str]:
        """person -> href of their card, for those that have one in the address book."""
        standing = self.server.texts(self.book)
        return {link.subject_id: link.href for link in self.links("person") if link.href in standing}

    @staticmethod
    def of_person(person: Person, prop: str) -> str:
        if prop == "phone":
            return digits(person.phones[0]) if person.phones else ""
        return f"{person.given_name} {person.family_name}".strip()

    def in_group(self, href: str) -> bool:
        """Whether a card shows the group: as a category, or as a member of a group card."""
        texts = {at: parse(text) for at, text in self.server.texts(self.book).items()}
        member = f"urn:uuid:{texts[href].value('UID')}"
        if GROUP in (texts[href].value("CATEGORIES") or ""):
            return True
        return any(line.value == member for at, tree in texts.items() if at != href for line in tree.lines())

    def known_in_group(self, href: str) -> bool:
        """Whether the last pass that got through saw that card in the group."""
        with self.scene.reading() as uow:
            known = uow.memory("space").get(self.book, href)
            if known is None or known.base is None:
                # The first write of it is not known to have arrived: it stands there as we wrote it.
                return True
            binding = next(b for b in uow.bindings.all() if b.href == self.book)
            tree = parse(known.base)
            return GROUP in (tree.value("CATEGORIES") or "") or Groups(uow, binding).holds(tree.value("UID") or "")

    def seen(self, href: str) -> Card | None:
        """The card as the last pass that got through saw it."""
        with self.scene.reading() as uow:
            known = uow.memory("space").get(self.book, href)
        return card(known.base) if known is not None and known.base is not None else None

    def inside(self, person_id: str) -> bool:
        membership = self.people()[person_id].membership("maurepas")
        return membership is not None and membership.in_contacts

    # --- the board -----------------------------------------------------------------------------------------------

    @rule(data=st.data(), prop=st.sampled_from(sorted(FIELDS)))
    def the_board_changes_a_person(self, data: st.DataObject, prop: str) -> None:
        person = self.pick(data, self.people())
        if person is None:
            return
        number = self.number()
        changed = (
            replace(person, given_name=f"Board{number}") if prop == "name" else replace(person, phones=(_phone(number),))
        )
        with self.scene.board() as uow:
            uow.people.save(changed)
        self.ledger.writes(person.id, prop, self.of_person(person, prop), self.of_person(changed, prop), BOARD)
        # A card that is gone takes no person along, whatever was changed meanwhile.
        if person.id in self.ledger.deleted:
            self.ledger.takes_place[person.id] = False

    @rule(data=st.data())
    def the_board_puts_somebody_among_the_contacts_again(self, data: st.DataObject) -> None:
        with self.scene.reading() as uow:
            left = {c.id: c for c in uow.conflicts.open() if c.field == "card"}
        conflict = self.pick(data, left)
        if conflict is None:
            return
        with self.scene.board() as uow:
            conflicts.choose(uow, conflict.id, "ours")
        self.ledger.takes_place[conflict.subject_id] = True
        if conflict.why == "card_gone" and conflict.subject_id not in {link.subject_id for link in self.links("person")}:
            # That deletion is known, and decided about; not the next one, of a card that a restored server had again.
            self.ledger.deleted.discard(conflict.subject_id)
        if conflict.subject_id in self.ledger.deleted:
            del self.ledger.takes_place[conflict.subject_id]

    # --- contacts apps -------------------------------------------------------------------------------------------

    @contextmanager
    def in_a_contacts_app(self) -> Iterator[None]:
        """As ``in_an_app``, for cards."""
        self.scene.clock.forward(TICK)
        hooks = self.server.before, self.server.after
        self.server.before = self.server.after = None
        before, owners = self.server.texts(self.book), self.cards()
        with self.scene.reading() as uow:
            unsure = {intent.href for intent in uow.memory("space").intents() if intent.action is Action.CREATE}
        try:
            yield
        finally:
            self.server.before, self.server.after = hooks
        after = self.server.texts(self.book)
        for owner, href in owners.items():
            was, now = card(before[href]), card(after[href]) if href in after else None
            if was is None:
                continue
            if now is None:
                self.notes.pop(href, None)
                self.ledger.deletes(owner, crossed_out=False)
                self.ledger.takes_place[owner] = False
                if href in unsure:
                    # Its first write may not have arrived, and goes out again.
                    del self.ledger.takes_place[owner]
                    self.ledger.deleted.discard(owner)
                continue
            if after[href] != before[href] and not self.inside(owner) and self.in_group(href):
                # A restored server has it again: whoever edits it there wants them among the contacts.
                for prop in FIELDS:
                    if getattr(was, prop) != getattr(now, prop):
                        self.ledger.outstanding[owner, prop].pop(getattr(was, prop), None)
                self.comes_back(owner, href, now)
                continue
            for prop in FIELDS:
                old, new = getattr(was, prop), getattr(now, prop)
                if old == new:
                    continue
                if self.ledger.takes_place.get(owner, self.inside(owner)):
                    self.ledger.writes(owner, prop, old, new, APP)
                else:
                    # What is outside the group is nobody's business; but who wrote over a value saw it.
                    self.ledger.outstanding[owner, prop].pop(old, None)
        for href, text in after.items():
            if "KIND:group" in text:
                self.foreign_cards[href] = text

    def pick_card(self, data: st.DataObject) -> tuple[str, str] | None:
        found = self.cards()
        if not found:
            return None
        person_id = data.draw(st.sampled_from(sorted(found)))
        return person_id, found[person_id]

    @rule(data=st.data(), prop=st.sampled_from(sorted(FIELDS)), program=PROGRAMS)
    def an_app_changes_a_card(self, data: st.DataObject, prop: str, program: int) -> None:
        picked = self.pick_card(data)
        if picked is None:
            return
        number, editor = self.number(), self.contacts[program]
        with self.in_a_contacts_app():
            if prop == "name":
                editor.rename(picked[1], f"App{number}", "Morvan")
            else:
                editor.change_phone(picked[1], _phone(number))

    @rule(data=st.data(), program=PROGRAMS)
    def an_app_adds_a_note_to_a_card(self, data: st.DataObject, program: int) -> None:
        picked = self.pick_card(data)
        if picked is not None:
            note = f"Note {self.number()}"
            with self.in_a_contacts_app():
                self.contacts[program].add_note(picked[1], note)
            self.notes[picked[1]] = note

    @rule(program=PROGRAMS, ours=st.booleans())
    def an_app_creates_a_card(self, program: int, ours: bool) -> None:
        number = self.number()
        if ours:
            self.people_made += 1
        with self.in_a_contacts_app():
            uid = self.contacts[program].create_card(
                f"App{number}",
                "Le Goff",
                phone=_phone(number),
                mail=f"app{number}@example.org",
                groups=(GROUP,) if ours else (),
            )
        if not ours:
            href = self.contacts[program].open(uid).href
            self.foreign_cards[href] = self.server.texts(self.book)[href]

    @rule(data=st.data(), program=PROGRAMS)
    def an_app_deletes_a_card(self, data: st.DataObject, program: int) -> None:
        picked = self.pick_card(data)
        if picked is not None:
            with self.in_a_contacts_app():
                self.contacts[program].delete_card(picked[1])

    @rule(data=st.data(), program=PROGRAMS)
    def an_app_takes_somebody_out_of_the_group(self, data: st.DataObject, program: int) -> None:
        picked = self.pick_card(data)
        if picked is not None:
            shown, known = self.in_group(picked[1]), self.known_in_group(picked[1])
            with self.in_a_contacts_app():
                self.contacts[program].remove_from_group(picked[1], GROUP)
            # Whoever was out already is not taken out again, nor who was put in and out while no pass looked: the board may
            # have chosen otherwise meanwhile.
            if shown:
                self.ledger.takes_place[picked[0]] = not known and self.inside(picked[0])
            if shown and not known:
                # What was written while nobody saw the card in the group is nobody's business.
                self.ledger.forgets_apps(picked[0])

    @rule(data=st.data(), program=PROGRAMS)
    def an_app_puts_somebody_into_the_group_again(self, data: st.DataObject, program: int) -> None:
        picked = self.pick_card(data)
        if picked is None:
            return
        person_id, href = picked
        # What no pass has seen in between is as if it had never left.
        outside, before = not self.inside(person_id), self.server.texts(self.book)
        with self.in_a_contacts_app():
            self.contacts[program].add_to_group(href, GROUP)
        if self.server.texts(self.book) == before:
            # Whose card a restored server has again, group and all, is a contact once somebody edits it.
            return
        self.ledger.takes_place[person_id] = True
        shown = card(self.server.texts(self.book)[href])
        if outside and shown is not None:
            self.comes_back(person_id, href, shown)

    def comes_back(self, person_id: str, href: str, shown: Card) -> None:
        """Among the contacts. What either side changed meanwhile was agreed by nobody: both have to be somewhere; but what
        the last pass saw on the card, and the app wrote over, it wrote over."""
        self.ledger.takes_place[person_id] = True
        person, seen = self.people()[person_id], self.seen(href)
        for prop in FIELDS:
            theirs, ours = getattr(shown, prop), self.of_person(person, prop)
            if theirs == ours:
                continue
            self.ledger.outstanding[person_id, prop][theirs] = APP
            if seen is None or getattr(seen, prop) != ours:
                self.ledger.outstanding[person_id, prop][ours] = BOARD

    # --- what holds ----------------------------------------------------------------------------------------------

    def people_are_as_they_should_be(self, told: list[Conflict]) -> None:
        people, cards, texts = self.people(), self.cards(), self.server.texts(self.book)
        assert len(people) <= self.people_made, sorted(people)
        for href, text in self.foreign_cards.items():
            assert texts.get(href) == text
        for href, note in self.notes.items():
            assert href not in texts or f"NOTE:{note}" in texts[href]
        for person_id, person in people.items():
            inside = self.inside(person_id)
            expected = self.ledger.takes_place.get(person_id, inside)
            assert inside is expected, (person_id, "is among the contacts" if inside else "is no contact")
            if not inside:
                assert any(c.subject_id == person_id and c.field == "card" for c in told), (
                    f"nobody is asked about {person_id}"
                )
                continue
            assert person_id in cards, f"{person_id} has no card"
            shown = card(texts[cards[person_id]])
            for prop in FIELDS:
                assert self.of_person(person, prop) == getattr(shown, prop), (person_id, prop)
        for (person_id, prop), values in self.ledger.outstanding.items():
            if person_id not in people:
                continue
            for value in values:
                if self.of_person(people[person_id], prop) == value:
                    continue
                assert any(
                    value in _said(seen)
                    for c in told
                    if c.subject_id == person_id and c.field in FIELDS[prop]
                    for seen in (c.ours, c.theirs)
                ), (person_id, prop, value)


def _phone(number: int) -> str:
    return f"+336120{number:05d}"


def _said(value: object) -> str:
    """A conflict's value as people would read it: a name from its parts, a number in its last digits."""
    if isinstance(value, list):
        return " ".join([*map(str, reversed(value)), *(digits(str(part)) for part in value)])
    return f"{value} {digits(str(value))}"
