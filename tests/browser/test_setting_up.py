"""Setting up in a browser, inside the menu page and behind its proxy: what needs a click, a file or a script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.access.conftest import Embedded
from tests.access.conftest import embedded as embedded  # the fixture
from tests.access.test_importing import PEOPLE, WRONG, people
from tests.browser.test_accessible import RULES
from tests.browser.test_embedded import Around, nextcloud


@pytest.fixture
def around(embedded: Embedded, browser: Browser) -> Iterator[Around]:
    with nextcloud(embedded, browser, "/nuage", "root") as opened:
        yield opened


def shuts_nobody_out(around: Around) -> None:
    """What the frame shows now, on its own at a phone's width."""
    around.page.set_viewport_size({"width": 390, "height": 800})
    frame = around.page.frames[1]
    found = Axe().run(frame, options=RULES).response
    assert [f"{v['id']}: {[n['html'][:120] for n in v['nodes']]}" for v in found["violations"]] == []
    assert found["passes"]
    assert not frame.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def test_a_workbook_goes_through_the_proxy_as_text_is_shown_and_imported(around: Around, embedded: Embedded) -> None:
    frame = around.open("#/set-up/import")
    frame.get_by_label("Classeur", exact=True).set_input_files(
        {"name": "Personnes.csv", "mimeType": "text/csv", "buffer": WRONG.encode()}
    )
    frame.get_by_role("button", name="Montrer ce qui serait importé").click()
    expect(frame.get_by_text("ligne 4, colonne « Centre »")).to_be_visible()
    shuts_nobody_out(around)
    frame.get_by_role("button", name="Importer le reste, sans cette ligne").click()
    expect(frame.get_by_role("heading", name="C'est enregistré")).to_be_visible()
    assert {"Nadia Kerrien", "Omar Diallo"} <= people(embedded)
    shuts_nobody_out(around)


def test_a_workbook_that_is_too_large_is_told_before_it_is_sent(around: Around) -> None:
    frame = around.open("#/set-up/import")
    frame.get_by_label("Classeur", exact=True).set_input_files(
        {"name": "Personnes.csv", "mimeType": "text/csv", "buffer": PEOPLE.encode() * 50_000}
    )
    frame.get_by_role("button", name="Montrer ce qui serait importé").click()
    expect(frame.get_by_role("alert")).to_contain_text("trop gros")
    assert not any(asked.startswith("POST") for asked in around.nextcloud.asked)
