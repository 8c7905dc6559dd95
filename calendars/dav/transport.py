"""One HTTP session with one server: bounded in time, size, redirects and retries, every error a ``DavError``.

The session is a plain ``requests.Session`` to others (the caldav library is handed it), so that whoever sends
through it gets the same bounds. Nothing is logged here; credentials stand only in the auth object.
"""

from __future__ import annotations

import io
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.utils import requote_uri
from urllib3.exceptions import LocationParseError

from calendars.dav.auth import hiding
from calendars.dav.bearing import Bearing
from calendars.dav.bodies import read_pieces
from calendars.dav.failures import NoSuchHost, SentElsewhere, TimedOut, TlsFailure
from calendars.dav.refusals import refusal
from calendars.errors import BadAnswer, DavError, ServerTrouble, Unreachable
from calendars.hrefs import normal_href

_READS = frozenset({"PROPFIND", "REPORT", "OPTIONS", "GET", "HEAD"})
_REFUSED_UNDONE = frozenset({429, 503})
"""What a server answers before it did anything, so that a write too may be sent again."""
_PASSING = _REFUSED_UNDONE | {502, 504}


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Seconds (``connect``, ``read`` between two pieces, ``whole`` answer, longest ``wait`` for a retry) and counts.

    ``body`` is in bytes, ``attempts`` counts the first one too.
    """

    connect: float = 10.0
    read: float = 60.0
    whole: float = 300.0
    body: int = 64 * 1024 * 1024
    redirects: int = 4
    attempts: int = 3
    wait: float = 20.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A successful answer, read to its end. ``href`` is the one asked for, in normal form.

    ``pieces``: what follows of an answer that is read while it comes; its body is empty.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    href: str
    pieces: Iterator[bytes] | None = None


class _Coming(io.BytesIO):
    """Stands for a body that is still to be read: ``pieces`` gives it."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self.pieces = pieces


class _BoundedAdapter(HTTPAdapter):
    """Reads every answer within bounds, so that nobody above can read more; counts what goes over the wire.

    Whoever asks with ``stream`` gets the pieces of a 207 one by one; any other answer is read to its end.
    """

    def __init__(self, bounds: Bounds, clock: Callable[[], float], connections: int) -> None:
        self._bounds = bounds
        self._clock = clock
        self._lock = threading.Lock()
        self.requests = 0
        self.bytes_read = 0
        super().__init__(pool_maxsize=connections)

    def send(self, request: requests.PreparedRequest, *_: Any, **options: Any) -> requests.Response:
        href, streamed = urlsplit(request.url or "").path, options.get("stream")
        options |= {"stream": True, "timeout": (self._bounds.connect, self._bounds.read)}
        with self._lock:
            self.requests += 1
        try:
            response = super().send(request, **options)
        except requests.exceptions.SSLError as error:
            raise TlsFailure("The secure connection failed; check the server's certificate", href=href) from error
        except requests.exceptions.Timeout as error:
            raise TimedOut("No answer in time; try later", href=href) from error
        except LocationParseError as error:
            # A name with a part of more than 63 letters (RFC 1035 section 2.3.4): urllib3's own error, passed on as it is.
            raise NoSuchHost("Nothing can have this address; check the name", href=href) from error
        except requests.exceptions.ConnectionError as error:
            if "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error):
                raise NoSuchHost("Nothing answers at this address; check name and port", href=href) from error
            raise Unreachable("The connection broke", href=href) from error
        except requests.exceptions.RequestException as error:
            raise Unreachable(f"The request could not be sent ({type(error).__name__})", href=href) from error
        # The body replaces the raw stream; cookies are not kept, as DAV needs none and some servers then ask for CSRF.
        pieces = self._pieces(response.raw, response.status_code, href)
        response.raw = _Coming(pieces) if streamed and response.status_code == 207 else io.BytesIO(b"".join(pieces))
        return response

    def _pieces(self, raw: Any, status: int, href: str) -> Iterator[bytes]:
        try:
            yield from read_pieces(
                raw, limit=self._bounds.body, seconds=self._bounds.whole, clock=self._clock, href=href,
                status=status, count=self._count,
            )  # fmt: skip
        finally:
            raw.close()

    def _count(self, read: int) -> None:
        with self._lock:
            self.bytes_read += read


class DavSession(requests.Session):
    """Requests to one origin only. ``send`` raises a ``DavError`` for every answer of 400 and above."""

    def __init__(
        self,
        origin: str,
        auth: AuthBase,
        bounds: Bounds,
        *,
        verify: bool | str = True,
        connections: int = 8,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] | None = None,
        bearing: Bearing | None = None,
    ) -> None:
        super().__init__()
        self.origin = origin
        self.bearing = bearing or Bearing()
        self.auth = auth
        self._hide = hiding(auth)
        self.verify = verify
        self.headers.update({"User-Agent": f"hors-les-murs/{_version()}", "Accept-Encoding": "identity"})
        self._bounds = bounds
        self._pause = pause
        self._jitter = jitter or random.SystemRandom().random
        self.wire = _BoundedAdapter(bounds, clock, connections)
        self.adapters.clear()
        self.mount("https://", self.wire)
        self.mount("http://", self.wire)
        self._environment: Any = None

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        """As requests does; but what was said of certificates stands, where requests lets REQUESTS_CA_BUNDLE replace it.

        All requests go to one origin, so what the environment says of it (its proxy) is read at the first of them alone.
        """
        settings: Any
        if proxies or verify is not None or cert is not None:
            settings = super().merge_environment_settings(url, proxies, stream, verify, cert)
        else:
            if self._environment is None:
                self._environment = super().merge_environment_settings(url, {}, None, None, None)
            settings = {**self._environment, "stream": self.stream if stream is None else stream}
        if self.verify is not True:
            settings["verify"] = self.verify
        return settings

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: ``send`` follows redirects itself, because requests would turn a PROPFIND into a GET without body."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        method, href = str(request.method), urlsplit(str(request.url)).path
        self._must_be_ours(str(request.url), href, None)
        for attempt in range(1, self._bounds.attempts + 1):
            last = attempt == self._bounds.attempts
            try:
                with self.bearing.under_way() as reply:
                    response = self._follow(request, href, options)
                    reply.status = response.status_code
            except (TimedOut, TlsFailure, NoSuchHost):
                raise
            except Unreachable:
                if last or method not in _READS:
                    raise
                self._pause(self._backoff(attempt))
                continue
            content = response.content if response.status_code >= 400 else b""
            error = refusal(method, href, response.status_code, response.headers, content, self._hide)
            if error is None:
                return response
            wait = self._wait(method, error, attempt)
            if last or wait is None:
                if isinstance(error, ServerTrouble):
                    error.asked = attempt
                raise error
            self._pause(wait)
        raise AssertionError("the last attempt returns or raises")

    def _wait(self, method: str, error: DavError, attempt: int) -> float | None:
        """Seconds before another attempt, or None when another one is of no use or not ours to make."""
        if not isinstance(error, ServerTrouble) or error.status not in _PASSING:
            return None
        if error.retry_after is not None:
            asked = error.retry_after + self._jitter() * 0.1
            return asked if error.status in _REFUSED_UNDONE and error.retry_after <= self._bounds.wait else None
        return self._backoff(attempt) if method in _READS else None

    def _backoff(self, attempt: int) -> float:
        return float(min(self._bounds.wait, 0.25 * 2.0**attempt) * (0.5 + self._jitter()))

    def _follow(self, request: requests.PreparedRequest, href: str, options: dict[str, Any]) -> requests.Response:
        for _ in range(self._bounds.redirects + 1):
            response = super().send(request, **options)
            if not 300 <= response.status_code < 400 or response.status_code == 304:
                return response
            location = response.headers.get("Location")
            if response.status_code not in (301, 302, 307, 308) or not location:
                raise BadAnswer("A redirect that leads nowhere", href=href, status=response.status_code)
            try:
                target = requote_uri(urljoin(str(request.url), location))
            except (ValueError, requests.exceptions.InvalidURL) as error:
                raise BadAnswer("A redirect that cannot be read", href=href, status=response.status_code) from error
            self._must_be_ours(target, href, response.status_code)
            request = request.copy()
            request.url = target
        raise BadAnswer("Redirects without end", href=href)

    def _must_be_ours(self, url: str, href: str, status: int | None) -> None:
        if origin_of(url) != self.origin:
            raise SentElsewhere(
                "The server sends us elsewhere; if you trust that address, enter it instead",
                location=self._hide(without_user(url))[:300],
                href=href,
                status=status,
            )


class Transport:
    """Requests by href. ``requests`` and ``bytes_read`` count everything that went over the wire, retries included."""

    def __init__(self, session: DavSession) -> None:
        self.session = session

    @property
    def origin(self) -> str:
        return self.session.origin

    @property
    def requests(self) -> int:
        return self.session.wire.requests

    @property
    def bytes_read(self) -> int:
        return self.session.wire.bytes_read

    def request(
        self,
        method: str,
        href: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        streamed: bool = False,
    ) -> Answer:
        """Send; raises the ``DavError`` that the answer is. ``streamed``: a 207 comes in pieces, as it is read."""
        href = normal_href(href)
        try:
            response = self.session.request(
                method, self.origin + href, data=body, headers=dict(headers or {}), stream=streamed
            )
        except requests.exceptions.RequestException as error:
            raise Unreachable(f"The request could not be made ({type(error).__name__})", href=href) from error
        if isinstance(response.raw, _Coming):
            return Answer(
                status=response.status_code, headers=response.headers, body=b"", href=href, pieces=response.raw.pieces
            )
        return Answer(status=response.status_code, headers=response.headers, body=response.content, href=href)

    def close(self) -> None:
        self.session.close()


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL, lower case, default ports left out; "" when there is no host.

    >>> origin_of("HTTPS://Cloud.Example:443/remote.php/dav")
    'https://cloud.example'
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{host}" + ("" if port in (None, default) else f":{port}")


def without_user(address: str) -> str:
    """An address as it may be kept and shown: without user, password and query; a mail address stays one.

    >>> without_user("https://anne:geheim@cloud.example/dav/?key=1"), without_user("anne@example.org")
    ('https://cloud.example/dav/', 'anne@example.org')
    """
    scheme, mark, rest = address.partition("?")[0].rpartition("://")
    host, slash, path = rest.partition("/")
    user, at, place = host.rpartition("@")
    host = place if at and (mark or ":" in user) else host
    return scheme + mark + host + slash + path


def _version() -> str:
    try:
        return version("hors-les-murs")
    except PackageNotFoundError:
        return "0"
