"""Cards of every maker are read tolerantly, and written line by line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from calendars.errors import UnreadableText
from calendars.vcard import CardFacts, CardValue, peek, read, semantically_equal, write_card

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


def card(*lines: str, version: str = "3.0", uid: str = "1") -> str:
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", f"UID:{uid}", *lines, "END:VCARD", ""])


def difference(before: str, after: str) -> tuple[list[str], list[str]]:
    was, becomes = before.replace("\r\n ", "").split("\r\n"), after.replace("\r\n ", "").split("\r\n")
    came = [line for line in becomes if line not in was and not line.startswith("REV")]
    return [line for line in was if line not in becomes and not line.startswith("REV")], came


APPLE = card(
    "N:Roux;Léa;Marie,Ange;;", "FN:Léa Roux", "item1.TEL;type=CELL;type=pref:06 12 34 56 78", "item1.X-ABLabel:perso",
    "TEL;TYPE=WORK,VOICE:+33 2 99 00 00 01", "EMAIL;TYPE=INTERNET:Lea@Example.org", "X-ABADR:fr", "PHOTO;ENCODING=b:QUJD",
)  # fmt: skip


def test_writing_what_stands_there_gives_the_very_same_text() -> None:
    assert write_card(APPLE, read(APPLE), now=NOW) == APPLE


def test_an_apple_card_is_read() -> None:
    facts = read(APPLE)
    assert (facts.uid, facts.full_name, facts.family, facts.given) == ("1", "Léa Roux", "Roux", "Léa")
    assert [phone.value for phone in facts.phones] == ["06 12 34 56 78", "+33 2 99 00 00 01"]
    assert facts.phones[0].preferred
    assert facts.phones[1].types == ("WORK", "VOICE")


def test_a_number_spelt_another_way_is_the_same_number() -> None:
    wanted = replace(read(APPLE), phones=(CardValue("+33612345678"), CardValue("02.99.00.00.01")))
    assert write_card(APPLE, wanted, now=NOW) == APPLE


def test_a_changed_number_keeps_its_group_its_label_and_its_types() -> None:
    wanted = replace(read(APPLE), phones=(CardValue("07 00 00 00 00"), CardValue("+33 2 99 00 00 01")))
    after = write_card(APPLE, wanted, now=NOW)
    assert difference(APPLE, after)[1] == ["item1.TEL;type=CELL;type=pref:07 00 00 00 00"]
    assert "REV:20260301T080000Z" in after


def test_a_number_taken_away_takes_its_label_along() -> None:
    after = write_card(APPLE, replace(read(APPLE), phones=(CardValue("+33 2 99 00 00 01"),)), now=NOW)
    assert difference(APPLE, after) == (["item1.TEL;type=CELL;type=pref:06 12 34 56 78", "item1.X-ABLabel:perso"], [])


def test_a_new_first_number_becomes_the_preferred_one() -> None:
    wanted = replace(read(APPLE), phones=tuple(reversed(read(APPLE).phones)))
    after = write_card(APPLE, wanted, now=NOW)
    assert [p.value for p in read(after).phones] == ["+33 2 99 00 00 01", "06 12 34 56 78"]
    assert "item1.TEL;TYPE=CELL:06 12 34 56 78" in after.split("\r\n")
    assert write_card(after, wanted, now=NOW + timedelta(days=1)) == after


def test_a_new_first_mail_of_a_card_of_version_4_is_preferred_by_its_parameter() -> None:
    text = card("FN:A", "EMAIL;PREF=1:a@example.org", "EMAIL;TYPE=work:b@example.org", version="4.0")
    after = write_card(text, replace(read(text), emails=tuple(reversed(read(text).emails))), now=NOW)
    assert {"EMAIL:a@example.org", "EMAIL;TYPE=work;PREF=1:b@example.org"} <= set(after.split("\r\n"))


def test_a_changed_name_leaves_additional_names_alone() -> None:
    after = write_card(APPLE, replace(read(APPLE), family="Le Roux"), now=NOW)
    assert difference(APPLE, after) == (["N:Roux;Léa;Marie,Ange;;"], ["N:Le Roux;Léa;Marie,Ange;;"])


NAME = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=80)


@given(st.sampled_from(["title", "role", "family", "given"]), NAME)
def test_whatever_is_written_the_next_writing_changes_nothing(name: str, value: str) -> None:
    wanted = replace(read(APPLE), **{name: value})
    after = write_card(APPLE, wanted, now=NOW)
    went, _ = difference(APPLE, after)
    assert all(line.startswith("N:") for line in went)
    assert write_card(after, wanted, now=NOW + timedelta(hours=1)) == after


def test_a_telephone_uri_stays_one() -> None:
    text = card("FN:A", "TEL;VALUE=uri;TYPE=cell:tel:+33-6-12-34-56-78", version="4.0")
    assert read(text).phones[0].value == "+33-6-12-34-56-78"
    assert write_card(text, replace(read(text), phones=(CardValue("+33 6 12 34 56 78"),)), now=NOW) == text
    after = write_card(text, replace(read(text), phones=(CardValue("+33700000000"),)), now=NOW)
    assert "TEL;VALUE=uri;TYPE=cell:tel:+33700000000" in after


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_a_new_card_reads_as_it_was_wanted(version: str) -> None:
    wanted = CardFacts(
        uid="a@b", full_name="Léa Roux", family="Roux", given="Léa", emails=(CardValue("lea@example.org", ("HOME",)),),
        phones=(CardValue("+33612345678", ("CELL",)),), org=("Mairie; annexe",), title="Élue", role="Bénévole",
        categories=("Aller vers", "a,b"), version=version,
    )  # fmt: skip
    text = write_card(None, wanted, now=NOW)
    assert read(text) == wanted


def test_another_reader_understands_a_new_card() -> None:
    wanted = CardFacts("u", "Léa Roux", "Roux", "Léa", (CardValue("lea@example.org"),), (), ("Centre, nord",))
    theirs = vobject.readOne(write_card(None, wanted, now=NOW))
    assert (theirs.fn.value, theirs.n.value.family, theirs.email.value) == ("Léa Roux", "Roux", "lea@example.org")
    assert theirs.org.value == ["Centre, nord"]


def test_missing_names_are_made_of_what_there_is() -> None:
    assert read(card("N:Roux;Léa")).full_name == "Léa Roux"
    assert read(card("ORG:Mairie")).full_name == "Mairie"
    nameless = card("EMAIL:a@example.org")
    assert (read(nameless).full_name, read(nameless).family) == ("", "")
    assert "N:Roux;;;;" in write_card(nameless, replace(read(nameless), family="Roux"), now=NOW)


def test_a_charset_of_version_2_1_goes_with_the_value_it_was_for() -> None:
    text = card("TITLE;CHARSET=ISO-8859-1:Elu", "FN:A", version="2.1")
    assert "TITLE:Élue" in write_card(text, replace(read(text), title="Élue"), now=NOW).split("\r\n")


def test_a_group_and_its_members_are_read_in_both_spellings() -> None:
    old = card("FN:G", "X-ADDRESSBOOKSERVER-KIND:group", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:m1")
    new = card("FN:G", "KIND:group", "MEMBER:urn:uuid:m1", version="4.0")
    assert [(read(t).kind, read(t).members) for t in (old, new)] == [("group", ("m1",))] * 2


@pytest.mark.parametrize("text", ["", "hello", "BEGIN:VCARD\nFN:A\n", card() + card()])
def test_what_is_not_one_card_is_refused(text: str) -> None:
    with pytest.raises(UnreadableText):
        write_card(text, CardFacts("1"), now=NOW)


def test_peeking_tells_the_uid() -> None:
    assert peek(card("FN:A", uid="urn:uuid:ab")) == "ab"
    assert peek("BEGIN:VCARD\nEND:VCARD\n") == ""


def test_order_folds_and_stamps_are_no_difference_and_a_number_is() -> None:
    shuffled = card(
        "REV:20260101T000000Z", "PRODID:x", "X-ABADR:fr", "PHOTO;ENCODING=b:QU\r\n JD", *APPLE.split("\r\n")[3:9]
    )
    assert semantically_equal(APPLE, shuffled)
    assert not semantically_equal(APPLE, APPLE.replace("56 78", "56 79"))
