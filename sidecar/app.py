"""The Flask application: pages, feeds, health, ``/api/v1``; everything that answers over HTTP comes through here."""

from __future__ import annotations

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue

from calendars.dav import Bounds
from sidecar.api import register_api
from sidecar.bootstrap import Application
from sidecar.http.access import SIGNED_IN_FOR, WIRED, Platform, Wired, visitor, words
from sidecar.http.embedding import Pages, embedded, under_prefix
from sidecar.http.errors import page_of_error, register_errors
from sidecar.http.sessions import FollowingSessions
from sidecar.nextcloud.blueprints import Connected, platform_of
from sidecar.services.sharing import Directory
from sidecar.services.signing_in import Attempts, Prove, prove_by_discovery
from sidecar.services.syncing import Syncer
from sidecar.web import EMBEDDED_BLUEPRINTS, register_web

MOST_BYTES = 1024 * 1024
"""The largest body that a request may have."""
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def create_app(
    application: Application,
    syncer: Syncer | None = None,
    *,
    platform: Platform | None = None,
    prove: Prove | None = None,
    directory: Directory | None = None,
) -> Flask:
    """Everything wired to one ``Application``; its settings give language, address and the key that signs sessions.

    ``syncer`` asks the calendar servers and ``prove`` their passwords; tests hand in ones that ask the in-memory server.
    ``platform`` says who asks where the pages are embedded: the Nextcloud that started us, if one did. Without one there is
    nothing under ``/ui``. ``directory`` lists its groups.
    """
    connected = Connected.to(application)
    platform = platform or (connected.platform if connected is not None else None)
    app = Pages("sidecar.web")
    config = application.config
    signs, *others = config.keys().all
    app.session_interface = FollowingSessions(config.keys_anew)
    app.config.update(
        SECRET_KEY=signs,
        SECRET_KEY_FALLBACKS=others,
        MAX_CONTENT_LENGTH=MOST_BYTES,
        SESSION_COOKIE_NAME="hlm",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=config.base_url.startswith("https://"),
        PERMANENT_SESSION_LIFETIME=SIGNED_IN_FOR,
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    app.extensions[WIRED] = Wired(
        application=application,
        syncer=syncer or Syncer(application),
        platform=platform,
        prove=prove or prove_by_discovery(Bounds(read=config.dav_timeout)),
        attempts=Attempts(application.now),
        doctor_asks=platform_of(config, lambda: application),
        directory=directory or (connected.directory if connected is not None else None),
        declare_anew=connected.declare_anew if connected is not None else bool,
    )
    if platform is not None:
        app.wsgi_app = under_prefix(app.wsgi_app)  # type: ignore[method-assign, assignment]
        app.before_request(_pages_alone)
    register_api(app)
    register_web(app)
    if connected is not None:
        connected.register(app)
    register_errors(app)
    app.after_request(_guarded)
    return app


def _pages_alone() -> ResponseReturnValue | None:
    """Embedded there are pages and what they load; the platform's proxy has to have said who asks."""
    if not embedded() or request.endpoint == "static":
        return None
    if request.blueprint not in EMBEDDED_BLUEPRINTS:
        return page_of_error(404, words()("page.not_found"))
    return page_of_error(401, words()("page.not_for_you")) if visitor() is None else None


def _guarded(response: Response) -> Response:
    """Security headers on everything, and nothing kept by caches that does not say so itself."""
    for name, value in SECURITY.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
