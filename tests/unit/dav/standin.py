"""A server that answers byte for byte what a test hands it: for answers no sound server gives."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from calendars.dav import Bounds, DavHome
from calendars.dav.account import Account
from calendars.dav.auth import PasswordAuth
from calendars.dav.collection import DavCollection
from calendars.dav.servers import ServerTraits
from calendars.dav.transport import DavSession, Transport
from calendars.sync.ports import CollectionKind

HREF = "/rota/"


@dataclass(frozen=True, kw_only=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Answering = Callable[[Asked], bytes | Iterator[bytes]]


@dataclass(kw_only=True)
class StandIn:
    """``answer`` gives the whole raw answer, or its pieces; ``asked`` is every request; ``over`` ends what hangs."""

    url: str
    answer: Answering
    asked: list[Asked] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    pauses: list[float] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return self.url.rstrip("/")

    def transport(self, **bounds: float) -> Transport:
        """A transport to it whose pauses are noted and not waited for."""
        limits = Bounds(**{"connect": 2.0, "read": 5.0, "whole": 20.0, **bounds})  # type: ignore[arg-type]
        auth = PasswordAuth("léa", "mot de passe")
        return Transport(DavSession(self.origin, auth, limits, pause=self.pauses.append, jitter=lambda: 0.5))

    def collection(self, traits: ServerTraits | None = None, **bounds: float) -> DavCollection:
        return DavCollection(self.transport(**bounds), HREF, CollectionKind.CALENDAR, traits or ServerTraits())

    def home(self, **bounds: float) -> DavHome:
        account = Account(origin=self.origin, principal="/p/", calendar_homes=("/",), addressbook_homes=("/",))
        return DavHome(self.transport(**bounds), account)


@contextmanager
def standing_in(answer: Answering) -> Iterator[StandIn]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            line = self.rfile.readline().decode().split()
            if len(line) < 2:
                return
            headers: dict[str, str] = {}
            while (header := self.rfile.readline().decode("latin-1").strip()) != "":
                name, _, value = header.partition(":")
                headers[name.strip().lower()] = value.strip()
            body = self.rfile.read(int(headers.get("content-length", 0)))
            asked = Asked(method=line[0], path=line[1], headers=headers, body=body)
            there.asked.append(asked)
            told = there.answer(asked)
            try:
                for piece in [told] if isinstance(told, bytes) else told:
                    self.wfile.write(piece)
                    self.wfile.flush()
            except OSError:
                return  # whoever asked had enough

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        there = StandIn(url=f"http://127.0.0.1:{server.server_address[1]}/", answer=answer)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield there
        finally:
            there.over.set()
            server.shutdown()
            thread.join(5)


def raw(status: int, body: bytes = b"", kind: str = "application/xml", **headers: str) -> bytes:
    """A whole answer; header names are given with underscores."""
    lines = [f"HTTP/1.1 {status} Something", f"Content-Length: {len(body)}", "Connection: close"]
    if body:
        lines.append(f"Content-Type: {kind}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def multistatus(*rows: str, token: str = "") -> bytes:
    held = "".join(rows) + (f"<d:sync-token>{token}</d:sync-token>" if token else "")
    spaces = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"'
    return f'<?xml version="1.0"?><d:multistatus {spaces}>{held}</d:multistatus>'.encode()


def row(href: str, props: str = "", status: str = "HTTP/1.1 200 OK") -> str:
    return (
        f"<d:response><d:href>{href}</d:href><d:propstat><d:prop>{props}</d:prop>"
        f"<d:status>{status}</d:status></d:propstat></d:response>"
    )


def gone(href: str, status: str = "HTTP/1.1 404 Not Found") -> str:
    return f"<d:response><d:href>{href}</d:href><d:status>{status}</d:status></d:response>"


def etag(value: str) -> str:
    return f"<d:getetag>{value}</d:getetag>"


def data(text: str) -> str:
    return f"<c:calendar-data>{text}</c:calendar-data>"
