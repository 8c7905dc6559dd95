"""Board and card changed alike: what the card says stands, ours waits in the conflict list with one click to choose."""

from __future__ import annotations

import pytest

from sidecar.domain.audit import Origin
from sidecar.domain.errors import DomainError
from sidecar.services.conflicts import choose
from tests.contacts.book import Book, asked, href, named, on_board, only_conflict
from tests.rows.world import World


def both_change_the_number(world: World) -> None:
    on_board(world, phones=("+33698765432",))
    world.contacts.change_phone(href(world), "06 12 34 56 78")
    world.sync()


def test_the_number_of_the_card_stands_and_ours_is_kept(styled: World) -> None:
    world = styled
    both_change_the_number(world)
    assert world.people()["bruno"].phones == ("+33612345678",)
    conflict = only_conflict(world)
    assert (conflict.field, conflict.why, conflict.centre_id) == ("phones", "both_changed", "maurepas")
    assert [conflict.base, conflict.ours, conflict.theirs] == [["+33639980001"], ["+33698765432"], ["+33612345678"]]
    text = world.contacts.text(href(world)).replace(" ", "")
    assert "12345678" in text and "98765432" not in text
    world.quiet()


def test_choosing_ours_writes_it_into_the_card(styled: World) -> None:
    world = styled
    both_change_the_number(world)
    with world.scene.board() as uow:
        choose(uow, only_conflict(world).id, "ours")
    world.sync()
    assert world.people()["bruno"].phones == ("+33698765432",)
    text = world.contacts.text(href(world)).replace(" ", "")
    assert "98765432" in text and "12345678" not in text
    assert world.conflicts() == []
    world.quiet()


def test_choosing_theirs_writes_nothing(world: World) -> None:
    both_change_the_number(world)
    standing = world.contacts.text(href(world))
    with world.scene.board() as uow:
        choose(uow, only_conflict(world).id, "theirs")
    world.sync()
    assert world.contacts.text(href(world)) == standing
    with pytest.raises(DomainError), world.scene.board() as uow:
        choose(uow, uow.conflicts.all()[0].id, "ours")


def test_different_fields_changed_on_both_sides_are_both_kept_without_asking(styled: World) -> None:
    world = styled
    on_board(world, function="Trésorier", emails=("bruno.petit@example.net",))
    world.contacts.change_phone(href(world), "06 12 34 56 78")
    world.contacts.rename(href(world), "Bruno", "Petit-Jean")
    world.sync()
    bruno = world.people()["bruno"]
    assert (bruno.family_name, bruno.phones, bruno.function) == ("Petit-Jean", ("+33612345678",), "Trésorier")
    text = world.contacts.text(href(world))
    assert "Trésorier" in text and "bruno.petit@example.net" in text and "Petit-Jean" in text
    assert asked(world) == []
    world.quiet()


def test_the_same_number_on_both_sides_is_no_conflict(world: World) -> None:
    on_board(world, phones=("+33612345678",))
    world.contacts.change_phone(href(world), "06 12 34 56 78")
    standing = world.contacts.text(href(world))
    world.sync()
    assert world.people()["bruno"].phones == ("+33612345678",)
    assert world.contacts.text(href(world)) == standing
    assert asked(world) == []
    world.quiet()


def test_names_and_mails_in_conflict_can_be_put_back(world: World) -> None:
    on_board(world, given_name="Brieuc", emails=("brieuc@example.net",), organisation="Le Relais", function="Gardien")
    book, there = Book(world), href(world)
    world.contacts.rename(there, "Bruno-Marie", "Petit")
    world.contacts.change_mail(there, "bm@example.net")
    book.put(there, book.text(there).replace("END:VCARD", "ORG:Le Fournil\r\nROLE:Boulanger\r\nEND:VCARD"))
    world.sync()
    fields = sorted(c.field for c in world.conflicts())
    assert fields == ["emails", "function", "name", "organisation"]
    assert named(world, "bm@example.net").given_name == "Bruno-Marie"
    for conflict in world.conflicts():
        with world.scene.board() as uow:
            choose(uow, conflict.id, "ours")
    world.sync()
    person = named(world, "brieuc@example.net")
    assert (person.given_name, person.organisation, person.function) == ("Brieuc", "Le Relais", "Gardien")
    text = book.text(there)
    assert "ORG:Le Relais" in text and "ROLE:Gardien" in text and "Brieuc" in text
    world.quiet()


def test_a_deleted_card_of_somebody_whom_the_board_changed_asks_and_stays_away(styled: World) -> None:
    world = styled
    on_board(world, phones=("+33698765432",))
    world.contacts.delete_card(href(world))
    world.sync()
    assert world.people()["bruno"].phones == ("+33698765432",)
    assert asked(world) == [("bruno", "card", "card_gone")]
    assert world.contacts.named("Bruno Petit") == []
    world.quiet()


def test_the_trail_says_who_changed_what(world: World) -> None:
    on_board(world, function="Trésorier")
    world.contacts.change_phone(href(world), "06 12 34 56 78")
    world.sync()
    trail = [(e.origin, e.actor, sorted(e.changes)) for e in world.audit("person", "bruno") if e.changes]
    assert (Origin.CALENDAR, "calendar:service", ["phones"]) in trail
    assert ("coordinator", ["function"]) in [(actor, changed) for _, actor, changed in trail]
