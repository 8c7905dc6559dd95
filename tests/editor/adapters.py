"""What the editors talk to: four methods on one collection, over HTTP here, over anything else in a test."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import quote, urljoin, urlsplit

import requests
from lxml import etree

DAV = "{DAV:}"


class Changed(Exception):
    """412: it is not the version that was read, or something is there already."""


class Missing(Exception):
    """404: nothing there."""


class Refused(Exception):
    """Any other answer that is no success; ``status`` and ``body`` as they came."""

    def __init__(self, method: str, href: str, status: int, body: str) -> None:
        self.status = status
        self.body = body
        super().__init__(f"{method} {href}: {status} {body[:300]}")


class Adapter(Protocol):
    """One collection. ``collection`` is its href, ending in a slash; hrefs of objects begin with it."""

    collection: str

    def list(self) -> dict[str, str]:
        """href -> etag of every object."""
        ...

    def get(self, href: str) -> tuple[str, str]:
        """(etag, text). Raises Missing."""
        ...

    def put(self, href: str, text: str, if_match: str | None) -> None:
        """Replace that version, or create (None: nothing may be there). Raises Changed."""
        ...

    def delete(self, href: str, if_match: str | None) -> None:
        """Delete that version, or whatever is there (None). Raises Changed, Missing."""
        ...


class HttpAdapter:
    """A collection on a CalDAV or CardDAV server; basic authentication, no redirects to elsewhere."""

    def __init__(
        self,
        url: str,
        user: str,
        password: str,
        *,
        user_agent: str = "",
        content_type: str = "text/calendar; charset=utf-8",
        timeout: float = 30.0,
    ) -> None:
        self.url = url if url.endswith("/") else url + "/"
        self.collection = urlsplit(self.url).path
        self._content_type = content_type
        self._timeout = timeout
        self._session = requests.Session()
        # As UTF-8 (RFC 7617 section 2.1); of a str, requests would make Latin-1.
        self._session.auth = (user.encode(), password.encode())
        # Proxies and .netrc of the machine are not for a server on loopback.
        self._session.trust_env = False
        if user_agent:
            self._session.headers["User-Agent"] = user_agent

    def list(self) -> dict[str, str]:
        body = '<?xml version="1.0"?><propfind xmlns="DAV:"><prop><getetag/><resourcetype/></prop></propfind>'
        answer = self._ask("PROPFIND", self.collection, body, {"Depth": "1", "Content-Type": "application/xml"})
        found: dict[str, str] = {}
        for response in etree.fromstring(answer.content).iter(f"{DAV}response"):
            etag = response.findtext(f".//{DAV}getetag")
            if etag and response.find(f".//{DAV}resourcetype/{DAV}collection") is None:
                found[urlsplit(response.findtext(f"{DAV}href") or "").path] = etag
        return found

    def get(self, href: str) -> tuple[str, str]:
        answer = self._ask("GET", href)
        return answer.headers.get("ETag", ""), answer.content.decode("utf-8")

    def put(self, href: str, text: str, if_match: str | None) -> None:
        condition = {"If-None-Match": "*"} if if_match is None else {"If-Match": if_match}
        self._ask("PUT", href, text, {"Content-Type": self._content_type, **condition})

    def delete(self, href: str, if_match: str | None) -> None:
        self._ask("DELETE", href, None, {} if if_match is None else {"If-Match": if_match})

    def delete_collection(self) -> None:
        """The whole calendar or address book for good, also where the server has a trash bin (a Nextcloud)."""
        self._ask("DELETE", self.collection, headers={"X-NC-CalDAV-No-Trashbin": "1"})

    def close(self) -> None:
        self._session.close()

    def _ask(
        self, method: str, href: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> requests.Response:
        answer = self._session.request(
            method,
            urljoin(self.url, quote(href, safe="/%:@!$&'()*+,;=~")),
            data=None if body is None else body.encode("utf-8"),
            headers=headers,
            timeout=self._timeout,
            allow_redirects=False,
        )
        if answer.status_code == 412:
            raise Changed(f"{method} {href}")
        if answer.status_code in {404, 410}:
            raise Missing(f"{method} {href}")
        if not 200 <= answer.status_code < 300:
            raise Refused(method, href, answer.status_code, answer.text)
        return answer
