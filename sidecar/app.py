"""The Flask application: pages, feeds, health, ``/api/v1``; everything that answers over HTTP comes through here."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Response, request

from sidecar.api import register_api
from sidecar.bootstrap import Application
from sidecar.http.errors import register_errors
from sidecar.services.syncing import Syncer
from sidecar.web import register_web

MOST_BYTES = 1024 * 1024
"""The largest body that a request may have."""
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def create_app(application: Application, syncer: Syncer | None = None) -> Flask:
    """Everything wired to one ``Application``; its settings give language, address and the key that signs sessions.

    ``syncer`` asks the calendar servers; tests hand in one that opens the in-memory server.
    """
    app = Flask("sidecar.web")
    config = application.config
    app.config.update(
        SECRET_KEY=config.secret_key(),
        MAX_CONTENT_LENGTH=MOST_BYTES,
        SESSION_COOKIE_NAME="hlm",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=config.base_url.startswith("https://"),
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
    )
    app.extensions["hors_les_murs"] = application
    app.extensions["hors_les_murs_syncer"] = syncer or Syncer(application)
    register_api(app)
    register_web(app)
    register_errors(app)
    app.after_request(_guarded)
    return app


def _guarded(response: Response) -> Response:
    """Security headers on everything, and nothing kept by caches that does not say so itself."""
    for name, value in SECURITY.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
