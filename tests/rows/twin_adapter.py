"""The in-memory server as the independent client's ``Adapter``."""

from __future__ import annotations

from calendars.errors import DavError, NotThere, PreconditionFailed, UidConflict
from calendars.sync.memory_server import MemoryServer
from calendars.sync.ports import Collection, CollectionKind
from tests.editor import Changed, Missing, Refused


class TwinAdapter:
    """One collection of a ``MemoryServer``, under the rules that calendar apps meet: conditions, unique UIDs."""

    def __init__(self, server: MemoryServer, user: str, collection: str, kind: CollectionKind) -> None:
        self.collection = collection
        self._server = server
        self._there: Collection = server.home(user).collection(collection, kind)

    def list(self) -> dict[str, str]:
        return dict(self._there.listing().changed)

    def get(self, href: str) -> tuple[str, str]:
        for resource in self._there.fetch([href]):
            return resource.etag, resource.text
        raise Missing(href)

    def put(self, href: str, text: str, if_match: str | None) -> None:
        try:
            if if_match is None:
                self._there.create(href, text)
            else:
                self._there.update(href, text, if_match)
        except DavError as error:
            raise _as_met(error, "PUT", href) from error

    def delete(self, href: str, if_match: str | None) -> None:
        try:
            etag = if_match if if_match is not None else self.list()[href]
            self._there.delete(href, etag)
        except KeyError as error:
            raise Missing(href) from error
        except DavError as error:
            raise _as_met(error, "DELETE", href) from error

    def delete_collection(self) -> None:
        self._server.remove_collection(self.collection)


def _as_met(error: DavError, method: str, href: str) -> Exception:
    if isinstance(error, UidConflict):
        return Refused(method, href, 409, str(error))
    if isinstance(error, PreconditionFailed):
        return Changed(href)
    if isinstance(error, NotThere):
        return Missing(href)
    return Refused(method, href, error.status or 500, str(error))
