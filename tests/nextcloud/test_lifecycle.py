"""Installed, updated, enabled, disabled: what we declare at Nextcloud, and when calendars are left alone."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from sidecar.config import load
from sidecar.nextcloud.lifecycle import TRIES, Initialiser, may_pass
from sidecar.nextcloud.refusing import refusing_app
from sidecar.nextcloud.registration import DECLARED_KEY, declare_anew
from sidecar.services.platform import Rest, nominate, release, standing
from tests.nextcloud.conftest import Installed, environment
from tests.nextcloud.standin import appapi

WHAT = {
    ("top-menu", "home"),
    ("script", "home"),
    ("occ_command", "hors-les-murs:sync"),
    ("occ_command", "hors-les-murs:doctor"),
    ("occ_command", "hors-les-murs:take-out"),
}


def rest(installed: Installed) -> Rest:
    with installed.application.storage.unit(write=False) as uow:
        return standing(uow).rest(installed.application.now())


def initialise(installed: Installed) -> list[float]:
    """Run the initialisation; the seconds that it waited."""
    waited: list[float] = []
    Initialiser(installed.client, pause=waited.append).run()
    return waited


def test_on_being_installed_it_declares_itself_and_says_how_far_it_is(installed: Installed) -> None:
    assert installed.ask("POST", "/init").status_code == 200
    assert set(installed.api.declared) == WHAT
    assert installed.api.progress == [(22, ""), (45, ""), (67, ""), (90, ""), (100, "")]
    assert installed.api.declared["script", "home"]["path"] == "ui/static/loader"


def test_init_is_answered_before_anything_is_declared(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # here it is the thread that matters
    done, go_on = threading.Event(), threading.Event()
    monkeypatch.setattr(Initialiser, "run", lambda self: (go_on.wait(10), done.set()))
    Initialiser(installed.client).start()
    assert not done.is_set()
    go_on.set()
    assert done.wait(10)


def test_however_often_it_is_installed_nothing_stands_there_twice(installed: Installed) -> None:
    installed.bound()
    for _ in range(3):
        assert installed.ask("POST", "/init").status_code == 200
    assert len(installed.api.declared) == len(WHAT)
    assert len(installed.api.webhooks) == 6


def test_a_passing_failure_is_waited_for(installed: Installed) -> None:
    installed.api.failing = [500, 502]
    assert initialise(installed) == [2.0, 4.0]
    assert installed.api.progress[-1] == (100, "")


def test_what_does_not_pass_is_told_to_the_administrator_in_words(installed: Installed) -> None:
    installed.api.failing = [500] * TRIES
    assert len(initialise(installed)) == TRIES - 1
    assert installed.api.progress == [
        (0, "Nextcloud did not do what we asked (POST /apps/app_api/api/v1/ui/top-menu: 500). Its log says more.")
    ]


def test_without_the_webhooks_app_all_else_is_declared_and_that_is_known(installed: Installed) -> None:
    installed.api.without_webhooks = True
    assert initialise(installed) == []
    assert set(installed.api.declared) == WHAT
    assert installed.api.progress[-1] == (100, "")
    with installed.application.storage.unit(write=False) as uow:
        assert uow.settings.get(DECLARED_KEY)["without"] == {"webhooks": 404}


def test_once_the_webhooks_app_is_switched_on_webhooks_are_declared_within_the_hour(installed: Installed) -> None:
    installed.bound("/remote.php/dav/calendars/service/outings/")
    installed.api.without_webhooks = True
    assert initialise(installed) == []
    installed.api.without_webhooks = False
    assert may_pass(installed.client)
    assert installed.api.webhooks == []
    installed.clock.forward(timedelta(hours=1))
    assert may_pass(installed.client)
    assert len(installed.api.webhooks) == 6


def test_switched_off_and_on_what_is_missing_is_declared_again(installed: Installed) -> None:
    installed.bound("/remote.php/dav/calendars/service/outings/")
    assert initialise(installed) == []
    installed.api.webhooks.clear()
    installed.ask("PUT", "/enabled?enabled=0")
    installed.ask("PUT", "/enabled?enabled=1")
    assert may_pass(installed.client)
    assert len(installed.api.webhooks) == 6


def test_disabled_calendars_are_left_alone_until_it_is_enabled_again(installed: Installed) -> None:
    answer = installed.ask("PUT", "/enabled?enabled=0")
    assert (answer.status_code, answer.json, rest(installed)) == (200, {"error": ""}, Rest.DISABLED)
    installed.api.enabled = False
    assert not may_pass(installed.client)
    installed.api.enabled = True
    answer = installed.ask("PUT", "/enabled?enabled=1")
    assert (answer.json, rest(installed)) == ({"error": ""}, Rest.NOT)
    assert may_pass(installed.client)


def test_a_disabling_that_we_never_heard_of_is_noticed_at_the_next_turn(installed: Installed) -> None:
    installed.api.enabled = False
    assert not may_pass(installed.client)
    assert rest(installed) is Rest.DISABLED


def test_enabled_anew_a_refused_secret_is_forgotten(installed: Installed) -> None:
    installed.api.admits = "another one"
    assert not may_pass(installed.client)
    installed.api.admits = installed.exapp.secret
    installed.ask("PUT", "/enabled?enabled=1")
    assert may_pass(installed.client)


def test_another_service_account_another_binding_or_another_version_is_declared_by_the_keeper(installed: Installed) -> None:
    assert initialise(installed) == []
    assert installed.api.webhooks == []
    installed.bound("/remote.php/dav/calendars/service/outings/")
    assert may_pass(installed.client)
    assert len(installed.api.webhooks) == 6
    before = len(installed.api.asked)
    assert may_pass(installed.client)
    assert len(installed.api.asked) == before + 1, "nothing changed: the state is asked, and nothing else"
    with installed.application.storage.unit(actor="test") as uow:
        nominate(uow, "marie")
    assert may_pass(installed.client)
    owners = {str(w["eventFilter"]) for w in installed.api.webhooks}
    assert len(installed.api.webhooks) == 6
    assert all("principals/users/marie" in text and "users/service" not in text for text in owners)


def test_a_database_newer_than_the_program_is_told_to_the_administrator_and_nothing_else_is_served(tmp_path: Path) -> None:
    with appapi() as api:
        exapp = load(environment(api.url, tmp_path)).exapp
        assert exapp is not None
        web = refusing_app(exapp, "The database is newer.").test_client()
        signed = exapp.headers("")
        assert web.get("/heartbeat").json == {"status": "ok"}
        assert web.put("/enabled?enabled=1", headers=signed).json == {"error": "The database is newer."}
        assert web.put("/enabled?enabled=0", headers=signed).json == {"error": ""}
        assert web.put("/enabled?enabled=1").status_code == 401
        assert web.post("/init").status_code == 401
        assert web.get("/").status_code == 404
        assert web.post("/init", headers=signed).status_code == 200
        for thread in threading.enumerate():
            if thread.name == "refusal":
                thread.join(10)
        assert [thread.name for thread in threading.enumerate() if thread.name == "refusal"] == []
        assert api.progress == [(0, "The database is newer.")]
    assert list(tmp_path.iterdir()) == []


def test_when_no_account_is_acted_for_any_more_no_webhook_stands_there(installed: Installed) -> None:
    installed.bound("/remote.php/dav/calendars/service/maurepas-outings/")
    assert initialise(installed) == []
    assert len(installed.api.webhooks) == 6
    with installed.application.storage.unit(actor="test") as uow:
        release(uow)
    assert declare_anew(installed.client)
    assert installed.api.webhooks == []
