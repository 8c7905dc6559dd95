"""Every route and every role, seen through the platform's proxy: a route that is missing from the table fails."""

from __future__ import annotations

import pytest

from sidecar.app import create_app
from sidecar.http.forms import form_token
from tests.access.conftest import Embedded

ROLES = ("nobody", "zoe", "victor", "anne", "sophie", "coralie", "root")
"""Not signed, unknown, viewer, team member, supervision organiser, coordinator, platform's admin."""
N, F, OK, WRONG = 404, 403, 200, 422
PAGES: dict[tuple[str, str], tuple[int, ...]] = {
    ("GET", "/"): (401, F, OK, OK, OK, OK, OK),
    ("GET", "/?centre=cleunay"): (401, F, OK, OK, OK, OK, OK),
    ("GET", "/mine"): (401, OK, OK, OK, OK, OK, OK),
    ("GET", "/link"): (401, F, F, F, F, OK, OK),
    ("GET", "/appointments/cafe"): (401, N, OK, OK, OK, OK, N),
    ("GET", "/appointments/slot"): (401, N, OK, OK, OK, OK, N),
    ("GET", "/appointments/draft"): (401, N, N, N, N, OK, N),
    ("GET", "/appointments/theirs"): (401, N, N, N, N, N, N),
    ("GET", "/appointments/nothing"): (401, N, N, N, N, N, N),
    # Only who is asked answers; a form that says neither what nor for when is told so (422).
    ("POST", "/appointments/cafe/answer"): (401, N, F, WRONG, F, F, N),
    ("POST", "/appointments/slot/answer"): (401, N, F, WRONG, F, F, N),
    ("POST", "/appointments/draft/answer"): (401, N, N, N, N, F, N),
    ("GET", "/centres/maurepas/publish"): (401, F, F, F, F, OK, F),
    ("GET", "/centres/cleunay/publish"): (401, F, F, F, F, F, F),
    ("POST", "/centres/maurepas/publish"): (401, F, F, F, F, WRONG, F),
    ("POST", "/centres/cleunay/publish"): (401, F, F, F, F, F, F),
    ("POST", "/conflicts/about-cafe/choice"): (401, N, N, N, N, OK, N),
    ("POST", "/conflicts/about-slot/choice"): (401, N, N, N, OK, N, N),
    # For who sets up: the platform's admin alone here. A form without what it needs is told so (422).
    ("GET", "/set-up/"): (401, F, F, F, F, F, OK),
    ("POST", "/set-up/account"): (401, F, F, F, F, F, WRONG),
    ("POST", "/set-up/centres"): (401, F, F, F, F, F, WRONG),
    ("GET", "/set-up/import"): (401, F, F, F, F, F, OK),
    ("GET", "/set-up/import/empty"): (401, F, F, F, F, F, OK),
    ("POST", "/set-up/import"): (401, F, F, F, F, F, WRONG),
    ("POST", "/set-up/import/done"): (401, F, F, F, F, F, WRONG),
    ("GET", "/set-up/leaving"): (401, F, F, F, F, F, OK),
    ("POST", "/set-up/leaving"): (401, F, F, F, F, F, WRONG),
    ("GET", "/set-up/check"): (401, F, F, F, F, F, OK),
    ("GET", "/set-up/centres/maurepas"): (401, F, F, F, F, F, OK),
    ("GET", "/set-up/centres/maurepas/people"): (401, F, F, F, F, F, OK),
    ("POST", "/set-up/centres/maurepas/people"): (401, F, F, F, F, F, OK),
    ("POST", "/set-up/centres/maurepas/collections"): (401, F, F, F, F, F, N),
    ("POST", "/set-up/centres/maurepas/create"): (401, F, F, F, F, F, N),
    ("POST", "/set-up/centres/maurepas/share"): (401, F, F, F, F, F, OK),
    ("POST", "/set-up/centres/maurepas/roles"): (401, F, F, F, F, F, WRONG),
    ("POST", "/set-up/centres/maurepas/news"): (401, F, F, F, F, F, N),
    ("POST", "/set-up/centres/maurepas/look"): (401, F, F, F, F, F, OK),
    ("GET", "/set-up/centres/maurepas/bound/outings"): (401, F, F, F, F, F, OK),
    ("POST", "/set-up/centres/maurepas/bound/outings/elsewhere"): (401, F, F, F, F, F, WRONG),
    ("POST", "/set-up/centres/maurepas/bound/outings/let-go"): (401, F, F, F, F, F, WRONG),
    ("POST", "/set-up/centres/maurepas/writing"): (401, F, F, F, F, F, OK),
}
OUTSIDE = ("/sign-in", "/sign-out", "/docs/api", "/healthz", "/metrics", "/readyz", "/feeds/", "/api/", "/static/")
"""Not among the embedded pages: what has a table of its own (``tests/api/test_access.py``)."""
OF_THE_PLATFORM = ("/heartbeat", "/init", "/enabled", "/hook", "/occ")
EXAMPLES = {"<appointment_id>": "cafe", "<conflict_id>": "about-cafe", "<centre_id>": "maurepas", "<purpose>": "outings"}


def ask(embedded: Embedded, method: str, path: str, who: str) -> int:
    name = None if who == "nobody" else who
    if method == "GET":
        return int(embedded.get(path, name).status_code)
    # Everybody has a form of their own; what they may not do is refused for that, not for the form.
    token = embedded.form_token("coralie") if name is None else _form_of(embedded, name)
    return int(embedded.post(path, name, {"form_token": token, "chosen": "theirs"}).status_code)


def _form_of(embedded: Embedded, who: str) -> str:
    with embedded.client.application.test_request_context(
        "/ui/", headers={"X-Who": who}, environ_overrides={"hors_les_murs.embedded": True}
    ):
        return form_token()


def test_the_tables_know_every_route(embedded: Embedded) -> None:
    known = {(method, path.partition("?")[0]) for method, path in PAGES}
    for rule in embedded.client.application.url_map.iter_rules():
        if rule.rule.startswith((*OUTSIDE, *OF_THE_PLATFORM)):
            continue
        path = rule.rule
        for gap, example in EXAMPLES.items():
            path = path.replace(gap, example)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            assert (method, path) in known, f"{method} {rule.rule}: who may ask for it stands in no table"


@pytest.mark.parametrize(("method", "path"), sorted(PAGES))
def test_each_role_gets_what_is_its_own_and_nothing_else(embedded: Embedded, method: str, path: str) -> None:
    assert tuple(ask(embedded, method, path, who) for who in ROLES) == PAGES[method, path]


@pytest.mark.parametrize("path", ["/sign-in", "/docs/api", "/api/v1/centres", "/healthz", "/feeds/x.ics", "/heartbeat"])
def test_what_is_no_page_is_not_there_behind_the_proxy(embedded: Embedded, path: str) -> None:
    assert embedded.get(path, "coralie").status_code == 404


def test_a_platform_that_does_not_answer_opens_nothing_and_says_so(embedded: Embedded) -> None:
    embedded.proxy.away = True
    answer = embedded.get("/", "coralie")
    assert answer.status_code == 503
    assert "La plateforme ne répond pas" in answer.text


def test_without_a_platform_there_is_nothing_under_its_prefix(embedded: Embedded) -> None:
    client = create_app(embedded.scene.application).test_client()
    assert client.get("/ui/", headers={"X-Who": "coralie"}).status_code == 404
