"""Writes are conditional: nobody's work is written over."""

from __future__ import annotations

import pytest

from calendars.errors import DavError, NotThere, PreconditionFailed, Rejected, UidConflict
from calendars.hrefs import member_href
from tests.contract.sides import Side, event

STRANGE = ("a b.ics", "été.ics", "a@b.ics", "50%.ics", "plus+et&.ics", "x~(1)!.ics", "point..ics")


def test_a_created_event_reads_back(side: Side) -> None:
    calendar = side.new()
    href = calendar.href + "facteur.ics"
    etag = calendar.create(href, event("facteur", "Café du facteur\\, été"))
    (read,) = calendar.fetch([href])
    assert "SUMMARY:Café du facteur\\, été" in read.text
    assert etag in (None, read.etag)
    assert read.etag.startswith('"')


def test_creating_twice_is_refused_and_changes_nothing(side: Side) -> None:
    calendar = side.new()
    href = calendar.href + "once.ics"
    calendar.create(href, event("once", "First"))
    with pytest.raises(PreconditionFailed):
        calendar.create(href, event("once", "Second"))
    assert "First" in next(iter(calendar.fetch([href]))).text


def test_an_update_from_a_stale_etag_is_refused_and_changes_nothing(side: Side) -> None:
    calendar = side.new()
    href = calendar.href + "stale.ics"
    calendar.create(href, event("stale", "One"))
    first = calendar.listing().changed[href]
    calendar.update(href, event("stale", "Two"), first)
    with pytest.raises(PreconditionFailed):
        calendar.update(href, event("stale", "Three"), first)
    assert "Two" in next(iter(calendar.fetch([href]))).text


def test_an_update_of_what_is_gone_is_refused(side: Side) -> None:
    calendar = side.new()
    href = calendar.href + "gone.ics"
    calendar.create(href, event("gone"))
    etag = calendar.listing().changed[href]
    calendar.delete(href, etag)
    with pytest.raises(PreconditionFailed):
        calendar.update(href, event("gone"), etag)
    assert not calendar.listing().changed


def test_a_deletion_from_a_stale_etag_is_refused(side: Side) -> None:
    calendar = side.new()
    href = calendar.href + "kept.ics"
    calendar.create(href, event("kept", "One"))
    first = calendar.listing().changed[href]
    calendar.update(href, event("kept", "Two"), first)
    with pytest.raises(PreconditionFailed):
        calendar.delete(href, first)
    assert set(calendar.listing().changed) == {href}


def test_deleting_what_is_gone_says_so(side: Side) -> None:
    calendar = side.new()
    href = calendar.href + "twice.ics"
    calendar.create(href, event("twice"))
    etag = calendar.listing().changed[href]
    calendar.delete(href, etag)
    with pytest.raises((NotThere, PreconditionFailed)):
        calendar.delete(href, etag)


def test_what_is_brought_over_from_another_collection_stands_there_alone_and_writes_over_nothing(side: Side) -> None:
    calendar, other = side.new(), side.new(name="quartier")
    calendar.create(calendar.href + "facteur.ics", event("facteur", "Café du facteur"))
    text = next(iter(calendar.fetch([calendar.href + "facteur.ics"]))).text
    other.bring(calendar.href + "facteur.ics")
    assert not calendar.listing().changed
    assert [read.text for read in other.fetch([other.href + "facteur.ics"])] == [text]
    with pytest.raises((NotThere, PreconditionFailed)):
        other.bring(calendar.href + "facteur.ics")
    assert list(other.listing().changed) == [other.href + "facteur.ics"]


def test_no_etag_is_no_licence_to_write(side: Side) -> None:
    calendar = side.new()
    href = calendar.href + "careful.ics"
    calendar.create(href, event("careful", "Kept"))
    with pytest.raises(PreconditionFailed):
        calendar.update(href, event("careful", "Lost"), "")
    with pytest.raises(PreconditionFailed):
        calendar.delete(href, "")
    assert "Kept" in next(iter(calendar.fetch([href]))).text


def test_a_uid_that_is_taken_is_refused_as_such_or_stands_twice(side: Side) -> None:
    """Old servers take it (docs/servers.md); no server may lose one for the other, or refuse in other words."""
    calendar = side.new()
    one, two = calendar.href + "one.ics", calendar.href + "two.ics"
    calendar.create(one, event("same-uid"))
    try:
        calendar.create(two, event("same-uid"))
    except UidConflict:
        assert set(calendar.listing().changed) == {one}
    else:
        assert set(calendar.listing().changed) == {one, two}


@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_name_is_the_same_everywhere(side: Side, name: str) -> None:
    calendar = side.new()
    href = member_href(calendar.href, name)
    before = calendar.listing().token
    try:
        calendar.create(href, event("strange-" + name.replace(" ", "-")))
    except Rejected:
        assert "(" in name  # DAViCal takes none of ( [ ^ and backslash
        assert not calendar.listing().changed
        return
    etags = calendar.listing().changed
    assert set(etags) == {href}
    if before is not None:
        assert set(calendar.changes(before).changed) == {href}
    assert [r.href for r in calendar.fetch([href])] == [href]
    calendar.delete(href, etags[href])
    assert not calendar.listing().changed


def test_an_encoded_slash_is_kept_or_refused_and_never_another_folder(side: Side) -> None:
    calendar = side.new()
    href = calendar.href + "a%2Fb.ics"
    try:
        calendar.create(href, event("slash"))
    except DavError:
        assert not calendar.listing().changed
    else:
        assert set(calendar.listing().changed) == {href}


def test_writing_without_notice_writes_all_the_same(side: Side) -> None:
    calendar = side.new()
    href = calendar.href + "quiet.ics"
    calendar.create(href, event("quiet", "One"), notify=False)
    calendar.update(href, event("quiet", "Two"), calendar.listing().changed[href], notify=False)
    assert "Two" in next(iter(calendar.fetch([href]))).text
    calendar.delete(href, calendar.listing().changed[href], notify=False)
    assert not calendar.listing().changed


def test_only_members_are_written(side: Side) -> None:
    calendar = side.new()
    with pytest.raises(ValueError, match="does not stand in"):
        calendar.create(calendar.href.replace("sorties", "others") + "x.ics", event("elsewhere"))
