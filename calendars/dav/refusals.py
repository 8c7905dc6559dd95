"""From an HTTP status and its body to the error it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from calendars import errors
from calendars.dav import elements
from calendars.dav.failures import AccountDisabled, NoSuchReport
from calendars.errors import BadAnswer, DavError

_ADVICE_LENGTH = 200
_LONGEST_WAIT = 366 * 24 * 3600.0
"""Seconds; who asks for more asks for ever, and some write a number that no clock can hold."""


_UID_TAKEN = frozenset({"no-uid-conflict", "unique-scheduling-object-resource"})
"""RFC 4791 section 5.3.2.1, and RFC 6638 section 3.2.4.1, which Cyrus names for events without guests too."""


def preconditions(body: bytes) -> frozenset[str]:
    """Local names of what a DAV:error names (RFC 4918 section 16); empty when the body is none."""
    found = _error_element(body)
    return frozenset() if found is None else frozenset(map(elements.local_name, elements.children(found)))


def refusal(
    method: str, href: str, status: int, headers: Mapping[str, str], body: bytes, hide: Callable[[str], str] = str
) -> DavError | None:
    """The error that this answer is, or None when it is no error. Redirects are the transport's.

    ``hide`` takes out of the server's words what nobody may read: some servers repeat what they were sent.
    """
    if status < 400:
        return None
    named = preconditions(body)
    said = hide(_message(body))[:_ADVICE_LENGTH]
    detail = f": {said}" if said else ""
    if "valid-sync-token" in named:
        return errors.TokenRefused("The server does not take this sync-token", href=href, status=status)
    if named & _UID_TAKEN or _uid_taken(status, said):
        return errors.UidConflict(f"The UID is taken by another object{detail}", href=href, status=status)
    if "max-resource-size" in named or status == 413:
        return errors.TooLarge(f"Too large for the server{detail}", href=href, status=status)
    if "quota-not-exceeded" in named or "sufficient-disk-space" in named or status == 507:
        return errors.InsufficientStorage(f"No room on the server{detail}", href=href, status=status)
    if "resource-must-be-null" in named or (status == 405 and method in ("MKCOL", "MKCALENDAR")):
        return errors.PreconditionFailed("It is there already", href=href, status=status)
    if "supported-report" in named:
        return NoSuchReport("The server does not know this report", href=href, status=status)
    if named & _ABOUT_THE_TEXT:
        return errors.Rejected(f"The server does not take this text{detail}", href=href, status=status)
    if status == 401:
        return errors.Unauthorised("User or password refused", href=href, status=status)
    if status == 403:
        return errors.Forbidden(f"{method} is not allowed here{detail}", href=href, status=status)
    if status in (404, 410):
        return errors.NotThere("Nothing there", href=href, status=status)
    if status == 412:
        return errors.PreconditionFailed(f"It changed meanwhile, or is there already{detail}", href=href, status=status)
    if status == 503 and "DisabledUserException" in said:
        # Nextcloud 32 says it as if it were in maintenance.
        return AccountDisabled("The account is disabled", href=href, status=status)
    wait = retry_after(headers)
    if status in (429, 503):
        return errors.Paused(f"The server asks for a pause{detail}", href=href, status=status, retry_after=wait)
    if status == 423 or status >= 500:
        return errors.ServerTrouble(f"The server is in trouble{detail}", href=href, status=status, retry_after=wait)
    return errors.Rejected(f"{method} was refused{detail}", href=href, status=status)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds asked for by Retry-After (RFC 9110 section 10.2.3); a date counts from the answer's own Date."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        # A number of thousands of digits is no number of seconds.
        return min(float(value[:20]), _LONGEST_WAIT)
    until, sent = http_date(value), http_date(headers.get("Date", ""))
    if until is None or sent is None:
        return None
    return min(max(0.0, (until - sent).total_seconds()), _LONGEST_WAIT)


_ABOUT_THE_TEXT = frozenset(
    {
        "valid-calendar-data", "valid-calendar-object-resource", "supported-calendar-data", "valid-address-data",
        "supported-calendar-component", "supported-address-data", "min-date-time", "max-date-time", "max-instances",
        "max-attendees-per-instance",
    }
)  # fmt: skip


def _uid_taken(status: int, said: str) -> bool:
    # Nextcloud before 32 says it with 400 and words alone (nextcloud/server issue 30096 and others).
    words = said.lower()
    if status == 500:
        # Nextcloud up to 32.0.1, where the UID lies in the trashbin: the database's own words.
        return "calobjects_by_uid" in words or ("unique constraint failed" in words and "calendarobjects" in words)
    return status in (400, 409) and "uid already exists" in words


def _error_element(body: bytes) -> elements.Element | None:
    if body.lstrip()[:1] != b"<":
        return None
    try:
        found = elements.read(body)
    except BadAnswer:
        return None  # an error page; the status says enough
    return found if found.tag == elements.dav("error") else None


def _message(body: bytes) -> str:
    """What sabre/dav and Xandikos say in words; else the names of what was not met."""
    found = _error_element(body)
    if found is None:
        return ""
    for child in elements.children(found):
        if elements.local_name(child) in ("message", "responsedescription") and elements.text_of(child):
            return elements.text_of(child)
    return ", ".join(sorted(elements.local_name(child) for child in elements.children(found)))


def http_date(value: str) -> datetime | None:
    """A date as HTTP writes it (RFC 9110 section 5.6.7), aware; None where it is none."""
    try:
        found = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
