"""Answers with 207 (RFC 4918 section 13), read strictly."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from calendars.dav import elements
from calendars.dav.elements import Element, dav
from calendars.dav.failures import NotDav
from calendars.dav.transport import Answer
from calendars.errors import BadAnswer
from calendars.hrefs import normal_href

__all__ = ["Multistatus", "Row", "normal_etag", "normal_href", "parse", "stream"]

_STATUS_LINE = re.compile(r"HTTP/\d(?:\.\d)?\s+(\d{3})\b")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One DAV:response. ``status`` is the response's own, None when it has propstats; ``props``: those found."""

    href: str
    status: int | None
    props: Mapping[str, Element] = field(default_factory=dict)

    def text(self, tag: str) -> str | None:
        """The text of a property, None when the server does not have it or it is empty."""
        found = self.props.get(tag)
        return (elements.text_of(found) or None) if found is not None else None

    def hrefs(self, tag: str) -> tuple[str, ...]:
        """The hrefs inside a property, as the server wrote them."""
        found = self.props.get(tag)
        if found is None:
            return ()
        return tuple(elements.text_of(h) for h in found.iter(dav("href")) if elements.text_of(h))

    def names(self, tag: str) -> frozenset[str]:
        """Clark names of the elements directly inside a property, as in DAV:resourcetype."""
        found = self.props.get(tag)
        return frozenset(str(child.tag) for child in elements.children(found)) if found is not None else frozenset()


@dataclass(frozen=True, kw_only=True)
class Multistatus:
    rows: tuple[Row, ...]
    sync_token: str | None = None

    def row(self, href: str) -> Row | None:
        """The row of ``href`` (normal form), whether the server wrote its final slash or not."""
        return next((r for r in self.rows if r.href.rstrip("/") == href.rstrip("/")), None)


def parse(answer: Answer) -> Multistatus:
    """Read a 207. Raises NotDav when it is a page or another success, BadAnswer when it is no sound multistatus."""
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if answer.status != 207:
        what = "a web page" if "html" in kind else f"an answer of type {kind or 'none'}"
        raise NotDav(f"Not a DAV server: {what} where a multistatus was due", href=answer.href, status=answer.status)
    found = elements.read(answer.body, answer.href)
    if found.tag != dav("multistatus"):
        raise BadAnswer("The answer is no multistatus", href=answer.href, status=answer.status)
    rows = tuple(row for response in found.iterfind(dav("response")) for row in _rows(response, answer.href))
    token = elements.text_of(found.find(dav("sync-token")))
    return Multistatus(rows=rows, sync_token=token or None)


def stream(answer: Answer) -> Iterator[Row]:
    """The rows of a 207 one by one, each forgotten after the next is asked for; raises as ``parse``, half way too."""
    if answer.status != 207:
        parse(answer)
    pieces = answer.pieces if answer.pieces is not None else (answer.body,)
    for response in elements.read_each(pieces, dav("multistatus"), dav("response"), answer.href):
        yield from _rows(response, answer.href)


def normal_etag(value: str | None) -> str | None:
    """An etag without weak marker and transfer suffix, None when there is none.

    >>> normal_etag('W/"abc-gzip"')
    '"abc"'
    """
    text = (value or "").strip().removeprefix("W/")
    for suffix in ("-gzip", ";gzip", "--gzip", "-br", "-deflate"):
        text = re.sub(re.escape(suffix) + '"$', '"', text)
    return text or None


def _rows(response: Element, asked: str) -> Iterator[Row]:
    hrefs = [elements.text_of(h) for h in response.findall(dav("href"))]
    if not hrefs or not all(hrefs):
        raise BadAnswer("A response without href", href=asked)
    status_line = response.find(dav("status"))
    status = _status(status_line, asked) if status_line is not None else None
    props: dict[str, Element] = {}
    for propstat in response.iterfind(dav("propstat")):
        if not 200 <= _status(propstat.find(dav("status")), asked) < 300:
            continue
        held = propstat.find(dav("prop"))
        if held is not None:
            props |= {str(child.tag): child for child in elements.children(held)}
    # Several hrefs share one status (RFC 4918 section 14.24).
    for href in hrefs:
        yield Row(href=normal_href(href), status=status, props=props)


def _status(element: Element | None, asked: str) -> int:
    found = _STATUS_LINE.match(elements.text_of(element))
    if found is None:
        raise BadAnswer("A status that cannot be read", href=asked)
    return int(found[1])
