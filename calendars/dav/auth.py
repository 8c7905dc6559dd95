"""Who we are to a server: Basic at once, Digest where the server asks for it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from requests import PreparedRequest, Response
from requests.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth


class PasswordAuth(AuthBase):
    """Sends Basic (RFC 7617, UTF-8); turns to Digest (RFC 7616) when a 401 offers that and not Basic."""

    def __init__(self, username: str, password: str) -> None:
        self._username = username
        self._password = password
        self._basic = HTTPBasicAuth(username.encode(), password.encode())
        self._digest: _SharedDigest | None = None

    def __repr__(self) -> str:
        return f"PasswordAuth({self._username!r}, …)"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The password in every form in which it is sent, for taking it out of what is told."""
        token = b64encode(f"{self._username}:{self._password}".encode()).decode()
        return tuple(dict.fromkeys((token, self._password, quote(self._password, safe=""))))

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        if self._digest is not None:
            signed: PreparedRequest = self._digest(request)
            return signed
        signed = self._basic(request)
        signed.hooks["response"].append(self._asked)
        return signed

    def _asked(self, response: Response, **options: Any) -> Response:
        offers = response.headers.get("WWW-Authenticate", "").lower()
        if response.status_code != 401 or "digest" not in offers or "basic" in offers:
            return response
        self._digest = self._digest or _SharedDigest(self._username, self._password)
        self._digest(response.request.copy())  # prepares this thread's count of nonces
        digest: Any = self._digest
        answered: Response = digest.handle_401(response, **options)
        return answered


class _SharedDigest(HTTPDigestAuth):
    """Digest whose challenge, once answered, serves every thread; requests asks anew for each."""

    _thread_local: Any  # requests' own state, of which its types say nothing

    def __init__(self, username: str, password: str) -> None:
        super().__init__(username, password)
        self._shared: dict[str, str] = {}

    def init_per_thread_state(self) -> None:
        super().init_per_thread_state()
        if self._shared and not self._thread_local.last_nonce:
            self._thread_local.chal = self._shared
            self._thread_local.last_nonce = self._shared["nonce"]

    def handle_401(self, r: Response, **kwargs: Any) -> Response:
        plain: Any = super()
        answered: Response = plain.handle_401(r, **kwargs)
        if answered is not r and answered.status_code != 401:
            self._shared = self._thread_local.chal
        return answered


def hiding(auth: AuthBase) -> Callable[[str], str]:
    """Takes the secrets of ``auth`` out of a text that people will read. What is shorter than four letters is no secret
    that could be told from ordinary words."""
    secrets = [secret for secret in getattr(auth, "secrets", ()) if len(secret) >= 4]

    def hide(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, "…")
        return text

    return hide
