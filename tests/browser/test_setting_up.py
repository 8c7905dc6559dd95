"""Setting up in a browser, inside the menu page and behind its proxy: what needs a click, a file or a script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from sidecar.web.setting_up import leaving
from tests.access.conftest import Embedded
from tests.access.conftest import embedded as embedded  # the fixture
from tests.access.test_accounts import Server
from tests.access.test_accounts import server as server  # the fixture
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


def test_a_person_is_tied_to_an_account_by_keyboard(around: Around, embedded: Embedded, server: Server) -> None:
    frame = around.open("#/set-up/centres/maurepas")
    frame.get_by_role("link", name="Personnes et comptes").click()
    frame.get_by_role("link", name="Chercher les comptes qui correspondent").click()
    box = frame.get_by_role("checkbox", name="Relier au compte « b.martin »")
    expect(box).not_to_be_checked()
    shuts_nobody_out(around)
    box.focus()
    around.page.keyboard.press("Space")
    frame.get_by_role("button", name="Enregistrer ce qui est coché ou écrit").focus()
    around.page.keyboard.press("Enter")
    expect(frame.get_by_text("1 compte relié ou changé.")).to_be_focused()
    expect(frame.get_by_label("Compte de Bruno")).to_have_value("b.martin")


def test_taking_everything_out_carries_on_by_itself_and_says_how_far_it_is(
    around: Around, embedded: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "PATIENCE", 0.0)
    embedded.scene.sync()
    frame = around.open("#/set-up/leaving")
    expect(frame.get_by_text("1 rendez-vous de nous.").first).to_be_visible()
    frame.get_by_role("checkbox").check()
    frame.get_by_role("button", name="Tout retirer du calendrier").click()
    expect(frame.get_by_text("Tout est retiré")).to_be_visible()
    assert around.nextcloud.asked.count("POST ui/set-up/leaving") > 1
    shuts_nobody_out(around)
