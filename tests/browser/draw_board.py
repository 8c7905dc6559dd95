"""Draw the picture of the README: ``python -m tests.browser.draw_board docs/images/board.png``."""

from __future__ import annotations

import sys
import tempfile
from contextlib import closing
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import CHROMIUM, QUIET, serve


def draw(target: Path) -> None:
    """The weeks of Maurepas around the sample's pair of volunteers, as a coordinator sees them on a desk."""
    with tempfile.TemporaryDirectory() as folder, closing(serve(Path(folder))) as sites, sync_playwright() as playwright:
        site = next(sites)
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        page = browser.new_page(viewport={"width": 1180, "height": 900}, locale="fr-FR")
        page.goto(site.link)
        page.wait_for_selector("h2")
        page.select_option("#centre", label="Centre social Maurepas")
        page.fill("#from", "2026-03-23")
        page.click("form.choose button")
        page.wait_for_load_state()
        target.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(target))
        browser.close()


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
