"""Every route and who may use it; a route that is missing from the table fails."""

from __future__ import annotations

import pytest

from sidecar.storage import TokenKind
from tests.api.conftest import Web

PERIOD = "start=2026-03-01T00:00:00%2B01:00&end=2026-04-01T00:00:00%2B02:00"
FREE = {
    ("GET", "/healthz"): 200,
    ("GET", "/readyz"): 200,
    ("GET", "/metrics"): 401,
    ("GET", "/feeds/<token>.ics"): 404,
    ("GET", "/static/<path:filename>"): 200,
}
SIGNED_IN = {
    ("GET", "/"): 401,
    ("GET", "/mine"): 401,
    ("GET", "/link"): 401,
    ("GET", "/centres/<centre_id>/publish"): 401,
    ("GET", "/set-up/"): 303,
    ("GET", "/set-up/check"): 303,
    ("POST", "/set-up/account"): 303,
    ("POST", "/set-up/centres"): 303,
    ("GET", "/set-up/import"): 303,
    ("GET", "/set-up/import/empty"): 303,
    ("POST", "/set-up/import"): 303,
    ("POST", "/set-up/import/done"): 303,
    ("GET", "/set-up/leaving"): 303,
    ("POST", "/set-up/leaving"): 303,
    ("GET", "/set-up/centres/<centre_id>/people"): 303,
    ("POST", "/set-up/centres/<centre_id>/people"): 303,
    ("GET", "/set-up/centres/<centre_id>"): 303,
    ("POST", "/set-up/centres/<centre_id>/collections"): 303,
    ("POST", "/set-up/centres/<centre_id>/create"): 303,
    ("POST", "/set-up/centres/<centre_id>/share"): 303,
    ("POST", "/set-up/centres/<centre_id>/roles"): 303,
    ("POST", "/set-up/centres/<centre_id>/news"): 303,
    ("POST", "/set-up/centres/<centre_id>/look"): 303,
    ("POST", "/set-up/centres/<centre_id>/writing"): 303,
    ("GET", "/set-up/centres/<centre_id>/bound/<purpose>"): 303,
    ("POST", "/set-up/centres/<centre_id>/bound/<purpose>/elsewhere"): 303,
    ("POST", "/set-up/centres/<centre_id>/bound/<purpose>/let-go"): 303,
    ("GET", "/docs/api"): 303,
    ("GET", "/appointments/<appointment_id>"): 303,
    ("POST", "/sign-in"): 403,
    ("POST", "/sign-out"): 303,
    ("POST", "/appointments/<appointment_id>/answer"): 303,
    ("POST", "/conflicts/<conflict_id>/choice"): 303,
    ("POST", "/centres/<centre_id>/publish"): 303,
}
WITH_TOKEN = {
    ("GET", "/api/v1/openapi.json"): 200,
    ("GET", "/api/v1/appointments"): 200,
    ("POST", "/api/v1/appointments"): 422,
    ("GET", "/api/v1/appointments/<appointment_id>"): 200,
    ("PUT", "/api/v1/appointments/<appointment_id>"): 422,
    ("POST", "/api/v1/appointments/<appointment_id>/cancel"): 200,
    ("POST", "/api/v1/appointments/<appointment_id>/bring-back"): 200,
    ("PUT", "/api/v1/appointments/<appointment_id>/participants/<person_id>"): 422,
    ("DELETE", "/api/v1/appointments/<appointment_id>/participants/<person_id>"): 200,
    ("POST", "/api/v1/appointments/<appointment_id>/participants/<person_id>/answer"): 422,
    ("GET", "/api/v1/appointments/<appointment_id>/audit"): 200,
    ("GET", "/api/v1/people"): 200,
    ("POST", "/api/v1/people"): 422,
    ("GET", "/api/v1/people/<person_id>"): 200,
    ("PUT", "/api/v1/people/<person_id>"): 422,
    ("GET", "/api/v1/centres"): 200,
    ("GET", "/api/v1/initiatives"): 200,
    ("GET", "/api/v1/findings"): 200,
    ("GET", "/api/v1/sync-runs"): 200,
    ("GET", "/api/v1/conflicts"): 200,
    ("POST", "/api/v1/conflicts/<conflict_id>/choice"): 422,
    ("POST", "/api/v1/centres/<centre_id>/resume"): 422,
    ("POST", "/api/v1/centres/<centre_id>/rebind"): 409,
    ("GET", "/api/v1/webhooks"): 200,
    ("POST", "/api/v1/webhooks"): 422,
    ("DELETE", "/api/v1/webhooks/<webhook_id>"): 404,
    ("GET", "/api/v1/webhooks/<webhook_id>/log"): 404,
    ("POST", "/api/v1/webhooks/<webhook_id>/pause"): 404,
    ("POST", "/api/v1/webhooks/<webhook_id>/resume"): 404,
    ("POST", "/api/v1/webhooks/<webhook_id>/rotate"): 404,
    ("POST", "/api/v1/webhooks/<webhook_id>/test"): 404,
}
TABLE = FREE | SIGNED_IN | WITH_TOKEN


def concrete(path: str) -> str:
    filled = path.replace("<appointment_id>", "cafe").replace("<person_id>", "bruno").replace("<token>", "nothing")
    filled = filled.replace("<path:filename>", "page.css").replace("<conflict_id>", "none")
    filled = filled.replace("<centre_id>", "maurepas").replace("<webhook_id>", "none")
    if path in ("/api/v1/appointments", "/api/v1/findings"):
        return f"{filled}?centre=maurepas&{PERIOD}"
    return filled


def test_the_table_knows_every_route(web: Web) -> None:
    routes = {
        (method, rule.rule)
        for rule in web.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == set(TABLE)


@pytest.mark.parametrize(("method", "path"), sorted(WITH_TOKEN))
@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic d3Jvbmc6d3Jvbmc=", "Bearer "])
def test_nothing_of_the_interface_opens_without_a_token(web: Web, method: str, path: str, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    answer = web.client.open(concrete(path), method=method, headers=headers, json={})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize(("method", "path"), sorted(WITH_TOKEN))
def test_a_token_opens_the_interface(web: Web, method: str, path: str) -> None:
    answer = web.ask(method, concrete(path), {} if method in ("POST", "PUT") else None)
    assert answer.status_code == WITH_TOKEN[method, path], answer.text


@pytest.mark.parametrize(("method", "path"), sorted(FREE | SIGNED_IN))
def test_pages_feeds_and_health_answer_strangers_as_they_should(web: Web, method: str, path: str) -> None:
    assert web.client.open(concrete(path), method=method).status_code == (FREE | SIGNED_IN)[method, path]


def test_a_revoked_token_opens_nothing_any_more(web: Web) -> None:
    assert web.ask("GET", "/api/v1/centres").status_code == 200
    with web.scene.board() as uow:
        uow.tokens.revoke(uow.tokens.all(kind="api")[0].id)
    assert web.ask("GET", "/api/v1/centres").status_code == 401


def test_a_feed_token_is_no_token_of_the_interface(web: Web) -> None:
    path = web.feed("feed-person", "anne")  # type: ignore[arg-type]
    token = path.removeprefix("/feeds/").removesuffix(".ics")
    assert web.ask("GET", "/api/v1/centres", token=token).status_code == 401


def test_every_answer_is_guarded_and_not_kept_by_caches(web: Web) -> None:
    for path in ("/", "/healthz", "/nowhere", "/api/v1/centres"):
        answer = web.client.get(path)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


def test_signing_in_wants_our_own_form_and_a_good_token(web: Web) -> None:
    page = web.client.get("/").text
    form = page.split('name="form_token" value="')[1].split('"')[0]
    assert web.client.post("/sign-in", data={"token": web.token}).status_code == 403
    assert web.client.post("/sign-in", data={"token": "wrong", "form_token": form}).status_code == 401
    answer = web.client.post("/sign-in", data={"token": web.token, "form_token": form})
    assert answer.status_code == 303
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Strict" in answer.headers["Set-Cookie"]
    page = web.client.get("/?centre=maurepas&from=2026-03-02").text
    assert "Le Café du facteur" in page
    assert "Contact au centre" in page
    assert "Base contact" in web.client.get("/?centre=maurepas&from=2026-03-02&lang=en").text
    assert "from=2026-03-03#cafe" in web.client.get("/appointments/cafe").text
    assert web.client.get("/docs/api").status_code == 200
    form = page.split('name="form_token" value="')[1].split('"')[0]
    web.client.post("/sign-out", data={"form_token": form})
    assert web.client.get("/").status_code == 401


def test_the_cookie_holds_no_token_and_opens_nothing_once_it_is_revoked(web: Web) -> None:
    web.client.get("/")
    with web.client.session_transaction() as session:
        form = session["form"]
    web.client.post("/sign-in", data={"token": web.token, "form_token": form})
    with web.client.session_transaction() as session:
        assert web.token not in str(dict(session))
    assert web.client.get("/link").status_code == 200
    with web.scene.board() as uow:
        uow.tokens.revoke(uow.tokens.all(kind="api")[0].id)
    assert web.client.get("/link").status_code == 401


def test_the_id_of_a_feed_in_a_cookie_opens_no_page(web: Web) -> None:
    web.feed(TokenKind.FEED_CENTRE, "maurepas")
    with web.scene.board() as uow:
        (feed,) = uow.tokens.all(kind=TokenKind.FEED_CENTRE)
    with web.client.session_transaction() as session:
        session["shown"] = feed.id
        session["since"] = web.scene.clock().timestamp()
    assert web.client.get("/link").status_code == 401


def test_a_database_in_trouble_is_not_healthy(web: Web) -> None:
    with web.scene.application.storage.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
    assert web.client.get("/healthz").status_code == 503
