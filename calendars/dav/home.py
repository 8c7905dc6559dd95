"""The homes of one account: the ``Home`` port over CalDAV and CardDAV."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache

from caldav.elements import cdav
from caldav.elements import dav as caldav_dav
from caldav.lib import error as caldav_error
from requests.auth import AuthBase

from calendars.dav import elements
from calendars.dav.account import Account
from calendars.dav.auth import PasswordAuth
from calendars.dav.bearing import bearing_of
from calendars.dav.collection import DavCollection
from calendars.dav.discovery import client_over, discover
from calendars.dav.elements import calendarserver, carddav, dav
from calendars.dav.failures import MayNotCreate, NoMoreCollections
from calendars.dav.multistatus import Multistatus, Row, parse
from calendars.dav.principals import Principal, called, has_group, whose
from calendars.dav.servers import UNKNOWN, ServerTraits, detect, named
from calendars.dav.sharing import share
from calendars.dav.transport import Bounds, DavSession, Transport
from calendars.errors import BadAnswer, Forbidden, NotThere, Rejected, ServerTrouble
from calendars.hrefs import collection_href, member_href, normal_href
from calendars.sync.ports import CollectionKind, CollectionState

_KINDS = {elements.caldav("calendar"): CollectionKind.CALENDAR, carddav("addressbook"): CollectionKind.ADDRESSBOOK}
_BINNED = "{http://nextcloud.com/ns}deleted-calendar"
_NOT_LIVE = frozenset({_BINNED, "{http://nextcloud.com/ns}trash-bin"})
_COMPONENTS = elements.caldav("supported-calendar-component-set")
_PRIVILEGES = dav("current-user-privilege-set")
STATE = (
    dav("resourcetype"), dav("displayname"), dav("sync-token"), calendarserver("getctag"), _PRIVILEGES, dav("owner"),
    _COMPONENTS,
)  # fmt: skip
"""The properties that ``state_of`` reads."""


class DavHome:
    """See ``calendars.sync.ports.Home``."""

    def __init__(self, transport: Transport, account: Account, traits: ServerTraits | None = None) -> None:
        self.account = account
        self._transport = transport
        self._traits = traits or named(account.server)
        self._given = traits is not None
        self._binned = frozenset[str]()

    @property
    def traits(self) -> ServerTraits:
        return self._traits

    @property
    def at_once(self) -> int:
        return self._transport.session.bearing.at_once(self._traits.concurrency)

    @property
    def binned(self) -> frozenset[str]:
        return self._binned

    @property
    def requests(self) -> int:
        return self._transport.requests

    @property
    def bytes_read(self) -> int:
        return self._transport.bytes_read

    def look(self, kinds: Iterable[CollectionKind]) -> Sequence[CollectionState]:
        """One PROPFIND per home of the asked kinds; a home that holds both kinds is asked once."""
        asked = set(kinds)
        homes = dict.fromkeys(h for kind in CollectionKind if kind in asked for h in self.account.homes(kind))
        states: dict[str, CollectionState] = {}
        binned: list[str] = []
        for home in homes:
            for row in self._propfind(home, "1").rows:
                state = state_of(row)
                if state is not None and state.kind in asked:
                    states.setdefault(state.href, replace(state, own=self._owns(state)))
                elif _BINNED in row.names(dav("resourcetype")):
                    binned.append(collection_href(row.href))
        self._binned = frozenset(binned)
        self._recognise(states.values())
        return tuple(states.values())

    def _owns(self, state: CollectionState) -> bool:
        return state.owner is None or collection_href(state.owner) == collection_href(self.account.principal)

    def collection(self, href: str, kind: CollectionKind) -> DavCollection:
        return DavCollection(self._transport, href, kind, self._traits)

    def create_collection(self, kind: CollectionKind, name: str, display_name: str) -> CollectionState:
        """PreconditionFailed when it is there already, NotThere when the account has no home of that kind,
        NoMoreCollections when the account may have no more of them (now), MayNotCreate when the server refuses that one."""
        homes = self.account.homes(kind)
        if not homes:
            raise NotThere(f"This account has no home for a new {kind}", href=self.account.principal)
        href = collection_href(member_href(homes[0], name))
        make = self._make_calendar if kind is CollectionKind.CALENDAR else self._make_addressbook
        try:
            make(href, display_name)
        except (ServerTrouble, Forbidden) as error:
            if error.status not in (403, 429):
                raise
            # Nextcloud allows ten new calendars an hour (429) and thirty altogether (403).
            limited = error.status == 429 or self._traits.counts
            failure = NoMoreCollections if limited else MayNotCreate
            raise failure(str(error).partition(" (")[0], href=href, status=error.status) from error
        state = next((s for s in map(state_of, self._propfind(href, "0").rows) if s is not None), None)
        if state is None or state.kind is not kind:
            raise BadAnswer(f"What was created is no {kind}", href=href)
        return state

    def share(self, href: str, group: str, *, writes: bool) -> None:
        """Members of the group (its id) find the collection in their home. Only where ``traits.shares``."""
        share(self._transport, collection_href(href), group, writes=writes)

    def accounts_of(self, mail: str) -> Sequence[Principal] | None:
        """The accounts of the server with this mail address; None where it cannot be asked for that."""
        try:
            return whose(self._transport, self.account.principal, mail, sabre=self._traits.name in ("nextcloud", "sabre"))
        except (Forbidden, NotThere, Rejected, BadAnswer):
            return None
        except ServerTrouble as error:
            if error.status != 501:
                raise
            return None

    def account_called(self, id: str) -> Principal | None:
        """The server's account of that id; None where there is none that is shown to us."""
        return called(self._transport, self.account.principal, id)

    def has_group(self, group: str) -> bool | None:
        """Whether the server has a group of that id; None where it knows no groups as we do."""
        return has_group(self._transport, self.account.principal, group) if self._traits.shares else None

    def close(self) -> None:
        self._transport.close()

    def _make_calendar(self, href: str, display_name: str) -> None:
        """MKCALENDAR (RFC 4791 section 5.3.1)."""
        named = caldav_dav.Set() + (caldav_dav.Prop() + caldav_dav.DisplayName(display_name))
        body = elements.serialise((cdav.Mkcalendar() + named).xmlelement()).decode()
        try:
            answer = client_over(self._transport, href).mkcalendar(self._transport.origin + href, body)
        except caldav_error.DAVError as error:
            raise Rejected(f"The calendar was not created ({type(error).__name__})", href=href) from error
        if answer.status not in (200, 201):
            raise Rejected("The calendar was not created", href=href, status=answer.status)

    def _make_addressbook(self, href: str, display_name: str) -> None:
        """Extended MKCOL (RFC 5689, RFC 6352 section 6.3.1)."""
        query = elements.root(dav("mkcol"))
        held = elements.add(elements.add(query, dav("set")), dav("prop"))
        types = elements.add(held, dav("resourcetype"))
        elements.add(types, dav("collection"))
        elements.add(types, carddav("addressbook"))
        elements.add(held, dav("displayname"), display_name)
        headers = {"Content-Type": "application/xml; charset=utf-8"}
        self._transport.request("MKCOL", href, body=elements.serialise(query), headers=headers)

    def _propfind(self, href: str, depth: str) -> Multistatus:
        headers = {"Content-Type": "application/xml; charset=utf-8", "Depth": depth}
        return parse(self._transport.request("PROPFIND", href, body=_state_query(), headers=headers))

    def _recognise(self, states: Iterable[CollectionState]) -> None:
        """Some servers show who they are by the look of their tokens alone."""
        if self._given or self._traits is not UNKNOWN:
            return
        for state in states:
            self._traits = detect({}, state.sync_token)
            if self._traits is not UNKNOWN:
                return


def open_home(
    account: Account,
    username: str,
    password: str = "",
    *,
    auth: AuthBase | None = None,
    verify: bool | str = True,
    bounds: Bounds | None = None,
    traits: ServerTraits | None = None,
) -> DavHome:
    """The home of an account that was discovered before; sends nothing yet."""
    who = auth or PasswordAuth(username, password)
    session = DavSession(account.origin, who, bounds or Bounds(), verify=verify, bearing=bearing_of(account.origin))
    return DavHome(Transport(session), account, traits)


def connect(
    url: str,
    username: str,
    password: str = "",
    *,
    auth: AuthBase | None = None,
    verify: bool | str = True,
    bounds: Bounds | None = None,
    traits: ServerTraits | None = None,
) -> DavHome:
    """Discover and open. Keep ``home.account`` and use ``open_home`` from then on: discovery costs four requests."""
    account = discover(url, username, password, auth=auth, verify=verify, bounds=bounds)
    return open_home(account, username, password, auth=auth, verify=verify, bounds=bounds, traits=traits)


@cache
def _state_query() -> bytes:
    query = elements.root(dav("propfind"))
    wanted = elements.add(query, dav("prop"))
    for name in STATE:
        elements.add(wanted, name)
    return elements.serialise(query)


def state_of(row: Row) -> CollectionState | None:
    """The row as a collection of ours, None when it is something else."""
    types = row.names(dav("resourcetype"))
    kind = next((kind for name, kind in _KINDS.items() if name in types), None)
    if kind is None or types & _NOT_LIVE or (row.status is not None and row.status >= 300):
        return None
    return CollectionState(
        href=collection_href(row.href),
        kind=kind,
        display_name=row.text(dav("displayname")) or "",
        sync_token=row.text(dav("sync-token")),
        ctag=row.text(calendarserver("getctag")),
        privileges=_privileges(row),
        owner=next(map(_owner, row.hrefs(dav("owner"))), None),
        components=_components(row),
    )


def _owner(href: str) -> str | None:
    try:
        return normal_href(href)
    except BadAnswer:
        return None  # told for information only; no reason to see no calendar at all


def _components(row: Row) -> frozenset[str]:
    found = row.props.get(_COMPONENTS)
    names = (comp.get("name", "").upper() for comp in elements.children(found)) if found is not None else ()
    return frozenset(name for name in names if name)


def _privileges(row: Row) -> frozenset[str] | None:
    found = row.props.get(_PRIVILEGES)
    if found is None:
        return None
    return frozenset(
        elements.local_name(right) for held in found.iter(dav("privilege")) for right in elements.children(held)
    )
