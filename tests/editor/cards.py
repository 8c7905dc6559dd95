"""What a person does in a contacts program (vCard 3, RFC 2426; vCard 4, RFC 6350)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import quote
from uuid import UUID, uuid4

from tests.editor.adapters import Adapter, Missing
from tests.editor.lines import Component, Line, escape, parse, render, unescape


class _Clock(Protocol):
    def __call__(self) -> datetime: ...


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class CardStyle:
    """One contacts program: version and parameters that it writes, and how it keeps groups."""

    name: str
    prodid: str | None
    version: str
    mobile: str
    """Parameters of a mobile number."""
    mail: str
    grouped: bool = False
    """Whether addresses are written as ``item1.EMAIL``, with a label beside them."""
    groups_as_cards: bool = False
    """Whether a group is a card that lists its members, in place of CATEGORIES on each."""
    revision: str
    """strftime of REV."""
    upper_uid: bool = False
    extra: tuple[tuple[str, str], ...] = ()


CARD_STYLES: dict[str, CardStyle] = {
    style.name: style
    for style in (
        CardStyle(
            name="nextcloud_calendar",
            prodid="-//Nextcloud Contacts v7.3.1",
            version="3.0",
            mobile=";TYPE=CELL",
            mail=";TYPE=HOME",
            revision="%Y%m%dT%H%M%SZ",
        ),
        CardStyle(
            name="davx5",
            prodid="+//IDN bitfire.at//DAVx5/4.5.1-ose ez-vcard/0.12.1",
            version="4.0",
            mobile=";TYPE=cell",
            mail=";TYPE=home",
            revision="%Y%m%dT%H%M%SZ",
        ),
        CardStyle(
            name="ios",
            prodid="-//Apple Inc.//iPhone OS 18.5//EN",
            version="3.0",
            mobile=";type=CELL;type=VOICE;type=pref",
            mail=";type=INTERNET;type=pref",
            grouped=True,
            groups_as_cards=True,
            revision="%Y-%m-%dT%H:%M:%SZ",
            upper_uid=True,
        ),
        CardStyle(
            name="thunderbird",
            prodid=None,
            version="4.0",
            mobile=";TYPE=cell;VALUE=TEXT",
            mail=";PREF=1",
            revision="%Y%m%dT%H%M%SZ",
        ),
        CardStyle(
            name="gnome",
            prodid=None,
            version="3.0",
            mobile=";X-EVOLUTION-UI-SLOT=1;TYPE=CELL",
            mail=";X-EVOLUTION-UI-SLOT=1;TYPE=OTHER",
            revision="%Y-%m-%dT%H:%M:%SZ",
            extra=(("X-EVOLUTION-FILE-AS", "{family}\\, {given}"),),
        ),
    )
}


@dataclass
class OpenedCard:
    href: str
    etag: str | None
    card: Component

    @property
    def uid(self) -> str:
        return (self.card.value("UID") or "").removeprefix("urn:uuid:")


class ContactsEditor:
    """A contacts program with one address book open. Cards are named by UID or href."""

    def __init__(
        self,
        adapter: Adapter,
        style: str | CardStyle,
        *,
        clock: _Clock = _now,
        ids: Callable[[], UUID] = uuid4,
    ) -> None:
        self.adapter = adapter
        self.style = CARD_STYLES[style] if isinstance(style, str) else style
        self._clock = clock
        self._ids = ids

    def texts(self) -> dict[str, str]:
        """href -> text of every card."""
        return {href: self.adapter.get(href)[1] for href in self.adapter.list()}

    def open(self, uid: str) -> OpenedCard:
        """Raises Missing."""
        for href in self.adapter.list():
            etag, text = self.adapter.get(href)
            opened = OpenedCard(href, etag, parse(text))
            if uid in {href, opened.uid} or f"urn:uuid:{opened.uid}" == uid:
                return opened
        raise Missing(uid)

    def text(self, uid: str) -> str:
        return self.adapter.get(self.open(uid).href)[1]

    def named(self, full_name: str) -> list[str]:
        """UIDs of the cards with that FN."""
        cards = [OpenedCard(href, None, parse(text)) for href, text in self.texts().items()]
        return sorted(card.uid for card in cards if unescape(card.card.value("FN") or "") == full_name)

    def create_card(
        self,
        given: str,
        family: str,
        *,
        phone: str | None = None,
        mail: str | None = None,
        organisation: str | None = None,
        role: str | None = None,
        groups: Sequence[str] = (),
    ) -> str:
        """A new card; its UID. Where groups are cards, those are made or extended too."""
        identity = str(self._ids())
        uid = identity.upper() if self.style.upper_uid else identity
        card = Component("VCARD", [Line("VERSION", self.style.version)])
        if self.style.prodid is not None:
            card.add(Line("PRODID", self.style.prodid))
        card.add(Line("UID", uid))
        card.add(Line("N", f"{escape(family)};{escape(given)};;;"))
        card.add(Line("FN", escape(f"{given} {family}")))
        for name, value in (("ORG", organisation), ("ROLE", role)):
            if value is not None:
                card.add(Line(name, escape(value)))
        for name, value in self.style.extra:
            card.add(Line(name, value.format(family=escape(family), given=escape(given))))
        if phone is not None:
            card.add(Line("TEL", phone, self.style.mobile))
        if mail is not None:
            card.add(Line("EMAIL", mail, self.style.mail, "item1" if self.style.grouped else ""))
            if self.style.grouped:
                card.add(Line("X-ABLabel", "_$!<Home>!$_", "", "item1"))
        if groups and not self.style.groups_as_cards:
            card.add(Line("CATEGORIES", ",".join(escape(group) for group in groups)))
        self._save(OpenedCard(self._href(uid), None, card))
        if self.style.groups_as_cards:
            for group in groups:
                self.add_to_group(uid, group)
        return uid

    def change_phone(self, uid: str, new: str, *, old: str | None = None) -> None:
        """Another number in the place of ``old`` (the first one if not said), or a first number."""
        opened = self.open(uid)
        numbers = opened.card.lines("TEL")
        wanted = next((line for line in numbers if old is None or _digits(line.value) == _digits(old)), None)
        if wanted is None and old is not None:
            raise ValueError(f"no number {old}")
        if wanted is None:
            opened.card.add(Line("TEL", new, self.style.mobile))
        else:
            wanted.value = f"tel:{new}" if wanted.value.startswith("tel:") else new
        self._save(opened)

    def change_mail(self, uid: str, new: str) -> None:
        opened = self.open(uid)
        first = opened.card.line("EMAIL")
        if first is None:
            opened.card.add(Line("EMAIL", new, self.style.mail))
        else:
            first.value = new
        self._save(opened)

    def rename(self, uid: str, given: str, family: str) -> None:
        opened = self.open(uid)
        opened.card.set("N", f"{escape(family)};{escape(given)};;;")
        opened.card.set("FN", escape(f"{given} {family}"))
        self._save(opened)

    def add_note(self, uid: str, note: str) -> None:
        opened = self.open(uid)
        opened.card.set("NOTE", escape(note))
        self._save(opened)

    def add_foreign_property(self, uid: str) -> list[str]:
        """Things only this program writes; the whole lines, unfolded."""
        rows = {
            "ios": [
                Line("X-ABDATE", "2024-09-01", ";type=pref", "item2"),
                Line("X-ABLabel", "_$!<Anniversary>!$_", "", "item2"),
            ],
            "davx5": [Line("X-PHONETIC-FIRST-NAME", "Amina")],
            "thunderbird": [Line("X-MOZILLA-HTML", "FALSE")],
            "gnome": [Line("X-EVOLUTION-VIDEO-URL", "https://visio.example.org/amina")],
            "nextcloud_calendar": [Line("X-SOCIALPROFILE", "https://social.example.org/@amina", ";TYPE=MASTODON")],
        }[self.style.name]
        opened = self.open(uid)
        for row in rows:
            opened.card.add(row)
        self._save(opened)
        return [row.text for row in rows]

    def add_to_group(self, uid: str, group: str, *, as_card: bool | None = None) -> None:
        """Into a group: by a category of the card, or (``as_card``) as a member of the group's own card."""
        opened = self.open(uid)
        if not (self.style.groups_as_cards if as_card is None else as_card):
            names = self._categories(opened.card)
            if group not in names:
                opened.card.set("CATEGORIES", ",".join(escape(name) for name in [*names, group]))
                self._save(opened)
            return
        card = self._group_card(group)
        prefix = "X-ADDRESSBOOKSERVER-" if self.style.version == "3.0" else ""
        member = f"urn:uuid:{opened.uid}"
        if card is None:
            identity = str(self._ids())
            new = identity.upper() if self.style.upper_uid else identity
            rows = [
                Line("VERSION", self.style.version),
                Line("UID", new),
                Line(f"{prefix}KIND", "group"),
                Line("N", f"{escape(group)};;;;"),
                Line("FN", escape(group)),
                Line(f"{prefix}MEMBER", member),
            ]
            self._save(OpenedCard(self._href(new), None, Component("VCARD", [*rows])))
        elif member not in {row.value for row in card.card.lines(f"{prefix}MEMBER")}:
            card.card.add(Line(f"{prefix}MEMBER", member))
            self._save(card)

    def remove_from_group(self, uid: str, group: str) -> None:
        """Out of a group, wherever it is kept."""
        opened = self.open(uid)
        names = self._categories(opened.card)
        if group in names:
            rest = [name for name in names if name != group]
            opened.card.set("CATEGORIES", ",".join(escape(name) for name in rest) or None)
            self._save(opened)
        card = self._group_card(group)
        if card is not None:
            for row in card.card.lines():
                if row.name.endswith("MEMBER") and row.value == f"urn:uuid:{opened.uid}":
                    card.card.remove(row)
            self._save(card)

    def delete_card(self, uid: str) -> None:
        opened = self.open(uid)
        self.adapter.delete(opened.href, opened.etag)

    def merge_cards(self, keep: str, drop: str) -> None:
        """Two cards of one person become one: numbers, addresses and groups of ``drop`` go over, then it is deleted."""
        kept, dropped = self.open(keep), self.open(drop)
        for name in ("TEL", "EMAIL"):
            there = {line.value.lower() for line in kept.card.lines(name)}
            for line in dropped.card.lines(name):
                if line.value.lower() not in there:
                    kept.card.add(Line(line.name, line.value, line.params))
        names = list(dict.fromkeys([*self._categories(kept.card), *self._categories(dropped.card)]))
        if names:
            kept.card.set("CATEGORIES", ",".join(escape(name) for name in names))
        self._save(kept)
        self.adapter.delete(dropped.href, dropped.etag)

    def empty_address_book(self) -> int:
        hrefs = self.adapter.list()
        for href, etag in hrefs.items():
            self.adapter.delete(href, etag)
        return len(hrefs)

    # --- inside ------------------------------------------------------------------------------------------------

    def _group_card(self, group: str) -> OpenedCard | None:
        for href in self.adapter.list():
            etag, text = self.adapter.get(href)
            card = parse(text)
            kind = card.value("KIND") or card.value("X-ADDRESSBOOKSERVER-KIND") or ""
            if kind.lower() == "group" and unescape(card.value("FN") or "") == group:
                return OpenedCard(href, etag, card)
        return None

    @staticmethod
    def _categories(card: Component) -> list[str]:
        return [unescape(name) for line in card.lines("CATEGORIES") for name in line.value.split(",") if name]

    def _href(self, uid: str) -> str:
        return f"{self.adapter.collection}{quote(uid, safe='-._~')}.vcf"

    def _save(self, opened: OpenedCard) -> None:
        if self.style.prodid is not None:
            opened.card.set("PRODID", self.style.prodid)
        opened.card.set("REV", self._clock().astimezone(UTC).strftime(self.style.revision))
        self.adapter.put(opened.href, render(opened.card), opened.etag)


def _digits(number: str) -> str:
    digits = "".join(c for c in number if c.isdigit())
    return digits.removeprefix("33").removeprefix("0")
