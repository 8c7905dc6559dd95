"""The page as people meet it: signed in by a link, read on a phone and on a desk, walked with the keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Site

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("browser")]
CLEUNAY = "Centre social Cleunay"


@pytest.fixture(params=[(390, 844), (1280, 900)], ids=["phone", "desk"])
def page(request: pytest.FixtureRequest, browser: Browser, site: Site) -> Iterator[Page]:
    """The page of the first centre, signed in by the demonstration's kind of link."""
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, locale="fr-FR")
    opened = context.new_page()
    opened.goto(site.link)
    opened.wait_for_selector("h2")
    yield opened
    context.close()


def test_a_link_signs_in_and_leaves_no_token_in_the_address(page: Page, site: Site) -> None:
    assert page.url == f"{site.url}/"
    assert page.locator("h1").inner_text().startswith("Centre social")


def test_a_link_opened_again_leaves_no_token_in_the_address_either(page: Page, site: Site) -> None:
    page.goto(site.link)
    page.wait_for_function("window.location.hash === ''")
    assert site.token not in page.url
    assert page.locator("#token").count() == 0


def test_a_link_put_into_the_address_of_the_open_form_signs_in(browser: Browser, site: Site) -> None:
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    page.goto(site.url)
    page.evaluate("token => { window.location.hash = 'token=' + token; }", site.token)
    page.wait_for_selector("h2")
    assert page.url == f"{site.url}/"
    context.close()


def test_the_weeks_after_and_before_are_one_click_away(page: Page) -> None:
    page.get_by_role("link", name="Semaines suivantes").click()
    page.wait_for_url("**from=2026-03-30**")
    assert "lundi 30 mars" in page.locator("main").inner_text()
    page.get_by_role("link", name="Semaines précédentes").click()
    page.wait_for_url("**from=2026-03-02**")
    assert page.get_by_label("Centre", exact=True).locator("option:checked").inner_text() in page.locator("h1").inner_text()


def test_the_page_of_the_interface_fits_and_stands_out_too(page: Page) -> None:
    page.get_by_role("link", name="Interface de programmation").click()
    page.wait_for_selector("section.call")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate(CONTRAST) == []


def test_another_centre_is_chosen_and_its_findings_are_told(page: Page) -> None:
    page.get_by_label("Centre", exact=True).select_option(label=CLEUNAY)
    page.get_by_label("À partir du").fill("2026-03-30")
    page.get_by_role("button", name="Afficher").click()
    page.wait_for_load_state()
    assert page.locator("h1").inner_text() == CLEUNAY
    text = page.locator("main").inner_text()
    assert "Les Rendez-vous près de chez vous" in text
    assert "R3, À régler avant de publier." in text


def test_nothing_sticks_out_of_the_window(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_keyboard_finds_the_skip_link_first_and_every_control_shows_its_focus(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    shown: dict[str, set[str]] = {}
    for _ in range(6):
        page.keyboard.press("Tab")
        name = page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
        shown.setdefault(name, set()).add(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))
    # The parts inside of a date field are the browser's own; the field itself shows its focus.
    assert {"centre", "from", "Afficher"} <= set(shown)
    assert all("solid" in styles for styles in shown.values()), shown


def test_headings_labels_and_tables_are_made_for_screen_readers(page: Page) -> None:
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    unlabelled = page.evaluate(
        "[...document.querySelectorAll('input:not([type=hidden]),select')].filter(e => !e.labels.length).length"
    )
    assert unlabelled == 0
    assert page.evaluate("[...document.querySelectorAll('thead th')].every(th => th.scope === 'col')")
    assert page.evaluate("[...document.querySelectorAll('tbody th')].every(th => th.scope === 'row')")
    assert page.get_attribute("html", "lang") == "fr"
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))


CONTRAST = """() => {
  const light = c => { const v = c / 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
  const luminance = ([r, g, b]) => .2126 * light(r) + .7152 * light(g) + .0722 * light(b);
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  const bad = [];
  for (const e of document.querySelectorAll('main *, header *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    const [a, b] = [luminance(parse(getComputedStyle(e).color)), luminance(ground(e))].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) bad.push(e.tagName + '.' + e.className);
  }
  return bad;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    assert page.evaluate(CONTRAST) == []


def test_english_is_one_click_away_and_signing_out_shuts_the_door(page: Page) -> None:
    page.get_by_role("link", name="English").click()
    page.wait_for_load_state()
    assert page.get_attribute("html", "lang") == "en"
    assert "The coming weeks" in page.locator("main").inner_text()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_load_state()
    assert page.locator("#token").count() == 1


def test_a_wrong_token_is_told_beside_the_field(browser: Browser, site: Site) -> None:
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    page.goto(site.url)
    page.get_by_label("Jeton d'accès").fill("wrong")
    page.get_by_role("button", name="Entrer").click()
    page.wait_for_load_state()
    assert "n'ouvre rien" in page.get_by_role("alert").inner_text()
    assert page.get_attribute("#token", "aria-invalid") == "true"
    context.close()
