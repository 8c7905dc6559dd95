"""One person in two centres: a card in each centre's list, one truth behind both."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from calendars.sync.ports import CollectionKind
from sidecar.domain.bindings import Purpose
from sidecar.domain.centres import Centre
from sidecar.domain.people import Membership
from sidecar.services.binding import bind
from sidecar.services.conflicts import choose
from tests.contacts.book import Book, asked, card, named, on_board, only_conflict
from tests.rows.conftest import Begin
from tests.rows.world import World


@dataclass(frozen=True)
class Both:
    world: World
    maurepas: Book
    cleunay: Book

    def card(self, book: Book, name: str = "FN:Bruno Petit") -> str:
        (found,) = [href for href, text in book.texts().items() if name in text]
        return found

    def numbers(self, book: Book) -> list[str]:
        text = book.text(self.card(book)).replace("\r", "")
        return [line.rpartition(":")[2].replace(" ", "") for line in text.split("\n") if line.startswith("TEL")]


@pytest.fixture
def both(begin: Begin) -> Both:
    """Bruno helps Cleunay too, which has an address book of its own in the same account."""
    world = begin()
    home = world.over.opened()
    other = home.create_collection(CollectionKind.ADDRESSBOOK, "cleunay", "Cleunay").href
    with world.scene.board() as uow:
        uow.centres.add(Centre(id="cleunay", name="Centre social de Cleunay"))
        bruno = uow.people.get("bruno")
        uow.people.save(replace(bruno, memberships=(*bruno.memberships, Membership(centre_id="cleunay"))))
        bind(
            uow, space=uow.spaces.get("space"), centre_id="cleunay", href=other, purposes=(Purpose.CONTACTS,),
            display_name="Cleunay", writes=True, now=world.scene.clock(), new_id=world.scene.application.new_id,
        )  # fmt: skip
    world.sync()
    return Both(world, Book(world), Book(world, other))


def test_each_list_has_a_card_with_a_uid_of_its_own(both: Both) -> None:
    assert len(both.cleunay.texts()) == 1
    assert len(both.maurepas.texts()) == 4
    uids = {line for book in (both.maurepas, both.cleunay) for line in book.text(both.card(book)).split() if "UID:" in line}
    assert len(uids) == 2
    both.world.quiet()


@pytest.mark.parametrize("where", ["maurepas", "cleunay"])
def test_a_number_changed_in_one_list_goes_into_the_other(both: Both, where: str) -> None:
    here: Book = getattr(both, where)
    there = both.cleunay if where == "maurepas" else both.maurepas
    here.edit(both.card(here), "+33639980001", "06 12 34 56 78")
    both.world.sync()
    assert both.world.people()["bruno"].phones == ("+33612345678",)
    assert both.numbers(there) == ["+33612345678"]
    assert both.numbers(here) == ["0612345678"]
    assert asked(both.world) == []
    both.world.quiet()


def test_two_numbers_in_two_lists_end_as_one_and_the_other_is_kept(both: Both) -> None:
    both.maurepas.edit(both.card(both.maurepas), "+33639980001", "06 12 34 56 78")
    both.cleunay.edit(both.card(both.cleunay), "+33639980001", "06 98 76 54 32")
    both.world.sync()
    (stands,) = both.world.people()["bruno"].phones
    assert stands in ("+33612345678", "+33698765432")
    kept = only_conflict(both.world)
    assert {stands, *kept.ours} == {"+33612345678", "+33698765432"}
    both.world.sync()
    for book in (both.maurepas, both.cleunay):
        assert [n.removeprefix("0").removeprefix("+33") for n in both.numbers(book)] == [stands.removeprefix("+33")]
    both.world.quiet()


def test_deleted_in_one_list_the_card_in_the_other_stays(both: Both) -> None:
    both.cleunay.delete(both.card(both.cleunay))
    both.world.sync()
    bruno = both.world.people()["bruno"]
    assert {m.centre_id: m.in_contacts for m in bruno.memberships} == {"maurepas": True, "cleunay": False}
    conflict = only_conflict(both.world)
    assert (conflict.centre_id, conflict.why) == ("cleunay", "card_gone")
    on_board(both.world, phones=("+33612345678",))
    both.world.sync()
    assert both.numbers(both.maurepas) == ["+33612345678"]
    assert both.cleunay.texts() == {}
    with both.world.scene.board() as uow:
        choose(uow, conflict.id, "ours")
    both.world.sync()
    assert both.numbers(both.cleunay) == ["+33612345678"]
    both.world.quiet()


def test_a_card_in_the_other_centres_group_adds_the_membership(both: Both) -> None:
    both.cleunay.add("chloe", card(
        "UID:chloe-there", "N:Martin;Chloé;;;", "FN:Chloé Martin", "EMAIL:chloe@example.org", "CATEGORIES:Aller vers",
    ))  # fmt: skip
    both.world.sync()
    chloe = named(both.world, "chloe@example.org")
    assert chloe.id == "chloe"
    assert set(chloe.centre_ids) == {"maurepas", "cleunay"}
    assert asked(both.world) == []
    assert len(both.world.people()) == 4
    both.world.quiet()


def test_moved_from_one_list_to_the_other_it_is_the_same_person(both: Both) -> None:
    there = both.card(both.maurepas, "FN:Chloé Martin")
    text = both.maurepas.text(there)
    both.maurepas.delete(there)
    both.cleunay.add("moved", text)
    both.world.sync()
    chloe = both.world.people()["chloe"]
    assert {m.centre_id: m.in_contacts for m in chloe.memberships} == {"maurepas": False, "cleunay": True}
    assert len(both.world.people()) == 4
    both.world.quiet()
