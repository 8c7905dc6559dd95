"""A CalDAV server over HTTP that keeps texts and shows etags as odd servers and proxies do."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from xml.sax.saxutils import escape

from calendars.dav import Account, Bounds, DavHome, open_home
from calendars.dav.servers import ServerTraits
from tests.unit.dav.standin import Asked, StandIn, data, etag, multistatus, raw, row

HOME, CALENDAR = "/calendars/", "/calendars/rota/"
KIND = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"


@dataclass
class Shelf:
    """``shows`` is what a proxy makes of an etag on its way out; If-Match is compared with the true one.

    ``told`` gives the headers in the answer to a PUT. ``conditions``: the If-Match of every write, "" where there was none.
    """

    shows: Callable[[str], str] = str
    told: Callable[[str], dict[str, str]] = lambda etag: {}
    texts: dict[str, tuple[str, str]] = field(default_factory=dict)
    conditions: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    numbers: count[int] = field(default_factory=lambda: count(1))

    def __call__(self, asked: Asked) -> bytes:
        if asked.method == "PUT":
            return self._put(asked)
        if asked.method == "PROPFIND" and asked.path == HOME:
            mark = f"<cs:getctag xmlns:cs='http://calendarserver.org/ns/'>{len(self.conditions)}</cs:getctag>"
            return raw(207, multistatus(row(HOME), row(CALENDAR, KIND + mark)))
        wanted = re.findall(r"<d:href>([^<]+)</d:href>", asked.body.decode()) if b"multiget" in asked.body else self.texts
        rows = [self._row(href, with_text=asked.method == "REPORT") for href in wanted if href in self.texts]
        return raw(207, multistatus(row(CALENDAR), *rows) if asked.method == "PROPFIND" else multistatus(*rows))

    def _row(self, href: str, *, with_text: bool) -> str:
        tag, text = self.texts[href]
        return row(href, etag(escape(self.shows(tag), {'"': "&quot;"})) + (data(escape(text)) if with_text else ""))

    def _put(self, asked: Asked) -> bytes:
        condition = asked.headers.get("if-match", "")
        self.conditions.append(condition)
        there = self.texts.get(asked.path)
        fine = there is None if asked.headers.get("if-none-match") == "*" else there is not None and condition == there[0]
        self.statuses.append(201 if fine else 412)
        if not fine:
            return raw(412)
        tag = f'"{next(self.numbers)}"'
        self.texts[asked.path] = (tag, asked.body.decode())
        return raw(201, **self.told(tag))


def home(there: StandIn) -> DavHome:
    account = Account(origin=there.origin, principal="/p/", calendar_homes=(HOME,))
    return open_home(
        account, "service", "secret", bounds=Bounds(connect=2, read=5, whole=20), traits=ServerTraits(tokens=False)
    )
