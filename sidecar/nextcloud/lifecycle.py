"""What AppAPI calls when we are installed, updated, enabled and disabled: /heartbeat, /init, /enabled."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from flask import Blueprint, Response, abort, jsonify, request

from sidecar.exapp import SYSTEM
from sidecar.i18n import translator
from sidecar.nextcloud.client import STATUS, Nextcloud, NotReached
from sidecar.nextcloud.registration import declare, declare_anew, forget_declared
from sidecar.nextcloud.signing import Gate
from sidecar.observability import get_logger
from sidecar.services.platform import PlatformError, Rest, has_met, note_enabled, standing

log = get_logger(__name__)
TRIES = 6
ENABLING = 75.0
"""Seconds that the last step may take: Nextcloud calls our /enabled before it answers, and gives that 60."""


class Initialiser:
    """Declares everything in a thread of its own and tells Nextcloud how far it is; one at a time, a few minutes at most."""

    def __init__(self, client: Nextcloud, pause: Callable[[float], object] = time.sleep) -> None:
        self._client = client
        self._pause = pause
        self._running = threading.Lock()

    def start(self) -> None:
        """Returns at once. Where one is running already, that one goes on: each step may be done twice."""
        threading.Thread(target=self.run, name="init", daemon=True).start()

    def run(self) -> None:
        """Raises nothing: what stops it is told to Nextcloud, which shows it to the administrator, and logged."""
        if not self._running.acquire(blocking=False):
            return
        try:
            for attempt in range(1, TRIES + 1):
                try:
                    for percent in declare(self._client):
                        self._tell(percent)
                    self._tell(100, seconds=ENABLING)
                    return
                except PlatformError as error:
                    log.warning("init_stopped", attempt=attempt, why=error.code)
                    if attempt == TRIES:
                        self._tell_error(error)
                    else:
                        self._pause(2.0**attempt)
        finally:
            self._running.release()

    def _tell(self, percent: int, *, seconds: float = 30.0) -> None:
        self._client.ask("PUT", STATUS, {"progress": percent, "error": ""}, seconds=seconds)

    def _tell_error(self, error: PlatformError) -> None:
        sentence = in_words(self._client, error)
        try:
            self._client.ask("PUT", STATUS, {"progress": 0, "error": sentence})
        except PlatformError as again:
            log.error("init_failed_untold", why=again.code)  # noqa: TRY400 - the first error is what matters, and was logged


def in_words(client: Nextcloud, error: PlatformError) -> str:
    gaps = {name: str(value) for name, value in error.details.items()}
    return translator(client.application.config.language)(f"error.{error.code}", **gaps)


def lifecycle(client: Nextcloud, gate: Gate, initialiser: Initialiser) -> Blueprint:
    """The three routes. All but the first are for Nextcloud itself: signed, and in nobody's name."""
    blueprint = Blueprint("nextcloud_lifecycle", __name__)

    @blueprint.get("/heartbeat")
    def heartbeat() -> Response:
        return jsonify(status="ok")

    @blueprint.post("/init")
    def init() -> Response:
        require_platform(gate)
        note_enabled(client.application, enabled=True)
        initialiser.start()
        return jsonify({})

    @blueprint.put("/enabled")
    def enabled() -> Response:
        require_platform(gate)
        # Nothing here can fail in a way that should keep an administrator from switching us on or off.
        switched_on = request.args.get("enabled") == "1"
        note_enabled(client.application, enabled=switched_on)
        if switched_on:
            forget_declared(client)
        return jsonify(error="")

    return blueprint


def require_platform(gate: Gate) -> None:
    """401 unless Nextcloud itself asks: what comes in the name of a person came through its proxy."""
    if gate.account_of(dict(request.headers), request.path) != SYSTEM:
        abort(401)


def may_pass(client: Nextcloud) -> bool:
    """Whether calendars may be touched now; asked by the keeper before each turn.

    Nextcloud 32.0.1 lets a disabled app into calendars, so we ask and keep away by ourselves. While the secret is
    refused, or in maintenance, nothing is asked at all. What of ours is not declared as it should be, is declared anew.
    """
    app = client.application
    with app.storage.unit(write=False) as uow:
        rest, met = standing(uow).rest(app.now()), has_met(uow)
    if not met or rest in (Rest.REFUSED, Rest.MAINTENANCE):
        return False
    try:
        allowed = client.enabled()
    except NotReached:
        # Each space finds out for itself whether the server is there.
        return rest is Rest.NOT
    except PlatformError as error:
        log.warning("platform_rests", why=error.code)
        return False
    if allowed:
        declare_anew(client)
    return allowed
