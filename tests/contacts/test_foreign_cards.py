"""Cards that are nobody's business here are the same bytes after a hundred passes, whatever goes on around them."""

from __future__ import annotations

from pathlib import Path

from calendars.sync.memory_server import MemoryServer
from tests.contacts.book import Book, card, href, on_board
from tests.contacts.test_groups import APPLE, group
from tests.rows.conftest import Begin
from tests.rows.world import Over, World

FOREIGN = {
    "neighbour": card("X-MOOD:sunny", "UID:neighbour", "FN:Jeanne Voisine", "N:Voisine;Jeanne;;;", "TEL:0639987777"),
    "family": card("UID:family", "FN:Tonton", "N:;Tonton;;;", "CATEGORIES:Famille,Aller voir", "EMAIL:bruno2@example.org"),
    "same-name": card("UID:twin", "FN:Bruno Petit", "N:Petit;Bruno;;;", "EMAIL:bruno@example.org", "TEL:0611223344"),
    "doctor": card("UID:doctor", "KIND:org", "FN:Cabinet", "NOTE:fermé\\, le lundi", "item1.X-ABLabel:x", version="4.0"),
    "choir": group(APPLE, "Chorale", "neighbour", "family"),
}


def test_a_hundred_passes_leave_them_as_they_are(begin: Begin) -> None:
    world = begin()
    book = Book(world)
    added = [book.add(name, text) for name, text in FOREIGN.items()]
    before = {there: book.text(there) for there in added}
    for number in range(100):
        if number % 10 == 0:
            on_board(world, phones=(f"+336123456{number:02}",))
        if number % 25 == 5:
            world.contacts.change_phone(href(world, "chloe"), f"06 98 76 54 {number:02}")
        world.sync(full=number % 20 == 3)
    assert {there: book.text(there) for there in added} == before
    assert len(world.people()) == 4
    assert world.conflicts() == []
    world.quiet()


def test_a_text_that_is_no_card_is_left_alone(tmp_path: Path) -> None:
    # In memory alone: real servers refuse such texts when they are put.
    world = World.on(Over(name="twin", twin=MemoryServer(), user="service"), "gnome", tmp_path)
    book = Book(world)
    broken = {
        book.add("cut", "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:cut\r\nFN:Coupée\r\nCATEGORIES:Aller vers\r\n"),
        book.add("two", card("UID:a", "FN:A", "CATEGORIES:Aller vers") + card("UID:b", "FN:B", "CATEGORIES:Aller vers")),
        book.add("old", card("N;ENCODING=QUOTED-PRINTABLE:=C3=89;A", "CATEGORIES:Aller vers", version="2.1")),
    }
    before = {there: book.text(there) for there in broken}
    for _ in range(3):
        world.sync()
    assert {there: book.text(there) for there in broken} == before
    assert len(world.people()) == 4
