"""Without a mouse, inside the menu page and behind its proxy: every control in reading order, seen where one is, and after
a form right at what became of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.access.conftest import Embedded
from tests.access.conftest import embedded as embedded  # the fixture
from tests.browser.test_embedded import WEEK, Around, nextcloud

CONTROLS = """() => {
  const found = [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')];
  const radios = new Set();
  return found.filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled).filter(
    // Tab stops at a group of radio buttons once.
    e => e.type !== 'radio' || !(radios.has(e.name) || !radios.add(e.name))).map(described);
}"""
LISTEN = """() => {
  window.described = e => `${e.tagName} ${e.id || e.getAttribute('href') || e.value || e.className} ${e.textContent.trim()}`;
  window.reached = []; window.unseen = []; window.last = null;
  document.addEventListener('focusin', event => {
    const name = described(event.target), style = getComputedStyle(event.target);
    if (last !== event.target) { reached.push(name); }
    last = event.target;
    if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) { unseen.push(name); }
  });
}"""
PAGES = [
    ("coralie", WEEK),
    ("coralie", "#/centres/maurepas/publish"),
    ("bruno", "#/appointments/cafe"),
    ("root", "#/set-up/centres/maurepas"),
    ("root", "#/set-up/centres/maurepas/bound/outings"),
    ("root", "#/set-up/import"),
]


@pytest.mark.parametrize(("who", "path"), PAGES, ids=[f"{who} {path}" for who, path in PAGES])
def test_tab_reaches_every_control_in_reading_order_and_shows_where_it_is(
    embedded: Embedded, browser: Browser, who: str, path: str
) -> None:
    with nextcloud(embedded, browser, "", who) as around:
        frame = around.open(path)
        expect(frame.locator("h1")).to_be_visible()
        inside = around.page.frames[1]
        inside.evaluate(LISTEN)
        controls = inside.evaluate(CONTROLS)
        frame.locator("a.skip").focus()
        for _ in range(len(controls) + 10):  # a date has several stops of its own
            around.page.keyboard.press("Tab")
        assert len(controls) > 4
        assert inside.evaluate("reached")[: len(controls)] == controls
        assert inside.evaluate("unseen") == []


@pytest.fixture
def coordinator(embedded: Embedded, browser: Browser) -> Iterator[Around]:
    with nextcloud(embedded, browser, "/nuage") as opened:
        yield opened


@pytest.fixture
def admin(embedded: Embedded, browser: Browser) -> Iterator[Around]:
    with nextcloud(embedded, browser, "/nuage", "root") as opened:
        yield opened


def test_after_a_choice_focus_is_at_what_is_left_to_choose(coordinator: Around) -> None:
    frame = coordinator.open(WEEK)
    frame.get_by_role("button", name="Garder celle de l'agenda").focus()
    coordinator.page.keyboard.press("Enter")
    expect(frame.get_by_text("Rien à départager")).to_be_visible()
    expect(frame.locator("#deciding")).to_be_focused()


def test_after_an_answer_focus_is_at_the_answer(embedded: Embedded, browser: Browser) -> None:
    with nextcloud(embedded, browser, "", "bruno") as around:
        frame = around.open("#/appointments/cafe")
        frame.get_by_role("button", name="Je ne peux pas venir").focus()
        around.page.keyboard.press("Enter")
        heading = frame.get_by_role("heading", name="Votre réponse : Ne peut pas venir")
        expect(heading).to_be_focused()
        around.page.keyboard.press("Tab")
        expect(frame.get_by_role("button", name="Je viens")).to_be_focused()


def test_what_is_wrong_with_a_form_is_where_focus_lands(coordinator: Around) -> None:
    frame = coordinator.open("#/centres/maurepas/publish")
    frame.get_by_role("button", name="Publier").last.focus()
    coordinator.page.keyboard.press("Enter")
    expect(frame.get_by_role("alert").or_(frame.get_by_role("status"))).to_be_focused()


def test_what_was_done_is_where_focus_lands_and_a_new_page_begins_at_its_heading(admin: Around, embedded: Embedded) -> None:
    embedded.scene.sync()
    frame = admin.open("#/set-up/centres/maurepas")
    frame.get_by_role("link", name="Ailleurs à présent, ou à délier (C supervision)").click()
    frame.get_by_role("radio", name="Tout y laisser").check()
    frame.get_by_role("checkbox", name="J'ai compris").check()
    frame.get_by_role("button", name="Délier").click()
    done = frame.get_by_text("« C supervision » est délié.")
    expect(done).to_be_focused()
    admin.page.goto(f"{admin.url}#/set-up/")
    frame.get_by_label("Nom du centre").fill("Centre social Villejean")
    admin.page.keyboard.press("Enter")
    expect(frame.get_by_role("heading", level=1, name="Centre social Villejean")).to_be_focused()
    assert not admin.page.url.endswith("#title")


def test_who_only_follows_a_link_begins_at_the_beginning(coordinator: Around) -> None:
    frame = coordinator.open(WEEK)
    frame.get_by_role("link", name="Le Café du facteur").click()
    expect(frame.get_by_role("heading", level=1, name="Le Café du facteur")).to_be_visible()
    assert coordinator.page.frames[1].evaluate("document.activeElement === document.body")
