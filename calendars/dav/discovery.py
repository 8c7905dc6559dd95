"""From an address as a person types it to the account behind it (RFC 6764, RFC 5397, RFC 4791, RFC 6352).

The caldav library finds the principal and asks the DNS; what it does not know (CardDAV, several homes) is read here.
Every error says what to do; the password goes to the host that was typed and to no other.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from caldav.davclient import DAVClient
from caldav.discovery import discover_caldav
from caldav.lib import error as caldav_error
from requests import PreparedRequest, RequestException
from requests.auth import AuthBase
from urllib3.exceptions import LocationParseError

from calendars.dav import elements
from calendars.dav.account import Account
from calendars.dav.auth import PasswordAuth
from calendars.dav.elements import carddav, dav
from calendars.dav.failures import NoSuchHost, NotDav, NothingThere, SentElsewhere, TlsFailure
from calendars.dav.multistatus import Row, parse
from calendars.dav.servers import detect
from calendars.dav.transport import Bounds, DavSession, Transport, origin_of, without_user
from calendars.errors import (
    BadAnswer,
    DavError,
    Forbidden,
    NotThere,
    Rejected,
    ServerTrouble,
    Unauthorised,
    Unreachable,
)
from calendars.hrefs import collection_href, normal_href

_WELL_KNOWN = ("/.well-known/caldav", "/.well-known/carddav")
_USUAL = ("/remote.php/dav/", "/dav/", "/dav.php/", "/caldav.php/")
"""Where Nextcloud and ownCloud, Cyrus and others, Baïkal, and DAViCal keep it."""


def discover(
    address: str,
    username: str,
    password: str = "",
    *,
    auth: AuthBase | None = None,
    verify: bool | str = True,
    bounds: Bounds | None = None,
    lookup: Callable[[str], str | None] | None = None,
) -> Account:
    """Find the account behind a typed address: a host, a URL with or without path, an e-mail address.

    ``auth`` replaces user and password (an external app's headers). ``verify``: False or the path of a CA bundle.
    ``lookup`` asks the DNS for a domain's service. Raises Unauthorised, NotDav, NothingThere, SentElsewhere,
    TlsFailure, TimedOut, …
    """
    who = auth or PasswordAuth(username, password)
    address = without_user(address)
    last: DavError | None = None
    for origin, paths in _places(address):
        transport = Transport(DavSession(origin, who, bounds or Bounds(), verify=verify))
        try:
            return _search(transport, paths)
        except (TlsFailure, NoSuchHost, NotDav) as error:
            last = error
        finally:
            transport.close()
    found = _elsewhere(address, lookup or _by_dns)
    if found is not None:
        raise SentElsewhere("The domain keeps its calendars elsewhere; enter that address", location=found) from last
    raise last or NoSuchHost("That is no address of a server", href=address[:200])


def _places(address: str) -> list[tuple[str, tuple[str, ...]]]:
    """Origins to try, each with paths in order. Without a scheme it is https; http too on this machine itself."""
    text = address.strip().removeprefix("mailto:")
    if "://" in text:
        urls = [text]
    else:
        text = text.rpartition("@")[2] if "/" not in text else text
        urls = ["https://" + text] + (["http://" + text] if _is_loopback("http://" + text) else [])
    places = []
    for url in urls:
        origin = origin_of(url)
        if not _can_be_asked(origin):
            raise NoSuchHost("No address of a server; one looks like https://cloud.example.org", href=address[:200])
        path = normal_href(urlsplit(url).path or "/")
        nested = collection_href(path) + "remote.php/dav/" if "remote.php" not in path else ""
        first = (path, *_WELL_KNOWN) if path != "/" else (*_WELL_KNOWN, "/")
        places.append((origin, tuple(dict.fromkeys(p for p in (*first, nested, *_USUAL) if p))))
    return places


def _search(transport: Transport, paths: Sequence[str]) -> Account:
    """Try the paths of one origin. Raises what best says why there is nothing."""
    tried: list[DavError] = []
    for path in paths:
        try:
            principal = _principal(transport, path)
            account = account_at(transport, principal) if principal is not None else None
        except (Unauthorised, Unreachable):
            raise
        except (NotThere, BadAnswer, Forbidden, Rejected, ServerTrouble) as error:
            tried.append(error)
            continue
        if account is not None:
            return account
        tried.append(NothingThere("A server answers, without calendars or contacts for this account", href=path))
    for telling in (SentElsewhere, ServerTrouble, NothingThere):
        for failure in tried:
            if isinstance(failure, telling):
                raise failure
    raise NotDav(
        f"No calendar server answers at {transport.origin}; enter the address that its settings show for CalDAV",
        href=paths[0],
        status=tried[0].status if tried else None,
    )


def _principal(transport: Transport, path: str) -> str | None:
    """The href of the principal as the server names it (RFC 5397), None when it names none."""
    client = client_over(transport, path)
    try:
        found = client.propfind(transport.origin + path, props=["current-user-principal"], depth=0)
    except caldav_error.DAVError as error:
        raise BadAnswer(f"No principal to be read ({type(error).__name__})", href=path) from error
    if found.status != 207 or not found.results:
        raise NotDav("Not a DAV server: no multistatus", href=path, status=found.status)
    named = getattr(found.results[0], "properties", {}).get(dav("current-user-principal"))
    if not isinstance(named, str) or not named:
        return None
    if "://" in named and origin_of(named) != transport.origin:
        raise SentElsewhere("The account is on another host; enter that address", location=named, href=path)
    return normal_href(named)


def client_over(transport: Transport, path: str) -> DAVClient:
    """A caldav client that sends through our session, with its bounds, and never sees the password.

    Only the client itself is used: caldav's objects (Principal, Calendar) import an asynchronous HTTP library.
    """
    agent = {"User-Agent": str(transport.session.headers["User-Agent"])}
    client = DAVClient(url=transport.origin + path, headers=agent, enable_rfc6764=False)
    client.session = transport.session
    return client


def account_at(transport: Transport, principal: str) -> Account | None:
    """What the principal says of itself, in two requests; None when it has neither calendars nor address books."""
    query = elements.root(dav("propfind"))
    wanted = elements.add(query, dav("prop"))
    names = (_CALENDAR_HOME, _CARD_HOME, _ADDRESSES, _OUTBOX, dav("displayname"))
    for name in names:
        elements.add(wanted, name)
    headers = {"Content-Type": "application/xml; charset=utf-8", "Depth": "0"}
    answer = transport.request("PROPFIND", principal, body=elements.serialise(query), headers=headers)
    rows = parse(answer).rows
    if not rows:
        return None
    row = rows[0]
    calendars, cards = _homes(transport, row, _CALENDAR_HOME), _homes(transport, row, _CARD_HOME)
    if not calendars and not cards:
        return None
    options = transport.request("OPTIONS", (calendars or cards)[0]).headers
    announced = {part.strip() for part in options.get("DAV", "").split(",")}
    return Account(
        origin=transport.origin,
        principal=collection_href(principal),
        calendar_homes=calendars,
        addressbook_homes=cards,
        addresses=tuple(a for a in row.hrefs(_ADDRESSES) if ":" in a),
        schedules="calendar-auto-schedule" in announced and bool(row.hrefs(_OUTBOX)),
        server=detect({**answer.headers, **options}).name,
        display_name=row.text(dav("displayname")) or "",
    )


_CALENDAR_HOME = elements.caldav("calendar-home-set")
_CARD_HOME = carddav("addressbook-home-set")
_ADDRESSES = elements.caldav("calendar-user-address-set")
_OUTBOX = elements.caldav("schedule-outbox-URL")


def _homes(transport: Transport, row: Row, name: str) -> tuple[str, ...]:
    homes = []
    for href in row.hrefs(name):
        if "://" in href and origin_of(href) != transport.origin:
            raise SentElsewhere("The calendars are on another host; enter that address", location=href, href=row.href)
        homes.append(collection_href(href))
    return tuple(dict.fromkeys(homes))


def _elsewhere(address: str, lookup: Callable[[str], str | None]) -> str | None:
    """Where the DNS says that a typed domain keeps its calendars, if that is another origin."""
    host = urlsplit(address if "://" in address else "https://" + address.rpartition("@")[2]).hostname or ""
    if "." not in host or _is_loopback(f"http://{host}") or _is_number(host):
        return None
    found = lookup(host)
    return found if found and origin_of(found) != origin_of(f"https://{host}") else None


def _by_dns(domain: str) -> str | None:
    try:
        service = discover_caldav(domain, timeout=5)
    except (caldav_error.DAVError, OSError, LocationParseError):
        return None
    return service.url if service is not None else None


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _can_be_asked(origin: str) -> bool:
    """Whether a request can be made to it: it has a host, in letters that a name may have."""
    try:
        PreparedRequest().prepare_url(origin, None)
    except RequestException:
        return False
    return origin.startswith(("http://", "https://"))


def _is_loopback(url: str) -> bool:
    host = (origin_of(url) and urlsplit(url).hostname) or ""
    return host == "localhost" or (_is_number(host) and ipaddress.ip_address(host).is_loopback)
