"""What a DAV server or a text may answer with, as a small hierarchy.

Every error says what happened, to what (``href``), and, where the reader can do something, what to do.
"""

from __future__ import annotations


class CalendarsError(Exception):
    """Base of everything this package raises on purpose."""


class UnreadableText(CalendarsError):
    """An iCalendar or vCard text that cannot be read; nothing was changed. ``line`` is 1-based, or None."""

    def __init__(self, message: str, *, line: int | None = None) -> None:
        self.line = line
        super().__init__(f"line {line}: {message}" if line is not None else message)


class DavError(CalendarsError):
    """A request that did not do what it should. ``status`` is the HTTP status, or None when there was no answer."""

    def __init__(self, message: str, *, href: str = "", status: int | None = None) -> None:
        self.href = href
        self.status = status
        where = f" ({href})" if href else ""
        code = f" [HTTP {status}]" if status is not None else ""
        super().__init__(f"{message}{where}{code}")


class Unauthorised(DavError):
    """401: user or secret refused. Stop, do not try again by yourself."""


class Forbidden(DavError):
    """403: this account may not do that there."""


class NotThere(DavError):
    """404 or 410: nothing at that href."""


class PreconditionFailed(DavError):
    """412 (or 409 for a taken href): somebody was faster; pull and merge."""


class UidConflict(DavError):
    """``no-uid-conflict`` (RFC 4791 section 5.3.2.1) or what servers answer in its place."""


class TokenRefused(DavError):
    """``valid-sync-token`` (RFC 6578 section 3.2) or what servers answer in its place; list everything instead."""


class Rejected(DavError):
    """400, 409, 415, 422 and the like: the server will not take this text; trying again is of no use."""


class TooLarge(DavError):
    """413, ``max-resource-size``, or an answer above our own bound."""


class InsufficientStorage(DavError):
    """507: no room on the server."""


class ServerTrouble(DavError):
    """5xx, 423, 429: try later. ``retry_after`` in seconds, or None. ``asked``: how often this was asked in vain already."""

    asked: int = 1

    def __init__(self, message: str, *, href: str = "", status: int | None = None, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message, href=href, status=status)


class Paused(ServerTrouble):
    """429 or 503: the whole server asks to be left alone for a while, so nothing more of it is asked."""


class KeepsFailing(DavError):
    """A server fails at this one write, in pass after pass or while it takes others: it is no longer tried each time."""


class Unreachable(DavError):
    """No answer: name, connection, TLS or time-out. It is not known whether a write arrived."""


class Interrupted(Unreachable):
    """This program was asked to stop: the request did not go out."""


class BadAnswer(DavError):
    """An answer that is no multistatus, is cut short, has entities, or redirects to another host."""
