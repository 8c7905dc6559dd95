"""How servers differ, as data. What is not known is assumed in the way that is safe everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ServerTraits:
    """What we do differently with one kind of server.

    ``multiget`` is how many hrefs one report asks for; ``concurrency`` how many such reports may run at once.
    ``quiet`` are the headers of a write that is to tell nobody. ``tokens`` False means that sync-collection is not
    to be trusted there and everything is listed. ``token_first`` asks for the token before a listing, because the token
    inside the listing's own answer may be newer than the listing. ``refreshes``: a write that is not quiet and changes
    answers alone reaches the calendars of those invited and is mailed to nobody. ``tells_first``: people are told one by
    one before the write is stored, so that a 500 may come after some have been told already. ``shares``: a collection is
    shared with a group as ``calendars.dav.sharing`` asks for it. ``counts``: an account may have so many calendars, and is
    refused the next one with 403 as if it had no right. ``copies_stay``: a calendar that is deleted as a whole calls nothing
    off, and what is written under the same UID by a quiet write goes on with the copies that people have.
    """

    name: str = "unknown"
    multiget: int = 100
    concurrency: int = 1
    quiet: tuple[tuple[str, str], ...] = (("Schedule-Reply", "F"),)
    tokens: bool = True
    token_first: bool = True
    refreshes: bool = False
    tells_first: bool = False
    shares: bool = False
    counts: bool = False
    copies_stay: bool = False


UNKNOWN = ServerTraits()
NEXTCLOUD = ServerTraits(
    name="nextcloud",
    # On SQLite it answers 500 ("database is locked") to writes at the same time.
    concurrency=1,
    quiet=(("Schedule-Reply", "F"), ("x-nc-scheduling", "false")),
    refreshes=True,
    tells_first=True,
    shares=True,
    counts=True,
    copies_stay=True,
)
SABRE = ServerTraits(name="sabre", concurrency=4, refreshes=True, tells_first=True)
RADICALE = ServerTraits(name="radicale")
DAVICAL = ServerTraits(
    name="davical",
    # A token that it has forgotten (after seven days, or by a restored backup) is answered with everything as changed and
    # nothing as deleted, in no way different from a list of changes.
    tokens=False,
    # It tells people whatever a header asks; only within itself, in the same transaction, and never by mail.
    quiet=(),
    refreshes=True,
)
# Its tokens are two numbers after what DAViCal's begin with; it refuses one that it forgot.
CYRUS = ServerTraits(
    name="cyrus",
    # It tells people whatever a header asks, though nobody of what is over.
    quiet=(),
)

_BY_NAME = {traits.name: traits for traits in (UNKNOWN, NEXTCLOUD, SABRE, RADICALE, DAVICAL, CYRUS)}
NAMES = tuple(sorted(_BY_NAME.keys() - {UNKNOWN.name}))
"""Servers that are known by name."""


def named(name: str) -> ServerTraits:
    """The traits of that name; those of an unknown server when there is none."""
    return _BY_NAME.get(name, UNKNOWN)


def detect(headers: Mapping[str, str], sync_token: str | None = None) -> ServerTraits:
    """Recognise a server by an answer's headers, or by the look of a sync-token.

    Names of headers know no case (RFC 9110 section 5.1), and proxies spell them anew: HAProxy in small letters.
    """
    headers = {name.lower(): value for name, value in headers.items()}
    classes = headers.get("dav", "").lower()
    server = headers.get("server", "").lower()
    if "nextcloud" in classes or "nc-calendar-search" in classes:
        return NEXTCLOUD
    numbered = (sync_token or "").startswith("data:,")
    if server.startswith("cyrus-http") or (numbered and "-" in (sync_token or "")):
        return CYRUS
    if "x-davical-version" in headers or numbered:
        return DAVICAL
    if "radicale" in server or (sync_token or "").startswith("http://radicale.org/"):
        return RADICALE
    if "x-sabre-version" in headers or (sync_token or "").startswith("http://sabre.io/"):
        return SABRE
    return UNKNOWN
