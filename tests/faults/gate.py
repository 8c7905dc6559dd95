"""A gate before a server, on loopback: it holds one request before or after the server has carried it out."""

from __future__ import annotations

import http.client
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.faults.front import Answer

Backend = Callable[[str, str, Mapping[str, str], bytes], Answer]
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})
HELD = "held"


@dataclass(frozen=True, kw_only=True)
class Hold:
    """Which request is held: the ``number``-th (from 1) of ``methods`` since ``Gate.arm``."""

    number: int
    methods: tuple[str, ...] = ("PUT", "DELETE")
    before: bool = False


@dataclass(kw_only=True)
class Gate:
    """``log``: (method, path, status) of all the server carried out. ``events`` gets HELD when a request is held.

    ``up`` and ``down`` count the bytes of bodies. ``broken``: so many answers to the next REPORTs break off in
    their middle.
    """

    backend: Backend
    url: str = ""
    log: list[tuple[str, str, int]] = field(default_factory=list)
    up: int = 0
    down: int = 0
    broken: int = 0
    events: queue.Queue[str] = field(default_factory=queue.Queue)
    _hold: Hold | None = None
    _met: int = 0
    _open: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def arm(self, hold: Hold | None) -> None:
        """From now on that request is held; what was held before gets no answer any more."""
        with self._lock:
            self._hold, self._met, self._open = hold, 0, threading.Event()

    def release(self) -> None:
        """What is held ends without an answer; nobody is there to read it."""
        self._open.set()

    def pass_on(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        with self._lock:
            hold, opened = self._hold, self._open
            if hold is not None and method in hold.methods:
                self._met += 1
            held = hold is not None and method in hold.methods and self._met == hold.number
        if held and hold is not None and hold.before:
            return self._wait(opened)
        answer = self.backend(method, path, headers, body)
        with self._lock:
            self.log.append((method, path, answer[0]))
            self.up += len(body)
            self.down += len(answer[2])
        return self._wait(opened) if held else answer

    def as_sent(self, method: str, content: bytes) -> bytes:
        with self._lock:
            if method != "REPORT" or not self.broken:
                return content
            self.broken -= 1
            return content[: len(content) // 2]

    def _wait(self, opened: threading.Event) -> None:
        self.events.put(HELD)
        opened.wait(60)

    def taken(self, method: str) -> list[str]:
        """The paths of the writes that the server took, once for each time."""
        return [path for asked, path, status in self.log if asked == method and status < 300]


def forwarding(url: str) -> Backend:
    """To a real server."""
    target = urlsplit(url)

    def forward(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        backend = http.client.HTTPConnection(target.hostname or "", target.port, timeout=30)
        try:
            passed = {k: v for k, v in headers.items() if k.lower() not in _HOP_BY_HOP}
            backend.request(method, path, body=body or None, headers=passed)
            answer = backend.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            backend.close()

    return forward


@contextmanager
def gate_before(backend: Backend) -> Iterator[Gate]:
    gate = Gate(backend=backend)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = 65536

        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = gate.pass_on(self.command, self.path, dict(self.headers.items()), body)
            if answer is None:
                self.close_connection = True
                return
            status, headers, content = answer
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            sent = gate.as_sent(self.command, content)
            self.wfile.write(sent)
            self.wfile.flush()
            self.close_connection |= len(sent) < len(content)

        def log_message(self, *_: object) -> None:
            """Quiet: the gate has a log."""

        do_GET = do_PUT = do_DELETE = do_OPTIONS = do_PROPFIND = do_REPORT = handle_one  # noqa: N815
        do_MKCOL = do_MKCALENDAR = handle_one  # noqa: N815

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Whoever asked was killed."""

    with Server(("127.0.0.1", 0), Handler) as server:
        gate.url = f"http://127.0.0.1:{server.server_address[1]}/"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield gate
        finally:
            gate.release()
            server.shutdown()
            thread.join(5)
