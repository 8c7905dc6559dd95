"""What one collection sends, and what it makes of answers that differ between servers."""

from __future__ import annotations

import re

import pytest

from calendars.dav.servers import NEXTCLOUD, ServerTraits
from calendars.errors import (
    BadAnswer,
    DavError,
    Forbidden,
    InsufficientStorage,
    NotThere,
    PreconditionFailed,
    Rejected,
    ServerTrouble,
    TokenRefused,
    TooLarge,
    UidConflict,
)
from tests.unit.dav.standin import HREF, Asked, data, etag, gone, multistatus, raw, row, standing_in

A, B = HREF + "a.ics", HREF + "b.ics"


def error_body(name: str, namespace: str = "DAV:", message: str = "") -> bytes:
    said = f'<s:message xmlns:s="http://sabredav.org/ns">{message}</s:message>' if message else ""
    return f'<d:error xmlns:d="DAV:"><x:{name} xmlns:x="{namespace}"/>{said}</d:error>'.encode()


CALDAV = "urn:ietf:params:xml:ns:caldav"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, b"", Rejected),
        (400, error_body("x", message="Calendar object with uid already exists in this calendar"), UidConflict),
        (403, b"", Forbidden),
        (403, error_body("valid-calendar-data", CALDAV), Rejected),
        (404, b"", NotThere),
        (409, error_body("no-uid-conflict", CALDAV), UidConflict),
        (409, b"", Rejected),
        (410, b"", NotThere),
        (412, b"", PreconditionFailed),
        (412, error_body("no-uid-conflict", CALDAV), UidConflict),
        (403, error_body("max-resource-size", CALDAV), TooLarge),
        (413, b"", TooLarge),
        (415, b"", Rejected),
        (423, b"", ServerTrouble),
        (500, b"<html>database is locked</html>", ServerTrouble),
        (507, b"", InsufficientStorage),
    ],
)
def test_a_refused_write_says_why(status: int, body: bytes, expected: type[DavError]) -> None:
    with standing_in(lambda _: raw(status, body)) as there, pytest.raises(DavError) as caught:
        there.collection().create(A, "text")
    assert type(caught.value) is expected
    assert caught.value.status == status
    assert caught.value.href == A


@pytest.mark.parametrize("status", [403, 409])
def test_a_refused_token_is_known_by_its_precondition(status: int) -> None:
    body = error_body("valid-sync-token")
    with standing_in(lambda _: raw(status, body)) as there, pytest.raises(TokenRefused):
        there.collection().changes("t1")


@pytest.mark.parametrize("status", [400, 405, 412, 415, 418, 501, 507])
def test_whatever_a_server_answers_in_its_place_refuses_the_token(status: int) -> None:
    with standing_in(lambda _: raw(status)) as there, pytest.raises(TokenRefused):
        there.collection().changes("t1")


def test_not_being_allowed_to_read_is_no_refused_token() -> None:
    with standing_in(lambda _: raw(403)) as there, pytest.raises(Forbidden):
        there.collection().changes("t1")


def test_a_list_of_changes_that_was_cut_short_is_not_believed() -> None:
    cut = multistatus(row(A, etag("&quot;1&quot;")), gone(HREF, "HTTP/1.1 507 Insufficient Storage"), token="t9")
    with standing_in(lambda _: raw(207, cut)) as there, pytest.raises(TokenRefused):
        there.collection().changes("t1")


def test_changes_without_a_token_are_not_believed() -> None:
    answer = raw(207, multistatus(row(A, etag("&quot;1&quot;"))))
    with standing_in(lambda _: answer) as there, pytest.raises(TokenRefused):
        there.collection().changes("t1")


def test_changes_ask_for_etags_only_and_never_for_a_limit() -> None:
    answer = multistatus(row(A, etag("&quot;1&quot;")), gone(B), gone("/other/c.ics"), token="t2")
    with standing_in(lambda _: raw(207, answer)) as there:
        found = there.collection().changes("t1")
    assert (dict(found.changed), found.deleted, found.token) == ({A: '"1"'}, {B}, "t2")
    (asked,) = there.asked
    assert asked.method == "REPORT"
    assert b"limit" not in asked.body
    assert b"calendar-data" not in asked.body
    assert b"<d:sync-token>t1</d:sync-token>" in asked.body


def test_a_server_whose_tokens_are_not_trusted_is_not_asked() -> None:
    with standing_in(lambda _: raw(500)) as there:
        with pytest.raises(TokenRefused):
            there.collection(ServerTraits(tokens=False)).changes("t1")
        assert not there.asked


def test_the_token_of_a_listing_is_asked_for_before_it() -> None:
    def answer(asked: Asked) -> bytes:
        if b"sync-token" in asked.body:
            return raw(207, multistatus(row(HREF, "<d:sync-token>t5</d:sync-token>")))
        return raw(207, multistatus(row(HREF), row(A, etag("&quot;1&quot;"))))

    with standing_in(answer) as there:
        found = there.collection().listing()
    assert (dict(found.changed), found.token, found.complete) == ({A: '"1"'}, "t5", True)
    assert [(a.headers["depth"], b"sync-token" in a.body) for a in there.asked] == [("0", True), ("1", False)]


def test_a_server_without_tokens_lists_all_the_same() -> None:
    no_token = row(HREF, "<d:sync-token/>", "HTTP/1.1 404 Not Found")
    with standing_in(lambda _: raw(207, multistatus(no_token, row(A, etag("&quot;1&quot;"))))) as there:
        found = there.collection().listing()
    assert (dict(found.changed), found.token) == ({A: '"1"'}, None)


def test_folders_and_other_things_in_a_calendar_are_no_events() -> None:
    folder = "<d:resourcetype><d:collection/></d:resourcetype>"
    rows = [
        row(HREF),
        row(HREF + "sub/", folder + etag("&quot;1&quot;")),
        row(HREF + "photo.jpg", "<d:getcontenttype>image/jpeg</d:getcontenttype>" + etag("&quot;2&quot;")),
        row("/elsewhere/c.ics", etag("&quot;3&quot;")),
        row(A, "<d:getcontenttype>text/calendar; component=vevent</d:getcontenttype>" + etag("&quot;4&quot;")),
    ]
    with standing_in(lambda _: raw(207, multistatus(*rows))) as there:
        assert dict(there.collection().listing().changed) == {A: '"4"'}


def test_hrefs_in_another_spelling_are_the_same_resource() -> None:
    answer = multistatus(row(there_url := "http://cal.example/rota/a%40b%c3%a9.ics", etag("&quot;1&quot;") + data("x")))
    assert there_url
    with standing_in(lambda _: raw(207, answer)) as there:
        (found,) = there.collection().fetch([HREF + "a@bé.ics"])
    assert found.href == HREF + "a%40b%C3%A9.ics"


@pytest.mark.parametrize("concurrency", [1, 3])
def test_batches_come_in_order_however_many_run_at_once(concurrency: int) -> None:
    def answer(asked: Asked) -> bytes:
        hrefs = re.findall(rb"<d:href>([^<]+)</d:href>", asked.body)
        return raw(207, multistatus(*(row(h.decode(), etag("&quot;1&quot;") + data("x")) for h in hrefs)))

    hrefs = [f"{HREF}{n}.ics" for n in range(50)]
    with standing_in(answer) as there:
        traits = ServerTraits(multiget=7, concurrency=concurrency)
        assert [r.href for r in there.collection(traits).fetch(hrefs)] == hrefs
        assert len(there.asked) == 8


def test_what_was_not_asked_for_or_has_no_text_is_left_out() -> None:
    rows = [
        row("/rota/evil.ics", etag("&quot;9&quot;") + data("BEGIN:EVIL")),
        row(A, etag("&quot;1&quot;") + data("BEGIN:VCALENDAR")),
        row(A, etag("&quot;2&quot;") + data("again")),
        row(B, "<c:calendar-data/>", "HTTP/1.1 403 Forbidden"),
    ]
    with standing_in(lambda _: raw(207, multistatus(*rows))) as there:
        assert [(r.href, r.etag, r.text) for r in there.collection().fetch([A, B])] == [(A, '"1"', "BEGIN:VCALENDAR")]


def test_one_text_that_xml_cannot_hold_does_not_hide_the_others() -> None:
    def answer(asked: Asked) -> bytes:
        if asked.method == "GET":
            return raw(200, b"SUMMARY:bad \x0c char", "text/calendar", ETag='"2"')
        rows = [row(A, etag("&quot;1&quot;") + data("good"))] if A.encode() in asked.body else []
        rows += [row(B, etag("&quot;2&quot;") + data("bad \x0c char"))] if B.encode() in asked.body else []
        return raw(207, multistatus(*rows))

    with standing_in(answer) as there:
        found = {r.href: (r.etag, r.text) for r in there.collection().fetch([A, B])}
    assert found == {A: ('"1"', "good"), B: ('"2"', "SUMMARY:bad \x0c char")}


def test_a_text_without_etag_in_the_report_is_read_by_itself() -> None:
    def answer(asked: Asked) -> bytes:
        if asked.method == "GET":
            return raw(200, b"alone", "text/calendar", ETag='W/"7"')
        return raw(207, multistatus(row(A, data("together"))))

    with standing_in(answer) as there:
        assert [(r.etag, r.text) for r in there.collection().fetch([A])] == [('"7"', "alone")]


def test_line_endings_come_as_the_server_wrote_them() -> None:
    answer = multistatus(row(A, etag("&quot;1&quot;") + data("BEGIN:X&#13;\n END&lt;&amp;&#13;\n")))
    with standing_in(lambda _: raw(207, answer)) as there:
        assert [r.text for r in there.collection().fetch([A])] == ["BEGIN:X\r\n END<&\r\n"]


def test_what_vanishes_between_report_and_reading_is_left_out() -> None:
    def answer(asked: Asked) -> bytes:
        return raw(404) if asked.method == "GET" else raw(207, multistatus(row(A, data("together"))))

    with standing_in(answer) as there:
        assert list(there.collection().fetch([A])) == []


def test_an_update_compares_with_the_etag_it_is_given_even_after_a_newer_one_was_seen() -> None:
    def answer(asked: Asked) -> bytes:
        if asked.method == "PUT":
            return raw(412) if asked.headers["if-match"] != '"new"' else raw(204)
        return raw(207, multistatus(row(A, etag("&quot;new&quot;") + data("stale body"))))

    with standing_in(answer) as there:
        collection = there.collection()
        assert next(iter(collection.fetch([A]))).etag == '"new"'
        with pytest.raises(PreconditionFailed):
            collection.update(A, "text", '"base"')
    assert there.asked[-1].headers["if-match"] == '"base"'


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"ETag": '"1"'}, '"1"'),
        ({"ETag": 'W/"1"'}, None),
        ({"OC_ETag": '"3"'}, '"3"'),
        ({"ETag": 'W/"1"', "OC_ETag": '"3"'}, '"3"'),
        ({}, None),
    ],
)
def test_only_a_strong_etag_is_taken_from_a_write(headers: dict[str, str], expected: str | None) -> None:
    with standing_in(lambda _: raw(204, **headers)) as there:
        assert there.collection().update(A, "text", '"0"') == expected


def test_a_write_says_what_it_is_and_on_what_it_rests() -> None:
    with standing_in(lambda _: raw(201)) as there:
        there.collection().create(A, "é")
        there.collection().delete(A, '"1"')
    put, delete = there.asked
    assert (put.headers["content-type"], put.headers["if-none-match"]) == ("text/calendar; charset=utf-8", "*")
    assert put.body == "é".encode()
    assert put.headers["user-agent"].startswith("hors-les-murs/")
    assert "schedule-reply" not in put.headers
    assert delete.headers["if-match"] == '"1"'


def test_a_quiet_write_asks_the_server_to_tell_nobody() -> None:
    with standing_in(lambda _: raw(204)) as there:
        there.collection().update(A, "text", '"1"', notify=False)
        there.collection(NEXTCLOUD).delete(A, '"1"', notify=False)
    put, delete = there.asked
    assert put.headers["schedule-reply"] == "F"
    assert (delete.headers["schedule-reply"], delete.headers["x-nc-scheduling"]) == ("F", "false")


def test_a_calendar_read_whole_is_read_row_by_row() -> None:
    rows = (row(f"{HREF}{n}.ics", etag(f"&quot;{n}&quot;") + data(f"text {n}")) for n in range(3))
    with standing_in(lambda _: raw(207, multistatus(*rows))) as there:
        found = [(r.href, r.etag, r.text) for r in there.collection().read_all()]
    assert found == [(f"{HREF}{n}.ics", f'"{n}"', f"text {n}") for n in range(3)]
    assert (there.asked[0].method, there.asked[0].headers["depth"]) == ("REPORT", "1")


@pytest.mark.parametrize(
    "answer",
    [
        multistatus(row(A, etag("&quot;1&quot;") + data("x")), gone(HREF, "HTTP/1.1 507 Insufficient Storage")),
        multistatus(row(A, etag("&quot;1&quot;"))),
        multistatus(row(A, etag("&quot;1&quot;") + data("x")))[:-20],
        multistatus(row(A, etag("&quot;1&quot;") + data("\x00"))),
        b'<!DOCTYPE d [<!ENTITY e "x">]>' + multistatus(row(A, etag("&quot;1&quot;") + data("x"))).partition(b"?>")[2],
    ],
    ids=["cut short", "without text", "broken off", "no xml", "document type"],
)
def test_a_whole_that_is_none_is_refused(answer: bytes) -> None:
    with standing_in(lambda _: raw(207, answer)) as there, pytest.raises(BadAnswer):
        list(there.collection().read_all())


def test_a_server_that_knows_no_list_of_changes_says_that_only_a_listing_can_tell() -> None:
    unknown = b'<d:error xmlns:d="DAV:"><d:supported-report/></d:error>'
    with standing_in(lambda _: raw(403, unknown)) as there, pytest.raises(TokenRefused):
        there.collection().changes("t1")


def test_changes_that_this_account_may_not_read_are_no_refused_token() -> None:
    with standing_in(lambda _: raw(403)) as there, pytest.raises(Forbidden):
        there.collection().changes("t1")


def test_one_that_vanished_does_not_hide_the_others_where_the_whole_report_is_then_refused() -> None:
    """sabre/dav 1.8."""
    other = HREF + "other.ics"

    def answer(asked: Asked) -> bytes:
        if asked.method == "PROPFIND":
            return raw(207, multistatus(row(HREF), *(row(h, etag("&quot;1&quot;")) for h in (A, other))))
        if B.encode() in asked.body:
            return raw(404)
        return raw(207, multistatus(*(row(h, etag("&quot;1&quot;") + data("x")) for h in (A, other))))

    with standing_in(answer) as there:
        assert [r.href for r in there.collection().fetch([A, B, other])] == [A, other]
        assert [a.method for a in there.asked] == ["REPORT", "PROPFIND", "REPORT"]


def test_one_that_is_listed_and_cannot_be_read_does_not_hide_the_others() -> None:
    def answer(asked: Asked) -> bytes:
        if asked.method == "PROPFIND":
            return raw(207, multistatus(row(HREF), *(row(h, etag("&quot;1&quot;")) for h in (A, B))))
        if asked.method == "GET" or B.encode() in asked.body:
            return raw(404)
        return raw(207, multistatus(row(A, etag("&quot;1&quot;") + data("x"))))

    with standing_in(answer) as there:
        assert [r.href for r in there.collection().fetch([A, B])] == [A]


@pytest.mark.parametrize("hrefs", [[A], [A, B]])
def test_reading_from_a_calendar_that_is_gone_says_so(hrefs: list[str]) -> None:
    with standing_in(lambda _: raw(404)) as there, pytest.raises(NotThere):
        list(there.collection().fetch(hrefs))
