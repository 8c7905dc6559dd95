"""Other accounts and groups of a server: whose a mail address is, whether a name is taken (RFC 3744).

What is found depends on what the server tells this account. An account writes its own mail address on most servers, so an
equal address is a proposal and no proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote_plus, unquote

from calendars.dav import elements
from calendars.dav.elements import caldav, dav
from calendars.dav.multistatus import Row, parse
from calendars.dav.transport import Transport
from calendars.errors import Forbidden, NotThere
from calendars.hrefs import collection_href, member_href

_EMAIL = "{http://sabredav.org/ns}email-address"
_ADDRESSES = caldav("calendar-user-address-set")
_XML = {"Content-Type": "application/xml; charset=utf-8"}


@dataclass(frozen=True, kw_only=True)
class Principal:
    """One account: ``id`` as people sign in with it, ``mails`` in lower case."""

    id: str
    name: str = ""
    mails: tuple[str, ...] = ()


def whose(transport: Transport, principal: str, mail: str, *, sabre: bool = False) -> Sequence[Principal]:
    """The accounts that have this mail address; what the server finds besides, by a part of it, is left out.

    DAV:principal-property-search in every collection of principals (RFC 3744 section 9.4). ``sabre``: its servers look
    addresses up in a property of their own. Raises what a server without that report answers.
    """
    query = elements.root(dav("principal-property-search"))
    sought = elements.add(query, dav("property-search"))
    elements.add(elements.add(sought, dav("prop")), _EMAIL if sabre else _ADDRESSES)
    elements.add(sought, dav("match"), mail)
    wanted = elements.add(query, dav("prop"))
    for name in (dav("displayname"), _ADDRESSES, _EMAIL):
        elements.add(wanted, name)
    elements.add(query, dav("apply-to-principal-collection-set"))
    answer = transport.request(
        "REPORT", collection_href(principal), body=elements.serialise(query), headers={**_XML, "Depth": "0"}
    )
    found = [_principal(row) for row in parse(answer).rows if row.status is None or row.status < 300]
    return tuple(each for each in found if mail.lower() in each.mails)


def called(transport: Transport, principal: str, id: str) -> Principal | None:
    """The account of that id, which stands beside ours; None where there is none, or where it is not shown to us."""
    beside = collection_href(principal).rstrip("/").rpartition("/")[0]
    return _look(transport, member_href(f"{beside}/", id))


def has_group(transport: Transport, principal: str, group: str) -> bool:
    """Whether a group of that id is there. Only where collections are shared with groups (``calendars.dav.sharing``)."""
    users = collection_href(principal).rstrip("/").rpartition("/")[0]
    # Encoded twice, as the server itself writes it: the name of its principal is the encoded id.
    return _look(transport, member_href(f"{users.rpartition('/')[0]}/groups/", quote_plus(group))) is not None


def _look(transport: Transport, href: str) -> Principal | None:
    query = elements.root(dav("propfind"))
    wanted = elements.add(query, dav("prop"))
    for name in (dav("displayname"), _ADDRESSES, _EMAIL):
        elements.add(wanted, name)
    try:
        answer = transport.request("PROPFIND", href, body=elements.serialise(query), headers={**_XML, "Depth": "0"})
    except (NotThere, Forbidden):
        return None
    return next((_principal(row) for row in parse(answer).rows), None)


def _principal(row: Row) -> Principal:
    mails = [a.partition(":")[2] for a in row.hrefs(_ADDRESSES) if a.lower().startswith("mailto:")]
    mails.append(row.text(_EMAIL) or "")
    return Principal(
        id=unquote(row.href.rstrip("/").rpartition("/")[2]),
        name=row.text(dav("displayname")) or "",
        mails=tuple(dict.fromkeys(mail.strip().lower() for mail in mails if mail.strip())),
    )
