"""Listing, changes since a token, and reading many texts at once."""

from __future__ import annotations

import pytest

from calendars.errors import TokenRefused
from tests.contract.sides import Side, event, sides

WITH_TOKENS = ["memory", "radicale", "xandikos"]
WITHOUT_TOKENS = ["sabre", "davical"]


def test_a_listing_holds_everything_and_the_token_to_go_on_from(side: Side) -> None:
    calendar = side.new()
    assert calendar.listing().changed == {}
    for name in ("a", "b"):
        calendar.create(f"{calendar.href}{name}.ics", event(f"listed-{name}"))
    found = calendar.listing()
    assert found.complete
    assert set(found.changed) == {calendar.href + "a.ics", calendar.href + "b.ics"}


@pytest.mark.parametrize("side", sides(WITH_TOKENS), indirect=True)
def test_nothing_changed_since_the_token_of_a_listing(side: Side) -> None:
    calendar = side.new()
    calendar.create(calendar.href + "a.ics", event("listed"))
    token = calendar.listing().token
    assert token is not None
    since = calendar.changes(token)
    assert (dict(since.changed), since.deleted, since.complete) == ({}, frozenset(), False)


@pytest.mark.parametrize("side", sides(WITHOUT_TOKENS), indirect=True)
def test_where_no_token_is_to_be_trusted_only_a_listing_can_tell(side: Side) -> None:
    calendar = side.new()
    calendar.create(calendar.href + "a.ics", event("listed"))
    assert calendar.listing().token is None
    state = next(s for s in side.home.look({calendar.kind}) if s.href == calendar.href)
    assert state.mark
    with pytest.raises(TokenRefused):
        calendar.changes(state.mark)


@pytest.mark.parametrize("side", sides(WITH_TOKENS), indirect=True)
def test_changes_since_a_token_are_what_was_made_changed_and_deleted(side: Side) -> None:
    calendar = side.new()
    kept, moved, gone, new = (f"{calendar.href}{name}.ics" for name in ("kept", "moved", "gone", "new"))
    for href in (kept, moved, gone):
        calendar.create(href, event("uid-" + href.rpartition("/")[2]))
    before = calendar.listing()
    assert before.token is not None
    calendar.update(moved, event("uid-moved.ics", "Moved to the market"), before.changed[moved])
    calendar.delete(gone, before.changed[gone])
    calendar.create(new, event("uid-new.ics"))
    found = calendar.changes(before.token)
    after = calendar.listing().changed
    assert dict(found.changed) == {moved: after[moved], new: after[new]}
    assert found.deleted == {gone}
    assert after[kept] == before.changed[kept]
    assert after[moved] != before.changed[moved]
    assert found.token is not None
    assert found.token != before.token
    assert not calendar.changes(found.token).changed


@pytest.mark.parametrize("side", sides(WITH_TOKENS), indirect=True)
def test_what_came_and_went_since_a_token_is_at_most_a_deletion(side: Side) -> None:
    calendar = side.new()
    before = calendar.listing().token
    assert before is not None
    href = calendar.href + "short.ics"
    calendar.create(href, event("short-lived"))
    calendar.delete(href, calendar.listing().changed[href])
    found = calendar.changes(before)
    assert not found.changed
    assert found.deleted <= {href}


def test_a_token_of_nobody_is_refused(side: Side) -> None:
    calendar = side.new()
    for token in ("http://radicale.org/ns/sync/" + "0" * 64, "memory:999:1", "0" * 40):
        with pytest.raises(TokenRefused):
            calendar.changes(token)


def test_texts_come_in_batches_and_vanished_ones_are_left_out(side: Side) -> None:
    calendar = side.new()
    there = [f"{calendar.href}e{n}.ics" for n in range(105)]
    for n, href in enumerate(there):
        calendar.create(href, event(f"many-{n}", f"Outing {n}"))
    vanished = [f"{calendar.href}v{n}.ics" for n in range(105)]
    counted = side.home.requests
    whole = {resource.href: resource for resource in calendar.fetch(there)}
    assert side.home.requests - counted == 2
    asked = [href for pair in zip(there, vanished, strict=True) for href in pair]
    found = {resource.href: resource for resource in calendar.fetch(asked)}
    # Three reports; where a report is refused for what vanished, a listing and another report each.
    assert side.home.requests - counted in (2 + 3, 2 + 9)
    assert set(found) == set(there)
    assert found == whole
    etags = calendar.listing().changed
    assert all(found[href].etag == etags[href] for href in there)
    assert all(f"SUMMARY:Outing {n}" in found[href].text for n, href in enumerate(there))


def test_nothing_is_asked_when_nothing_is_wanted(side: Side) -> None:
    calendar = side.new()
    counted = side.home.requests
    assert list(calendar.fetch([])) == []
    assert side.home.requests == counted
