"""Entries for partner organisations themselves: a card without a person's name."""

from __future__ import annotations

import pytest

from sidecar.domain.people import Membership, Person, PersonKind
from tests.contacts.book import Book, card, difference, href, lines, named, on_board
from tests.rows.world import World

WAYS = {
    "vCard 4.0": card(
        "UID:epicerie", "KIND:org", "FN:Épicerie sociale", "EMAIL:epicerie@example.net", "CATEGORIES:Aller vers",
        version="4.0",
    ),
    "Apple": card(
        "UID:epicerie", "N:;;;;", "FN:Épicerie sociale", "ORG:Épicerie sociale;", "X-ABShowAs:COMPANY",
        "EMAIL:epicerie@example.net", "CATEGORIES:Aller vers",
    ),
    "Thunderbird": card(
        "UID:epicerie", "FN:Épicerie sociale", "ORG:Épicerie sociale", "EMAIL:epicerie@example.net",
        "CATEGORIES:Aller vers", version="4.0",
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_card_of_an_organisation_becomes_an_organisation_and_a_partner(world: World, way: str) -> None:
    book = Book(world)
    there = book.add("epicerie", WAYS[way])
    before = book.text(there)
    world.sync()
    found = named(world, "epicerie@example.net")
    assert found.is_organisation and found.kind is PersonKind.PARTNER
    assert (found.full_name, found.given_name, found.family_name) == ("Épicerie sociale", "", "")
    assert book.text(there) == before
    world.quiet()


@pytest.mark.parametrize("way", WAYS)
def test_its_new_name_goes_both_ways(world: World, way: str) -> None:
    book = Book(world)
    there = book.add("epicerie", WAYS[way])
    world.sync()
    book.put(there, WAYS[way].replace("Épicerie sociale", "Épicerie solidaire"))
    world.sync()
    found = named(world, "epicerie@example.net")
    assert (found.full_name, found.is_organisation) == ("Épicerie solidaire", True)
    before = book.text(there)
    on_board(world, found.id, organisation="Le Panier", phones=("+33299001122",))
    world.sync()
    gone, come = difference(before, book.text(there))
    assert "FN:Le Panier" in come and "FN:Épicerie solidaire" in gone
    assert not any(line.startswith("N:") for line in gone + come)
    assert named(world, "epicerie@example.net").is_organisation
    world.quiet()


def test_an_organisation_of_ours_gets_a_card_that_reads_as_one(world: World) -> None:
    with world.scene.board() as uow:
        uow.people.add(Person(
            id="relais", organisation="Le Relais", kind=PersonKind.PARTNER, emails=("relais@example.net",),
            memberships=(Membership(centre_id="maurepas"),),
        ))  # fmt: skip
    world.sync()
    there = href(world, "relais")
    assert {"FN:Le Relais", "ORG:Le Relais"} <= {line.rstrip(";") for line in lines(Book(world).text(there))}
    assert any(line.upper() == "X-ABSHOWAS:COMPANY" for line in lines(Book(world).text(there)))
    Book(world).edit(there, "relais@example.net", "accueil@example.net")
    world.sync()
    assert named(world, "accueil@example.net").is_organisation
    assert world.people()["relais"].full_name == "Le Relais"
    world.quiet()


def test_somebody_who_works_there_is_a_person(world: World) -> None:
    book = Book(world)
    book.add("lise", card(
        "UID:lise", "N:Bihan;Lise;;;", "FN:Lise Bihan", "ORG:Épicerie sociale;Accueil", "TITLE:Directrice",
        "EMAIL:lise@example.net", "CATEGORIES:Aller vers",
    ))  # fmt: skip
    world.sync()
    lise = named(world, "lise@example.net")
    assert (lise.full_name, lise.organisation, lise.function) == ("Lise Bihan", "Épicerie sociale", "Directrice")
    assert not lise.is_organisation
    on_board(world, lise.id, organisation="Le Relais")
    world.sync()
    assert "ORG:Le Relais;Accueil" in lines(book.text(f"{book.href}lise.vcf"))
    world.quiet()
