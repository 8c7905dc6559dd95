"""Only the line that says something else is written; photos, notes and what we never heard of stay as they are."""

from __future__ import annotations

import pytest

from tests.contacts.book import Book, card, difference, hrefs, lines, named, on_board
from tests.rows.conftest import Begin
from tests.rows.world import World

PHOTO = "PHOTO;ENCODING=b;TYPE=JPEG:" + "/9j/4AAQSkZJRgABAQ" * 60
APPLE = card(
    "PRODID:-//Apple Inc.//iPhone OS 18.5//EN",
    "UID:5E1B7A60-0000-4000-8000-00000000AA01",
    "N:Diallo;Amina;Fatou;Mme;",
    "FN:Mme Amina Fatou Diallo",
    "CATEGORIES:Aller vers,Partenaires,Chorale",
    "TEL;type=CELL;type=VOICE;type=pref:06 12 34 56 78",
    "item1.TEL:01 23 45 67 89",
    "item1.X-ABLabel:Atelier",
    "TEL;type=WORK;type=FAX:02 99 00 11 22",
    "item2.EMAIL;type=INTERNET:amina@example.net",
    "item2.X-ABLabel:_$!<Work>!$_",
    "item3.ADR;type=HOME:;;12 rue du Gros-Chêne;Rennes;;35700;France",
    "item3.X-ABADR:fr",
    "item4.X-ABDATE;type=pref:2024-09-01",
    "item4.X-ABLabel:_$!<Anniversary>!$_",
    "BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-05",
    "NOTE:Vient à vélo\\, préfère le matin\\nAllergie : noix",
    PHOTO,
    "X-SOCIALPROFILE;type=mastodon;x-user=amina:https://social.example.org/@amina",
)
FOUR = card(
    "UID:urn:uuid:5e1b7a60-0000-4000-8000-00000000aa02",
    "N:Le Goff;Yann;;;",
    "FN:Yann Le Goff",
    "KIND:individual",
    'TEL;VALUE=uri;TYPE="voice,cell";PREF=1:tel:+33-6-12-34-56-70',
    "TEL;VALUE=uri;TYPE=work:tel:+33-2-99-00-11-23;ext=12",
    "EMAIL;TYPE=home:yann@example.net",
    "CATEGORIES:Aller vers,Professionnels",
    "GEO:geo:48.117266,-1.6777926",
    "RELATED;TYPE=friend:urn:uuid:5E1B7A60-0000-4000-8000-00000000AA01",
    "X-PHONETIC-FIRST-NAME:Ian",
    "LANG;PREF=1:br",
    version="4.0",
)


@pytest.fixture
def book(world: World) -> Book:
    return Book(world)


def test_of_several_numbers_only_the_line_of_the_changed_one_is_another(book: Book) -> None:
    href = book.add("amina", APPLE)
    book.world.sync()
    person = named(book.world, "amina@example.net")
    assert person.phones == ("+33612345678", "+33123456789", "+33299001122")
    standing = book.text(href)
    book.edit(href, "01 23 45 67 89", "01 98 76 54 32")
    book.world.sync()
    assert named(book.world, "amina@example.net").phones == ("+33612345678", "+33198765432", "+33299001122")
    assert difference(standing, book.text(href)) == (["ITEM1.TEL:01 23 45 67 89"], ["ITEM1.TEL:01 98 76 54 32"])
    book.world.quiet()


def test_a_number_changed_on_the_board_changes_its_line_alone_and_keeps_label_and_group(book: Book) -> None:
    href = book.add("amina", APPLE)
    book.world.sync()
    standing, person = book.text(href), named(book.world, "amina@example.net")
    on_board(book.world, person.id, phones=("+33612345678", "+33198765432", "+33299001122"))
    book.world.sync()
    gone, come = difference(standing, book.text(href))
    assert gone == ["ITEM1.TEL:01 23 45 67 89"]
    assert [line.replace(" ", "") for line in come] == ["ITEM1.TEL:+33198765432"]
    book.world.quiet()


def test_a_number_taken_away_on_the_board_takes_its_line_and_its_label(book: Book) -> None:
    href = book.add("amina", APPLE)
    book.world.sync()
    standing, person = book.text(href), named(book.world, "amina@example.net")
    on_board(book.world, person.id, phones=("+33612345678", "+33299001122"))
    book.world.sync()
    assert difference(standing, book.text(href)) == (["ITEM1.TEL:01 23 45 67 89", "ITEM1.X-ABLABEL:Atelier"], [])
    book.world.quiet()


def test_the_preferred_number_of_the_card_is_the_persons_first(book: Book) -> None:
    href = book.add("amina", APPLE)
    book.world.sync()
    assert named(book.world, "amina@example.net").phones[0] == "+33612345678"
    book.put(href, APPLE.replace(";type=pref:06", ":06").replace(";type=WORK;type=FAX", ";type=WORK;type=pref"))
    book.world.sync()
    assert named(book.world, "amina@example.net").phones == ("+33299001122", "+33612345678", "+33123456789")
    book.world.quiet()


@pytest.mark.parametrize("text", [APPLE, FOUR], ids=["vCard 3.0 of Apple", "vCard 4.0"])
def test_a_whole_life_of_our_changes_leaves_every_other_line(begin: Begin, text: str) -> None:
    world = begin()
    book = Book(world)
    href = book.add("theirs", text)
    world.sync()
    (person,) = [p for p in world.people().values() if p.given_name in ("Amina", "Yann")]
    standing = book.text(href)
    for number in range(4):
        on_board(
            world, person.id, phones=(f"+3361234561{number}", *person.phones[1:]), emails=(f"n{number}@example.net",),
            organisation="Épicerie, solidaire", function="Référente", family_name=f"Diallo{number}",
        )  # fmt: skip
        world.sync()
    ours = ("TEL", "ITEM2.EMAIL", "EMAIL", "N", "FN", "ORG", "ROLE")
    gone, come = difference(standing, book.text(href))
    assert {line.partition(":")[0].partition(";")[0].upper() for line in gone + come} <= set(ours)
    assert sum(line.upper().startswith("TEL") for line in come) == 1
    assert [line for line in come if line.startswith("ORG")] == ["ORG:Épicerie\\, solidaire"]
    assert any("n3@example.net" in line for line in come)
    world.quiet()


def test_a_vcard_4_stays_one_and_its_uri_stays_one(book: Book) -> None:
    href = book.add("yann", FOUR)
    book.world.sync()
    person = named(book.world, "yann@example.net")
    assert (person.given_name, person.family_name, person.kind) == ("Yann", "Le Goff", "professional")
    assert person.phones[0] == "+33612345670"
    standing = book.text(href)
    on_board(book.world, person.id, phones=("+33698765432", *person.phones[1:]))
    book.world.sync()
    gone, come = difference(standing, book.text(href))
    (was,) = gone
    (becomes,) = come
    assert was.startswith("TEL") and becomes.startswith(was.partition(":")[0])
    assert becomes.endswith(":tel:+33698765432")
    assert "VERSION:4.0" in lines(book.text(href))
    book.world.quiet()


def test_names_between_and_titles_before_a_name_are_kept_when_the_name_changes(book: Book) -> None:
    href = book.add("amina", APPLE)
    book.world.sync()
    on_board(book.world, named(book.world, "amina@example.net").id, family_name="Diallo-Petit")
    book.world.sync()
    found = lines(book.text(href))
    assert "N:Diallo-Petit;Amina;Fatou;Mme;" in found
    assert "FN:Amina Diallo-Petit" in found


def test_order_folding_and_spelling_of_another_program_stay_as_they_are(begin: Begin) -> None:
    world = begin()
    if world.over.name == "radicale":
        pytest.skip("Radicale writes every card anew")
    book = Book(world)
    href = book.add("amina", APPLE)
    world.sync()
    on_board(world, named(world, "amina@example.net").id, function="Trésorière")
    world.sync()
    after = book.text(href).splitlines()
    assert "ROLE:Trésorière" in after
    assert [line for line in after if not line.startswith(("ROLE:", "REV:"))] == APPLE.splitlines()


def test_an_extension_is_no_part_of_the_number(book: Book) -> None:
    book.add("yann", FOUR)
    book.world.sync()
    assert named(book.world, "yann@example.net").phones == ("+33612345670", "+33299001123")


def test_a_card_of_ours_takes_what_people_add_and_keeps_it(styled: World) -> None:
    world = styled
    book, contacts = Book(world), world.contacts
    (href,) = hrefs(world, "bruno")
    contacts.add_note(href, "Préfère le matin")
    own = contacts.add_foreign_property(href)
    contacts.add_to_group(href, "Chorale", as_card=False)
    world.sync()
    standing = book.text(href)
    for number in range(3):
        on_board(world, phones=(f"+3361234560{number}",))
        world.sync()
    gone, come = difference(standing, book.text(href))
    assert [line.partition(":")[0].partition(";")[0] for line in gone + come] == ["TEL", "TEL"]
    assert all(any(line.endswith(own_line.partition(":")[2]) for line in lines(book.text(href))) for own_line in own)
    world.quiet()


def test_a_name_in_fn_alone_is_cut_for_us_and_stays_whole_on_the_card(book: Book) -> None:
    text = card("UID:solo", "FN:Maëlle Riou", "EMAIL:maelle@example.net", "CATEGORIES:Aller vers", version="4.0")
    href = book.add("solo", text)
    before = book.text(href)
    book.world.sync()
    person = named(book.world, "maelle@example.net")
    assert (person.given_name, person.family_name) == ("Maëlle", "Riou")
    assert book.text(href) == before
    book.put(href, text.replace("Maëlle Riou", "Maëlle Le Riou"))
    book.world.sync()
    assert book.world.people()[person.id].full_name == "Maëlle Le Riou"
    on_board(book.world, person.id, given_name="Mae")
    book.world.sync()
    assert "FN:Mae Le Riou" in lines(book.text(href))
    book.world.quiet()
