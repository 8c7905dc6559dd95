"""Bodies of answers, read piece by piece and never beyond a bound: on the wire, unpacked, and in time.

We ask for no packing (``Accept-Encoding: identity``), because packing changes etags at some servers; a proxy may pack all
the same, so gzip and deflate are unpacked here, one layer deep and never more than fits (RFC 9110 section 8.4.1).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from urllib3.exceptions import HTTPError, ReadTimeoutError

from calendars.dav.failures import TimedOut
from calendars.errors import BadAnswer, TooLarge, Unreachable

_CHUNK = 65536
_GZIP_OR_ZLIB, _BARE = 32 + zlib.MAX_WBITS, -zlib.MAX_WBITS
_PACKED = {"gzip": _GZIP_OR_ZLIB, "x-gzip": _GZIP_OR_ZLIB, "deflate": _GZIP_OR_ZLIB}


class Wire(Protocol):
    """What is left of an answer whose headers are read: urllib3's response."""

    @property
    def headers(self) -> Mapping[str, str]: ...

    def read1(self, amt: int, decode_content: bool) -> bytes: ...


def read_pieces(
    wire: Wire,
    *,
    limit: int,
    seconds: float,
    clock: Callable[[], float],
    href: str,
    status: int,
    count: Callable[[int], None],
) -> Iterator[bytes]:
    """The body, unpacked. ``limit`` is in bytes, packed and unpacked; ``count`` is told what came over the wire.

    Raises TooLarge, TimedOut, Unreachable when it is cut short, BadAnswer when it is packed in a way nobody asked for.
    """
    unpack = _unpacking(wire.headers.get("Content-Encoding", ""), href, status)
    deadline = clock() + seconds
    packed = size = 0
    try:
        while piece := wire.read1(_CHUNK, decode_content=False):
            count(len(piece))
            packed += len(piece)
            if unpack is not None:
                piece = unpack(piece, limit - size)
            size += len(piece)
            if max(packed, size) > limit:
                raise TooLarge("The answer is larger than we read", href=href, status=status)
            if clock() > deadline:
                raise TimedOut("The answer took too long; try later", href=href)
            yield piece
    except ReadTimeoutError as error:
        raise TimedOut("The answer stopped half way; try later", href=href) from error
    except zlib.error as error:
        raise BadAnswer("The answer cannot be unpacked", href=href, status=status) from error
    except (HTTPError, OSError) as error:
        raise Unreachable(f"The answer was cut short ({type(error).__name__})", href=href) from error
    if unpack is not None and packed and not unpack.complete:
        raise Unreachable("The answer was cut short (packed)", href=href)


def _unpacking(coding: str, href: str, status: int) -> _Unpacking | None:
    named = coding.strip().lower()
    if named in ("", "identity"):
        return None
    if named not in _PACKED:
        raise BadAnswer(f"The answer is packed in a way nobody asked for: {named[:40]}", href=href, status=status)
    return _Unpacking(_PACKED[named])


class _Unpacking:
    """Unpacks piece by piece, at most one byte more than there is room for, so that too much shows and costs nothing."""

    def __init__(self, wbits: int) -> None:
        self._wbits = wbits
        self._inflate = zlib.decompressobj(wbits)
        self._begun = False

    @property
    def complete(self) -> bool:
        return self._inflate.eof

    def __call__(self, piece: bytes, room: int) -> bytes:
        parts: list[bytes] = []
        left = room + 1
        while piece and left > 0:
            if self._inflate.eof:
                # Several members in a row make one body (RFC 1952 section 2.2).
                self._inflate = zlib.decompressobj(self._wbits)
            found = self._once(piece, left)
            parts.append(found)
            left -= len(found)
            piece = self._inflate.unconsumed_tail or self._inflate.unused_data
        return b"".join(parts)

    def _once(self, piece: bytes, left: int) -> bytes:
        begun, self._begun = self._begun, True
        try:
            return self._inflate.decompress(piece, left)
        except zlib.error:
            if begun:
                raise
            # "deflate" is meant to have a zlib header; some servers leave it out (RFC 9110 section 8.4.1.2).
            self._wbits = _BARE
            self._inflate = zlib.decompressobj(_BARE)
            return self._inflate.decompress(piece, left)
