"""The one client that asks our Nextcloud: as the app itself or as the nominated service account, and as nobody else.

AppAPI's secret opens every account, administrators' too. So each request says as whom, and what is neither the app nor the
nominated account is refused here, before anything is sent. Two requests exist only in the name of the account that they are
about: the groups of whoever is asking us for a page just now, and a notification put into somebody's own list. They stand
in ``_OF_ANYBODY`` and nowhere else.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import quote, unquote

import requests
from requests import PreparedRequest
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from sidecar.bootstrap import Application
from sidecar.exapp import SYSTEM, ExApp
from sidecar.observability import get_logger
from sidecar.services.platform import (
    PlatformError,
    note_enabled,
    note_maintenance,
    note_refused,
    require_awake,
    service_account,
)

log = get_logger(__name__)
MOST_BYTES = 4 * 1024 * 1024
CONNECT, READ = 10.0, 30.0
"""Seconds. Who calls something that takes longer says so."""
OCS = "/ocs/v2.php"
GROUPS_OF = OCS + "/cloud/users/{account}/groups"
NOTIFICATION = OCS + "/apps/app_api/api/v1/notification"
STATE = OCS + "/apps/app_api/ex-app/state"
STATUS = OCS + "/apps/app_api/ex-app/status"
_OF_ANYBODY = (("GET", GROUPS_OF), ("POST", NOTIFICATION))


_HEADERS = {
    "OCS-APIRequest": "true", "Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "hors-les-murs",
}  # fmt: skip


class NotOurs(PlatformError):
    """Somebody wanted to act as an account that is not ours; nothing was sent."""


class NotReached(PlatformError):
    """Nextcloud did not answer, or not in a way that can be read."""


class Declined(PlatformError):
    """Nextcloud answered, and did not do it. ``status`` is the HTTP status, ``said`` its own words, if any."""

    def __init__(self, what: str, status: int, said: str = "") -> None:
        self.status, self.said = status, said
        super().__init__("platform_answer", what=what, status=f"{status} {said}".strip())


@dataclass(frozen=True)
class _Signed(AuthBase):
    """Puts our headers in, and keeps a .netrc of the machine from putting in others."""

    headers: Mapping[str, str]

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers.update(self.headers)
        return request


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer: ``said`` are Nextcloud's own words, ``ocs`` the OCS part of the body, None where it is no OCS answer."""

    status: int
    headers: Mapping[str, str]
    said: str
    ocs: Mapping[str, Any] | None


class Wire:
    """One HTTP session with our Nextcloud, bounded in time and bytes. Knows no rules: ``Nextcloud`` does."""

    def __init__(self, exapp: ExApp, session: requests.Session | None = None) -> None:
        self.exapp = exapp
        self._session = session or requests.Session()
        # Nextcloud sets a session cookie each time; the next request may be another account's, and another thread's.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def send(
        self, method: str, path: str, data: Mapping[str, Any] | None = None, *, account: str = SYSTEM,
        query: Mapping[str, str] | None = None, seconds: float = READ,
    ) -> Reply:  # fmt: skip
        """Raises NotReached."""
        try:
            response = self._session.request(
                method,
                self.exapp.nextcloud_url + path,
                params={**(query or {}), "format": "json"},
                json=data,
                headers=_HEADERS,
                auth=_Signed(self.exapp.headers(account)),
                timeout=(CONNECT, seconds),
                # A redirect would carry our secret to wherever it leads.
                allow_redirects=False,
                stream=True,
            )
            with response:
                body = _bounded(response, seconds)
        except (requests.exceptions.RequestException, HTTPError, _TooMuch) as error:
            # Its text may hold an address with a password in it; its kind says enough.
            raise NotReached("platform_away", what=f"{method} {told(path)}", why=type(error).__name__) from error
        said, ocs = _read(body)
        return Reply(status=response.status_code, headers=response.headers, said=said, ocs=ocs)

    def close(self) -> None:
        self._session.close()


class Nextcloud:
    """Requests to AppAPI's and Nextcloud's OCS interfaces, under the rules above."""

    def __init__(self, application: Application, session: requests.Session | None = None) -> None:
        exapp = application.config.exapp
        if exapp is None:
            raise PlatformError("platform_not_here")
        self.application = application
        self.exapp: ExApp = exapp
        self._wire = Wire(exapp, session)

    def ask(
        self, method: str, path: str, data: Mapping[str, Any] | None = None, *, account: str = SYSTEM,
        query: Mapping[str, str] | None = None, seconds: float = READ,
    ) -> Any:  # fmt: skip
        """What the answer's ``ocs.data`` holds. ``path`` begins with ``OCS``; ``data`` goes out as JSON.

        Raises NotOurs, Declined, NotReached, and PlatformError while Nextcloud is to be left alone: after a 401 (the secret
        was refused), in maintenance (503), or where an administrator disabled us.
        """
        with self.application.storage.unit(write=False) as uow:
            self._require_ours(method, path, account, service_account(uow))
            require_awake(self.application, uow)
        return self._send(method, path, data, account, query, seconds)

    def enabled(self) -> bool:
        """Whether an administrator lets us work. AppAPI answers this even while we are disabled; our standing is noted.

        Raises as ``ask`` does.
        """
        found = bool(self._send("GET", STATE, None, SYSTEM, None, READ))
        note_enabled(self.application, enabled=found)
        return found

    def _require_ours(self, method: str, path: str, account: str, nominated: str) -> None:
        if account in (SYSTEM, nominated):
            return
        theirs = quote(account, safe="")
        if any((method, path) == (verb, address.format(account=theirs)) for verb, address in _OF_ANYBODY):
            return
        log.error("acting_refused", method=method, path=re.sub(r"/users/[^/]+", "/users/…", path))
        raise NotOurs("platform_other_account", account=account)

    def _send(
        self, method: str, path: str, data: Mapping[str, Any] | None, account: str,
        query: Mapping[str, str] | None, seconds: float,
    ) -> Any:  # fmt: skip
        reply = self._wire.send(method, path, data, account=account, query=query, seconds=seconds)
        if reply.status == 401 and path == STATE:
            note_refused(self.application)
            raise PlatformError("platform_refused")
        if reply.status == 401 and not self.enabled():
            # AppAPI says 401 alike to a wrong secret, to a disabled app and to an account that is not there.
            raise PlatformError("platform_disabled")
        if reply.status == 503:
            asked = reply.headers.get("Retry-After", "")
            note_maintenance(self.application, float(asked[:9]) if asked.isascii() and asked.isdigit() else None)
            raise PlatformError("platform_maintenance")
        what = f"{method} {told(path)}"
        if not 200 <= reply.status < 300:
            raise Declined(what, reply.status, reply.said)
        if reply.ocs is None:
            raise NotReached("platform_away", what=what, why="no OCS answer")
        return reply.ocs["data"]

    def close(self) -> None:
        self._wire.close()


def told(path: str) -> str:
    """A path as it may be shown."""
    return unquote(path).removeprefix(OCS)


class _TooMuch(Exception):
    """An answer that is longer, or takes longer, than any of those that we ask for."""


def _bounded(response: requests.Response, seconds: float) -> bytes:
    """The whole body, unpacked."""
    parts, size, end = [], 0, time.monotonic() + seconds
    # What there is, at once: a whole piece of a size could be waited for without end.
    while piece := response.raw.read1(65536, decode_content=True):
        size += len(piece)
        if size > MOST_BYTES or time.monotonic() > end:
            raise _TooMuch
        parts.append(piece)
    return b"".join(parts)


def _read(body: bytes) -> tuple[str, dict[str, Any] | None]:
    """Nextcloud's own words, and the whole ``ocs`` part where the body has one."""
    try:
        answer = json.loads(body)
        found = answer["ocs"]
        return str(found["meta"].get("message") or "")[:200], found if "data" in found else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "", None
