"""The script in Nextcloud's menu page: addresses typed and shared, the keyboard, and messages that are not ours."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.access.conftest import embedded as embedded  # the fixtures
from tests.browser.test_embedded import Around
from tests.browser.test_embedded import around as around

pytestmark = pytest.mark.system
CAFE = "Le Café du facteur"


def test_an_address_typed_into_the_open_page_leads_there_and_back_leads_back(around: Around) -> None:
    frame = around.open()
    expect(frame.locator("main")).to_be_visible()
    around.page.evaluate("window.location.hash = '#/appointments/cafe'")
    expect(frame.get_by_role("heading", level=1)).to_contain_text(CAFE)
    around.page.go_back()
    expect(frame.get_by_role("heading", level=1)).not_to_contain_text(CAFE)


def test_an_address_without_the_mark_becomes_one_with_it(around: Around) -> None:
    frame = around.open("/appointments/cafe")
    expect(frame.get_by_role("heading", level=1)).to_contain_text(CAFE)
    expect(around.page).to_have_url(f"{around.url}#/appointments/cafe")


def test_what_is_told_to_every_page_stands_in_no_address(around: Around) -> None:
    around.nextcloud.around = {"language": "en", "theme": "light"}
    frame = around.open("#/appointments/cafe?lang=fr&theme=dark")
    expect(frame.locator("html")).to_have_attribute("lang", "fr")
    expect(frame.locator("body")).to_have_attribute("data-theme", "light")
    expect(around.page).to_have_url(f"{around.url}#/appointments/cafe")


def test_the_keyboard_starts_in_our_page(around: Around) -> None:
    expect(around.open().locator("main")).to_be_visible()
    around.page.wait_for_function("document.activeElement.tagName === 'IFRAME'")


def test_the_frame_fills_the_place_and_has_no_border(around: Around) -> None:
    around.open()
    box = around.page.locator("iframe").bounding_box()
    place = around.page.locator("#content").bounding_box()
    assert box == place


def test_a_message_that_our_page_did_not_send_changes_nothing(around: Around) -> None:
    frame = around.open("#/appointments/cafe")
    expect(frame.get_by_role("heading", level=1)).to_contain_text(CAFE)
    expect(around.page).to_have_url(f"{around.url}#/appointments/cafe")
    around.page.evaluate(
        "new Promise(done => { window.addEventListener('message', () => setTimeout(done)); "
        "window.postMessage({app: 'hors_les_murs', path: 'mine', title: 'Somebody else'}, '*'); })"
    )
    assert around.page.url == f"{around.url}#/appointments/cafe"
    assert "Somebody else" not in around.page.title()


def test_the_browser_s_title_is_that_of_our_page(around: Around) -> None:
    around.open("#/appointments/cafe")
    around.page.wait_for_function("document.title.includes('Café du facteur')")
