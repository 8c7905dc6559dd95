"""``/healthz``: does the process answer, does the database answer, and why nothing is written where nothing is."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from sidecar.http.access import application
from sidecar.observability import get_logger
from sidecar.services.muting import Why, why_muted
from sidecar.storage import StorageError

health = Blueprint("health", __name__)
log = get_logger(__name__)


@health.get("/healthz")
def healthz() -> tuple[Response, int]:
    try:
        app = application()
        app.storage.check()
        with app.storage.unit(write=False) as uow:
            why = why_muted(app, uow)
    except StorageError as error:
        log.exception("not_healthy", code=error.code)
        return jsonify(status="failing"), 503
    return jsonify(status="ok", **({"muted": why} if why is not Why.NOT else {})), 200
