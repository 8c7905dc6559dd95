"""What a Nextcloud tells an external app of it through the environment, and the headers by which that app signs in.

Nextcloud's AppAPI sets these variables; they are read once, by ``sidecar.config``. The secret opens *every* account of that
Nextcloud: whoever makes headers here (``sidecar.services.platform``, ``sidecar.nextcloud.client``) says for whom.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

SYSTEM = ""
"""The account that is nobody: the app itself."""
PAGE = "home"
"""The name of our entry in the menu at the top, which is part of the page's address."""
_SIGN = "AUTHORIZATION-APP-API"
_DAV = "/remote.php/dav/"


@dataclass(frozen=True, kw_only=True)
class ExApp:
    """This process as an external app. ``socket``: listen there, in place of ``host`` and ``port`` (HaRP)."""

    app_id: str
    secret: str = field(repr=False)
    version: str
    nextcloud_url: str
    api_version: str = "32.0.0"
    host: str = "127.0.0.1"
    port: int = 8765
    storage: Path | None = None
    socket: Path | None = None

    @property
    def dav_url(self) -> str:
        return self.nextcloud_url + _DAV

    @property
    def page_url(self) -> str:
        """Where people find our pages; what stands behind it is the page's own path."""
        return f"{self.nextcloud_url}/index.php/apps/app_api/embedded/{self.app_id}/{PAGE}"

    def headers(self, account: str) -> dict[str, str]:
        """The headers that sign a request to Nextcloud as an account, or as the app (``SYSTEM``)."""
        return {
            "EX-APP-ID": self.app_id,
            "EX-APP-VERSION": self.version,
            "AA-VERSION": self.api_version,
            _SIGN: base64.b64encode(f"{account}:{self.secret}".encode()).decode(),
        }


def signed_as(headers: Mapping[str, str]) -> tuple[str, str, str] | None:
    """App, account and secret that a request claims; None where it claims none or in a form that cannot be read."""
    # Names of headers know no case (RFC 9110 section 5.1), and frameworks spell them in their own way.
    lowered = {name.lower(): value for name, value in headers.items()}
    claimed = lowered.get(_SIGN.lower())
    if claimed is None:
        return None
    try:
        account, mark, secret = base64.b64decode(claimed, validate=True).decode().partition(":")
    except ValueError:
        return None
    return (lowered.get("ex-app-id", ""), account, secret) if mark else None


def from_environment(environ: Mapping[str, str]) -> tuple[ExApp | None, list[str]]:
    """The app that AppAPI describes, None where it describes none; and one sentence for each wrong variable.

    APP_SECRET alone tells that it is one: the other names are common ones.
    """
    given = {name: environ.get(name, "").strip() for name in _NAMES}
    if not given["APP_SECRET"]:
        return None, []
    problems = [
        f"{name}: Nextcloud's AppAPI sets it wherever it sets APP_SECRET, and here it is missing (docs/nextcloud.md)."
        for name in ("APP_ID", "APP_VERSION", "NEXTCLOUD_URL")
        if not given[name]
    ]
    url = clean_url(given["NEXTCLOUD_URL"])
    parts = urlsplit(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query):
        problems.append(
            "NEXTCLOUD_URL: its value does not do; write the Nextcloud's address. Example: https://cloud.example.org"
        )
    port = given["APP_PORT"] or str(ExApp.port)
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        problems.append(f"APP_PORT: {port!r} does not do; write a whole number from 1 to 65535. Example: 23000")
    folder = given["APP_PERSISTENT_STORAGE"]
    if folder and not folder.startswith("/"):
        problems.append(f"APP_PERSISTENT_STORAGE: {folder!r} does not do; write a path that starts with /. Example: /data")
    if problems:
        return None, problems
    socket = Path(given["HP_EXAPP_SOCK"] or "/tmp/exapp.sock") if given["HP_SHARED_KEY"] else None  # noqa: S108 - HaRP's
    return ExApp(
        app_id=given["APP_ID"],
        secret=given["APP_SECRET"],
        version=given["APP_VERSION"],
        nextcloud_url=url,
        api_version=given["AA_VERSION"] or ExApp.api_version,
        host=given["APP_HOST"] or ExApp.host,
        port=int(port),
        storage=Path(folder) if folder else None,
        socket=socket,
    ), []


_NAMES = (
    "AA_VERSION", "APP_SECRET", "APP_ID", "APP_VERSION", "APP_HOST", "APP_PORT", "APP_PERSISTENT_STORAGE", "NEXTCLOUD_URL",
    "HP_SHARED_KEY", "HP_EXAPP_SOCK",
)  # fmt: skip


def clean_url(url: str) -> str:
    """The address of a Nextcloud without what AppAPI may put behind it.

    >>> clean_url("https://cloud.example/nextcloud/index.php/"), clean_url("https://cloud.example/")
    ('https://cloud.example/nextcloud', 'https://cloud.example')
    """
    return url.rstrip("/").removesuffix("/index.php").rstrip("/")
