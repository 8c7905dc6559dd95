"""One address book seen from outside: whole texts put there, and which lines differ afterwards."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from calendars.sync.ports import CollectionKind
from sidecar.domain.bindings import Conflict
from sidecar.domain.people import Person
from tests.rows.world import World

STAMPS = ("REV", "PRODID")


def card(*lines: str, version: str = "3.0") -> str:
    """A card's text with CRLF; lines that are longer than 75 octets are folded already or left as they are."""
    return "".join(f"{line}\r\n" for line in ("BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD"))


@dataclass(frozen=True)
class Book:
    """The address book of a world; ``href`` for another than the one that it began with."""

    world: World
    collection: str = ""

    @property
    def href(self) -> str:
        return self.collection or self.world.book

    def add(self, name: str, text: str) -> str:
        href = f"{self.href}{name}.vcf"
        self._there.put(href, text, None)
        return href

    def edit(self, href: str, old: str, new: str) -> str:
        """One piece of a card's text replaced; the text that was put."""
        etag, text = self._there.get(href)
        assert old in text, text
        text = text.replace(old, new)
        self._there.put(href, text, etag)
        return text

    def put(self, href: str, text: str) -> None:
        self._there.put(href, text, self._there.get(href)[0])

    def delete(self, href: str) -> None:
        self._there.delete(href, self._there.get(href)[0])

    def text(self, href: str) -> str:
        return self._there.get(href)[1]

    def texts(self) -> dict[str, str]:
        return {href: self.text(href) for href in self._there.list()}

    @property
    def _there(self) -> Any:
        return self.world.over.adapter(self.href, CollectionKind.ADDRESSBOOK)


def lines(text: str) -> list[str]:
    """Unfolded lines without stamps; names in upper case, as some servers write them."""
    bare = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "").strip().split("\n")
    cut = [re.split(r"(?=[;:])", line, maxsplit=1) for line in bare]
    return [f"{name.upper()}{rest}" for name, rest in cut if name not in STAMPS]


def difference(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that went and the lines that came, wherever they stand."""
    was, becomes = Counter(lines(before)), Counter(lines(after))
    return sorted((was - becomes).elements()), sorted((becomes - was).elements())


def hrefs(world: World, person_id: str) -> list[str]:
    with world.scene.reading() as uow:
        return sorted(link.href for link in uow.links.of_subject("person", person_id))


def href(world: World, person_id: str = "bruno") -> str:
    (found,) = hrefs(world, person_id)
    return found


def on_board(world: World, person_id: str = "bruno", **fields: Any) -> Person:
    """Somebody changes a person on the board."""
    with world.scene.board() as uow:
        return uow.people.save(replace(uow.people.get(person_id), **fields))


def named(world: World, mail: str) -> Person:
    person = world.person(mail)
    assert person is not None
    return person


def asked(world: World) -> list[tuple[str, str, str]]:
    """(subject, field, why) of what waits for a person."""
    return sorted((c.subject_id, c.field, c.why) for c in world.conflicts())


def only_conflict(world: World) -> Conflict:
    (conflict,) = world.conflicts()
    return conflict
