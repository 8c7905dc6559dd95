"""A whole calendar is read while its answer comes: within the same bounds as any answer, and never held as a whole."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from calendars.errors import BadAnswer, DavError, ServerTrouble, TooLarge, Unreachable
from tests.unit.dav.standin import HREF, Asked, data, etag, multistatus, raw, row, standing_in

TEXT = "BEGIN:VCALENDAR " + "x" * 2000
HEAD = b"HTTP/1.1 207 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: application/xml\r\n\r\n"


def chunk(piece: bytes) -> bytes:
    return f"{len(piece):x}\r\n".encode() + piece + b"\r\n"


def calendar(events: int, *, ends: bool = True) -> Callable[[Asked], Iterator[bytes]]:
    """An answer of so many events, made while it is sent."""
    opening, closing = multistatus()[: -len("</d:multistatus>")], b"</d:multistatus>"

    def answer(_: Asked) -> Iterator[bytes]:
        yield HEAD + chunk(opening)
        for number in range(events):
            yield chunk(row(f"{HREF}{number}.ics", etag(f"&quot;{number}&quot;") + data(TEXT)).encode())
        if ends:
            yield chunk(closing) + b"0\r\n\r\n"

    return answer


def most_held(events: int) -> int:
    """The most bytes that were held while so many events were read one by one."""
    with standing_in(calendar(events)) as there:
        collection = there.collection()
        tracemalloc.start()
        try:
            assert sum(1 for _ in collection.read_all()) == events
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


def test_ten_times_the_events_take_no_more_memory() -> None:
    few, many = most_held(150), most_held(1500)
    # 1,350 events more are 2.8 MB of text.
    assert many < few + 500_000


def test_what_is_larger_than_we_read_is_refused_while_it_comes() -> None:
    with standing_in(calendar(1500)) as there:
        found = there.collection(body=500_000).read_all()
        assert next(found).href == f"{HREF}0.ics"
        with pytest.raises(TooLarge):
            list(found)


def test_an_answer_that_breaks_off_gives_what_came_and_says_so() -> None:
    with standing_in(calendar(20, ends=False)) as there:
        found = there.collection(attempts=1).read_all()
        assert next(found).text == TEXT
        with pytest.raises(Unreachable):
            list(found)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (raw(207, b"<d:error xmlns:d='DAV:'/>"), BadAnswer),
        (raw(207, b""), BadAnswer),
        (raw(500, b"<d:error xmlns:d='DAV:'/>"), ServerTrouble),
        (raw(200, b"<html/>", kind="text/html"), DavError),
    ],
    ids=["another root", "nothing", "trouble", "a page"],
)
def test_what_is_no_list_of_texts_is_no_calendar(answer: bytes, expected: type[Exception]) -> None:
    with standing_in(lambda _: answer) as there, pytest.raises(expected):
        list(there.collection().read_all())


def test_the_next_request_is_answered_although_the_reading_was_left_half_way() -> None:
    with standing_in(calendar(1500)) as there:
        collection = there.collection()
        found = collection.read_all()
        next(found)
        found.close()  # type: ignore[attr-defined]
        assert sum(1 for _ in collection.read_all()) == 1500
