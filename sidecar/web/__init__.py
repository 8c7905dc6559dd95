"""Pages, feeds and health. Jinja, one small style sheet, no build step."""

from __future__ import annotations

from flask import Flask

from sidecar.web.answering import answering
from sidecar.web.conflicts import conflicts
from sidecar.web.feeds import feeds
from sidecar.web.frame import frame
from sidecar.web.health import health
from sidecar.web.pages import pages
from sidecar.web.publishing import publishing
from sidecar.web.setting_up import setting_up
from sidecar.web.signing_in import signing_in

EMBEDDED_BLUEPRINTS = frozenset({pages.name, answering.name, publishing.name, conflicts.name, setting_up.name})
"""What there is inside another program's page: there nobody signs in, and programs have addresses of their own."""


def register_web(app: Flask) -> None:
    app.context_processor(frame)
    for blueprint in (health, feeds, pages, answering, publishing, conflicts, signing_in, setting_up):
        app.register_blueprint(blueprint)
