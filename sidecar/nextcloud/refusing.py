"""What answers Nextcloud when this program cannot work with the database it finds: the reason, for the administrator.

After a step back to an older version the database may be newer than the program. It is left alone, nothing else is served,
and Nextcloud keeps the app disabled with our sentence beside it.
"""

from __future__ import annotations

import threading

from flask import Flask, Response, abort, jsonify, request

from sidecar.exapp import SYSTEM, ExApp
from sidecar.nextcloud.client import STATUS, NotReached, Wire
from sidecar.nextcloud.signing import Gate
from sidecar.observability import get_logger

log = get_logger(__name__)


def refusing_app(exapp: ExApp, sentence: str) -> Flask:
    """Alive, and unable: /init and /enabled answer with ``sentence``."""
    app, gate, wire = Flask("sidecar.refusing", static_folder=None), Gate(exapp), Wire(exapp)

    def tell() -> None:
        try:
            wire.send("PUT", STATUS, {"progress": 0, "error": sentence})
        except NotReached as error:
            log.warning("refusal_untold", why=error.code)

    @app.get("/heartbeat")
    def heartbeat() -> Response:
        return jsonify(status="ok")

    @app.post("/init")
    def init() -> Response:
        if gate.account_of(dict(request.headers), request.path) != SYSTEM:
            abort(401)
        threading.Thread(target=tell, name="refusal", daemon=True).start()
        return jsonify({})

    @app.put("/enabled")
    def enabled() -> Response:
        if gate.account_of(dict(request.headers), request.path) != SYSTEM:
            abort(401)
        return jsonify(error=sentence if request.args.get("enabled") == "1" else "")

    return app
