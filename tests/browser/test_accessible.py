"""axe-core finds nothing on any page: in both languages, narrow and wide, light and dark, embedded and standalone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from wsgiref.simple_server import make_server

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from sidecar.services.telling.teams import Way, add
from sidecar.smtp import Security, Smtp
from tests.access.conftest import WHO, Embedded
from tests.access.conftest import embedded as embedded  # the fixture
from tests.browser.conftest import _Silent

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PAGES = [
    ("coralie", "/ui/?centre=maurepas&from=2026-03-02"),
    ("coralie", "/ui/appointments/cafe"),
    ("coralie", "/ui/centres/maurepas/publish"),
    ("coralie", "/ui/link"),
    ("bruno", "/ui/mine"),
    ("bruno", "/ui/appointments/cafe"),
    ("root", "/ui/set-up/"),
    ("root", "/ui/set-up/check"),
    ("root", "/ui/set-up/import"),
    ("root", "/ui/set-up/leaving"),
    ("root", "/ui/set-up/centres/maurepas/people?look=1"),
    ("root", "/ui/set-up/centres/maurepas"),
    ("root", "/ui/set-up/centres/cleunay"),
    ("root", "/ui/set-up/centres/maurepas/bound/outings"),
    ("coralie", "/ui/appointments/nothing"),
    ("", "/"),
]
WAYS = [
    {"lang": "fr", "width": 390, "theme": "light"},
    {"lang": "en", "width": 1100, "theme": "dark"},
    {"lang": "fr", "width": 1100, "theme": "light-highcontrast"},
]


@pytest.fixture
def origin(embedded: Embedded) -> Iterator[str]:
    with embedded.scene.board() as uow:
        uow.people.save(replace(uow.people.get("bruno"), weekly_ceiling=1))
        add(uow, Way.MAIL, "equipe@example.org", centre_id="maurepas", now=embedded.scene.clock(), new_id=lambda: "mail")
    app = embedded.scene.application
    smtp = Smtp(host="mail.example", port=587, security=Security.STARTTLS)
    object.__setattr__(app, "config", replace(app.config, smtp_url=smtp))
    server = make_server("127.0.0.1", 0, embedded.client.application, handler_class=_Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(map(str, way.values())))
def test_nothing_shuts_anybody_out(browser: Browser, origin: str, way: dict[str, Any]) -> None:
    found = []
    for who, path in PAGES:
        context = browser.new_context(
            viewport={"width": way["width"], "height": 800}, extra_http_headers={WHO: who} if who else {}
        )
        page = context.new_page()
        page.goto(f"{origin}{path}{'&' if '?' in path else '?'}lang={way['lang']}&theme={way['theme']}")
        response = Axe().run(page, options=RULES).response
        found += [
            f"{path}: {v['id']} ({v['help']}): {[n['html'][:120] for n in v['nodes']]}" for v in response["violations"]
        ]
        assert response["passes"], "axe looked at nothing"
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        if wide:
            found.append(f"{path}: wider than the window")
        context.close()
    assert found == []
