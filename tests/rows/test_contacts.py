"""Rows of contacts apps: a phone number, the group "Aller vers", a deleted card, two merged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sidecar.domain.audit import Origin
from sidecar.domain.people import Person, PersonKind
from tests.editor import ContactsEditor
from tests.rows.conftest import Begin
from tests.rows.world import World


def card_of(world: World, person_id: str = "bruno") -> str:
    with world.scene.reading() as uow:
        (link,) = uow.links.of_subject("person", person_id)
    return link.href


def has_card(world: World, person_id: str) -> bool:
    with world.scene.reading() as uow:
        return bool(uow.links.of_subject("person", person_id))


def amina(contacts: ContactsEditor, *groups: str) -> str:
    return contacts.create_card("Amina", "Diallo", phone="06 12 34 56 78", mail="Amina@example.net", groups=groups)


def found(world: World) -> Person:
    person = world.person("amina@example.net")
    assert person is not None
    return person


def test_a_changed_phone_number_changes_the_persons(styled: World) -> None:
    world = styled
    world.contacts.change_phone(card_of(world), "06 12 34 56 78", old="06 39 98 00 01")
    world.sync()
    assert world.people()["bruno"].phones == ("+33612345678",)
    assert world.from_calendar("bruno", "person")["phones"] == [["+33639980001"], ["+33612345678"]]
    world.quiet()


def test_name_mail_and_note_arrive_or_stay(styled: World) -> None:
    world = styled
    href = card_of(world)
    world.contacts.rename(href, "Brunó", "Petit-Jean")
    world.contacts.change_mail(href, "bruno.petit@example.net")
    world.contacts.add_note(href, "Vient à vélo")
    own = world.contacts.add_foreign_property(href)
    world.sync()
    bruno = world.people()["bruno"]
    assert (bruno.given_name, bruno.family_name) == ("Brunó", "Petit-Jean")
    assert bruno.emails == ("bruno.petit@example.net",)
    with world.scene.board() as uow:
        uow.people.save(replace(uow.people.get("bruno"), phones=("+33687654321",)))
    world.sync()
    text = world.contacts.text(href).replace("\r\n ", "")
    assert "Vient à vélo" in text and all(line.partition(":")[2] in text for line in own)
    assert "87654321" in text.replace(" ", "")
    world.quiet()


@pytest.mark.parametrize(
    ("group", "kind"),
    [("Bénévoles", "volunteer"), ("Professionnels", "professional"), ("Partenaires", "partner")],
)
def test_a_card_in_the_group_becomes_a_person_its_kind_from_the_groups(world: World, group: str, kind: str) -> None:
    amina(world.contacts_with("gnome"), "Aller vers", group)
    world.sync()
    person = found(world)
    assert (person.given_name, person.family_name, person.kind) == ("Amina", "Diallo", PersonKind(kind))
    assert person.phones == ("+33612345678",)
    assert person.membership("maurepas") is not None
    assert {entry.origin for entry in world.audit("person", person.id)} == {Origin.CALENDAR}
    world.quiet()


def test_a_new_card_in_the_group_becomes_a_person_in_every_program(styled: World) -> None:
    world = styled
    uid = amina(world.contacts, "Aller vers")
    before = world.contacts.text(uid)
    world.sync()
    person = found(world)
    assert (person.given_name, person.kind, person.suggested) == ("Amina", PersonKind.VOLUNTEER, False)
    assert world.contacts.text(uid) == before
    world.quiet()


def test_a_card_that_joins_the_group_later_becomes_a_person(styled: World) -> None:
    world = styled
    uid = amina(world.contacts)
    world.sync()
    assert world.person("amina@example.net") is None
    world.contacts.add_to_group(uid, "Aller vers")
    world.sync()
    assert found(world).phones == ("+33612345678",)
    world.quiet()


def test_a_card_outside_the_group_is_left_alone(styled: World) -> None:
    world = styled
    uid = amina(world.contacts, "Famille")
    before = world.contacts.text(uid)
    world.sync()
    assert world.person("amina@example.net") is None
    assert world.contacts.text(uid) == before
    world.quiet()


def test_a_card_of_somebody_known_by_mail_is_that_person(begin: Begin) -> None:
    world = begin()
    world.contacts.delete_card(card_of(world, "chloe"))
    world.sync()
    world.contacts_with("davx5").create_card("Chloé", "Martin", mail="CHLOE@example.org", groups=["Aller vers"])
    world.sync()
    assert len(world.people()) == 4
    assert has_card(world, "chloe")
    world.quiet()


def test_a_deleted_card_leaves_the_person_and_asks(styled: World) -> None:
    world = styled
    world.contacts.delete_card(card_of(world))
    world.sync()
    bruno = world.people()["bruno"]
    membership = bruno.membership("maurepas")
    assert bruno.active and membership is not None and not membership.in_contacts
    assert [(c.why, c.subject_id) for c in world.conflicts()] == [("card_gone", "bruno")]
    assert not has_card(world, "bruno")
    assert world.contacts.named("Bruno Petit") == []
    world.quiet()


def test_two_merged_cards_leave_both_people_and_ask(styled: World) -> None:
    world = styled
    world.contacts.merge_cards(card_of(world, "bruno"), card_of(world, "chloe"))
    world.sync()
    people = world.people()
    assert {"bruno", "chloe"} <= set(people)
    assert not has_card(world, "chloe")
    assert ("card_gone", "chloe") in [(c.why, c.subject_id) for c in world.conflicts()]
    assert people["bruno"].phones == ("+33639980001", "+33639980002")
    world.quiet()


def test_an_emptied_address_book_changes_nobody_and_asks(world: World) -> None:
    before = world.people()
    world.contacts.empty_address_book()
    assert world.sync().of(world.book).guarded == "emptied"
    assert world.people() == before
