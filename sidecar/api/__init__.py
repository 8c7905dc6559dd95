"""``/api/v1``: flask-smorest and marshmallow. Every call needs an access token; OpenAPI at ``/api/v1/openapi.json``.

A token opens what it was made for (``token api --for CENTRE --role ROLE``). Who is in a supervision slot is told to its
organiser's alone, to others only how many.
"""

from __future__ import annotations

from flask import Flask, Response, request
from flask_smorest import Api

from sidecar.api.appointments import blueprint as appointments
from sidecar.api.collections import blueprint as collections
from sidecar.api.looking import blueprint as looking
from sidecar.api.page import page
from sidecar.api.people import blueprint as people
from sidecar.api.webhooks import blueprint as webhooks
from sidecar.http.access import bearer, visitor, words
from sidecar.http.errors import problem

PREFIX = "/api/v1"


def register_api(app: Flask) -> None:
    app.config.update(
        API_TITLE="Hors les murs",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
            "security": [{"token": []}],
        },
    )
    app.before_request(_token_needed)
    api = Api(app)
    for blueprint in (appointments, people, looking, collections, webhooks):
        api.register_blueprint(blueprint, url_prefix=PREFIX)
    app.register_blueprint(page)


def _token_needed() -> Response | None:
    """Everything under ``/api/`` asks for a token; the document may also be read by who is signed in."""
    if not request.path.startswith("/api/"):
        return None
    if bearer() is not None or (request.path == f"{PREFIX}/openapi.json" and visitor() is not None):
        return None
    answer = problem(401, words()("problem.unauthorised"))
    answer.headers["WWW-Authenticate"] = 'Bearer realm="hors-les-murs"'
    return answer
