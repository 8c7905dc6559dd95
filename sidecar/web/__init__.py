"""Pages, feeds and health. Jinja, one small style sheet, no build step."""

from __future__ import annotations

from flask import Flask

from sidecar.web.conflicts import conflicts
from sidecar.web.feeds import feeds
from sidecar.web.health import health
from sidecar.web.pages import pages


def register_web(app: Flask) -> None:
    for blueprint in (health, feeds, pages, conflicts):
        app.register_blueprint(blueprint)
