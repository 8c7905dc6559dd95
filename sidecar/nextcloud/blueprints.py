"""Puts the parts together: what a Flask application, a keeper and the pages need of Nextcloud."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, abort, request

from sidecar.bootstrap import Application
from sidecar.config import Config
from sidecar.exapp import signed_as
from sidecar.http.embedding import embedded
from sidecar.nextcloud.channels import Notifications, Rooms
from sidecar.nextcloud.client import Nextcloud
from sidecar.nextcloud.directory import NextcloudDirectory
from sidecar.nextcloud.hooks import hooks
from sidecar.nextcloud.identity import NextcloudPlatform
from sidecar.nextcloud.lifecycle import Initialiser, lifecycle, may_pass
from sidecar.nextcloud.occ import occ
from sidecar.nextcloud.registration import declare_anew
from sidecar.nextcloud.signing import Gate
from sidecar.nextcloud.telling import ToldByNextcloud
from sidecar.nextcloud.webhooks import HOOK
from sidecar.services.telling import Channel


def platform_of(config: Config, application: Callable[[], Application]) -> ToldByNextcloud | None:
    """What the doctor asks of the Nextcloud that started us; None where none did. Nothing is opened before it asks."""
    return ToldByNextcloud(lambda: Nextcloud(application())) if config.exapp is not None else None


@dataclass(frozen=True)
class Connected:
    """Our side of the Nextcloud that started us. ``platform`` says who asks for a page."""

    client: Nextcloud
    gate: Gate
    platform: NextcloudPlatform

    @classmethod
    def to(cls, application: Application) -> Connected | None:
        """None where no Nextcloud started us."""
        if application.config.exapp is None:
            return None
        client, gate = Nextcloud(application), Gate(application.config.exapp)
        return cls(client, gate, NextcloudPlatform(client, gate))

    def register(self, app: Flask) -> None:
        application = self.client.application
        app.before_request(_people_stay_inside)
        app.register_blueprint(lifecycle(self.client, self.gate, Initialiser(self.client)))
        app.register_blueprint(hooks(application, self.gate))
        app.register_blueprint(occ(self.gate, application.config.language))

    @property
    def directory(self) -> NextcloudDirectory:
        return NextcloudDirectory(self.client)

    @property
    def channels(self) -> tuple[Channel, ...]:
        """By which people hear what happened."""
        return Notifications(self.client), Rooms(self.client)

    def declare_anew(self) -> bool:
        return declare_anew(self.client)

    def may_pass(self) -> bool:
        return may_pass(self.client)


def _people_stay_inside() -> None:
    """What comes in somebody's name came through the proxy, which is to let through nothing but our embedded pages.

    It checks the path as it is written and sends it on tidied up: ``ui/../init`` is ``/init`` when it gets here (measured on
    32.0.1). Webhooks are signed in the name of whoever caused them; ``/hook`` believes nobody.
    """
    claimed = signed_as(dict(request.headers))
    if claimed is not None and claimed[1] and not embedded() and request.path != HOOK:
        abort(401)
