"""For machines: ``/healthz`` (does it answer, does the database, why is nothing written), ``/readyz``, ``/metrics``."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from sidecar.http.access import application, bearer, words
from sidecar.observability import get_logger
from sidecar.services.measuring import as_text, figures
from sidecar.services.muting import Why, why_muted
from sidecar.storage import StorageError, TokenKind

health = Blueprint("health", __name__)
log = get_logger(__name__)
_VERSIONS = ("storage_newer", "storage_not_migrated")


@health.get("/healthz")
def healthz() -> tuple[Response, int]:
    try:
        app = application()
        app.storage.check()
        with app.storage.unit(write=False) as uow:
            why = why_muted(app, uow)
    except StorageError as error:
        log.exception("not_healthy", code=error.code)
        return jsonify(status="failing", **_told(error)), 503
    return jsonify(status="ok", **({"muted": why} if why is not Why.NOT else {})), 200


@health.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Whether pages can be served: the database answers and has this program's tables. Muted is ready: people may look."""
    try:
        application().storage.check()
    except StorageError as error:
        log.warning("not_ready", code=error.code)
        return jsonify(status="not ready", **_told(error)), 503
    return jsonify(status="ready"), 200


def _told(error: StorageError) -> dict[str, str]:
    """Where program and database are of different versions, that is said: somebody has to install another one. Anything else
    may name what is nobody's business here, and stands in the log."""
    return {"detail": words()(f"error.{error.code}", **error.details)} if error.code in _VERSIONS else {}


@health.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Figures for Prometheus; opens with a token of the kind "metrics" alone. Loopback is no guard behind a proxy."""
    if bearer(TokenKind.METRICS) is None:
        return Response("", 401, {"WWW-Authenticate": 'Bearer realm="hors-les-murs"'})
    app = application()
    with app.storage.unit(write=False) as uow:
        return Response(as_text(figures(app, uow)), content_type="text/plain; version=0.0.4; charset=utf-8")
