"""A proxy on loopback that writes down what passes between a client and a server."""

from __future__ import annotations

import base64
import http.client
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import urlsplit

_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host"})


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One request as the server saw and answered it."""

    method: str
    path: str
    status: int
    headers: dict[str, str] = field(default_factory=dict)


class RecordingProxy:
    """Hands requests on to ``target`` and keeps what passed in ``log``.

    With ``logins`` it asks for Basic itself and tells the server the user in X-Remote-User (for Xandikos, which checks
    passwords behind a proxy only).
    """

    def __init__(self, target: str, logins: dict[str, str] | None = None) -> None:
        self.log: list[Seen] = []
        self.logins = logins
        host, port = urlsplit(target).hostname or "", urlsplit(target).port or 0
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = 65536

            def handle_one(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP_BY_HOP}
                headers["Host"] = self.headers.get("Host", f"{host}:{port}")
                if proxy.logins is not None:
                    user = proxy.who(headers.pop("Authorization", ""))
                    if user is None:
                        self.reply(401, [("WWW-Authenticate", 'Basic realm="test"')], b"")
                        return
                    headers["X-Remote-User"] = user
                backend = http.client.HTTPConnection(host, port, timeout=30)
                try:
                    backend.request(self.command, self.path, body=body or None, headers=headers)
                    answer = backend.getresponse()
                    content = answer.read()
                    self.reply(answer.status, answer.getheaders(), content)
                finally:
                    backend.close()

            def reply(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
                seen = Seen(method=self.command, path=self.path, status=status, headers=dict(self.headers.items()))
                proxy.log.append(seen)
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() not in _HOP_BY_HOP:
                        self.send_header(name, value)
                if status not in (204, 304) and not 100 <= status < 200:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)
                self.wfile.flush()

            def log_message(self, *_: object) -> None:
                """Quiet: ``log`` has it."""

            do_GET = do_HEAD = do_PUT = do_DELETE = do_POST = do_OPTIONS = do_PROPFIND = handle_one  # noqa: N815
            do_PROPPATCH = do_REPORT = do_MKCOL = do_MKCALENDAR = do_MOVE = do_COPY = handle_one  # noqa: N815

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def who(self, authorization: str) -> str | None:
        kind, _, value = authorization.partition(" ")
        if kind.lower() != "basic":
            return None
        user, _, password = base64.b64decode(value).decode().partition(":")
        return user if (self.logins or {}).get(user) == password else None

    def __enter__(self) -> RecordingProxy:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
