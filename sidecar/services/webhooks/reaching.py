"""The way to an address that somebody named: not into our own network unless that is meant, and never without end.

An address is looked at where it is connected to, not where it is written down: what a name means is its owner's to change,
from one moment to the next (DNS rebinding). Behind a proxy of the environment it is the proxy that connects, and decides.
"""

from __future__ import annotations

import functools
import ipaddress
import socket
import threading
from contextlib import suppress
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

AT_MOST = 4
"""So many of a name's addresses are tried."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNICAST = ipaddress.ip_network("2000::/3")
"""All that is given out of IPv6 (RFC 4291 section 2.4 and IANA's register)."""


class NotPublic(Exception):
    """The address leads into our own network; nothing was sent."""


class Way(HTTPAdapter):
    """For one request. ``internal``: it may lead into our own network. ``seconds`` after it was connected it is cut off,
    however often a piece of an answer came; ``late`` says that it was.
    """

    def __init__(self, *, internal: bool, seconds: float) -> None:
        self.internal = internal
        self.late = False
        self._seconds = seconds
        self._timers: list[threading.Timer] = []
        super().__init__()

    def get_connection_with_tls_context(self, *arguments: Any, **options: Any) -> Any:
        pool = super().get_connection_with_tls_context(*arguments, **options)
        kind = _Encrypted if pool.scheme == "https" else _Watched
        pool.ConnectionCls = functools.partial(kind, way=self)  # type: ignore[attr-defined]
        return pool

    def connected(self, connection: HTTPConnection) -> None:
        timer = threading.Timer(self._seconds, self._end, [connection])
        timer.daemon = True
        self._timers.append(timer)
        timer.start()

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        super().close()

    def _end(self, connection: HTTPConnection) -> None:
        self.late = True
        if isinstance(connection.sock, socket.socket):
            with suppress(OSError):
                # Of the socket itself: TLS would first forget its state, under whoever is reading.
                socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)


class _Watched(HTTPConnection):
    def __init__(self, *arguments: Any, way: Way, **options: Any) -> None:
        self._way = way
        super().__init__(*arguments, **options)

    def connect(self) -> None:
        super().connect()
        self._way.connected(self)

    def _new_conn(self) -> socket.socket:
        if self._way.internal or self.proxy is not None:
            return super()._new_conn()
        name, failed = self._dns_host, None
        for address in self._addresses(name)[:AT_MOST]:
            self._dns_host = address
            try:
                return super()._new_conn()
            except (ConnectTimeoutError, NewConnectionError) as error:
                failed = error
            finally:
                self._dns_host = name  # whose certificate is asked for
        raise failed or NotPublic

    def _addresses(self, name: str) -> list[str]:
        """What may be connected to, in the order of preference."""
        try:
            found = socket.getaddrinfo(name, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise NewConnectionError(self, type(error).__name__) from error
        return [address for address in dict.fromkeys(str(place[0]) for *_, place in found) if is_public(address)]


class _Encrypted(_Watched, HTTPSConnection):
    pass


def is_public(address: str) -> bool:
    """Whether everybody in the world reaches the same by it; also what is wrapped into an IPv6 address counts.

    >>> is_public("2a00:1450:4007:80e::200e"), is_public("10.0.0.1"), is_public("::ffff:127.0.0.1")
    (True, False, False)
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast
    if ip.ipv4_mapped is not None:
        return is_public(str(ip.ipv4_mapped))
    if ip in _NAT64:
        return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    inside = ip.sixtofour or (ip.teredo[1] if ip.teredo is not None else None)
    return ip in _UNICAST and ip.is_global and (inside is None or is_public(str(inside)))
