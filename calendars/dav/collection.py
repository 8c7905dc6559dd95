"""One calendar or address book on a server: the ``Collection`` port over CalDAV and CardDAV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from calendars.dav import elements
from calendars.dav.elements import caldav, carddav, dav
from calendars.dav.failures import MalformedXml, NoSuchReport
from calendars.dav.multistatus import Multistatus, Row, normal_etag, parse, stream
from calendars.dav.servers import ServerTraits
from calendars.dav.transport import Answer, Transport
from calendars.errors import BadAnswer, DavError, NotThere, PreconditionFailed, TokenRefused
from calendars.hrefs import collection_href, is_member, normal_href
from calendars.sync.ports import Changes, CollectionKind, Resource


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """Where CalDAV and CardDAV differ. RFC 6352 section 8.7 wants a Depth on multiget, RFC 4791 section 7.9 none."""

    media_type: str
    accepted: frozenset[str]
    multiget: str
    data: str
    multiget_headers: tuple[tuple[str, str], ...]


DIALECTS: Mapping[CollectionKind, Dialect] = {
    CollectionKind.CALENDAR: Dialect(
        media_type="text/calendar; charset=utf-8",
        accepted=frozenset({"text/calendar"}),
        multiget=caldav("calendar-multiget"),
        data=caldav("calendar-data"),
        multiget_headers=(),
    ),
    CollectionKind.ADDRESSBOOK: Dialect(
        media_type="text/vcard; charset=utf-8",
        accepted=frozenset({"text/vcard", "text/x-vcard", "text/directory"}),
        multiget=carddav("addressbook-multiget"),
        data=carddav("address-data"),
        multiget_headers=(("Depth", "0"),),
    ),
}

_ENTRY = (dav("getetag"), dav("resourcetype"), dav("getcontenttype"))
_XML = {"Content-Type": "application/xml; charset=utf-8"}
_NO_SUCH_TOKEN = frozenset({400, 405, 409, 412, 415, 418, 501, 507})
"""What servers answer to a sync-collection they will not do, besides the ``valid-sync-token`` of RFC 6578."""


class DavCollection:
    """See ``calendars.sync.ports.Collection``."""

    def __init__(self, transport: Transport, href: str, kind: CollectionKind, traits: ServerTraits) -> None:
        self.href = collection_href(href)
        self.kind = kind
        self._transport = transport
        self._traits = traits
        self._dialect = DIALECTS[kind]

    @property
    def tells_first(self) -> bool:
        return self._traits.tells_first

    # --- reading -----------------------------------------------------------------------------------------------

    def changes(self, token: str) -> Changes:
        """What changed since the token, etags only. TokenRefused where only a full listing can tell."""
        if not self._traits.tokens:
            raise TokenRefused("This server's tokens are not used", href=self.href)
        try:
            found = self._report(self._sync_query(token), {"Depth": "0"})
        except DavError as error:
            if error.status in _NO_SUCH_TOKEN or isinstance(error, NoSuchReport):
                raise TokenRefused("No changes are told here", href=self.href, status=error.status) from error
            raise
        own = found.row(self.href)
        if own is not None and own.status == 507:
            # Cut short: the token in such an answer may already be the newest (nextcloud/server issue 50086).
            raise TokenRefused("The list of changes was cut short", href=self.href, status=507)
        if found.sync_token is None:
            raise TokenRefused("The list of changes has no token", href=self.href)
        deleted = {row.href for row in found.rows if row.status in (404, 410) and is_member(row.href, self.href)}
        changed: dict[str, str] = {}
        for row in found.rows:
            changed |= self._etag(row)
        return Changes(changed=changed, deleted=frozenset(deleted - changed.keys()), token=found.sync_token)

    def listing(self) -> Changes:
        """Everything there is. The token is asked for first, so that what happens meanwhile is told again later."""
        token = self._token() if self._traits.tokens and self._traits.token_first else None
        inside = self._traits.tokens and not self._traits.token_first
        found = self._listed((*_ENTRY, dav("sync-token")) if inside else _ENTRY)
        return replace(found, token=token or found.token)

    def _listed(self, names: Sequence[str]) -> Changes:
        query = elements.root(dav("propfind"))
        wanted = elements.add(query, dav("prop"))
        for name in names:
            elements.add(wanted, name)
        body = elements.serialise(query)
        answer = self._transport.request("PROPFIND", self.href, body=body, headers={**_XML, "Depth": "1"})
        etags, token, shown, there = dict[str, str](), None, False, None
        # Row by row: of ten thousand only href and etag are kept.
        for row in stream(answer):
            there = there or row.status not in (404, 410)
            if not shown and row.href.rstrip("/") == self.href.rstrip("/"):
                shown, token = True, row.text(dav("sync-token"))
            etags |= self._etag(row)
        if there is False:
            raise NotThere("Nothing there", href=self.href, status=404)
        if not shown:
            raise BadAnswer("A listing without the collection itself", href=self.href, status=207)
        return Changes(changed=etags, token=token, complete=True)

    def read_all(self) -> Iterator[Resource]:
        """Everything with its text in one answer, by a calendar-query that asks for no property (RFC 4791 section 7.8).

        Raises where the answer is not all of it, or the server will not; then listing and fetching do it. An address book
        is small and its query varies among servers: it is refused here.
        """
        if self.kind is not CollectionKind.CALENDAR:
            raise BadAnswer("Only calendars are read whole", href=self.href)
        query = elements.root(caldav("calendar-query"))
        wanted = elements.add(query, dav("prop"))
        for name in (dav("getetag"), self._dialect.data):
            elements.add(wanted, name)
        elements.add(elements.add(query, caldav("filter")), caldav("comp-filter"), name="VCALENDAR")
        body = elements.serialise(query)
        answer = self._transport.request("REPORT", self.href, body=body, headers={**_XML, "Depth": "1"}, streamed=True)
        for row in stream(answer):
            etag, data = normal_etag(row.text(dav("getetag"))), row.props.get(self._dialect.data)
            if not is_member(row.href, self.href) or etag is None or data is None:
                raise BadAnswer("A calendar that is not shown whole", href=row.href, status=row.status)
            yield Resource(href=row.href, etag=etag, text="".join(str(part) for part in data.itertext("*")))

    def fetch(self, hrefs: Sequence[str]) -> Iterator[Resource]:
        """Texts, in batches; hrefs that vanished are left out, and nothing comes that was not asked for."""
        wanted = list(dict.fromkeys(normal_href(href) for href in hrefs))
        size, at_once = self._traits.multiget, self._transport.session.bearing.at_once(self._traits.concurrency)
        batches = [wanted[start : start + size] for start in range(0, len(wanted), size)]
        if at_once == 1 or len(batches) < 2:
            for batch in batches:
                yield from self._multiget(batch)
            return
        with ThreadPoolExecutor(max_workers=at_once) as pool:
            # In groups, so that no more texts wait in memory than are read at once.
            for start in range(0, len(batches), at_once):
                for found in pool.map(lambda b: list(self._multiget(b)), batches[start : start + at_once]):
                    yield from found

    def _multiget(self, hrefs: Sequence[str]) -> Iterator[Resource]:
        query = elements.root(self._dialect.multiget)
        wanted = elements.add(query, dav("prop"))
        elements.add(wanted, dav("getetag"))
        elements.add(wanted, self._dialect.data)
        for href in hrefs:
            elements.add(query, dav("href"), href)
        try:
            found = self._report(query, dict(self._dialect.multiget_headers))
        except MalformedXml:
            if len(hrefs) == 1:
                yield from self._get(hrefs[0])
                return
            # One text with a character that XML cannot hold spoils a whole answer: find it by halves.
            middle = len(hrefs) // 2
            yield from self._multiget(hrefs[:middle])
            yield from self._multiget(hrefs[middle:])
            return
        except NotThere:
            yield from self._still_there(hrefs)
            return
        left = set(hrefs)
        for row in found.rows:
            if row.href not in left or self._dialect.data not in row.props:
                continue
            left.discard(row.href)
            etag = normal_etag(row.text(dav("getetag")))
            if etag is None:
                yield from self._get(row.href)
                continue
            data = row.props[self._dialect.data]
            yield Resource(href=row.href, etag=etag, text="".join(str(part) for part in data.itertext("*")))

    def _still_there(self, hrefs: Sequence[str]) -> Iterator[Resource]:
        """sabre/dav 1.8 answers 404 to a whole multiget when one of its hrefs is gone. NotThere when the collection is."""
        listed = self._listed(_ENTRY).changed
        left = [href for href in hrefs if href in listed]
        if len(left) < len(hrefs):
            yield from self._multiget(left) if left else ()
            return
        if len(left) == 1:
            yield from self._get(left[0])
            return
        # One went after the listing, or cannot be read: by halves, so that it hides none of the others.
        middle = len(left) // 2
        yield from self._multiget(left[:middle])
        yield from self._multiget(left[middle:])

    def _get(self, href: str) -> Iterator[Resource]:
        accept = self._dialect.media_type.partition(";")[0]
        try:
            answer = self._transport.request("GET", href, headers={"Accept": accept})
        except NotThere:
            return
        etag = normal_etag(answer.headers.get("ETag"))
        if etag is None:
            raise BadAnswer("A resource without etag cannot be kept in step", href=href, status=answer.status)
        try:
            text = answer.body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadAnswer("A text that is not UTF-8", href=href, status=answer.status) from error
        yield Resource(href=href, etag=etag, text=text)

    def _token(self) -> str | None:
        query = elements.root(dav("propfind"))
        elements.add(elements.add(query, dav("prop")), dav("sync-token"))
        body = elements.serialise(query)
        found = parse(self._transport.request("PROPFIND", self.href, body=body, headers={**_XML, "Depth": "0"}))
        own = found.row(self.href)
        return own.text(dav("sync-token")) if own is not None else None

    def _sync_query(self, token: str) -> elements.Element:
        query = elements.root(dav("sync-collection"))
        elements.add(query, dav("sync-token"), token)
        elements.add(query, dav("sync-level"), "1")
        wanted = elements.add(query, dav("prop"))
        for name in ("getetag", "resourcetype", "getcontenttype"):
            elements.add(wanted, dav(name))
        return query

    def _report(self, query: elements.Element, headers: Mapping[str, str]) -> Multistatus:
        body = elements.serialise(query)
        return parse(self._transport.request("REPORT", self.href, body=body, headers={**_XML, **headers}))

    def _etag(self, row: Row) -> dict[str, str]:
        """Href and etag of a member; nothing for what is none."""
        etag = normal_etag(row.text(dav("getetag")))
        return {row.href: etag} if etag is not None and is_member(row.href, self.href) and self._is_object(row) else {}

    def _is_object(self, row: Row) -> bool:
        if dav("collection") in row.names(dav("resourcetype")):
            return False
        kind = (row.text(dav("getcontenttype")) or "").partition(";")[0].strip().lower()
        return not kind or kind in self._dialect.accepted

    # --- writing -----------------------------------------------------------------------------------------------

    def create(self, href: str, text: str, *, notify: bool = True) -> str | None:
        """PUT If-None-Match: *. PreconditionFailed when something is there already."""
        return self._put(href, text, {"If-None-Match": "*"}, notify=notify)

    def update(self, href: str, text: str, etag: str, *, notify: bool = True) -> str | None:
        """PUT If-Match: ``etag``, which is the base's and never a newer one."""
        return self._put(href, text, {"If-Match": self._base(href, etag)}, notify=notify)

    def delete(self, href: str, etag: str, *, notify: bool = True) -> None:
        """DELETE If-Match: ``etag``."""
        headers = {"If-Match": self._base(href, etag), **self._quiet(notify)}
        self._transport.request("DELETE", self._member(href), headers=headers)

    def bring(self, source: str) -> None:
        """MOVE with Overwrite: F (RFC 4918 section 9.9). Nextcloud takes it out of a calendar in its trash bin too."""
        origin = normal_href(source)
        target = self._member(self.href + origin.rpartition("/")[2])
        headers = {"Destination": self._transport.origin + target, "Overwrite": "F", **self._quiet(False)}
        self._transport.request("MOVE", origin, headers=headers)

    def _put(self, href: str, text: str, condition: Mapping[str, str], *, notify: bool) -> str | None:
        headers = {"Content-Type": self._dialect.media_type, **condition, **self._quiet(notify)}
        answer = self._transport.request("PUT", self._member(href), body=text.encode("utf-8"), headers=headers)
        if answer.status not in (200, 201, 204):
            raise BadAnswer("Not an answer to a PUT", href=href, status=answer.status)
        return _strong(answer)

    def _member(self, href: str) -> str:
        normal = normal_href(href)
        if not is_member(normal, self.href):
            raise ValueError(f"{href} does not stand in {self.href}")
        return normal

    def _quiet(self, notify: bool) -> dict[str, str]:
        return {} if notify else dict(self._traits.quiet)

    @staticmethod
    def _base(href: str, etag: str) -> str:
        if not etag:
            raise PreconditionFailed("No etag to compare with; read it again first", href=href)
        return etag


def _strong(answer: Answer) -> str | None:
    """The etag of what was stored, if the server vouches for it byte by byte; Nextcloud says it in OC-ETag."""
    for name in ("ETag", "OC-ETag"):
        value = answer.headers.get(name, "").strip()
        if value and not value.startswith("W/"):
            return normal_etag(value)
    return None
