"""A calendar server that is nearly free: everything in memory, answers put together once, so that what is measured is us.

``python -m tests.bench.quick_server SERVERS`` listens on so many ports of the loopback interface, says which (a line of
JSON) and ends with its standard input. Every account that is asked for is there and holds ``COLLECTIONS``. It knows what a
pass asks: PROPFIND, sync-collection, multiget, a whole calendar in one query, PUT and DELETE with conditions.
``GET /counts`` tells what it was asked since the last time.
"""

from __future__ import annotations

import asyncio
import json
import re
import resource
import sys
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import unquote
from xml.sax.saxutils import escape

COLLECTIONS = {"outings": "calendar", "training": "calendar", "meetings": "calendar", "contacts": "addressbook"}
_HREF = re.compile(rb"<(?:\w+:)?href[^>]*>([^<]+)</")
_TOKEN = re.compile(rb"<(?:\w+:)?sync-token[^>]*>[^<]*?(\d+)</")
_OPEN = (
    '<?xml version="1.0" encoding="utf-8"?><multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'
    ' xmlns:CR="urn:ietf:params:xml:ns:carddav" xmlns:CS="http://calendarserver.org/ns/">'
)


@dataclass
class Held:
    """One collection: name -> (etag, text), and what happened, in order."""

    kind: str
    texts: dict[str, tuple[str, str]] = field(default_factory=dict)
    happened: list[str] = field(default_factory=list)

    @property
    def token(self) -> str:
        return f"http://quick.example/sync/{len(self.happened)}"

    def put(self, name: str, text: str) -> str:
        self.happened.append(name)
        etag = f'"{len(self.happened)}"'
        self.texts[name] = (etag, text)
        return etag

    def remove(self, name: str) -> None:
        self.happened.append(name)
        del self.texts[name]


class World:
    """The accounts of all ports; ``counts`` is what was asked, ``up`` and ``down`` are bytes of bodies."""

    def __init__(self) -> None:
        self.homes: dict[tuple[int, str], dict[str, Held]] = {}
        self.shown: dict[tuple[int, str], bytes] = {}
        self.forget()

    def forget(self) -> None:
        self.counts: Counter[str] = Counter()
        self.up = self.down = 0

    def home(self, port: int, account: str) -> dict[str, Held]:
        key = (port, account)
        if key not in self.homes:
            self.homes[key] = {name: Held(kind) for name, kind in COLLECTIONS.items()}
        return self.homes[key]

    def answer(self, port: int, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        """Status, one more header line or "", and the body."""
        if method == "GET" and path == "/counts":
            told = {"counts": self.counts, "up": self.up, "down": self.down}
            self.forget()
            return 200, "", json.dumps(told).encode()
        parts = unquote(path).strip("/").split("/")
        if parts[0] != "dav" or not 2 <= len(parts) <= 4:
            return 404, "", b""
        home = self.home(port, parts[1])
        if len(parts) == 2:
            return (207, "", self.home_shown(port, parts[1], path)) if method == "PROPFIND" else (405, "", b"")
        held = home.get(parts[2])
        if held is None:
            return 404, "", b""
        if len(parts) == 3:
            return self.collection(held, method, path, headers, body)
        return self.member(port, parts[1], held, parts[3], method, headers, body)

    def home_shown(self, port: int, account: str, path: str) -> bytes:
        found = self.shown.get((port, account))
        if found is None:
            rows = "".join(_collection_row(f"{path}{name}/", name, held) for name, held in self.home(port, account).items())
            own = _row(path, "<resourcetype><collection/></resourcetype>")
            found = self.shown[port, account] = f"{_OPEN}{own}{rows}</multistatus>".encode()
        return found

    def collection(self, held: Held, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        if method == "PROPFIND":
            rows = _row(path, f"<sync-token>{held.token}</sync-token><resourcetype><collection/></resourcetype>")
            if headers.get("depth") != "0":
                rows += "".join(_member_row(path + name, held, etag) for name, (etag, _) in held.texts.items())
            return 207, "", f"{_OPEN}{rows}</multistatus>".encode()
        if method != "REPORT":
            return 405, "", b""
        if b"sync-collection" in body:
            since = _TOKEN.search(body)
            changed = dict.fromkeys(held.happened[int(since.group(1)) if since else 0 :])
            rows = "".join(
                _member_row(path + name, held, held.texts[name][0]) if name in held.texts else _gone(path + name)
                for name in changed
            )
            return 207, "", f"{_OPEN}{rows}<sync-token>{held.token}</sync-token></multistatus>".encode()
        names = list(held.texts)
        if b"multiget" in body:
            names = [unquote(href.decode()).rsplit("/", 1)[1] for href in _HREF.findall(body)]
        rows = "".join(_text_row(path + name, held, name) if name in held.texts else _gone(path + name) for name in names)
        return 207, "", f"{_OPEN}{rows}</multistatus>".encode()

    def member(
        self, port: int, account: str, held: Held, name: str, method: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, str, bytes]:
        standing = held.texts.get(name)
        if method == "GET":
            return (200, f"ETag: {standing[0]}\r\n", standing[1].encode()) if standing else (404, "", b"")
        wanted = headers.get("if-match")
        if (wanted is not None and (standing is None or standing[0] != wanted)) or (
            "if-none-match" in headers and standing is not None
        ):
            return 412, "", b""
        self.shown.pop((port, account), None)
        if method == "PUT":
            return (204 if standing else 201), f"ETag: {held.put(name, body.decode())}\r\n", b""
        if method == "DELETE" and standing:
            held.remove(name)
            return 204, "", b""
        return 404, "", b""


def _row(href: str, props: str) -> str:
    return (
        f"<response><href>{href}</href><propstat><prop>{props}</prop><status>HTTP/1.1 200 OK</status></propstat></response>"
    )


def _gone(href: str) -> str:
    return f"<response><href>{href}</href><status>HTTP/1.1 404 Not Found</status></response>"


def _collection_row(href: str, name: str, held: Held) -> str:
    kind = "C:calendar" if held.kind == "calendar" else "CR:addressbook"
    return _row(
        href,
        f"<resourcetype><collection/><{kind}/></resourcetype><displayname>{name}</displayname>"
        f"<sync-token>{held.token}</sync-token><CS:getctag>{len(held.happened)}</CS:getctag>",
    )


def _member_row(href: str, held: Held, etag: str) -> str:
    media = "text/calendar" if held.kind == "calendar" else "text/vcard"
    return _row(href, f"<getetag>{escape(etag)}</getetag><resourcetype/><getcontenttype>{media}</getcontenttype>")


def _text_row(href: str, held: Held, name: str) -> str:
    etag, text = held.texts[name]
    data = "C:calendar-data" if held.kind == "calendar" else "CR:address-data"
    return _row(href, f"<getetag>{escape(etag)}</getetag><{data}>{escape(text)}</{data}>")


class Talk(asyncio.Protocol):
    """One connection: requests one after the other, kept open."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._port = transport.get_extra_info("sockname")[1]
        self._world.counts["connections"] += 1

    def data_received(self, data: bytes) -> None:
        self._came += data
        while (end := self._came.find(b"\r\n\r\n")) >= 0:
            first, *rest = self._came[:end].decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
            size = int(headers.get("content-length", "0"))
            if len(self._came) < end + 4 + size:
                return
            body, self._came = self._came[end + 4 : end + 4 + size], self._came[end + 4 + size :]
            method, path, _ = first.split(" ", 2)
            world = self._world
            status, line, answer = world.answer(self._port, method, path, headers, body)
            if path != "/counts":
                world.counts[method] += 1
                world.up += size
                world.down += len(answer)
            kind = "Content-Type: application/xml; charset=utf-8\r\n" if status == 207 else ""
            head = f"HTTP/1.1 {status} Said\r\n{kind}{line}Content-Length: {len(answer)}\r\n\r\n"
            self._transport.write(head.encode() + answer)


async def serve(count: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    world, loop = World(), asyncio.get_running_loop()
    servers = [await loop.create_server(lambda: Talk(world), "127.0.0.1", 0) for _ in range(count)]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
