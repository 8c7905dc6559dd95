"""The in-memory server over HTTP: as much of CalDAV as a pass of ours asks for, and faster than a real server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape, unescape
from urllib.parse import unquote

from calendars.errors import DavError
from calendars.hrefs import normal_href
from calendars.sync.memory_server import MemoryCollection, MemoryServer
from calendars.sync.ports import CollectionKind, CollectionState

Answer = tuple[int, list[tuple[str, str]], bytes]
CALENDAR = CollectionKind.CALENDAR


class Front:
    """``answer`` carries out one HTTP request of ``user`` on the server's calendars."""

    def __init__(self, server: MemoryServer, user: str) -> None:
        self._home = server.home(user)
        self.home_href = server.home_href(user, CALENDAR)

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        href, given = normal_href(path), {name.lower(): value for name, value in headers.items()}
        try:
            if method == "PROPFIND" and href == self.home_href:
                return _multistatus([_state(state) for state in self._home.look({CALENDAR})])
            collection = self._home.collection(href[: href.rindex("/") + 1], CALENDAR)
            if method == "PROPFIND":
                return _listing(collection)
            if method == "REPORT":
                return _report(collection, body.decode())
            return _write(collection, method, href, given, body.decode())
        except DavError as error:
            told = "<d:valid-sync-token/>" if type(error).__name__ == "TokenRefused" else ""
            return error.status or 500, [], f'<d:error xmlns:d="DAV:">{told}</d:error>'.encode()


def _write(collection: MemoryCollection, method: str, href: str, given: Mapping[str, str], text: str) -> Answer:
    notify = given.get("schedule-reply") != "F"
    if method == "DELETE":
        collection.delete(href, given["if-match"], notify=notify)
        return 204, [], b""
    if method != "PUT":
        return 405, [], b""
    if given.get("if-none-match") == "*":
        etag, status = collection.create(href, text, notify=notify), 201
    else:
        etag, status = collection.update(href, text, given["if-match"], notify=notify), 204
    # A server that sent messages for a write does not say what it stored.
    return status, [("ETag", etag)] if etag and not (notify and collection.tells_first) else [], b""


def _listing(collection: MemoryCollection) -> Answer:
    found = collection.listing()
    own = _row(
        collection.href, f"<d:sync-token>{found.token}</d:sync-token><d:resourcetype><d:collection/></d:resourcetype>"
    )
    return _multistatus([own] + [_etag_row(href, etag) for href, etag in found.changed.items()])


def _report(collection: MemoryCollection, query: str) -> Answer:
    if "sync-collection" in query:
        token = re.search(r"<[\w:]*sync-token>([^<]*)<", query)
        found = collection.changes(unescape(token[1]) if token else "")
        rows = [_etag_row(href, etag) for href, etag in found.changed.items()]
        rows += [
            f"<d:response><d:href>{h}</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>"
            for h in found.deleted
        ]
        return _multistatus(rows, token=found.token or "")
    hrefs = [normal_href(unquote(unescape(h))) for h in re.findall(r"<[\w:]*href>([^<]*)<", query)]
    rows = [
        _row(r.href, f"<d:getetag>{escape(r.etag)}</d:getetag><c:calendar-data>{escape(r.text)}</c:calendar-data>")
        for r in collection.fetch(hrefs)
    ]
    return _multistatus(rows)


def _state(state: CollectionState) -> str:
    return _row(
        state.href,
        "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"
        f"<d:displayname>{escape(state.display_name)}</d:displayname><d:sync-token>{state.sync_token}</d:sync-token>",
    )


def _etag_row(href: str, etag: str) -> str:
    return _row(href, f"<d:getetag>{escape(etag)}</d:getetag><d:resourcetype/>")


def _gone_row(href: str) -> str:
    return f"<d:response><d:href>{escape(href)}</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>"


def _row(href: str, props: str) -> str:
    status = "<d:status>HTTP/1.1 200 OK</d:status>"
    return (
        f"<d:response><d:href>{escape(href)}</d:href><d:propstat><d:prop>{props}</d:prop>{status}</d:propstat></d:response>"
    )


def _multistatus(rows: list[str], token: str = "") -> Answer:
    held = "".join(rows) + (f"<d:sync-token>{token}</d:sync-token>" if token else "")
    body = (
        f'<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">{held}</d:multistatus>'
    )
    return 207, [("Content-Type", "application/xml; charset=utf-8")], body.encode().replace(b"\r", b"&#13;")
