"""Our pages in a frame of Nextcloud's menu page, behind its proxy: addresses, going back, language, theme, a click."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from wsgiref.simple_server import make_server

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.access.conftest import Embedded
from tests.access.conftest import embedded as embedded  # the fixture
from tests.browser.conftest import _Silent
from tests.browser.embedding import PAGE, NextcloudStandIn

WEEK = "#/?centre=maurepas&from=2026-03-02"


@dataclass
class Around:
    """The page around, in a browser in which ``who`` is signed in to Nextcloud."""

    page: Page
    nextcloud: NextcloudStandIn
    url: str

    def open(self, path: str = "") -> FrameLocator:
        self.page.goto(f"{self.url}{path}")
        return self.frame

    @property
    def frame(self) -> FrameLocator:
        return self.page.frame_locator("iframe")


@contextmanager
def nextcloud(embedded: Embedded, browser: Browser, root: str, who: str = "coralie") -> Iterator[Around]:
    standin = NextcloudStandIn(embedded.client.application, root)
    server = make_server("127.0.0.1", 0, standin, handler_class=_Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    origin = f"http://127.0.0.1:{server.server_port}"
    context = browser.new_context(locale="fr-FR", viewport={"width": 1000, "height": 800})
    context.set_default_timeout(15_000)
    context.add_cookies([{"name": "nc_user", "value": who, "url": origin}])
    try:
        yield Around(context.new_page(), standin, f"{origin}{root}{PAGE}")
        # Nothing of ours may have set a cookie, whatever was done.
        assert [c["name"] for c in context.cookies()] == ["nc_user"]
        assert all("ui/" in asked for asked in standin.asked)
    finally:
        context.close()
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


@pytest.fixture(params=["", "/nuage"], ids=["at the root", "in a folder"])
def around(request: pytest.FixtureRequest, embedded: Embedded, browser: Browser) -> Iterator[Around]:
    with nextcloud(embedded, browser, request.param) as opened:
        yield opened


def test_the_menu_page_shows_our_pages_in_its_language_and_theme(around: Around) -> None:
    around.nextcloud.around = {"language": "en", "theme": "dark"}
    frame = around.open()
    expect(frame.get_by_role("link", name="My appointments")).to_be_visible()
    expect(frame.locator("body")).to_have_attribute("data-theme", "dark")
    assert frame.locator("html").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(20, 25, 31)"
    expect(around.page.locator("iframe")).to_have_attribute("title", "Centre social de Maurepas – Hors les murs")


def test_a_page_has_an_address_of_its_own_and_back_goes_back(around: Around) -> None:
    frame = around.open(WEEK)
    frame.get_by_role("link", name="Le Café du facteur").click()
    expect(frame.get_by_role("heading", level=1)).to_contain_text("Le Café du facteur")
    expect(around.page).to_have_url(f"{around.url}#/appointments/cafe")
    around.page.go_back()
    expect(frame.get_by_role("heading", name="Les semaines à venir")).to_be_visible()
    assert "appointments" not in around.page.url


@pytest.mark.parametrize("link", ["#/appointments/cafe", "/appointments/cafe"])
def test_a_link_to_an_appointment_opens_it(around: Around, link: str) -> None:
    expect(around.open(link).get_by_role("heading", level=1)).to_contain_text("Le Café du facteur")


@pytest.mark.parametrize("link", ["#//evil.example/x", "#/../../../../settings", "#/https://evil.example/"])
def test_a_link_leads_nowhere_but_to_our_pages(around: Around, link: str) -> None:
    frame = around.open(link)
    expect(frame.locator("main")).to_be_visible()
    assert [f.url for f in around.page.frames[1:] if "evil" in f.url.partition("/ui/")[0]] == []


def test_a_conflict_is_settled_with_the_keyboard_inside_the_frame(around: Around, embedded: Embedded) -> None:
    frame = around.open(WEEK)
    button = frame.get_by_role("button", name="Garder celle de l'agenda")
    button.focus()
    around.page.keyboard.press("Enter")
    expect(frame.get_by_text("Rien à départager")).to_be_visible()
    with embedded.scene.reading() as uow:
        assert uow.audit.of("conflict", "about-cafe")[-1].actor == "page:coralie"


def test_the_keyboard_gets_into_the_frame_and_finds_the_skip_link_first(around: Around) -> None:
    frame = around.open(WEEK)
    expect(frame.locator("main")).to_be_visible()
    around.page.keyboard.press("Tab")
    for _ in range(3):
        if frame.locator("a.skip:focus").count():
            break
        around.page.keyboard.press("Tab")
    expect(frame.locator("a.skip")).to_be_focused()


def test_who_has_no_account_in_nextcloud_sees_nothing_of_ours(embedded: Embedded, browser: Browser) -> None:
    with nextcloud(embedded, browser, "") as opened:
        opened.page.context.clear_cookies()
        answer = opened.page.request.get(opened.url.replace(PAGE, "/index.php/apps/app_api/proxy/hors_les_murs/ui/"))
        assert answer.status == 404
        opened.page.context.add_cookies([{"name": "nc_user", "value": "coralie", "url": opened.url}])
