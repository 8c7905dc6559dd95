"""Looking at an account as a doctor does: what its collections show of rights and sharing, and how the server answers.

Nothing is written, and what was asked is counted by the transport. What is heard of each answer stands in a ``Record``,
refusals included, since their headers say as much about a server as those of a good one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests

from calendars.dav import elements
from calendars.dav.elements import calendarserver, dav
from calendars.dav.home import STATE, state_of
from calendars.dav.multistatus import Row, parse
from calendars.dav.refusals import http_date
from calendars.dav.transport import Transport
from calendars.sync.ports import CollectionState

_INVITE = "{http://owncloud.org/ns}invite"
_USER = "{http://owncloud.org/ns}user"
_LINK = calendarserver("publish-url")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One collection. ``shared_with``: how many it is shared with, None where the server does not tell; ``published``: it
    has a link that opens it to everybody."""

    state: CollectionState
    shared_with: int | None = None
    published: bool = False


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One answer: ``seconds`` until its headers were there; ``apart``: how many seconds our clock is ahead of the server's
    (negative: behind), as far as its Date tells (RFC 9110 section 6.6.1), else None."""

    status: int
    seconds: float
    apart: float | None


@dataclass
class Record:
    """Listens to a transport; ``now`` is our clock, aware."""

    now: Callable[[], datetime]
    heard: list[Heard] = field(default_factory=list)

    def listen(self, transport: Transport) -> None:
        transport.session.hooks["response"].append(self._note)

    def _note(self, response: requests.Response, **_: Any) -> None:
        seconds = response.elapsed.total_seconds()
        told = http_date(response.headers.get("Date", ""))
        # The server wrote its date somewhere between our asking and now.
        apart = (self.now() - told).total_seconds() - seconds / 2 if told is not None else None
        self.heard.append(Heard(status=response.status_code, seconds=seconds, apart=apart))


def collections_of(transport: Transport, homes: Sequence[str]) -> dict[str, Shown]:
    """Everything in these homes by href, in one request a home. Raises DavError."""
    query = elements.root(dav("propfind"))
    wanted = elements.add(query, dav("prop"))
    for name in (*STATE, _INVITE, _LINK):
        elements.add(wanted, name)
    headers = {"Content-Type": "application/xml; charset=utf-8", "Depth": "1"}
    found: dict[str, Shown] = {}
    for home in dict.fromkeys(homes):
        for row in parse(transport.request("PROPFIND", home, body=elements.serialise(query), headers=headers)).rows:
            state = state_of(row)
            if state is not None:
                published = bool(row.hrefs(_LINK))
                found.setdefault(state.href, Shown(state=state, shared_with=_shared(row), published=published))
    return found


def _shared(row: Row) -> int | None:
    invite = row.props.get(_INVITE)
    return None if invite is None else sum(1 for _ in invite.iter(_USER))
