"""``/healthz``: does the process answer, does the database answer. Nothing else is told."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from sidecar.http.access import application
from sidecar.observability import get_logger
from sidecar.storage import StorageError

health = Blueprint("health", __name__)
log = get_logger(__name__)


@health.get("/healthz")
def healthz() -> tuple[Response, int]:
    try:
        application().storage.check()
    except StorageError as error:
        log.exception("not_healthy", code=error.code)
        return jsonify(status="failing"), 503
    return jsonify(status="ok"), 200
