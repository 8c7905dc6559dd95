"""Calendars and cards that other people's software wrote: one property changed, every other line byte-identical.

The files stand beside the checkout (``../shared/corpora``) or where HLM_CORPORA says; they are never copied.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from calendars import icalendar, vcard
from calendars.contentlines import Component, ContentLine, Document, parse, read_bytes, write_bytes
from calendars.errors import UnreadableText

CORPORA = Path(os.environ.get("HLM_CORPORA", Path(__file__).resolve().parents[3] / "shared" / "corpora"))
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
MARK = "X-CORPUS-MARK"
STAMPS = {"DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "REV"}

pytestmark = pytest.mark.skipif(not CORPORA.is_dir(), reason=f"the corpora are not there: {CORPORA}")


def files(kind: str) -> list[Path]:
    return sorted((CORPORA / kind).glob(f"*.{kind}"))


def walk(items: list[ContentLine | Component]) -> Iterator[ContentLine]:
    for item in items:
        if isinstance(item, Component):
            yield item.begin
            yield from walk(item.items)
            yield item.end
        else:
            yield item


def raws(text: str, without: set[str]) -> list[str]:
    """Every line as written, but for those of these names."""
    return [line.raw for line in walk(parse(text).items) if line.name not in without]


def deepest(document: Document) -> Component:
    component = document.components()[0]
    while component.components():
        component = component.components()[-1]
    return component


@pytest.mark.parametrize("kind", ["ics", "vcf"])
def test_every_file_comes_back_byte_for_byte_or_is_refused(kind: str) -> None:
    fate: Counter[str] = Counter()
    for path in files(kind):
        data = path.read_bytes()
        try:
            assert write_bytes(str(parse(read_bytes(data)))) == data, path.name
            fate["kept"] += 1
        except UnreadableText:
            fate["refused"] += 1
    assert fate["kept"] >= (200 if kind == "ics" else 15), fate
    assert fate["refused"] <= fate["kept"] // 20, fate


@pytest.mark.parametrize("kind", ["ics", "vcf"])
def test_one_property_of_every_file_is_changed_and_every_other_line_stays(kind: str) -> None:
    fate: Counter[str] = Counter()
    for path in files(kind):
        text = read_bytes(path.read_bytes())
        try:
            document = parse(text)
        except UnreadableText as refusal:
            if refusal.line is None:
                pytest.fail(f"{path.name} is refused without a line: {refusal}")
            fate["refused"] += 1
            continue
        if not document.components():
            fate["empty"] += 1
            continue
        component = deepest(document)
        victim = next((line for line in component.lines() if line.name and line.value), None)
        if victim is None:
            component.add(ContentLine.make(MARK, "1", ending=document.ending))
            expected = raws(text, set())
        else:
            expected = [line.raw for line in walk(parse(text).items) if line.number != victim.number]
            component.replace(victim, ContentLine.make(MARK, "1", ending=document.ending))
        assert raws(str(document), {MARK}) == expected, path.name
        fate["patched"] += 1
    assert fate["patched"] >= 0.85 * fate.total(), fate
    assert fate["patched"] >= (200 if kind == "ics" else 15), fate


def test_the_title_of_every_single_event_is_changed_and_every_other_line_stays() -> None:
    fate: Counter[str] = Counter()
    for path in files("ics"):
        text = read_bytes(path.read_bytes())
        try:
            standing = icalendar.read(text)
            if standing.master is None:
                fate["no event"] += 1
                continue
            after = icalendar.write_event(text, replace(standing.master, summary="Café, changé"), now=NOW)
        except UnreadableText as refusal:
            fate[f"refused: {str(refusal).partition(': ')[2] or refusal}"] += 1
            continue
        expected, found = Counter(raws(text, {"SUMMARY", *STAMPS})), Counter(raws(after, {"SUMMARY", *STAMPS}))
        assert found == expected, path.name
        changed = icalendar.read(after).master
        assert changed is not None
        assert changed.summary == "Café, changé", path.name
        assert icalendar.write_event(after, changed, now=NOW.replace(year=2027)) == after, path.name
        fate["patched"] += 1
    # Most other files are no resource of CalDAV: a part alone, no VEVENT, several UIDs, or broken on purpose.
    assert fate["patched"] >= 80, fate


def test_an_event_that_stands_alone_in_its_file_is_patched_inside_a_calendar() -> None:
    """The corpus keeps many events without a VCALENDAR around them."""
    fate: Counter[str] = Counter()
    for path in files("ics"):
        text = read_bytes(path.read_bytes())
        if not text.lstrip("\ufeff").upper().startswith("BEGIN:VEVENT"):
            continue
        ending = "\r\n" if "\r\n" in text else "\n"
        whole = f"BEGIN:VCALENDAR{ending}VERSION:2.0{ending}{text.rstrip()}{ending}END:VCALENDAR{ending}"
        try:
            master = icalendar.read(whole).master
            assert master is not None
            after = icalendar.write_event(whole, replace(master, location="Maurepas"), now=NOW)
        except UnreadableText:
            fate["refused"] += 1
            continue
        assert Counter(raws(after, {"LOCATION", *STAMPS})) == Counter(raws(whole, {"LOCATION", *STAMPS})), path.name
        fate["patched"] += 1
    assert fate["patched"] >= 15, fate


def test_the_name_of_every_card_is_changed_and_every_other_line_stays() -> None:
    fate: Counter[str] = Counter()
    for path in files("vcf"):
        text = read_bytes(path.read_bytes())
        try:
            after = vcard.write_card(text, replace(vcard.read(text), full_name="Léa, changée"), now=NOW)
        except UnreadableText:
            fate["refused"] += 1
            continue
        assert Counter(raws(after, {"FN", "REV"})) == Counter(raws(text, {"FN", "REV"})), path.name
        assert vcard.read(after).full_name == "Léa, changée", path.name
        fate["patched"] += 1
    assert fate["patched"] >= 0.85 * fate.total(), fate


@pytest.mark.parametrize("kind", ["ics", "vcf"])
def test_every_file_means_what_it_means(kind: str) -> None:
    """Reading and comparing never fail with anything but a clear refusal."""
    same = icalendar.semantically_equal if kind == "ics" else vcard.semantically_equal
    compared = 0
    for path in files(kind):
        text = read_bytes(path.read_bytes())
        try:
            assert same(text, text.replace("\r\n", "\n")), path.name
            compared += 1
        except UnreadableText:
            continue
    assert compared >= 15


def test_the_dates_of_every_series_are_found_or_refused() -> None:
    found = 0
    for path in files("ics"):
        text = read_bytes(path.read_bytes())
        try:
            master = icalendar.read(text).master
            if master is None or not master.rrule:
                continue
            begin = datetime(2000, 1, 1, tzinfo=UTC)
            found += bool(icalendar.occurrences(text, begin, begin.replace(year=2004)))
            found += bool(icalendar.occurrences(text, begin.replace(year=2010), begin.replace(year=2026)))
        except UnreadableText:
            continue
    assert found >= 10
