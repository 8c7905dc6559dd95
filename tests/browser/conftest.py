"""The real page in the system's Chromium, served by gunicorn's application on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from playwright.sync_api import Browser, sync_playwright

from sidecar.app import create_app
from sidecar.bootstrap import Application, start
from sidecar.config import load
from sidecar.exchange import Snapshot, apply_import, plan_import
from sidecar.samples import load_sample
from sidecar.services.publishing import plan_publishing, publish
from sidecar.storage import TokenKind
from tests.storage.conftest import require_system

CHROMIUM = Path("/usr/bin/chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a test's output is its own."""


@dataclass(frozen=True)
class Site:
    """Rennes, published, on its own port; ``link`` signs in."""

    url: str
    token: str

    @property
    def link(self) -> str:
        return f"{self.url}/#token={self.token}"


def serve(folder: Path) -> Iterator[Site]:
    """The sample Rennes as of its first Monday, served until the generator is closed."""
    app = start(load({"HLM_DATA_DIR": str(folder)}), now=lambda: NOW)
    with app.storage.unit(actor="test") as uow:
        plan = plan_import(load_sample("rennes", date(2026, 3, 2)), Snapshot.of(uow), now=NOW, new_id=app.new_id)
        apply_import(plan, uow)
        token = uow.tokens.issue(TokenKind.API, name="browser")
        for centre in uow.centres.all():
            whole = plan_publishing(uow, centre.id, NOW, NOW.replace(month=8))
            publish(uow, whole, reason="jeu d'essai")
    yield from served(app, token)


def served(app: Application, token: str) -> Iterator[Site]:
    """On a free port of loopback until the generator is closed."""
    server = make_server("127.0.0.1", 0, create_app(app), handler_class=_Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Site(f"http://127.0.0.1:{server.server_port}", token)
    finally:
        server.shutdown()
        thread.join(timeout=10)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    yield from serve(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    require_system("chromium", CHROMIUM.exists())
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield chromium
        chromium.close()
