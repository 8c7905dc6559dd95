"""From a server's address to the collections of an account (RFC 4791 section 6.2, RFC 6352 section 7.1)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import requests
from lxml import etree

from tests.editor.adapters import DAV, Refused

CALDAV = "{urn:ietf:params:xml:ns:caldav}"
CARDDAV = "{urn:ietf:params:xml:ns:carddav}"


@dataclass(frozen=True)
class Found:
    """One collection: ``kind`` is ``calendar`` or ``addressbook``."""

    url: str
    kind: str
    name: str


def find_collections(base_url: str, user: str, password: str, *, timeout: float = 30.0) -> list[Found]:
    """All calendars and address books in the home sets of the account, by way of its principal."""
    with requests.Session() as session:
        session.auth = (user, password)
        session.trust_env = False
        principal = _hrefs(_propfind(session, base_url, "0", timeout), f"{DAV}current-user-principal", base_url)[0]
        answer = _propfind(session, principal, "0", timeout)
        homes = [
            *_hrefs(answer, f"{CALDAV}calendar-home-set", principal),
            *_hrefs(answer, f"{CARDDAV}addressbook-home-set", principal),
        ]
        found: dict[str, Found] = {}
        for home in dict.fromkeys(homes):
            for response in _propfind(session, home, "1", timeout).iter(f"{DAV}response"):
                kind = _kind(response)
                if kind is not None:
                    url = urljoin(home, response.findtext(f"{DAV}href") or "")
                    found[url] = Found(url, kind, response.findtext(f".//{DAV}displayname") or "")
    return sorted(found.values(), key=lambda one: urlsplit(one.url).path)


def _kind(response: etree._Element) -> str | None:
    if response.find(f".//{DAV}resourcetype/{CALDAV}calendar") is not None:
        return "calendar"
    if response.find(f".//{DAV}resourcetype/{CARDDAV}addressbook") is not None:
        return "addressbook"
    return None


def _hrefs(answer: etree._Element, tag: str, base: str) -> list[str]:
    return [urljoin(base, href.text or "") for prop in answer.iter(tag) for href in prop.iter(f"{DAV}href")]


def _propfind(session: requests.Session, url: str, depth: str, timeout: float) -> etree._Element:
    body = (
        '<?xml version="1.0"?><propfind xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'
        ' xmlns:R="urn:ietf:params:xml:ns:carddav"><prop><current-user-principal/><resourcetype/><displayname/>'
        "<C:calendar-home-set/><R:addressbook-home-set/></prop></propfind>"
    )
    answer = session.request(
        "PROPFIND",
        url,
        data=body,
        headers={"Depth": depth, "Content-Type": "application/xml"},
        timeout=timeout,
        allow_redirects=False,
    )
    if answer.status_code != 207:
        raise Refused("PROPFIND", url, answer.status_code, answer.text)
    return etree.fromstring(answer.content)
