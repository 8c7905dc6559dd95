"""Pages inside another program's page: relative addresses, no cookie, no redirect, forms that only our pages can send."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

import pytest

from sidecar.app import create_app
from sidecar.http import forms
from sidecar.http.embedding import relative
from tests.access.conftest import Embedded

PAGES = ("/", "/mine", "/link", "/appointments/cafe", "/appointments/nothing")
OUTSIDE = "https://cloud.example.org/nuage/index.php/apps/app_api/proxy/hors_les_murs/ui"


def settle(embedded: Embedded, who: str = "coralie", conflict: str = "about-cafe", **sent: str) -> Any:
    data = {"form_token": embedded.form_token(who), "chosen": "theirs"} | sent
    return embedded.post(f"/conflicts/{conflict}/choice", who, data)


@pytest.mark.parametrize("path", PAGES)
def test_every_address_of_a_page_leads_behind_the_proxy(embedded: Embedded, path: str) -> None:
    page = embedded.get(path, "coralie").text
    addresses = re.findall(r'(?:href|src|action)="([^"]+)"', page)
    assert len(addresses) > 3
    for address in addresses:
        if not address.startswith(("tel:", "#")):
            whole = urljoin(f"{OUTSIDE}{path}", address.replace("&amp;", "&"))
            assert whole.startswith(f"{OUTSIDE}/"), (address, whole)
            assert embedded.get(whole.removeprefix(OUTSIDE).partition("#")[0], "coralie").status_code in (200, 404)


@pytest.mark.parametrize("path", PAGES)
def test_no_answer_sets_a_cookie_or_may_be_kept_or_framed_elsewhere(embedded: Embedded, path: str) -> None:
    for who in ("coralie", "zoe", None):
        answer = embedded.get(path, who)
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]


def test_a_click_is_answered_with_a_page_that_leads_on(embedded: Embedded) -> None:
    answer = settle(embedded)
    assert answer.status_code == 200
    assert "Location" not in answer.headers
    onward = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', answer.text)
    assert onward is not None
    there = urljoin(f"{OUTSIDE}/conflicts/about-cafe/choice", onward[1].replace("&amp;", "&"))
    assert there == f"{OUTSIDE}/?centre=maurepas#deciding"
    with embedded.scene.reading() as uow:
        assert uow.audit.of("conflict", "about-cafe")[-1].actor == "page:coralie"


def test_a_form_of_somebody_else_an_old_one_and_none_are_refused(
    embedded: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    for token in ("", "nonsense", embedded.form_token("sophie")):
        assert settle(embedded, form_token=token).status_code == 403
    monkeypatch.setattr(forms, "LASTS", -1)
    assert settle(embedded).status_code == 403


@pytest.mark.parametrize(("site", "status"), [("same-origin", 200), ("none", 200), ("cross-site", 403), ("same-site", 403)])
def test_a_browser_that_says_the_form_came_from_elsewhere_is_believed(embedded: Embedded, site: str, status: int) -> None:
    data = {"form_token": embedded.form_token("coralie"), "chosen": "theirs"}
    answer = embedded.post("/conflicts/about-cafe/choice", "coralie", data, Sec_Fetch_Site=site)
    assert answer.status_code == status


def test_language_and_theme_are_carried_along(embedded: Embedded) -> None:
    page = embedded.get("/?lang=en&theme=dark", "coralie").text
    assert '<html lang="en">' in page
    assert 'data-theme="dark"' in page
    links = [
        a.replace("&amp;", "&")
        for a in re.findall(r'href="([^"]+)"', page)
        if "appointments/" in a or a.startswith("./mine")
    ]
    assert links
    assert all("lang=en" in link and "theme=dark" in link for link in links)


def test_a_theme_that_does_not_exist_is_no_way_into_the_page(embedded: Embedded) -> None:
    assert "x-evil" not in embedded.get('/?theme="x-evil', "coralie").text.split("<main")[0]


def test_a_standalone_page_knows_no_theme_and_keeps_plain_addresses(embedded: Embedded) -> None:
    client = create_app(embedded.scene.application).test_client()
    page = client.get("/?theme=dark").text
    assert "data-theme" not in page
    assert 'href="/static/page.css"' in page


@pytest.mark.parametrize(
    ("here", "address", "seen"),
    [
        ("/ui/", "/ui/mine", "./mine"),
        ("/ui/", "/ui/", "./"),
        ("/ui/mine", "/ui/?centre=x", "./?centre=x"),
        ("/ui/appointments/a", "/ui/", "../"),
        ("/ui/appointments/a", "/ui/appointments/b#c", "./b#c"),
        ("/ui/set-up/centres/a/roles", "/ui/set-up/centres/a#roles", "../a#roles"),
        ("/ui/", "/ui/a:b", "./a:b"),
        ("/ui/conflicts/a/choice", "/ui/static/page.css", "../../static/page.css"),
    ],
)
def test_an_address_is_seen_from_the_page_that_is_asked_for(embedded: Embedded, here: str, address: str, seen: str) -> None:
    with embedded.client.application.test_request_context(here):
        assert relative(address) == seen


def test_a_role_that_is_taken_away_opens_nothing_at_the_next_click(embedded: Embedded) -> None:
    token = embedded.form_token("coralie")
    with embedded.scene.board() as uow:
        for grant in uow.grants.all(holder="Coordination"):
            uow.grants.remove(grant.id)
    embedded.scene.clock.forward(timedelta(seconds=1))
    assert embedded.get("/", "coralie").status_code == 403
    answer = embedded.post("/conflicts/about-cafe/choice", "coralie", {"form_token": token, "chosen": "theirs"})
    assert answer.status_code == 404
