"""Whatever an address or a form carries, a page answers in words: nothing of ours breaks."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.access.conftest import Embedded
from tests.access.test_every_route import PAGES, _form_of

ODD = (
    "",
    "\0",
    "x" * 3000,
    "-1",
    "9" * 5000,
    "0001-01-01",
    "9999-12-31",
    "http://[",
    "https://a:99999/",
    "%",
    "²",
    "\u202e",
)
ASKED = ("centre", "from", "lang", "theme", "page", "look", "appointment", "start", "end")
SENT = (
    ("chosen",), ("space",), ("role", "kind", "holder"), ("user", "password"), ("name", "timezone"), ("writes",),
    ("mark", "workbook64", "partial"), ("from", "to", "reason", "seen", "appointment"), ("was-anne", "account-anne"),
    ("yes",),
)  # fmt: skip
"""Fields that are sent together; a form takes what it knows of them."""


def who_may(path: str) -> str:
    return "root" if path.startswith("/set-up") else "sophie" if "slot" in path else "coralie"


@pytest.fixture
def calm(embedded: Embedded) -> Embedded:
    """Errors become answers, as when it is served."""
    embedded.client.application.testing = False
    embedded.client.application.config["PROPAGATE_EXCEPTIONS"] = False
    return embedded


@pytest.mark.parametrize("path", sorted({path.partition("?")[0] for method, path in PAGES if method == "GET"}))
def test_no_address_breaks_a_page(calm: Embedded, path: str) -> None:
    for name in ASKED:
        for odd in (*map(quote, ODD), "%ED%A0%80", f"%ff&{name}=2"):
            assert calm.get(f"{path}?{name}={odd}", who_may(path)).status_code < 500, (name, odd[:40])


@pytest.mark.parametrize("path", sorted(path for method, path in PAGES if method == "POST"))
def test_no_form_breaks_a_page(calm: Embedded, path: str) -> None:
    form = {"form_token": _form_of(calm, who_may(path)), "chosen": "theirs"}
    for names in SENT:
        for odd in ODD:
            sent = form | dict.fromkeys(names, odd)
            assert calm.post(path, who_may(path), sent).status_code < 500, (names, odd[:40])


@pytest.mark.parametrize(
    "url", ["%", "²", "\0", "x" * 64, "http://[", "[", "https://a:99999/", "javascript:x", "file:///etc/passwd"]
)
def test_no_address_of_a_server_breaks_the_set_up(calm: Embedded, url: str) -> None:
    form = {"form_token": _form_of(calm, "root"), "url": url, "user": "a", "password": "b"}
    assert calm.post("/set-up/account", "root", form).status_code == 422
