"""Sessions and forms are signed with the key of the file as it is now: whoever renews it restarts nobody."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Flask, Request
from flask.sessions import SecureCookieSession

from sidecar.http.embedding import Sessions


class FollowingSessions(Sessions):
    """``keys`` gives all keys, the one that signs first, and none while they cannot be read: those known stand then.

    What earlier keys signed counts as long as they are in the file, so that nobody is signed out by a new one.
    """

    def __init__(self, keys: Callable[[], Sequence[bytes]]) -> None:
        self._keys = keys

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        found = list(self._keys())
        if found and [app.secret_key, *app.config["SECRET_KEY_FALLBACKS"]] != found:
            # In this order: another thread must find the key that signed a moment ago in one of both.
            app.config["SECRET_KEY_FALLBACKS"] = [*found[1:], app.secret_key]
            app.config["SECRET_KEY"] = found[0]
            app.config["SECRET_KEY_FALLBACKS"] = found[1:]
        return super().open_session(app, request)
