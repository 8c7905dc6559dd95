"""Answers no sound server gives: each ends in an error that says what happened, within bounds."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from calendars.dav.failures import AccountDisabled, NotDav, SentElsewhere, TimedOut
from calendars.errors import BadAnswer, ServerTrouble, TooLarge, Unauthorised, Unreachable
from calendars.sync.ports import CollectionKind
from tests.unit.dav.standin import HREF, Asked, etag, multistatus, raw, row, standing_in

BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b']><d:multistatus xmlns:d="DAV:"><d:response><d:href>&j;</d:href></d:response></d:multistatus>'
)
FOREIGN = (
    b'<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    b'<d:multistatus xmlns:d="DAV:"><d:sync-token>&a;</d:sync-token></d:multistatus>'
)


@pytest.mark.parametrize("body", [BOMB, FOREIGN, BOMB.decode().encode("utf-16")])
def test_entities_are_refused(body: bytes) -> None:
    with standing_in(lambda _: raw(207, body)) as there, pytest.raises(BadAnswer):
        there.collection().listing()


def test_an_endless_body_is_read_to_the_bound_and_no_further() -> None:
    sent = []

    def endless(_: Asked) -> Iterator[bytes]:
        yield b"HTTP/1.1 207 OK\r\nContent-Type: application/xml\r\nConnection: close\r\n\r\n"
        for _n in range(2000):
            sent.append(1)
            yield b" " * 65536

    with standing_in(endless) as there, pytest.raises(TooLarge):
        there.collection(body=1_000_000).listing()
    assert len(sent) < 2000


def test_a_body_of_an_error_is_bounded_too() -> None:
    with standing_in(lambda _: raw(500, b"<" + b"x" * 200_000)) as there, pytest.raises(TooLarge):
        there.collection(body=100_000).create(HREF + "a.ics", "text")


def test_a_redirect_to_another_host_is_not_followed_and_told() -> None:
    with standing_in(lambda _: raw(207, multistatus())) as other:

        def elsewhere(_: Asked) -> bytes:
            return raw(301, Location=other.url + "rota/")

        with standing_in(elsewhere) as there, pytest.raises(SentElsewhere) as caught:
            there.collection().listing()
        assert caught.value.location == other.url + "rota/"
        assert not other.asked


@pytest.mark.parametrize("location", ["//evil.example/rota/", "https://127.0.0.1/rota/", "ftp://x/", "http://[bad"])
def test_a_redirect_to_another_scheme_or_port_is_not_followed(location: str) -> None:
    with standing_in(lambda _: raw(308, Location=location)) as there:
        with pytest.raises(BadAnswer):
            there.collection().listing()
        assert len(there.asked) == 1


def test_a_redirect_on_the_same_host_keeps_method_and_body() -> None:
    def moved(asked: Asked) -> bytes:
        if asked.path == HREF:
            return raw(302, Location="/new/rota/")
        return raw(207, multistatus(row(HREF)))

    with standing_in(moved) as there:
        there.collection().listing()
        first, second = there.asked[:2]
        assert (second.method, second.path, second.body) == ("PROPFIND", "/new/rota/", first.body)
        assert second.headers["authorization"] == first.headers["authorization"]


def test_redirects_in_a_circle_end() -> None:
    with standing_in(lambda asked: raw(301, Location=asked.path)) as there:
        with pytest.raises(BadAnswer, match="without end"):
            there.collection(redirects=3).listing()
        assert len(there.asked) == 4


def test_a_web_page_is_no_dav_server() -> None:
    page = b"<!DOCTYPE html><html><body>Welcome</body></html>"
    with standing_in(lambda _: raw(200, page, "text/html")) as there, pytest.raises(NotDav, match="web page"):
        there.collection().listing()


@pytest.mark.parametrize(
    "body",
    [
        multistatus(row(HREF))[:-20],
        b"",
        b"BEGIN:VCALENDAR",
        b'<d:prop xmlns:d="DAV:"/>',
        multistatus("<d:response><d:propstat/></d:response>"),
        multistatus(row(HREF, status="200 fine")),
        multistatus(row("relative.ics")),
        multistatus(row("/rota/../../etc/")),
        multistatus(row("javascript:alert(1)")),
    ],
)
def test_a_malformed_multistatus_is_a_bad_answer(body: bytes) -> None:
    with standing_in(lambda _: raw(207, body)) as there, pytest.raises(BadAnswer):
        there.collection().listing()


def test_an_answer_cut_short_is_unreachable_and_a_write_is_not_repeated() -> None:
    def cut(_: Asked) -> bytes:
        return b"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\nonly this"

    with standing_in(cut) as there:
        with pytest.raises(Unreachable):
            there.collection().create(HREF + "a.ics", "text")
        assert [a.method for a in there.asked] == ["PUT"]


def test_a_connection_closed_without_answer_is_asked_again_for_reads_only() -> None:
    with standing_in(lambda _: b"") as there:
        with pytest.raises(Unreachable):
            there.collection(attempts=3).listing()
        assert len(there.asked) == 3
        assert there.pauses == sorted(there.pauses)
        there.asked.clear()
        with pytest.raises(Unreachable):
            there.collection(attempts=3).delete(HREF + "a.ics", '"1"')
        assert len(there.asked) == 1


def test_a_server_that_hangs_times_out() -> None:
    with standing_in(lambda _: b"") as there:

        def hang(_: Asked) -> bytes:
            there.over.wait(20)
            return b""

        there.answer = hang
        with pytest.raises(TimedOut):
            there.collection(read=0.2).listing()
        assert len(there.asked) == 1


def test_an_answer_that_drips_is_given_up() -> None:
    with standing_in(lambda _: b"") as there:

        def drip(_: Asked) -> Iterator[bytes]:
            yield b"HTTP/1.1 207 OK\r\nContent-Type: application/xml\r\nConnection: close\r\n\r\n"
            for _n in range(400):
                if there.over.wait(0.05):
                    return
                yield b" "

        there.answer = drip
        with pytest.raises(TimedOut):
            there.collection(read=5.0, whole=0.4).listing()


def test_a_busy_server_is_asked_again_after_what_it_asks_for() -> None:
    answers = iter([raw(503, Retry_After="7"), raw(429, Retry_After="3"), raw(201, ETag='"1"')])
    with standing_in(lambda _: next(answers)) as there:
        assert there.collection(attempts=3).create(HREF + "a.ics", "text") == '"1"'
        assert [int(p) for p in there.pauses] == [7, 3]


def test_a_server_that_asks_for_too_much_patience_is_left_for_the_next_pass() -> None:
    with standing_in(lambda _: raw(503, Retry_After="3600")) as there:
        with pytest.raises(ServerTrouble) as caught:
            there.collection(attempts=5, wait=20.0).listing()
        assert caught.value.retry_after == 3600
        assert len(there.asked) == 1
        assert not there.pauses


def test_a_date_to_come_back_counts_from_the_answers_own() -> None:
    when = {"Date": "Mon, 05 Jan 2026 10:00:00 GMT", "Retry_After": "Mon, 05 Jan 2026 10:02:00 GMT"}
    with standing_in(lambda _: raw(503, **when)) as there, pytest.raises(ServerTrouble) as caught:
        there.collection().create(HREF + "a.ics", "text")
    assert caught.value.retry_after == 120


def test_a_failed_write_without_a_date_is_not_repeated_here() -> None:
    with standing_in(lambda _: raw(500)) as there:
        with pytest.raises(ServerTrouble):
            there.collection().create(HREF + "a.ics", "text")
        assert len(there.asked) == 1


def test_a_wrong_password_is_tried_once() -> None:
    with standing_in(lambda _: raw(401, WWW_Authenticate='Basic realm="x"')) as there:
        with pytest.raises(Unauthorised):
            there.home().look({CollectionKind.CALENDAR})
        assert len(there.asked) == 1


def test_nothing_of_the_password_is_logged_or_said(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with standing_in(lambda _: raw(500, b"no")) as there, pytest.raises(ServerTrouble) as caught:
        there.collection().create(HREF + "a.ics", "text")
    sent = there.asked[0].headers["authorization"].split()[1]
    said = caplog.text + str(caught.value) + repr(caught.value.__cause__)
    assert "mot de passe" not in said
    assert sent not in said


def test_every_request_and_every_byte_is_counted() -> None:
    answers = iter([raw(503), raw(207, multistatus(row(HREF))), raw(207, multistatus(row(HREF)))])
    with standing_in(lambda _: next(answers)) as there:
        home = there.home()
        home.collection(HREF, CollectionKind.CALENDAR).listing()
        assert home.requests == len(there.asked) == 3
        assert home.bytes_read == 2 * len(multistatus(row(HREF)))


def test_etags_come_without_weak_marker_and_suffix() -> None:
    rows = [row(HREF), row(HREF + "a.ics", etag("W/&quot;1&quot;")), row(HREF + "b.ics", etag("&quot;2-gzip&quot;"))]
    with standing_in(lambda _: raw(207, multistatus(*rows))) as there:
        assert there.collection().listing().changed == {HREF + "a.ics": '"1"', HREF + "b.ics": '"2"'}
        assert there.asked[0].headers["accept-encoding"] == "identity"


def test_a_disabled_account_is_no_maintenance() -> None:
    words = "<s:message>OC\\User\\DisabledUserException: Account disabled</s:message>"
    body = f'<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns">{words}</d:error>'.encode()
    with standing_in(lambda asked: raw(503, body)) as there:
        with pytest.raises(AccountDisabled):
            there.transport().request("OPTIONS", "/")
        # It is of no use to ask again.
        assert len(there.asked) == 1
