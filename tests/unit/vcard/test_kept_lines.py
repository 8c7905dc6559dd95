"""What others wrote into a card stays as they wrote it, beside the one thing that changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from calendars.contentlines import parse
from calendars.errors import UnreadableText
from calendars.vcard import CardFacts, CardValue, read, write_card

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PHOTO = ("PHOTO;ENCODING=b;TYPE=JPEG:" + "QUJD" * 12, *(" " + "QUJD" * 18 for _ in range(40)))


def card(*lines: str, version: str = "3.0") -> str:
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", "UID:1", "FN:Ana Roux", *lines, "END:VCARD", ""])


def written(text: str, **wanted: object) -> tuple[list[str], list[str]]:
    """The lines that went and those that came, REV aside; what was written is written once."""
    after = write_card(text, replace(read(text), **wanted), now=NOW)  # type: ignore[arg-type]
    assert write_card(after, read(after), now=NOW.replace(year=2027)) is after
    was, becomes = text.splitlines(), [line for line in after.splitlines() if not line.startswith("REV:")]
    return [line for line in was if line not in becomes], [line for line in becomes if line not in was]


def test_a_photograph_and_unknown_properties_stay_byte_for_byte() -> None:
    text = card("TEL;TYPE=CELL;TYPE=VOICE:06 11 11 11 11", *PHOTO, 'X-FOO;a="b;c":d\\e', "item1.X-ABDATE:20200101")
    assert written(text, phones=(CardValue("06 22 22 22 22"),)) == (
        ["TEL;TYPE=CELL;TYPE=VOICE:06 11 11 11 11"],
        ["TEL;TYPE=CELL;TYPE=VOICE:06 22 22 22 22"],
    )


def test_another_family_name_leaves_every_other_part_of_the_name() -> None:
    assert written(card("N:Roux;Ana;Marie,Ange;Dr;Jr;more"), family="Le Goff") == (
        ["N:Roux;Ana;Marie,Ange;Dr;Jr;more"],
        ["N:Le Goff;Ana;Marie,Ange;Dr;Jr;more"],
    )


def test_another_organisation_keeps_its_units() -> None:
    assert written(card("ORG:Centre;Accueil;Étage 2"), org=("Autre, ici", "Accueil", "Étage 2")) == (
        ["ORG:Centre;Accueil;Étage 2"],
        ["ORG:Autre\\, ici;Accueil;Étage 2"],
    )


def test_a_category_more_or_less_leaves_the_other_lines_of_categories_alone() -> None:
    text = card("CATEGORIES:a,b", "CATEGORIES:c,d\\,e")
    assert written(text, categories=("a", "b", "d,e")) == (["CATEGORIES:c,d\\,e"], ["CATEGORIES:d\\,e"])
    assert written(text, categories=("a", "b", "c", "d,e", "f")) == (["CATEGORIES:c,d\\,e"], ["CATEGORIES:c,d\\,e,f"])
    assert written(text, categories=("b",)) == (["CATEGORIES:a,b", "CATEGORIES:c,d\\,e"], ["CATEGORIES:b"])
    assert written(card(), categories=("a,b",)) == ([], ["CATEGORIES:a\\,b"])


def test_a_label_goes_with_its_mail_however_its_group_is_spelt() -> None:
    text = card("ITEM1.EMAIL:a@example.org", "item1.X-ABLabel:Boulot", "item2.TEL:06 11 11 11 11", "item2.X-ABLabel:Perso")
    assert written(text, emails=()) == (["ITEM1.EMAIL:a@example.org", "item1.X-ABLabel:Boulot"], [])


def test_a_telephone_uri_gets_a_number_without_spaces() -> None:
    text = card("TEL;VALUE=uri;TYPE=cell:tel:+33-6-11-11-11-11", version="4.0")
    assert written(text, phones=(CardValue("06 22 22 22 22"),))[1] == ["TEL;VALUE=uri;TYPE=cell:tel:+33622222222"]


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_a_new_group_says_its_members_and_its_note(version: str) -> None:
    wanted = CardFacts("g", "Aller vers", kind="group", members=("m1", "m2"), note="deux, lignes\nici", version=version)
    found = read(write_card(None, wanted, now=NOW))
    assert (found.kind, found.members, found.note) == ("group", ("m1", "m2"), "deux, lignes\nici")


@pytest.mark.parametrize(
    "lines",
    [
        ("NOTE;ENCODING=QUOTED-PRINTABLE:abc=", "TEL:06=C3=A9", "TEL;CELL:0611111111"),
        ("LABEL;ENCODING=QUOTED-PRINTABLE:3.10=", "TEL:06=C3=A9"),
        ("TITLE;QUOTED-PRINTABLE;CHARSET=UTF-8:=C3=89lue",),
    ],
)
def test_a_quoted_printable_card_is_refused_by_line_and_its_lines_stay(lines: tuple[str, ...]) -> None:
    text = card(*lines, version="2.1")
    with pytest.raises(UnreadableText, match=r"line [56]: \w+ is QUOTED-PRINTABLE"):
        write_card(text, CardFacts("1", "Ana"), now=NOW)
    assert str(parse(text)) == text


def test_an_address_label_broken_over_lines_is_left_alone() -> None:
    text = card("LABEL;WORK;ENCODING=QUOTED-PRINTABLE:3.10=0D=0A=", "=0D=0ADeutschland=", "ici", "ORG:A", version="2.1")
    assert written(text, org=("B",)) == (["ORG:A"], ["ORG:B"])


def test_a_quoted_printable_note_on_one_line_is_read_and_left_alone() -> None:
    text = card("NOTE;ENCODING=QUOTED-PRINTABLE:Caf=C3=A9=0D=0Aici", "TEL;CELL:0611111111", version="2.1")
    assert read(text).note == "Café\nici"
    assert written(text, phones=(CardValue("06 22 22 22 22"),)) == (["TEL;CELL:0611111111"], ["TEL;CELL:06 22 22 22 22"])


def test_a_note_that_speaks_of_an_encoding_is_no_encoded_note() -> None:
    assert read(card("NOTE:we had QUOTED-PRINTABLE once")).note == "we had QUOTED-PRINTABLE once"


def test_several_cards_in_one_text_have_no_facts_and_keep_their_lines() -> None:
    text = card() + card("X-FOO:bar")
    with pytest.raises(UnreadableText, match="2 cards"):
        read(text)
    assert str(parse(text)) == text
