"""One look says what there is and what changed."""

from __future__ import annotations

import pytest

from calendars.dav.failures import MayNotCreate
from calendars.errors import NotThere, PreconditionFailed, Unauthorised
from tests.contract.sides import ADDRESSBOOK, CALENDAR, Side, card, event


def test_a_new_calendar_is_seen_with_its_name_and_may_be_written(side: Side) -> None:
    before = side.home.look({CALENDAR})
    made = side.home.create_collection(CALENDAR, "villejean", "Sorties à Villejean")
    (seen,) = (s for s in side.home.look({CALENDAR}) if s not in before)
    assert seen == made
    assert (seen.kind, seen.display_name, seen.writable) == (CALENDAR, "Sorties à Villejean", True)
    assert seen.href.endswith("/villejean/")
    assert seen.mark


def test_a_new_address_book_is_seen_among_address_books_only(side: Side) -> None:
    calendars, books = ({s.href for s in side.home.look({kind})} for kind in (CALENDAR, ADDRESSBOOK))
    made = side.home.create_collection(ADDRESSBOOK, "carnet", "Carnet d'adresses")
    assert {s.href for s in side.home.look({ADDRESSBOOK})} - books == {made.href}
    assert {s.href for s in side.home.look({CALENDAR})} == calendars


def test_looking_at_one_kind_is_one_request_however_many_calendars(side: Side) -> None:
    given = len(side.home.look({CALENDAR}))
    for name in ("un", "deux", "trois"):
        side.home.create_collection(CALENDAR, name, name)
    counted, seen = side.home.requests, len(side.seen())
    assert len(side.home.look({CALENDAR})) == given + 3
    assert side.home.requests - counted == 1
    assert side.seen()[seen:] == [("PROPFIND", 207)]


def test_looking_at_both_kinds_is_at_most_one_request_per_home(side: Side) -> None:
    side.home.create_collection(CALENDAR, "agenda", "Agenda")
    side.home.create_collection(ADDRESSBOOK, "carnet", "Carnet")
    counted = side.home.requests
    assert {s.kind for s in side.home.look({CALENDAR, ADDRESSBOOK})} == {CALENDAR, ADDRESSBOOK}
    assert side.home.requests - counted <= 2


def test_the_mark_stays_while_nothing_changes_and_moves_with_every_change(side: Side) -> None:
    calendar = side.new()

    def mark() -> str | None:
        return next(s.mark for s in side.home.look({CALENDAR}) if s.href == calendar.href)

    empty = mark()
    assert mark() == empty
    calendar.create(calendar.href + "a.ics", event("mark-a"))
    created = mark()
    assert created != empty
    etag = calendar.listing().changed[calendar.href + "a.ics"]
    calendar.update(calendar.href + "a.ics", event("mark-a", "Moved"), etag)
    updated = mark()
    assert updated not in (empty, created)
    calendar.delete(calendar.href + "a.ics", calendar.listing().changed[calendar.href + "a.ics"])
    assert mark() != updated


def test_a_collection_is_created_once(side: Side) -> None:
    for kind in (CALENDAR, ADDRESSBOOK):
        side.home.create_collection(kind, f"deux-fois-{kind}", "Deux fois")
        with pytest.raises(PreconditionFailed):
            side.home.create_collection(kind, f"deux-fois-{kind}", "Deux fois")


def test_a_collection_with_a_strange_name_keeps_one_href(side: Side) -> None:
    given = {s.href for s in side.home.look({CALENDAR})}
    try:
        made = side.home.create_collection(CALENDAR, "la guitoune é@rennes", "La Guitoune")
    except MayNotCreate:
        assert side.name == "cyrus"  # "Percent encoded HTTP URLs are in theory valid, but in practice not supported"
        assert {s.href for s in side.home.look({CALENDAR})} == given
        return
    assert {s.href for s in side.home.look({CALENDAR})} - given == {made.href}
    calendar = side.home.collection(made.href, CALENDAR)
    calendar.create(calendar.href + "x.ics", event("strange-collection"))
    assert set(calendar.listing().changed) == {made.href + "x.ics"}


def test_a_wrong_password_is_said_at_once(side: Side) -> None:
    calendar = side.new()
    stranger = side.with_password("wrong")
    with pytest.raises(Unauthorised):
        stranger.look({CALENDAR})
    with pytest.raises(Unauthorised):
        stranger.collection(calendar.href, CALENDAR).listing()
    with pytest.raises(Unauthorised):
        stranger.collection(calendar.href, CALENDAR).create(calendar.href + "x.ics", event("stranger"))


def test_a_calendar_that_is_not_there_is_not_there(side: Side) -> None:
    calendar = side.new()
    nowhere = side.home.collection(calendar.href.replace("sorties", "nowhere"), CALENDAR)
    with pytest.raises(NotThere):
        nowhere.listing()


def test_cards_go_both_ways(side: Side) -> None:
    book = side.new(ADDRESSBOOK, "carnet")
    href = book.href + "marie.vcf"
    book.create(href, card("marie-ange"))
    (read,) = book.fetch([href])
    assert "FN:Marie-Ange Le Goff" in read.text
    book.update(href, card("marie-ange", "Marie-Ange Ollivier"), read.etag)
    (again,) = book.fetch([href])
    assert "FN:Marie-Ange Ollivier" in again.text
    assert again.etag != read.etag
    assert book.listing().changed == {href: again.etag}
