"""The same pages at an address of their own, and inside another program's page, behind its proxy.

Embedded means: the platform's proxy sends us the request, with ``/ui`` in front of the path, and says who asks. There the
proxy follows redirects itself, lets one cookie through at most and does not tell its own prefix (``facts``: measured on
Nextcloud 32). So embedded answers set no cookie, redirect nobody and hold relative addresses only.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response, has_request_context, redirect, render_template, request, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionInterface
from werkzeug.wrappers import Response as AnyResponse

from sidecar.i18n import LANGUAGES

PREFIX = "/ui"
EMBEDDED = "hors_les_murs.embedded"
THEMES = ("default", "light", "dark", "light-highcontrast", "dark-highcontrast")
Wsgi = Callable[[Any, Any], Iterable[bytes]]


def embedded() -> bool:
    return has_request_context() and bool(request.environ.get(EMBEDDED))


def theme() -> str:
    """The theme that the embedding page shows; "" where it does not say, and standalone."""
    asked = request.args.get("theme", "")
    return asked if embedded() and asked in THEMES else ""


def carried() -> dict[str, str]:
    """What the first address said and every address of ours carries on: the language chosen, embedded the theme."""
    language = request.args.get("lang", "")
    kept = {"lang": language} if language in LANGUAGES else {}
    return kept | ({"theme": theme()} if theme() else {})


def under_prefix(app: Wsgi) -> Wsgi:
    """WSGI: what comes under ``/ui`` is marked, and the prefix moved where WSGI keeps prefixes (PEP 3333, SCRIPT_NAME)."""

    def marked(environ: Any, start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == PREFIX or path.startswith(f"{PREFIX}/"):
            shifted = {"SCRIPT_NAME": environ.get("SCRIPT_NAME", "") + PREFIX, "PATH_INFO": path[len(PREFIX) :] or "/"}
            environ = {**environ, **shifted, EMBEDDED: True}
        return app(environ, start_response)

    return marked


class Sessions(SecureCookieSessionInterface):
    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        # None makes a session that can be read, is empty, and refuses to be written.
        return None if request.environ.get(EMBEDDED) else super().open_session(app, request)


class Pages(Flask):
    """Flask with addresses that also hold behind a proxy that hides its prefix."""

    session_interface: SessionInterface = Sessions()

    def url_for(self, endpoint: str, **values: Any) -> str:
        """As Flask's; embedded relative to the page that is asked for, and with what is ``carried`` along."""
        if has_request_context() and endpoint != "static":
            values = carried() | values
        address = super().url_for(endpoint, **values)
        return relative(address) if embedded() and not values.get("_external") else address


def relative(address: str) -> str:
    """An address of ours (path and what follows) as seen from the page that is asked for (RFC 3986 section 5.2)."""
    parts = urlsplit(address)
    here = posixpath.dirname(f"{request.script_root}{request.path}") or "/"
    folder, _, leaf = parts.path.rpartition("/")
    # "./" in front also keeps a leaf with a colon from being read as a scheme.
    return parts._replace(scheme="", netloc="", path=f"{posixpath.relpath(folder or '/', here)}/{leaf}").geturl()


def see_other(endpoint: str, **values: Any) -> AnyResponse:
    """On to another page after a POST: 303 (RFC 9110 section 15.4.4), embedded a page that leads there by itself.

    Embedded, an anchor needs a path other than the one asked for: from there a browser would but look for it on that page.
    """
    address = url_for(endpoint, **values)
    if not embedded():
        return redirect(address, code=303)
    return Response(render_template("onward.html", address=address))
