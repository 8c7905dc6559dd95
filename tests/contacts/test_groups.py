"""Joining and leaving "Aller vers": a category of the card, or a member of a card that is the group."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sidecar.domain.people import PersonKind
from sidecar.services.conflicts import choose
from tests.contacts.book import Book, asked, card, href, lines, named, on_board, only_conflict
from tests.rows.conftest import Begin
from tests.rows.world import World

APPLE, FOUR = "ios", "vcard 4"


def group(style: str, name: str, *members: str, uid: str = "") -> str:
    """A group's own card as Apple (3.0) or RFC 6350 section 6.1.4 (4.0) has it."""
    prefix = "X-ADDRESSBOOKSERVER-" if style == APPLE else ""
    listed = [f"{prefix}MEMBER:urn:uuid:{member}" for member in members]
    rows = (f"UID:{uid or 'group-' + name.replace(' ', '-')}", f"FN:{name}", f"N:{name};;;;", f"{prefix}KIND:group", *listed)
    return card(*rows, version="3.0" if style == APPLE else "4.0")


def contact(uid: str, given: str = "Amina", *more: str) -> str:
    rows = (f"UID:{uid}", f"N:Diallo;{given};;;", f"FN:{given} Diallo", f"EMAIL:{uid}@example.net", *more)
    return card(*rows)


def inside(world: World, person_id: str) -> bool:
    membership = world.people()[person_id].membership("maurepas")
    assert membership is not None
    return membership.in_contacts


@pytest.mark.parametrize("style", [APPLE, FOUR])
@pytest.mark.parametrize(
    ("name", "kind"), [("Bénévoles", "volunteer"), ("Professionnels", "professional"), ("Partenaires", "partner")]
)
def test_the_kind_is_read_from_groups_that_are_cards(begin: Begin, style: str, name: str, kind: str) -> None:
    world = begin()
    book = Book(world)
    book.add("amina", contact("amina"))
    book.add("kinds", group(style, name, "amina"))
    world.sync()
    assert world.person("amina@example.net") is None
    before = book.add("ours", group(style, "Aller vers", "amina"))
    texts = book.texts()
    world.sync()
    assert named(world, "amina@example.net").kind is PersonKind(kind)
    assert book.texts() == texts
    assert before in texts
    world.quiet()


def test_joining_a_group_of_another_kind_later_changes_the_kind(world: World) -> None:
    book = Book(world)
    book.add("amina", contact("amina"))
    book.add("ours", group(APPLE, "Aller vers", "amina"))
    world.sync()
    assert named(world, "amina@example.net").kind is PersonKind.VOLUNTEER
    kinds = book.add("kinds", group(APPLE, "Partenaires", "someone-else"))
    world.sync()
    book.put(kinds, group(APPLE, "Partenaires", "someone-else", "amina"))
    world.sync()
    assert named(world, "amina@example.net").kind is PersonKind.PARTNER
    world.quiet()


def test_a_category_changed_for_another_changes_the_kind(styled: World) -> None:
    world = styled
    contacts, uid = world.contacts, href(world, "bruno")
    Book(world).edit(uid, "Bénévoles", "Partenaires")
    world.sync()
    assert world.people()["bruno"].kind is PersonKind.PARTNER
    assert "Bénévoles" not in contacts.text(uid)
    world.quiet()


@pytest.mark.parametrize("style", [APPLE, FOUR])
def test_a_member_taken_from_the_group_stays_a_person_and_its_card_is_left_alone(begin: Begin, style: str) -> None:
    world = begin()
    book = Book(world)
    amina = book.add("amina", contact("amina"))
    book.add("binta", contact("binta", "Binta"))
    ours = book.add("ours", group(style, "Aller vers", "amina", "binta"))
    world.sync()
    book.put(ours, group(style, "Aller vers", "binta"))
    world.sync()
    person = named(world, "amina@example.net")
    assert asked(world) == [(person.id, "card", "left_group")]
    assert person.active and not inside(world, person.id)
    assert inside(world, named(world, "binta@example.net").id)
    world.quiet()
    # Who is in it again is no question any more.
    book.put(ours, group(style, "Aller vers", "amina", "binta"))
    world.sync()
    assert (asked(world), inside(world, person.id)) == ([], True)
    book.put(ours, group(style, "Aller vers", "binta"))
    world.sync()
    # A card that left is nobody's business: neither read nor written.
    text = book.edit(amina, "EMAIL:amina@example.net", "EMAIL:other@example.net")
    world.sync()
    standing = book.text(amina)
    on_board(world, person.id, phones=("+33611111111",))
    world.sync()
    assert book.text(amina) == standing
    assert world.people()[person.id].emails == ("amina@example.net",)
    assert sorted(lines(standing)) == sorted(lines(text))
    world.quiet()


@pytest.mark.parametrize("style", [APPLE, FOUR])
def test_what_somebody_wrote_into_a_card_right_before_it_left_the_group_is_known(begin: Begin, style: str) -> None:
    world = begin()
    book = Book(world)
    amina = book.add("amina", contact("amina", "Amina", "TEL:+33612345678"))
    ours = book.add("ours", group(style, "Aller vers", "amina"))
    world.sync()
    book.edit(amina, "TEL:+33612345678", "TEL:+33687654321")
    book.put(ours, group(style, "Aller vers"))
    world.sync()
    person = named(world, "amina@example.net")
    assert person.phones == ("+33687654321",)
    assert asked(world) == [(person.id, "card", "left_group")]
    assert not inside(world, person.id)
    world.quiet()


def test_out_of_the_group_in_any_program_asks_and_writes_the_card_no_more(styled: World) -> None:
    world = styled
    book, uid = Book(world), href(world, "bruno")
    world.contacts.remove_from_group(uid, "Aller vers")
    world.sync()
    bruno = world.people()["bruno"]
    assert asked(world) == [("bruno", "card", "left_group")]
    assert bruno.active and not inside(world, "bruno")
    standing = book.text(uid)
    with world.scene.board() as uow:
        uow.people.save(replace(bruno, phones=("+33611111111",)))
    world.sync()
    assert book.text(uid) == standing
    assert len(world.contacts.named("Bruno Petit")) == 1
    world.quiet()


def test_back_in_the_group_it_is_the_same_person_and_the_same_card(styled: World) -> None:
    world = styled
    uid = href(world, "bruno")
    world.contacts.remove_from_group(uid, "Aller vers")
    world.sync()
    world.contacts.change_phone(uid, "06 12 34 56 78")
    world.sync()
    assert world.people()["bruno"].phones == ("+33639980001",)
    world.contacts.add_to_group(uid, "Aller vers")
    world.sync()
    assert inside(world, "bruno")
    assert world.people()["bruno"].phones == ("+33612345678",)
    # Nobody agreed on anything while it was out: the card's number stands, ours is kept to choose.
    assert ("bruno", "phones", "both_changed") in asked(world)
    assert href(world, "bruno") == uid
    assert len(world.people()) == 4
    world.quiet()


def test_ours_puts_a_card_that_left_into_the_group_again(world: World) -> None:
    uid = href(world, "bruno")
    world.contacts.remove_from_group(uid, "Aller vers")
    world.sync()
    with world.scene.board() as uow:
        choose(uow, only_conflict(world).id, "ours")
    world.sync()
    assert "Aller vers" in world.contacts.text(uid)
    assert len(world.contacts.named("Bruno Petit")) == 1
    assert world.conflicts() == []
    world.quiet()


def test_theirs_leaves_it_as_it_is(world: World) -> None:
    uid = href(world, "bruno")
    world.contacts.remove_from_group(uid, "Aller vers")
    world.sync()
    with world.scene.board() as uow:
        choose(uow, only_conflict(world).id, "theirs")
    world.sync()
    assert "Aller vers" not in world.contacts.text(uid)
    assert not inside(world, "bruno")
    world.quiet()


def test_ours_gives_somebody_whose_card_was_deleted_a_new_one(world: World) -> None:
    uid = href(world, "bruno")
    world.contacts.delete_card(uid)
    world.sync()
    with world.scene.board() as uow:
        choose(uow, only_conflict(world).id, "ours")
    world.sync()
    assert href(world, "bruno") != uid
    assert len(world.contacts.named("Bruno Petit")) == 1
    world.quiet()


@pytest.mark.parametrize("what", ["deleted", "renamed"])
def test_a_group_card_that_is_deleted_or_renamed_puts_nobody_out(begin: Begin, what: str) -> None:
    world = begin()
    book = Book(world)
    amina = book.add("amina", contact("amina"))
    ours = book.add("ours", group(APPLE, "Aller vers", "amina"))
    world.sync()
    if what == "deleted":
        book.delete(ours)
    else:
        book.put(ours, group(APPLE, "Ailleurs", "amina", uid="group-Aller-vers"))
    world.sync()
    person = named(world, "amina@example.net")
    assert inside(world, person.id)
    assert world.conflicts() == []
    book.edit(
        amina,
        "END:VCARD",
        "TEL:06 12 34 56 78\r\nEND:VCARD" if "\r\n" in book.text(amina) else "TEL:06 12 34 56 78\nEND:VCARD",
    )
    world.sync()
    assert world.people()[person.id].phones == ("+33612345678",)


def test_a_group_that_comes_before_its_members_waits_for_them(world: World) -> None:
    book = Book(world)
    book.add("ours", group(APPLE, "Aller vers", "amina", "nobody"))
    world.sync()
    book.add("amina", contact("amina"))
    world.sync()
    assert named(world, "amina@example.net").given_name == "Amina"
    world.quiet()


@pytest.mark.parametrize("name", ["aller vers", "ALLER VERS", "Aller-vers"])
def test_case_and_hyphens_of_the_group_do_not_count(world: World, name: str) -> None:
    book = Book(world)
    book.add("amina", contact("amina", "Amina", f"CATEGORIES:Chorale,{name}"))
    book.add("binta", contact("binta", "Binta", f"CATEGORIES:{name} plus loin"))
    world.sync()
    assert named(world, "amina@example.net").given_name == "Amina"
    assert world.person("binta@example.net") is None
    world.quiet()
