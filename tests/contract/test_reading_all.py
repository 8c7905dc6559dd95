"""A calendar that was never read is read in one request, the same as by listing and fetching."""

from __future__ import annotations

import pytest

from calendars.errors import DavError
from tests.contract.sides import ADDRESSBOOK, CALENDAR, Side, event


def test_all_of_a_calendar_in_one_request_is_what_listing_and_fetching_show(side: Side) -> None:
    calendar = side.new()
    for number in range(5):
        calendar.create(f"{calendar.href}e{number}.ics", event(f"uid-{number}", f"Sortie & thé {number}"))
    counted = side.home.requests
    found = {resource.href: resource for resource in calendar.read_all()}
    assert side.home.requests - counted == 1
    listed = calendar.listing().changed
    assert {href: resource.etag for href, resource in found.items()} == listed
    assert {resource.href: resource for resource in calendar.fetch(list(listed))} == found


def test_an_empty_calendar_holds_nothing(side: Side) -> None:
    assert list(side.new().read_all()) == []


def test_an_address_book_is_not_read_whole(side: Side) -> None:
    book = side.home.create_collection(ADDRESSBOOK, "carnet", "Carnet")
    with pytest.raises(DavError):
        list(side.home.collection(book.href, ADDRESSBOOK).read_all())


def test_a_calendar_that_is_not_there_is_told(side: Side) -> None:
    gone = side.new().href.rstrip("/") + "-gone/"
    with pytest.raises(DavError):
        list(side.home.collection(gone, CALENDAR).read_all())
