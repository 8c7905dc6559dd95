"""One visit to the server that takes our mail: in, signed in, letters handed over, out. What goes wrong is told apart.

The way there is encrypted before anything is said, unless the setting says otherwise; a certificate is believed as those of
calendar servers are. Nothing of what a server answers is kept but its status: it may name people.
"""

from __future__ import annotations

import base64
import errno
import os
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from sidecar.smtp import Security, Smtp

ANSWER, WHOLE = 30.0, 120.0
"""Seconds to wait for each answer, and after which a visit is cut off, however often a piece of an answer came."""


MOST = 1_000_000
"""Bytes of all that a server says in one visit; a few hundred are usual."""


class NotPosted(Exception):
    """``why`` names the cause (``doctor.mail.<why>`` in the catalogues); ``status`` is the server's code, 0 without one.

    The error that it came from is its ``__cause__``.
    """

    def __init__(self, why: str, status: int = 0) -> None:
        self.why, self.status = why, status
        super().__init__(f"{why} {status}" if status else why)


class Visit:
    """Signed in; made by ``visiting``."""

    def __init__(self, line: _Line, sender: str) -> None:
        self._line, self._sender = line, sender

    def accepts(self, recipient: str | None = None) -> None:
        """Ask whether it would take a letter of ours, to them, and hand over none. Raises NotPosted; the visit can go on."""
        try:
            self._asked("sender", self._line.mail(self._sender))
            if recipient is not None:
                self._asked("recipient", self._line.rcpt(recipient))
        finally:
            with suppress(smtplib.SMTPException, OSError):
                self._line.rset()

    def post(self, letter: EmailMessage, recipient: str) -> None:
        """Hand it over. Raises NotPosted; after a ``broken`` or ``timeout`` it may have arrived."""
        self._asked("sender", self._line.mail(self._sender))
        self._asked("recipient", self._line.rcpt(recipient))
        try:
            code, _ = self._line.data(letter.as_bytes())
        except smtplib.SMTPDataError as error:
            raise _refused("letter", error.smtp_code) from error
        if not 200 <= code < 300:
            raise _refused("letter", code)

    def _asked(self, step: str, answer: tuple[int, bytes]) -> None:
        code, _ = answer
        if code == 530:  # RFC 4954 section 6: sign in first
            raise NotPosted("wants_login", code)
        if not 200 <= code < 300:
            raise _refused(step, code)


@contextmanager
def visiting(
    smtp: Smtp, password_file: Path | None, sender: str, *, answer: float = ANSWER, whole: float = WHOLE
) -> Iterator[Visit]:
    """A visit to that server in that name. Raises NotPosted, also for what goes wrong on the line inside."""
    password = _password(password_file) if smtp.user else ""
    line = _Line(_context() if smtp.security is not Security.NONE else None, answer)
    watch = threading.Timer(whole, line.cut)
    watch.daemon = True
    watch.start()
    try:
        with _causes(line):
            line.open(smtp)
            if smtp.user:
                _sign_in(line, smtp.user, password)
            yield Visit(line, sender)
        with suppress(smtplib.SMTPException, OSError):
            # What was taken is taken, however the visit ends.
            line.quit()
    finally:
        watch.cancel()
        line.close()


@contextmanager
def _causes(line: _Line) -> Iterator[None]:
    try:
        yield
        if line.late:
            raise TimeoutError
    except (NotPosted, smtplib.SMTPException, OSError, UnicodeError) as error:
        # Cut off from beside, half an answer may look like any, that all was taken too.
        if line.late:
            raise NotPosted("timeout") from error
        if isinstance(error, NotPosted):
            raise
        raise NotPosted(_why(error, line)) from error


def _why(error: Exception, line: _Line) -> str:
    # In this order: these are all kinds of OSError.
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "timeout"
    if isinstance(error, ssl.SSLError):
        return "tls"
    if isinstance(error, socket.gaierror | UnicodeError):
        return "no_such_name"
    if isinstance(error, ConnectionRefusedError):
        return "unreachable"
    if line.greeted:
        return "broken"
    return "no_mail_server" if isinstance(error, smtplib.SMTPException) else "no_way"


class _Line(smtplib.SMTP):
    """A connection that can be cut off from beside at every moment; ``context``: how it is encrypted, if it is."""

    def __init__(self, context: ssl.SSLContext | None, answer: float) -> None:
        self.late = self.greeted = False
        self._context, self._at = context, ""
        # The name it says is its address, once it has one (RFC 5321 section 4.1.4): asking for a name can take long.
        super().__init__(local_hostname="[127.0.0.1]", timeout=answer)

    def open(self, smtp: Smtp) -> None:
        """Connected, encrypted and greeted."""
        self._at = smtp.host
        self._hold(socket.create_connection((smtp.host, smtp.port), self.timeout))
        assert self.sock is not None
        own = str(self.sock.getsockname()[0])
        self.local_hostname = f"[IPv6:{own}]" if ":" in own else f"[{own}]"
        if smtp.security is Security.TLS:
            self._encrypt()
        code, _ = self.getreply()
        if code != 220:
            raise _refused("no_mail_server", code)
        self.greeted = True
        self._greet()
        if smtp.security is Security.STARTTLS:
            if not self.has_extn("starttls"):
                raise NotPosted("no_encryption")
            code, _ = self.docmd("STARTTLS")
            if code != 220:
                raise _refused("no_encryption", code)
            self._encrypt()
            self._greet()

    def cut(self) -> None:
        """Whoever waits for it gets an error at once; what it is to hold from then on it does not."""
        self.late = True
        if isinstance(self.sock, socket.socket):
            with suppress(OSError):
                # Of the socket itself: TLS would first forget its state, under whoever is reading.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def _greet(self) -> None:
        """EHLO. What was said before a line was encrypted counts for nothing after it (RFC 3207 section 4.2)."""
        self.esmtp_features, self.does_esmtp = {}, False
        self.ehlo_resp = self.helo_resp = None
        self.ehlo_or_helo_if_needed()

    def _encrypt(self) -> None:
        assert self._context is not None
        assert self.sock is not None
        # The handshake apart: before it, the line can be cut off as any other.
        encrypted = self._context.wrap_socket(self.sock, server_hostname=self._at, do_handshake_on_connect=False)
        self._hold(encrypted)
        encrypted.do_handshake()

    def _hold(self, sock: socket.socket) -> None:
        if self.file is not None:
            self.file.close()
        self.sock, self.file = sock, _Bounded(sock)
        if self.late:  # all of it may have gone into looking for a way
            raise TimeoutError


class _Bounded:
    """What a server says, ``MOST`` bytes of it in all: smtplib would keep every line of an answer that never ends."""

    def __init__(self, sock: socket.socket) -> None:
        self._file, self._left = sock.makefile("rb"), MOST

    def readline(self, size: int) -> bytes:
        line = self._file.readline(size)
        self._left -= len(line)
        if self._left < 0:
            raise OSError(errno.EMSGSIZE, "too much of an answer")
        if line and len(line) < size and not line.endswith(b"\n"):
            raise OSError(errno.ECONNRESET, "half an answer")
        return line

    def close(self) -> None:
        self._file.close()


def _sign_in(line: _Line, user: str, password: str) -> None:
    """By itself: smtplib knows no password beyond ASCII. RFC 4616 (PLAIN), and LOGIN, which some know alone."""
    offered = str(line.esmtp_features.get("auth", "")).upper().split()
    if "PLAIN" in offered:
        code, _ = line.docmd("AUTH", "PLAIN " + _encoded(f"\0{user}\0{password}"))
    elif "LOGIN" in offered:
        code, _ = line.docmd("AUTH", "LOGIN")
        for word in (user, password):
            if code == 334:
                code, _ = line.docmd(_encoded(word))
    else:
        raise NotPosted("no_login")
    if code != 235:
        raise _refused("password", code)


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _refused(step: str, code: int) -> NotPosted:
    """What a status is at that step: 4xx asks to come again later, 5xx is no (RFC 5321 section 4.2.1); what is neither, once
    we are let in, is no answer."""
    known = 500 <= code < 600 or step not in ("sender", "recipient", "letter")
    return NotPosted("later" if 400 <= code < 500 else step if known else "broken", max(code, 0))


def _password(file: Path | None) -> str:
    try:
        password = file.read_text(encoding="utf-8-sig").strip("\r\n") if file is not None else ""
    except (OSError, UnicodeDecodeError) as error:
        raise NotPosted("no_password") from error
    if not password:
        raise NotPosted("no_password")
    return password


def _context() -> ssl.SSLContext:
    """Believes whom requests believes, and with it every calendar server's certificate."""
    bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or DEFAULT_CA_BUNDLE_PATH
    try:
        folder = Path(bundle).is_dir()
        return ssl.create_default_context(cafile=None if folder else bundle, capath=bundle if folder else None)
    except OSError as error:
        raise NotPosted("no_authorities") from error
