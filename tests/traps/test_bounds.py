"""Answers that are meant to hurt: packed, deep, wide, endless. Each ends in an error and costs little."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendars.dav.elements import TAGS, read
from calendars.dav.refusals import refusal, retry_after
from calendars.errors import BadAnswer, DavError, ServerTrouble, TooLarge, Unreachable
from calendars.sync.ports import CollectionKind
from tests.unit.dav.standin import HREF, Asked, multistatus, raw, row, standing_in

LISTING = multistatus(row(HREF))


def _bare(data: bytes) -> bytes:
    packing = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packing.compress(data) + packing.flush()


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(LISTING)),
        ("x-gzip", gzip.compress(LISTING)),
        ("GZIP", gzip.compress(LISTING[:30]) + gzip.compress(LISTING[30:])),
        ("deflate", zlib.compress(LISTING)),
        ("deflate", _bare(LISTING)),
        ("identity", LISTING),
    ],
    ids=["gzip", "x-gzip", "gzip-in-two-members", "deflate-zlib", "deflate-bare", "identity"],
)
def test_a_proxy_that_packs_unasked_is_understood(coding: str, body: bytes) -> None:
    with standing_in(lambda _: raw(207, body, Content_Encoding=coding)) as there:
        assert there.collection().listing().complete
        assert there.asked[0].headers["accept-encoding"] == "identity"


def test_a_small_answer_that_unpacks_to_a_huge_one_is_left_at_the_bound() -> None:
    bomb = gzip.compress(b" " * 200_000_000)
    assert len(bomb) < 250_000
    with standing_in(lambda _: raw(207, bomb, Content_Encoding="gzip")) as there:
        collection = there.collection(body=1_000_000)
        with pytest.raises(TooLarge):
            collection.listing()


@pytest.mark.parametrize("coding", ["gzip, gzip", "br", "gzip, identity, gzip", "zstd", "compress"])
def test_packed_twice_or_in_another_way_is_not_unpacked_at_all(coding: str) -> None:
    body = gzip.compress(gzip.compress(LISTING))
    with standing_in(lambda _: raw(207, body, Content_Encoding=coding)) as there, pytest.raises(BadAnswer):
        there.collection().listing()


def test_a_packed_answer_that_is_broken_or_cut_short_is_told() -> None:
    whole = gzip.compress(LISTING)
    with standing_in(lambda _: raw(207, whole[:-9], Content_Encoding="gzip")) as there, pytest.raises(Unreachable):
        there.collection(attempts=1).listing()
    broken = whole[:12] + bytes([whole[12] ^ 0xFF, 0xFF]) + whole[14:]
    with standing_in(lambda _: raw(207, broken, Content_Encoding="gzip")) as there, pytest.raises(DavError):
        there.collection(attempts=1).listing()


def test_what_came_over_the_wire_is_counted_packed() -> None:
    body = gzip.compress(LISTING)
    with standing_in(lambda _: raw(207, body, Content_Encoding="gzip")) as there:
        home = there.home()
        home.look({CollectionKind.CALENDAR})
        assert home.bytes_read == len(body)


def test_an_answer_that_lies_about_its_length_is_bounded_all_the_same() -> None:
    def longer(_: Asked) -> Iterator[bytes]:
        yield b"HTTP/1.1 207 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: application/xml\r\n\r\n"
        for _n in range(200):
            yield b"10000\r\n" + b" " * 65536 + b"\r\n"

    with standing_in(longer) as there, pytest.raises(TooLarge):
        there.collection(body=500_000).listing()


@pytest.mark.parametrize(
    "body",
    [
        b"<d:multistatus xmlns:d='DAV:'>" + b"<d:a>" * 300 + b"</d:a>" * 300 + b"</d:multistatus>",
        b'<!DOCTYPE m [<!ENTITY a "' + b"a" * 50_000 + b'">]><m x="' + b"&a;" * 20_000 + b'"/>',
        b'<!DOCTYPE m SYSTEM "http://127.0.0.1:1/m.dtd"><m/>',
        b'<!DOCTYPE m [<!ENTITY % a SYSTEM "file:///etc/hostname">%a;]><m/>',
        b"<!DOCTYPE m><m/>",
    ],
    ids=["deep", "grows in an attribute", "fetches", "includes a file", "bare document type"],
)
def test_xml_that_goes_deep_or_brings_a_document_type_is_refused(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        read(body)
    with standing_in(lambda _: raw(207, body)) as there, pytest.raises(BadAnswer):
        list(there.collection().read_all())


def test_more_tags_than_any_calendar_has_are_not_even_parsed() -> None:
    with pytest.raises(TooLarge):
        read(b"<m>" + b"<a/>" * (TAGS + 1) + b"</m>")


@given(value=st.text(max_size=40), date=st.text(max_size=40))
def test_whatever_stands_in_retry_after_is_a_bounded_number_or_nothing(value: str, date: str) -> None:
    found = retry_after({"Retry-After": value, "Date": date})
    assert found is None or 0 <= found <= 366 * 24 * 3600


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", 120.0),
        ("9" * 5000, 366 * 24 * 3600.0),
        ("-5", None),
        ("1e9", None),
        ("soon", None),
        ("Mon, 05 Jan 2026 10:00:30 GMT", 30.0),
        ("Mon, 05 Jan 2026 09:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 366 * 24 * 3600.0),
        ("Mon, 05 Jan 2026 10:00:00 +9999999999", None),
    ],
)
def test_seconds_dates_and_nonsense_in_retry_after(value: str, expected: float | None) -> None:
    assert retry_after({"Retry-After": value, "Date": "Mon, 05 Jan 2026 10:00:00 GMT"}) == expected


@given(body=st.binary(max_size=300), status=st.integers(400, 599))
def test_any_body_of_an_error_becomes_an_error(body: bytes, status: int) -> None:
    assert isinstance(refusal("PUT", "/a", status, {}, body), DavError)


def test_an_error_page_of_a_megabyte_is_told_in_a_line() -> None:
    said = (
        b"<d:error xmlns:d='DAV:' xmlns:s='http://sabredav.org/ns'><s:message>"
        + b"ab " * 300_000
        + b"</s:message></d:error>"
    )
    found = refusal("PUT", "/a", 500, {}, said)
    assert isinstance(found, ServerTrouble)
    assert len(str(found)) < 400
