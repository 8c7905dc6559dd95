"""Failures that call for different advice than their base in ``calendars.errors``."""

from __future__ import annotations

from calendars.errors import BadAnswer, NotThere, Rejected, Unauthorised, Unreachable


class TlsFailure(Unreachable):
    """The certificate or the TLS handshake failed: check the address and the server's certificate."""


class TimedOut(Unreachable):
    """The server did not answer in time: try later, or raise the time-out."""


class NoSuchHost(Unreachable):
    """Nothing answers at that name and port: check the address."""


class SentElsewhere(BadAnswer):
    """The server sends us to another scheme, host or port; credentials are not sent there. ``location`` is where."""

    def __init__(self, message: str, *, location: str, href: str = "", status: int | None = None) -> None:
        self.location = location
        super().__init__(f"{message}: {location}", href=href, status=status)


class NotDav(BadAnswer):
    """Something answers there, and it is no CalDAV or CardDAV server (a web page, perhaps)."""


class NothingThere(NotThere):
    """A DAV server answers, and no account with calendars or address books is found at that address."""


class MalformedXml(BadAnswer):
    """The answer's XML is not well-formed: cut short, or holding a character that XML cannot hold."""


class NoSuchReport(Rejected):
    """``supported-report`` (RFC 3253 section 3.6): the server does not know the report that was asked for."""


class NoMoreCollections(Rejected):
    """The server lets this account create no further collection, now or at all: use those that are there."""


class MayNotCreate(Rejected):
    """The server lets this account make no collection there, or none of that address: have one made, and bind it."""


class AccountDisabled(Unauthorised):
    """The server knows the account and has switched it off: somebody has to enable it, or another one to be connected."""


class AccessWithdrawn(Unauthorised):
    """Nothing was asked: whoever lends us their access took it back, or asks to be left alone. ``why`` is their word."""

    def __init__(self, message: str, *, why: str) -> None:
        self.why = why
        super().__init__(f"{message}: {why}")
