"""Sharing a collection with a group, as Nextcloud and ownCloud do it (a POST of their own; no RFC has it).

Nextcloud 32 answers 200 whatever is asked, also for a group that does not exist, and lists it as shared: who shares has to
know the group.
"""

from __future__ import annotations

from urllib.parse import quote_plus

from calendars.dav import elements
from calendars.dav.elements import dav
from calendars.dav.transport import Transport

OWNCLOUD = "http://owncloud.org/ns"
_XML = {"Content-Type": "application/xml; charset=utf-8"}
_GROUPS = "principal:principals/groups/"


def oc(name: str) -> str:
    return f"{{{OWNCLOUD}}}{name}"


def share(transport: Transport, href: str, group: str, *, writes: bool) -> None:
    """Members of ``group`` (its id) find the collection in their home, to read or to write; the last right given counts."""
    query = elements.root(oc("share"))
    held = elements.add(query, oc("set"))
    # As PHP's urlencode writes it: with any other form of a space or an accent nobody finds the collection.
    elements.add(held, dav("href"), f"{_GROUPS}{quote_plus(group)}")
    elements.add(held, oc("read-write" if writes else "read"))
    transport.request("POST", href, body=elements.serialise(query), headers=_XML)
