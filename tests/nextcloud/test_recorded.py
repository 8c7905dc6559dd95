"""What was said between Nextcloud 32.0.1 and us: we ask the same today, and answer the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sidecar.app import create_app
from sidecar.bootstrap import Application, start
from sidecar.config import load
from sidecar.domain.bindings import Purpose
from sidecar.domain.centres import Centre
from sidecar.http.access import PlatformAway
from sidecar.nextcloud import lifecycle, webhooks
from sidecar.nextcloud.client import OCS, Nextcloud
from sidecar.nextcloud.directory import NextcloudDirectory
from sidecar.nextcloud.identity import NextcloudPlatform
from sidecar.nextcloud.notifications import notify
from sidecar.nextcloud.registration import declare
from sidecar.nextcloud.signing import Gate
from sidecar.services.connecting import connect_platform
from sidecar.services.hints import take_hints
from sidecar.services.platform import PlatformError, Rest, nominate, note_enabled, standing
from sidecar.services.setting_up import make_collections
from tests.nextcloud.conftest import Installed, environment
from tests.nextcloud.playing import names, nextcloud, recording, send_again, their_requests
from tests.scene import Clock, ids

PAGE = "http://server.example/index.php/apps/app_api/embedded/hors_les_murs/home/appointments/cafe"


@contextmanager
def at(tmp_path: Path, *played: str, account: str = "service") -> Iterator[tuple[Application, Nextcloud]]:
    """We, beside the Nextcloud of these recordings, acting as ``account``."""
    with nextcloud(*played) as server:
        application = start(load(environment(server.origin + "/index.php", tmp_path)), now=Clock(), new_id=ids())
        note_enabled(application, enabled=True)
        if account:
            with application.storage.unit(actor="test") as uow:
                nominate(uow, account)
        client = Nextcloud(application)
        yield application, client
        client.close()


def why(application: Application) -> Rest:
    with application.storage.unit(write=False) as uow:
        return standing(uow).rest(application.now())


def test_every_recording_says_which_version_it_is_of_and_holds_no_secret() -> None:
    assert len(names()) > 15
    for name in names():
        found = recording(name)
        assert (found["nextcloud"], found["app_api"]) == ("32.0.1", "32.0.0")
        signatures = [e["headers"].get("AUTHORIZATION-APP-API", ":…") for e in found["exchanges"]]
        assert {s.partition(":")[2] for s in signatures} <= {"…", "another secret"}
        headers = {key.lower() for e in found["exchanges"] for key in {**e["headers"], **e["answer_headers"]}}
        assert not {key for key in headers if "cookie" in key}


def test_on_being_installed_everything_is_declared_step_by_step(tmp_path: Path) -> None:
    with at(tmp_path, "register", account="") as (_, client):
        lifecycle.Initialiser(client, pause=lambda seconds: None).run()


def test_declared_again_nothing_is_doubled(tmp_path: Path) -> None:
    with at(tmp_path, "webhooks", "webhooks_again", "declare_again") as (_, client):
        assert webhooks.declare(client) == 6
        assert webhooks.declare(client) == 0
        assert list(declare(client)) == [22, 45, 67, 90]


def test_our_webhooks_can_be_taken_out(tmp_path: Path) -> None:
    with at(tmp_path, "withdraw") as (_, client):
        assert webhooks.withdraw(client) == 6


def test_a_space_connects_without_a_password_and_makes_what_a_centre_lacks(tmp_path: Path) -> None:
    with at(tmp_path, "connect", account="") as (application, _):
        connection = connect_platform(application, "service", actor="test")
        assert (connection.space.username, connection.space.secret, connection.space.schedules) == ("service", "", True)
        assert connection.space.organizer == "service@example.org"
        centre = Centre(id="maurepas", name="Maurepas", language="en")
        wanted = [Purpose.OUTINGS, Purpose.CONTACTS]
        made = list(make_collections(connection.home, centre, wanted, connection.collections))
        assert [(state.display_name, purpose) for state, purpose in made] == [
            ("Outings – Maurepas", Purpose.OUTINGS), ("Aller vers – Maurepas", Purpose.CONTACTS),
        ]  # fmt: skip


def test_groups_are_those_of_the_account(tmp_path: Path) -> None:
    with at(tmp_path, "groups") as (_, client):
        platform = NextcloudPlatform(client, Gate(client.exapp))
        told = [platform.account_of(client.exapp.headers(account)) for account in ("coordinator", "admin", "denis")]
    assert [(a.id, a.groups, a.platform_admin) for a in told if a is not None] == [
        ("coordinator", {"coordinators"}, False), ("admin", {"admin"}, True), ("denis", frozenset(), False),
    ]  # fmt: skip


def test_groups_of_an_account_that_is_not_there_are_not_known_rather_than_none(tmp_path: Path) -> None:
    with at(tmp_path, "groups_of_nobody") as (_, client), pytest.raises(PlatformAway):
        NextcloudPlatform(client, Gate(client.exapp)).groups_of("nobody-there")


def test_groups_and_their_members_are_those_that_the_service_account_may_see(tmp_path: Path) -> None:
    with at(tmp_path, "directory") as (_, client):
        directory = NextcloudDirectory(client)
        assert directory.groups() == ["admin", "coordinators", "volunteers", "Équipe de quartier"]
        assert directory.members("volunteers") == {"service", "volunteer"}
        assert directory.members("coordinators") is None


def test_a_notification_is_left_with_one_account(tmp_path: Path) -> None:
    with at(tmp_path, "notification") as (_, client):
        subject = "L'outing du 3 mars est annulé {x}"
        notify(client, "coord", subject=subject, link=PAGE, about="appointment", about_id="cafe")


def test_our_state_is_asked(tmp_path: Path) -> None:
    with at(tmp_path, "state") as (application, client):
        assert client.enabled()
        assert why(application) is Rest.NOT


@pytest.mark.parametrize(
    ("name", "ask", "rest"),
    [
        ("disabled", lambda client: client.ask("GET", f"{OCS}/apps/app_api/api/v1/users"), Rest.DISABLED),
        ("wrong_secret", lambda client: client.ask("GET", f"{OCS}/apps/app_api/api/v1/users"), Rest.REFUSED),
        ("maintenance", lambda client: client.enabled(), Rest.MAINTENANCE),
        ("unknown_app", lambda client: client.enabled(), Rest.REFUSED),
    ],
)
def test_nothing_more_is_asked_once_we_were_turned_away(
    tmp_path: Path, name: str, ask: Callable[[Nextcloud], Any], rest: Rest
) -> None:
    with at(tmp_path, name) as (application, client):
        with pytest.raises(PlatformError) as told:
            ask(client)
        assert (told.value.code, why(application)) == (rest.value, rest)
        with pytest.raises(PlatformError, match=rest.value):
            client.ask("GET", f"{OCS}/apps/app_api/api/v1/users")


@pytest.mark.parametrize("name", ["register", "enable", "disable", "unregister"])
def test_we_answer_what_nextcloud_asks_as_we_did(installed: Installed, name: str) -> None:
    for exchange in their_requests(name):
        answer = send_again(installed.web, installed.exapp, exchange)
        assert (answer.status_code, answer.get_data(as_text=True)) == (exchange["status"], exchange["answer"])


def test_a_command_of_occ_gets_its_answer_as_text(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    (exchange,) = their_requests("occ")
    started: list[Any] = []
    web = create_app(replace(installed.application)).test_client()
    monkeypatch.setattr("sidecar.nextcloud.occ.subprocess.Popen", lambda command, **_: started.append(command) or Printed())
    answer = send_again(web, installed.exapp, exchange)
    assert (answer.status_code, answer.content_type, answer.text) == (200, "text/plain; charset=utf-8", "done\n")
    assert started[0][-2:] == ["sync", "--full"]


class Printed:
    """A process that printed one line and ended well."""

    stdout = ("done\n",)

    def wait(self) -> int:
        return 0

    def kill(self) -> None:
        """It has ended already."""


HOOKS = ["hook_created", "hook_updated", "hook_moved", "hook_moved_back", "hook_trashed"]


@pytest.mark.parametrize("name", HOOKS)
def test_what_happens_in_a_bound_calendar_is_a_hint_for_its_space(installed: Installed, name: str) -> None:
    space = installed.bound("/remote.php/dav/calendars/service/maurepas-outings/")
    (exchange,) = their_requests(name)
    answer = send_again(installed.web, installed.exapp, exchange)
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, exchange["answer"])
    assert take_hints(installed.application.storage) == {space.id}
    assert exchange["headers"]["AUTHORIZATION-APP-API"] == "coord:…", "signed for whoever did it"


@pytest.mark.parametrize("name", HOOKS)
def test_what_happens_in_other_calendars_is_none(installed: Installed, name: str) -> None:
    installed.bound("/remote.php/dav/calendars/service/villejean-outings/")
    (exchange,) = their_requests(name)
    assert send_again(installed.web, installed.exapp, exchange).json == {"spaces": 0}
    assert take_hints(installed.application.storage) == frozenset()
