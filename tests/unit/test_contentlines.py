"""Content lines come back byte for byte, and new ones are what RFC 5545 section 3.1 asks for."""

from __future__ import annotations

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendars.contentlines import (
    ContentLine,
    escape_text,
    parse,
    plain_text,
    read_bytes,
    split_value,
    unescape_text,
    write_bytes,
)
from calendars.errors import UnreadableText
from calendars.kept import Kept

ENDINGS = st.sampled_from(["\r\n", "\n", "\r"])
ODD_LINE = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=60).filter(
    lambda line: line[:1].upper() not in ("B", "E", "\ufeff")
)
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200)
PARAM = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


def document(*lines: str, ending: str = "\r\n") -> str:
    return ending.join(["BEGIN:VCARD", *lines, "END:VCARD", ""])


@given(st.lists(st.tuples(ODD_LINE, ENDINGS), max_size=12), ENDINGS, st.booleans())
def test_any_lines_between_a_begin_and_its_end_come_back_unchanged(
    lines: list[tuple[str, str]], ending: str, marked: bool
) -> None:
    body = "".join(line + own for line, own in lines)
    text = ("\ufeff" if marked else "") + f"BEGIN:VCARD{ending}X-FIRST:1{ending}{body}{ending}END:VCARD{ending}\n\n"
    assert str(parse(text)) == text


@given(st.binary(max_size=200))
def test_bytes_that_are_no_utf8_come_back_unchanged(data: bytes) -> None:
    assert write_bytes(read_bytes(data)) == data


def test_a_surrogate_that_stands_for_no_byte_is_refused_with_its_line() -> None:
    with pytest.raises(UnreadableText, match="line 2"):
        write_bytes("BEGIN:VCARD\n\ud800\n")


@given(TEXT)
def test_a_text_reads_as_it_was_written_but_for_control_characters(text: str) -> None:
    assert unescape_text(escape_text(text)) == plain_text(text)


@given(TEXT, st.lists(st.tuples(st.sampled_from(["CN", "X-A"]), st.lists(PARAM, min_size=1, max_size=3)), max_size=2))
def test_a_new_line_is_one_line_that_says_what_was_asked(text: str, params: list[tuple[str, list[str]]]) -> None:
    line = ContentLine.make("SUMMARY", escape_text(text), params, "item1")
    again = parse(document().replace("END:", line.raw + "END:", 1)).components()[0].lines()
    assert len(again) == 1
    assert again[0].group == "item1"
    assert again[0].name == "SUMMARY"
    assert unescape_text(again[0].value) == plain_text(text)
    # White space around a parameter's value is no part of it where it stands without quotes.
    assert [(n, [v.strip() for v in vs]) for n, vs in again[0].params] == [
        (n, [plain_text(v).strip() for v in vs]) for n, vs in params
    ]


@given(TEXT)
def test_a_new_line_is_folded_at_75_octets_and_never_inside_a_character(text: str) -> None:
    raw = write_bytes(ContentLine.make("DESCRIPTION", escape_text(text)).raw)
    pieces = raw.removesuffix(b"\r\n").split(b"\r\n")
    assert all(len(piece) <= 75 for piece in pieces)
    for piece in pieces:
        piece.decode("utf-8")


def test_a_value_with_line_breaks_cannot_smuggle_in_another_property() -> None:
    line = ContentLine.make("URL", "https://example.org\r\nATTENDEE:mailto:eve@example.org")
    assert len(parse(document().replace("END:", line.raw + "END:")).components()[0].lines()) == 1


def test_another_reader_understands_our_parameters() -> None:
    raw = ContentLine.make("ATTENDEE", "mailto:a@example.org", [("CN", ['Léa "L." ; Roux'])]).raw
    theirs = icalendar.parser.Contentline.from_ical(raw.rstrip()).parts()
    assert theirs[1]["CN"] == 'Léa "L." ; Roux'


def test_a_character_cut_by_a_fold_is_whole_again() -> None:
    whole = "SUMMARY:Café".encode()
    data = b"BEGIN:VCARD\r\n" + whole[:-1] + b"\r\n " + whole[-1:] + b"\r\nEND:VCARD\r\n"
    text = read_bytes(data)
    line = parse(text).components()[0].first("SUMMARY")
    assert line is not None
    assert line.value == "Café"
    assert write_bytes(str(parse(text))) == data


def test_octets_of_another_encoding_show_as_replacement_characters() -> None:
    line = parse(read_bytes(b"BEGIN:VCARD\nFN:Caf\xe9\nEND:VCARD\n")).components()[0].first("FN")
    assert line is not None
    assert unescape_text(line.value) == "Caf\ufffd"


def test_quotes_carets_groups_and_bare_types_are_read() -> None:
    line = ContentLine('item1.tel;CELL;X-A="a;b:c",d;X-B=^n^^^\':+33 6\r\n')
    assert (line.group, line.name, line.value) == ("item1", "TEL", "+33 6")
    assert line.params == (("TYPE", ("CELL",)), ("X-A", ("a;b:c", "d")), ("X-B", ('\n^"',)))


def test_a_quote_that_never_closes_ends_at_the_first_colon() -> None:
    line = ContentLine('ATTENDEE;CN="Léa:mailto:a@example.org\r\n')
    assert line.value == "mailto:a@example.org"


def test_changing_one_parameter_leaves_the_others_to_the_letter() -> None:
    line = ContentLine('ATTENDEE;cn="Léa";X-Foo="needs;it";PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:A@Example.org\r\n')
    changed = line.with_params({"PARTSTAT": "ACCEPTED", "RSVP": None, "ROLE": "CHAIR"}, ending="\r\n")
    assert changed.unfolded == 'ATTENDEE;cn="Léa";X-Foo="needs;it";PARTSTAT=ACCEPTED;ROLE=CHAIR:mailto:A@Example.org'


def test_a_line_without_a_colon_is_kept_and_says_nothing() -> None:
    text = document("FN:Ana", "what is this", "", "NOTE:x")
    card = parse(text).components()[0]
    assert str(parse(text)) == text
    assert [line.value for line in card.lines("FN", "NOTE")] == ["Ana", "x"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("BEGIN:VCARD\nFN:A\n", 1),
        ("BEGIN:VCARD\nBEGIN:X\nEND:VCARD\n", 3),
        ("BEGIN:VCARD\nEND:VCARD\nEND:VCARD\n", 3),
        ("BEGIN:X\n" * 60, 51),
    ],
)
def test_a_broken_structure_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(UnreadableText) as refusal:
        parse(text)
    assert refusal.value.line == line


def test_names_are_compared_without_regard_to_case_and_written_as_they_stood() -> None:
    text = "begin:vcard\nfn:Ana\nend:VCARD\n"
    card = parse(text).components("VCARD")[0]
    line = card.first("FN")
    assert line is not None
    card.replace(line, line.with_value("Bea", ending="\n"))
    assert "".join(card.parts()) == "begin:vcard\nfn:Bea\nend:VCARD\n"


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("summary:x\r\n", "SUMMARY"),
        ("SUM\r\n MARY:x\r\n", "SUMMARY"),
        ("DTSTART;TZID=Europe/Paris:20260303T093000", "DTSTART"),
        ('DTSTART;X="a:b', "DTSTART"),
        ("SUMMARY;X=1", ""),
        ("SUMMARY", ""),
        ("item1.TEL:1", "TEL"),
        ("\ufeffBEGIN:VCARD", "BEGIN"),
        ("SUMMARY :x", "SUMMARY"),
        (":x", ""),
    ],
)
def test_a_line_has_the_name_before_its_parameters_and_none_without_a_colon(raw: str, name: str) -> None:
    assert ContentLine(raw).name == name


@given(st.text(alphabet='Ab-1:;"=. \r\n\t\ufeffé\udcc3', max_size=14))
def test_the_short_way_to_a_name_is_the_long_one(raw: str) -> None:
    line = ContentLine(raw)
    assert line.name == line._label.rpartition(".")[2].upper()


def test_new_lines_end_as_the_document_does() -> None:
    assert parse("BEGIN:VCARD\nEND:VCARD\n").ending == "\n"
    assert parse("BEGIN:VCARD\r\nEND:VCARD\r\n").ending == "\r\n"


def test_line_ends_that_were_translated_twice_are_line_ends() -> None:
    text = document("NOTE:one", " two", "FN:Ana", ending="\r\r\n")
    card = parse(text).components("VCARD")[0]
    assert [(line.name, line.value) for line in card.lines()] == [("NOTE", "onetwo"), ("FN", "Ana")]
    assert str(parse(text)) == text


def test_no_line_is_taken_apart_before_somebody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    text = document(*(f"NOTE;X-A={n}:{'long ' * 20}\r\n {n}" for n in range(1000)))
    opened: list[str] = []
    unfold = ContentLine.__dict__["unfolded"].func
    spy = Kept(lambda line: opened.append(line.raw) or unfold(line))
    spy.__set_name__(ContentLine, "unfolded")
    monkeypatch.setattr(ContentLine, "unfolded", spy)
    parsed = parse(text)
    assert str(parsed) == text
    assert opened == []
    assert parsed.components()[0].lines()[-1].value.endswith("999")
    assert len(opened) == 1


def test_a_text_beyond_every_server_s_limit_is_refused() -> None:
    with pytest.raises(UnreadableText, match="longer than"):
        parse("X" * (32 * 1024 * 1024 + 1))


def test_a_line_is_added_before_what_is_nested() -> None:
    event = parse("BEGIN:VEVENT\nUID:1\nBEGIN:VALARM\nEND:VALARM\nEND:VEVENT\n").components()[0]
    event.add(ContentLine.make("SUMMARY", "x", ending="\n"))
    assert "".join(event.parts()) == "BEGIN:VEVENT\nUID:1\nSUMMARY:x\nBEGIN:VALARM\nEND:VALARM\nEND:VEVENT\n"


def test_of_two_lines_alike_the_very_one_is_removed() -> None:
    card = parse(document("TEL:1", "NOTE:a", "TEL:1")).components()[0]
    card.remove(card.lines("TEL")[1])
    assert [line.name for line in card.lines()] == ["TEL", "NOTE"]


def test_lists_are_split_at_unescaped_separators_only() -> None:
    assert split_value(r"a\,b,c\\,d", ",") == [r"a\,b", r"c\\", "d"]
