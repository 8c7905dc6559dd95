"""Who may call our life-cycle routes: Nextcloud itself, with our secret and our name, and nobody else."""

from __future__ import annotations

import base64
import logging

import pytest

from sidecar.nextcloud.signing import Gate
from tests.nextcloud.conftest import Installed
from tests.nextcloud.standin import APP, SECRET

SIGNED = [("POST", "/init"), ("PUT", "/enabled?enabled=1"), ("POST", "/hook"), ("POST", "/occ/sync")]


def signature(account: str = "", secret: str = SECRET) -> str:
    return base64.b64encode(f"{account}:{secret}".encode()).decode()


BAD = {
    "none": {},
    "another secret": {"EX-APP-ID": APP, "AUTHORIZATION-APP-API": signature(secret="guessed")},
    "a longer secret": {"EX-APP-ID": APP, "AUTHORIZATION-APP-API": signature(secret=SECRET + "x")},
    "no secret": {"EX-APP-ID": APP, "AUTHORIZATION-APP-API": signature(secret="")},
    "another app": {"EX-APP-ID": "other_app", "AUTHORIZATION-APP-API": signature()},
    "no app": {"AUTHORIZATION-APP-API": signature()},
    "no base64": {"EX-APP-ID": APP, "AUTHORIZATION-APP-API": "§§§"},
    "no colon": {"EX-APP-ID": APP, "AUTHORIZATION-APP-API": base64.b64encode(SECRET.encode()).decode()},
    "no text": {"EX-APP-ID": APP, "AUTHORIZATION-APP-API": base64.b64encode(b"\xff\xfe:\xff").decode()},
}


@pytest.mark.parametrize("headers", BAD.values(), ids=BAD)
@pytest.mark.parametrize(("method", "path"), SIGNED)
def test_what_is_not_signed_rightly_is_refused(
    installed: Installed, method: str, path: str, headers: dict[str, str]
) -> None:
    assert installed.web.open(path, method=method, json={}, headers=headers).status_code == 401


@pytest.mark.parametrize(("method", "path"), [row for row in SIGNED if row[1] != "/hook"])
def test_what_comes_in_the_name_of_a_person_does_not_steer_us(installed: Installed, method: str, path: str) -> None:
    assert installed.ask(method, path, account="root", data={}).status_code == 401


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1/appointments", "/static/page.css", "/heartbeat", "/x"])
def test_through_the_proxy_nothing_is_reached_but_our_embedded_pages(installed: Installed, path: str) -> None:
    assert installed.ask("GET", path, account="root").status_code == 401
    assert installed.ask("GET", "/ui/static/page.css", account="root").status_code == 200


def test_refusals_are_counted_and_logged_without_what_they_held(
    installed: Installed, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate(installed.exapp)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert gate.account_of({"EX-APP-ID": APP, "AUTHORIZATION-APP-API": signature(secret="guessed")}, "/init") is None
    assert gate.refused == 3
    assert "guessed" not in caplog.text
    assert signature(secret="guessed") not in caplog.text


def test_an_account_may_have_any_name(installed: Installed) -> None:
    gate = Gate(installed.exapp)
    for account in ("", "marie", "marie@example.org", "Zoé Le Gall", "名前"):
        assert gate.account_of(installed.exapp.headers(account)) == account


def test_names_of_headers_know_no_case(installed: Installed) -> None:
    lowered = {name.lower(): value for name, value in installed.exapp.headers("marie").items()}
    assert Gate(installed.exapp).account_of(lowered) == "marie"


def test_the_heartbeat_needs_no_signature(installed: Installed) -> None:
    answer = installed.web.get("/heartbeat")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
