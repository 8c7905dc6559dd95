"""A mail server on loopback that keeps what it takes, and answers as a test wants it to."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from sidecar.smtp import Security, Smtp

PATIENCE = 60.0
"""Seconds after which the slowest ends too, so that a test that goes wrong does."""


@dataclass(frozen=True)
class Posted:
    """What was handed in, and in whose name to whom."""

    sender: str
    recipient: str
    text: bytes

    @property
    def letter(self) -> EmailMessage:
        read: Any = message_from_bytes(self.text, policy=default)
        assert isinstance(read, EmailMessage)
        return read


@dataclass
class PostOffice:
    """``replies``: what is answered in place of the usual, by the first word of what was said (".": the end of a letter, "":
    the greeting); "cut" hangs up, "only 25" does after these letters, "drip" answers a character at a time, without
    end. ``users``: name -> password.
    ``silent``: nothing is ever said."""

    replies: dict[str, str] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN")
    certificate: Path | None = None
    offers_starttls: bool = True
    silent: bool = False
    posted: list[Posted] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    port: int = 0
    closing: threading.Event = field(default_factory=threading.Event)

    def smtp(self, security: Security = Security.NONE, user: str = "", host: str = "127.0.0.1") -> Smtp:
        return Smtp(host=host, port=self.port, security=security, user=user)


class _Clerk(socketserver.StreamRequestHandler):
    office: PostOffice
    from_the_start: bool

    def handle(self) -> None:
        office = self.office
        if office.silent:
            office.closing.wait(PATIENCE)
            return
        if self.from_the_start:
            self._encrypt()
        if not self._answer("", "220 post.example ESMTP"):
            return
        self._signed, self._sender, self._recipient = not office.users, "", ""
        while line := self.rfile.readline():
            text = line.decode().rstrip("\r\n")
            office.said.append(text)
            word = text.split(" ")[0].upper()
            if word in office.replies:
                if not self._answer(word, ""):
                    return
            elif not getattr(self, f"_{word.lower()}", self._unknown)(text):
                return

    def finish(self) -> None:
        super().finish()
        self.connection.close()  # encrypted, it is another one than the server knows of

    def _answer(self, word: str, usual: str) -> bool:
        answer = self.office.replies.get(word, usual)
        if answer == "cut":
            return False
        if answer == "drip":
            self._drip()
            return False
        if answer.startswith("only "):
            self.wfile.write(answer.removeprefix("only ").encode())
            return False
        self.wfile.write(answer.encode() + b"\r\n")
        return True

    def _drip(self) -> None:
        """As an answer that would say that all is well, if it ended."""
        for _ in range(int(PATIENCE / 0.02)):
            self.wfile.write(b"2")
            if self.office.closing.wait(0.02):
                break

    def _unknown(self, _: str) -> bool:
        return self._answer("?", "502 no such word")

    def _ehlo(self, _: str) -> bool:
        encrypted = isinstance(self.connection, ssl.SSLSocket)
        offered = ["post.example"]
        if self.office.offers_starttls and self.office.certificate is not None and not encrypted:
            offered.append("STARTTLS")
        if self.office.users:
            offered.append("AUTH " + " ".join(self.office.mechanisms))
        lines = [f"250-{one}" for one in offered[:-1]] + [f"250 {offered[-1]}"]
        return self._answer("EHLO", "\r\n".join(lines))

    def _starttls(self, _: str) -> bool:
        self._answer("STARTTLS", "220 go on")
        self._encrypt()
        return True

    def _encrypt(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        assert self.office.certificate is not None
        context.load_cert_chain(self.office.certificate)
        self.connection = self.request = context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)

    def _auth(self, text: str) -> bool:
        _, mechanism, *rest = text.split(" ")
        if mechanism == "PLAIN":
            _, user, password = base64.b64decode(rest[0]).decode().split("\0")
        else:
            user, password = self._told("Username:"), self._told("Password:")
        self._signed = self.office.users.get(user) == password
        return self._answer("AUTHENTICATED", "235 welcome" if self._signed else "535 no")

    def _told(self, question: str) -> str:
        self.wfile.write(b"334 " + base64.b64encode(question.encode()) + b"\r\n")
        return base64.b64decode(self.rfile.readline()).decode()

    def _mail(self, text: str) -> bool:
        if not self._signed:
            return self._answer("?", "530 5.7.0 Authentication required")
        self._sender = text.partition("<")[2].partition(">")[0]
        return self._answer("MAIL", "250 ok")

    def _rcpt(self, text: str) -> bool:
        self._recipient = text.partition("<")[2].partition(">")[0]
        key = f"RCPT {self._recipient}"
        return self._answer(key, "250 ok")

    def _rset(self, _: str) -> bool:
        return self._answer("RSET", "250 ok")

    def _data(self, _: str) -> bool:
        self._answer("DATA", "354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        answer = self.office.replies.get(".", "250 taken")
        # "250 cut", "250 held": it was taken, and nobody hears of that, at once or for long.
        if answer.startswith("250"):
            self.office.posted.append(Posted(self._sender, self._recipient, b"".join(lines)))
        if answer.endswith("held"):
            self.office.closing.wait(PATIENCE)
            return False
        return False if answer.endswith("cut") else self._answer(".", "250 taken")

    def _quit(self, _: str) -> bool:
        self._answer("QUIT", "221 bye")
        return False


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """A visitor that hangs up, or refuses the certificate, is what is tested."""


@contextmanager
def open_office(*, from_the_start: bool = False, **how: Any) -> Iterator[PostOffice]:
    """``from_the_start``: encrypted before the first word."""
    office = PostOffice(**how)
    clerk = type("Clerk", (_Clerk,), {"office": office, "from_the_start": from_the_start})
    with _Server(("127.0.0.1", 0), clerk) as server:
        office.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield office
        finally:
            office.closing.set()
            server.shutdown()
            thread.join(5)
