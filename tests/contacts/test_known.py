"""A card that names somebody we know already: no second person, nothing lost on either side."""

from __future__ import annotations

from sidecar.domain.audit import Origin
from sidecar.domain.people import Membership, Person, PersonKind
from tests.contacts.book import Book, asked, card, difference, href, hrefs, lines, named, on_board
from tests.rows.conftest import Begin
from tests.rows.world import World


def known(world: World, **fields: object) -> None:
    """Somebody whom a spreadsheet brought, without a card in any list."""
    values: dict[str, object] = {
        "id": "erwan", "given_name": "Erwan", "family_name": "Kermarrec", "kind": PersonKind.PROFESSIONAL,
        "emails": ("erwan@example.org",), "phones": ("+33612345678",), "organisation": "Le Relais",
        "memberships": (Membership(centre_id="maurepas", in_contacts=False),),
    }  # fmt: skip
    with world.scene.board() as uow:
        uow.people.add(Person(**(values | fields)))  # type: ignore[arg-type]


def erwan(*more: str, given: str = "Erwan", family: str = "Kermarrec", uid: str = "erwan") -> str:
    return card(
        f"UID:{uid}", f"N:{family};{given};;;", f"FN:{given} {family}", "EMAIL;TYPE=HOME:Erwan@Example.org",
        "CATEGORIES:Aller vers,Chorale", *more,
    )  # fmt: skip


def test_numbers_and_addresses_of_both_stay(world: World) -> None:
    known(world)
    book = Book(world)
    there = book.add("erwan", erwan("TEL;TYPE=WORK:02 99 00 11 22", "EMAIL:e.kermarrec@example.net", "X-MOOD:sunny"))
    before = book.text(there)
    world.sync()
    assert len(world.people()) == 5
    person = world.people()["erwan"]
    assert person.phones == ("+33299001122", "+33612345678")
    assert person.emails == ("erwan@example.org", "e.kermarrec@example.net")
    assert person.kind is PersonKind.PROFESSIONAL
    gone, come = difference(before, book.text(there))
    assert gone == []
    assert sorted(line.partition(":")[2].replace(" ", "") for line in come) == ["+33612345678", "LeRelais"]
    assert asked(world) == []
    world.quiet()


def test_a_name_spelt_otherwise_stands_and_nobody_is_asked(world: World) -> None:
    known(world)
    book = Book(world)
    there = book.add("erwan", erwan(given="ERWAN"))
    world.sync()
    assert "N:Kermarrec;ERWAN;;;" in lines(book.text(there))
    assert asked(world) == []
    world.quiet()


def test_another_name_or_organisation_on_the_card_stands_and_ours_is_kept(world: World) -> None:
    known(world)
    book = Book(world)
    there = book.add("erwan", erwan("ORG:Maison des habitants;Accueil", family="Kermarrec-Petit"))
    before = book.text(there)
    world.sync()
    person = world.people()["erwan"]
    assert (person.family_name, person.organisation) == ("Kermarrec-Petit", "Maison des habitants")
    assert asked(world) == [("erwan", "name", "card_met"), ("erwan", "organisation", "card_met")]
    assert {str(c.ours) for c in world.conflicts()} == {"['Kermarrec', 'Erwan']", "Le Relais"}
    gone, come = difference(before, book.text(there))
    assert (gone, [line.partition(":")[2].replace(" ", "") for line in come]) == ([], ["+33612345678"])
    world.quiet()


def test_a_suggested_contact_becomes_a_person_when_it_gets_a_card(begin: Begin) -> None:
    world = begin()
    world.editor.add_attendee(world.uid, "erwan@example.org", "Erwan")
    world.sync()
    suggested = named(world, "erwan@example.org")
    assert suggested.suggested
    assert hrefs(world, suggested.id) == []
    there = Book(world).add("erwan", erwan("TEL:06 12 34 56 78", "CATEGORIES:Partenaires"))
    world.sync()
    person = named(world, "erwan@example.org")
    assert (person.id, person.suggested) == (suggested.id, False)
    assert (person.given_name, person.family_name, person.kind) == ("Erwan", "Kermarrec", PersonKind.PARTNER)
    assert person.phones == ("+33612345678",)
    assert person.membership("maurepas").in_contacts  # type: ignore[union-attr]
    assert hrefs(world, person.id) == [there]
    assert {entry.origin for entry in world.audit("person", person.id)} == {Origin.CALENDAR}
    assert asked(world) == []
    world.quiet()


def test_two_cards_of_one_person_are_both_kept_up_to_date(world: World) -> None:
    book = Book(world)
    second = book.add("second", card(
        "UID:second", "N:Petit;Bruno;;;", "FN:Bruno P.", "EMAIL:bruno@example.org", "TEL;TYPE=HOME:02 99 00 11 22",
        "CATEGORIES:Aller vers", "NOTE:La seconde",
    ))  # fmt: skip
    first = href(world, "bruno")
    world.sync()
    assert len(world.people()) == 4
    assert hrefs(world, "bruno") == sorted([first, second])
    assert set(world.people()["bruno"].phones) == {"+33639980001", "+33299001122"}
    for there in (first, second):
        assert "99001122" in book.text(there).replace(" ", "") and "39980001" in book.text(there).replace(" ", "")
    world.quiet()
    book.delete(first)
    world.sync()
    assert hrefs(world, "bruno") == [second]
    assert asked(world) == []
    on_board(world, phones=("+33612345678",))
    world.sync()
    assert "FN:Bruno P." in lines(book.text(second)) and "NOTE:La seconde" in lines(book.text(second))
    assert "12345678" in book.text(second).replace(" ", "")
    book.delete(second)
    world.sync()
    assert asked(world) == [("bruno", "card", "card_gone")]
    world.quiet()


def test_two_cards_merged_into_a_new_one_stay_the_persons_card(world: World) -> None:
    book = Book(world)
    first = href(world, "bruno")
    new = book.add("merged", card(
        "UID:merged", "N:Petit;Bruno;;;", "FN:Bruno Petit", "EMAIL:bruno@example.org", "TEL:06 39 98 00 01",
        "CATEGORIES:Aller vers,Bénévoles",
    ))  # fmt: skip
    book.delete(first)
    world.sync()
    assert hrefs(world, "bruno") == [new]
    assert asked(world) == []
    assert len(world.people()) == 4
    world.quiet()


def test_two_people_who_share_a_mail_address_stay_two(world: World) -> None:
    book = Book(world)
    for given in ("Jeanne", "Paul"):
        book.add(given, card(
            f"UID:{given}", f"N:Martin;{given};;;", f"FN:{given} Martin", "EMAIL:martin@example.net",
            "CATEGORIES:Aller vers",
        ))  # fmt: skip
        world.sync()
    found = [p for p in world.people().values() if p.family_name == "Martin" and p.id != "chloe"]
    assert sorted(p.given_name for p in found) == ["Jeanne", "Paul"]
    assert asked(world) == []
    assert len(book.texts()) == 6
    world.quiet()


def test_a_card_made_read_only_in_the_group_is_met_and_left_alone(begin: Begin) -> None:
    world = begin(writes=False)
    known(world)
    book = Book(world)
    there = book.add("erwan", erwan())
    before = book.text(there)
    world.sync()
    assert hrefs(world, "erwan") == [there]
    assert book.texts() == {there: before}
