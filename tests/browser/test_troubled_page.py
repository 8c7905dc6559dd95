"""The page when the link is in trouble and there is something to decide: still readable on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from calendars.sync.memory_server import MemoryServer
from sidecar.domain.appointments import Response
from sidecar.domain.bindings import Conflict, Purpose, SyncRun
from sidecar.services import rota
from sidecar.storage import TokenKind
from tests.browser.conftest import Site, served
from tests.browser.test_page import CONTRAST
from tests.scene import TUESDAY, Scene, build

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("browser")]


def troubled(folder: Path) -> tuple[Scene, str]:
    """A decline, a conflict, a guarded calendar, and a server that has not answered for a while."""
    server = MemoryServer()
    server.add_user("service", "x")
    scene = build(folder, lambda space: server.home("service", "x"), outings=2)
    scene.sync()
    scene.clock.forward(timedelta(hours=3))
    with scene.board() as uow:
        token = uow.tokens.issue(TokenKind.API, name="browser")
        rota.answer(uow, "cafe", "bruno", Response.DECLINED, now=scene.clock(), new_id=scene.application.new_id)
        uow.conflicts.add(
            Conflict(
                id="one", at=TUESDAY, centre_id="maurepas", subject_kind="appointment", subject_id="cafe1",
                field="summary", base="a", ours="Café d'hiver", theirs="Le Café du facteur", why="both_changed",
            )
        )  # fmt: skip
        report = {
            "collections": {scene.collections[Purpose.OUTINGS]: {"guarded": "emptied", "pulled": 3}},
            "error": "connection refused",
            "error_kind": "Unreachable",
        }
        at = scene.clock()
        uow.runs.add(SyncRun(id="run", space_id="space", started_at=at, ended_at=at, ok=False, report=report))
    return scene, token


@contextmanager
def opened(browser: Browser, site: Site, width: int) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="fr-FR")
    page = context.new_page()
    page.goto(site.link)
    page.wait_for_selector("#deciding")
    yield page
    context.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    scene, token = troubled(tmp_path)
    yield from served(scene.application, token)


def test_trouble_is_told_in_words_and_no_column_is_too_narrow_to_read(browser: Browser, site: Site) -> None:
    for width in (320, 390, 1280):
        with opened(browser, site, width) as page:
            text = page.locator("main").inner_text()
            for words in ("Sans lien depuis", "En pause", "1 remplacement demandé", "1 valeur à départager", "titre"):
                assert words in text, (width, words)
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), width
            narrow = page.evaluate(
                "[...document.querySelectorAll('.links th, .links td:not(.number)')]"
                ".filter(e => e.offsetParent && e.closest('tbody') && e.offsetWidth < 150).length"
            )
            assert narrow == 0, width
            assert page.evaluate(CONTRAST) == []


def test_a_conflict_is_settled_with_the_keyboard(browser: Browser, site: Site) -> None:
    with opened(browser, site, 390) as page:
        page.get_by_role("button", name="Garder notre valeur").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**#deciding")
        text = page.locator("main").inner_text()
        assert "Rien à départager" in text
        assert "Café d'hiver" in text
