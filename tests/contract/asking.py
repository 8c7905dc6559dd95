"""Two accounts of one server on loopback, asked directly where our own DAV layer would hide what the server does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from xml.sax.saxutils import escape

import requests

from calendars.dav import DavHome, ServerTraits, connect
from calendars.dav.auth import PasswordAuth
from calendars.dav.refusals import preconditions
from calendars.hrefs import member_href
from calendars.sync.ports import Collection, CollectionKind, CollectionState, Resource
from tests.contract.sides import CALENDAR, event
from tests.servers import Served

PLAIN = ServerTraits(name="plain")
"""What is measured must not depend on what we hold a server for."""


class Person:
    """One account. ``address`` is the one by which it is invited."""

    def __init__(self, served: Served) -> None:
        self.user, password = served.new_user()
        self.url = served.url
        counted = len(served.log)
        self.home: DavHome = connect(served.url, self.user, password, traits=PLAIN)
        self.found_after = len(served.log) - counted
        self._auth = PasswordAuth(self.user, password)
        self.made = 0
        self.address = next((a for a in self.home.account.addresses if a.startswith("mailto:")), "")
        self.had_address = bool(self.address)
        if not self.had_address:
            self.address = f"mailto:{self.user}@example.org"
            self._set_address()
            self.home = connect(served.url, self.user, password, traits=PLAIN)

    def _set_address(self) -> None:
        """Where accounts have none of themselves; servers that know no such thing refuse it."""
        body = (
            '<d:propertyupdate xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:set><d:prop>'
            f"<c:calendar-user-address-set><d:href>{self.address}</d:href></c:calendar-user-address-set>"
            "</d:prop></d:set></d:propertyupdate>"
        )
        self.send("PROPPATCH", self.home.account.principal, body)

    @cached_property
    def calendar(self) -> Collection:
        """The one that invitations fall into: what an account begins with, else one under the usual name."""
        given = self.home.look({CALENDAR})
        return self.home.collection(given[0].href, CALENDAR) if given else self.new("calendar")

    def new(self, name: str = "", kind: CollectionKind = CALENDAR) -> Collection:
        self.made += 1
        state = self.home.create_collection(kind, name or f"made{self.made}", "Sorties")
        return self.home.collection(state.href, kind)

    def state(self, collection: Collection) -> CollectionState:
        return next(s for s in self.home.look({collection.kind}) if s.href == collection.href)

    def send(
        self, method: str, href: str, body: str = "", headers: Mapping[str, str] | None = None, *, signed: bool = True
    ) -> requests.Response:
        kind = "application/xml" if body.startswith("<") else "text/calendar; charset=utf-8"
        sent = {"Content-Type": kind, **(headers or {})}
        auth = self._auth if signed else None
        url = self.url.rstrip("/") + href
        return requests.request(method, url, data=body.encode(), headers=sent, auth=auth, timeout=60, allow_redirects=False)

    def put(self, href: str, text: str, headers: Mapping[str, str] | None = None) -> requests.Response:
        return self.send("PUT", href, text, headers)

    def report(self, collection: Collection, token: str) -> requests.Response:
        body = (
            f'<d:sync-collection xmlns:d="DAV:"><d:sync-token>{escape(token)}</d:sync-token><d:sync-level>1</d:sync-level>'
            "<d:prop><d:getetag/></d:prop></d:sync-collection>"
        )
        return self.send("REPORT", collection.href, body, {"Depth": "0"})

    def multiget(self, collection: Collection, hrefs: Iterable[str]) -> requests.Response:
        wanted = "".join(f"<d:href>{escape(href)}</d:href>" for href in hrefs)
        body = (
            '<c:calendar-multiget xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
            f"<d:prop><d:getetag/><c:calendar-data/></d:prop>{wanted}</c:calendar-multiget>"
        )
        return self.send("REPORT", collection.href, body, {"Depth": "1"})

    def prop(self, href: str, name: str) -> str | None:
        """The text of one CalDAV property, None when the server does not have it."""
        asked = f'<x:{name} xmlns:x="urn:ietf:params:xml:ns:caldav"/>'
        body = f'<d:propfind xmlns:d="DAV:"><d:prop>{asked}</d:prop></d:propfind>'
        answer = self.send("PROPFIND", href, body, {"Depth": "0"}).text
        found = re.search(rf"<(?:[\w-]+:)?{name}\b[^>/]*>([^<]+)</", answer)
        return found[1].strip() if found is not None else None


class Ground:
    """A server to ask. ``one`` is somebody on it, ``fresh()`` an empty calendar of theirs."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.one = Person(served)

    def fresh(self) -> Collection:
        return self.one.new()

    def party(self) -> Party:
        """A host and a guest who have nothing yet but the calendar into which invitations fall."""
        return Party(Person(self.served), Person(self.served))


@dataclass(frozen=True)
class Party:
    host: Person
    guest: Person

    def __post_init__(self) -> None:
        _ = self.guest.calendar

    @property
    def href(self) -> str:
        return in_calendar(self.host.calendar, "party.ics")

    def text(self) -> str:
        lines = [
            f"ORGANIZER:{self.host.address}", f"ATTENDEE;PARTSTAT=ACCEPTED:{self.host.address}",
            f"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:{self.guest.address}", "END:VEVENT",
        ]  # fmt: skip
        # In years to come: Cyrus tells nobody of what is over.
        return event("party").replace(":20260112T", ":20370112T").replace("END:VEVENT", "\r\n".join(lines))

    def invite(self, text: str = "", headers: Mapping[str, str] | None = None) -> requests.Response:
        return self.host.put(self.href, text or self.text(), headers)

    def copies(self) -> list[Resource]:
        """What of it is in the guest's calendar."""
        calendar = self.guest.calendar
        return list(calendar.fetch(list(calendar.listing().changed)))


_WORDS = {"exception", "message", "sabredav-version", "responsedescription", "header"}
"""What stands in a DAV:error beside the preconditions."""


def said(answer: requests.Response) -> str:
    """The status, and the preconditions that were not met: "409 no-uid-conflict"."""
    named = sorted(preconditions(answer.content) - _WORDS)
    return " ".join([str(answer.status_code), *named])


def in_calendar(collection: Collection, name: str) -> str:
    return member_href(collection.href, name)
