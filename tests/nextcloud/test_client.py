"""The one outgoing client: as whom it acts, when it keeps quiet, what it makes of odd answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from sidecar.bootstrap import start
from sidecar.config import load
from sidecar.nextcloud import client
from sidecar.nextcloud.client import (
    GROUPS_OF,
    MOST_BYTES,
    NOTIFICATION,
    OCS,
    Declined,
    Nextcloud,
    NotOurs,
    NotReached,
    Wire,
)
from sidecar.nextcloud.lifecycle import may_pass
from sidecar.services.platform import PlatformError, Rest, nominate, note_enabled, standing
from tests.nextcloud.conftest import Installed, environment
from tests.nextcloud.standin import appapi
from tests.scene import Clock, ids
from tests.unit.dav.standin import Asked, raw, standing_in

WEBHOOKS = f"{OCS}/apps/webhook_listeners/api/v1/webhooks"


def rest(installed: Installed) -> Rest:
    with installed.application.storage.unit(write=False) as uow:
        return standing(uow).rest(installed.application.now())


def named(installed: Installed, account: str = "service") -> None:
    with installed.application.storage.unit(actor="test") as uow:
        nominate(uow, account)


@pytest.mark.parametrize("account", ["marie", "root", "Service", "service "])
def test_it_acts_as_nobody_but_itself_and_the_service_account(installed: Installed, account: str) -> None:
    named(installed)
    installed.api.asked.clear()
    for method, path in [
        ("GET", f"{OCS}/cloud/user"), ("GET", WEBHOOKS), ("POST", GROUPS_OF.format(account=account)),
        ("GET", GROUPS_OF.format(account="root2")), ("GET", GROUPS_OF.format(account=account) + "/../x"),
        ("GET", NOTIFICATION),
    ]:  # fmt: skip
        with pytest.raises(NotOurs):
            installed.client.ask(method, path, account=account)
    assert installed.api.asked == []


def test_it_acts_as_the_service_account_only_while_that_is_nominated(installed: Installed) -> None:
    with pytest.raises(NotOurs):
        installed.client.ask("GET", WEBHOOKS, account="service")
    named(installed)
    assert installed.client.ask("GET", WEBHOOKS, account="service") == []
    named(installed, "marie")
    with pytest.raises(NotOurs):
        installed.client.ask("GET", WEBHOOKS, account="service")


@pytest.mark.parametrize("account", ["", " ", "a:b", " marie"])
def test_what_cannot_be_an_account_is_not_nominated(installed: Installed, account: str) -> None:
    with pytest.raises(PlatformError, match="platform_account_name"):
        named(installed, account)


def test_a_refused_secret_is_tried_once_and_again_after_ten_minutes(installed: Installed) -> None:
    installed.api.admits = "another one"
    with pytest.raises(PlatformError, match="platform_refused"):
        installed.client.ask("GET", WEBHOOKS)
    known = installed.api.attacks
    for _ in range(5):
        with pytest.raises(PlatformError, match="platform_refused"):
            installed.client.ask("GET", WEBHOOKS)
        assert not may_pass(installed.client)
    assert installed.api.attacks == known
    installed.clock.forward(timedelta(minutes=9))
    assert not may_pass(installed.client)
    assert installed.api.attacks == known
    installed.clock.forward(timedelta(minutes=1))
    assert not may_pass(installed.client)
    assert installed.api.attacks == known + 1
    installed.clock.forward(timedelta(minutes=11))
    assert not may_pass(installed.client)
    assert installed.api.attacks == known + 1, "twice as long the second time"
    installed.clock.forward(timedelta(minutes=9))
    installed.api.admits = installed.exapp.secret
    assert may_pass(installed.client)
    assert rest(installed) is Rest.NOT


def test_however_often_it_is_refused_it_asks_every_six_hours(installed: Installed) -> None:
    installed.api.admits = "another one"
    for _ in range(20):
        assert not may_pass(installed.client)
        installed.clock.forward(timedelta(hours=6))
    assert installed.api.attacks == 20


def test_the_rest_of_one_process_is_that_of_all(installed: Installed) -> None:
    installed.api.admits = "another one"
    with pytest.raises(PlatformError):
        installed.client.enabled()
    known = installed.api.attacks
    with pytest.raises(PlatformError):
        Nextcloud(installed.application).ask("GET", WEBHOOKS)
    assert installed.api.attacks == known


@pytest.mark.parametrize(
    ("told", "minutes"),
    [("", 1), ("300", 5), ("86400", 60), ("Wed, 21 Oct 2026 07:28:00 GMT", 1), ("²", 1), ("9" * 400, 60), ("0", 1)],
)
def test_maintenance_pauses_it(installed: Installed, told: str, minutes: int) -> None:
    installed.api.maintenance = told
    with pytest.raises(PlatformError, match="platform_maintenance"):
        installed.client.ask("GET", WEBHOOKS)
    asked = len(installed.api.asked)
    installed.clock.forward(timedelta(minutes=minutes, seconds=-1))
    assert not may_pass(installed.client)
    assert len(installed.api.asked) == asked
    installed.clock.forward(timedelta(seconds=1))
    installed.api.maintenance = None
    assert may_pass(installed.client)


def test_disabled_it_asks_nothing_but_whether_that_still_holds(installed: Installed) -> None:
    installed.api.enabled = False
    assert not may_pass(installed.client)
    with pytest.raises(PlatformError, match="platform_disabled"):
        installed.client.ask("GET", WEBHOOKS)
    assert {path for _, path, _ in installed.api.asked} == {f"{OCS}/apps/app_api/ex-app/state"}
    installed.api.enabled = True
    assert may_pass(installed.client)


def test_before_nextcloud_ever_spoke_with_us_it_is_not_asked(tmp_path: Path) -> None:
    with appapi() as api:
        application = start(load(environment(api.url, tmp_path)), now=Clock(), new_id=ids())
        assert not may_pass(Nextcloud(application))
        assert api.asked == []


def test_a_redirect_is_not_followed(installed: Installed) -> None:
    installed.api.failing = [302]
    with pytest.raises(Declined) as told:
        installed.client.ask("GET", WEBHOOKS)
    assert told.value.status == 302


@pytest.mark.parametrize("status", [400, 403, 404, 405, 500, 502])
def test_what_is_declined_says_what_and_how(installed: Installed, status: int) -> None:
    installed.api.failing = [status]
    with pytest.raises(Declined) as told:
        installed.client.ask("GET", WEBHOOKS)
    assert (told.value.status, told.value.details["what"]) == (status, "GET /apps/webhook_listeners/api/v1/webhooks")
    assert rest(installed) is Rest.NOT


@pytest.mark.parametrize(
    "answer",
    [
        raw(200, b"", "text/html"),
        raw(200, b"<html>Sign in</html>", "text/html"),
        raw(200, b"[]", "application/json"),
        raw(200, b'{"ocs": []}', "application/json"),
        raw(200, b'{"ocs": {"meta": {}}}', "application/json"),
        raw(200, b"\xff\xfe", "application/json"),
        raw(200, b"[" * 100_000, "application/json"),
        raw(200, b"x" * (MOST_BYTES + 1), "application/json"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\n{}",
        b"",
    ],
    ids=["empty", "html", "list", "ocs list", "no data", "no text", "deep", "too large", "cut short", "packed", "nothing"],
)
def test_an_answer_that_cannot_be_read_is_none(tmp_path: Path, answer: bytes) -> None:
    with standing_in(lambda asked: answer) as server:
        application = start(load(environment(server.origin, tmp_path)), now=Clock(), new_id=ids())
        note_enabled(application, enabled=True)
        with pytest.raises(NotReached):
            Nextcloud(application).ask("GET", WEBHOOKS)


def test_nobody_answering_is_told_apart_from_being_turned_away(tmp_path: Path) -> None:
    application = start(load(environment("http://127.0.0.1:9", tmp_path)), now=Clock(), new_id=ids())
    note_enabled(application, enabled=True)
    ours = Nextcloud(application)
    with pytest.raises(NotReached) as told:
        ours.ask("GET", WEBHOOKS)
    assert ours.exapp.secret not in str(told.value)
    assert may_pass(ours), "each space finds out for itself"


def test_a_nextcloud_in_a_folder_is_asked_there(tmp_path: Path) -> None:
    with appapi("/nextcloud") as api:
        application = start(load(environment(f"{api.url}/index.php", tmp_path)), now=Clock(), new_id=ids())
        note_enabled(application, enabled=True)
        assert Nextcloud(application).enabled()
        assert api.asked == [("GET", "/ocs/v2.php/apps/app_api/ex-app/state", "")]


def test_an_answer_that_drips_is_left(tmp_path: Path) -> None:
    sent = []

    def drips(_: Asked) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"
        for number in range(500):
            sleep(0.02)
            sent.append(number)
            yield b" "

    with standing_in(drips) as server:
        application = start(load(environment(server.origin, tmp_path)), now=Clock(), new_id=ids())
        note_enabled(application, enabled=True)
        ours = Nextcloud(application)
        with pytest.raises(NotReached) as told:
            ours.ask("GET", WEBHOOKS, seconds=0.3)
        ours.close()
    assert told.value.details["why"] == "_TooMuch"
    assert len(sent) < 500


def test_what_is_asked_meanwhile_for_somebody_else_brings_nobodys_session_along(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Nextcloud sets a session cookie with each answer, and several threads ask through one client."""
    seen: list[dict[str, str]] = []
    answer = installed.api.answer

    def with_cookie(asked: Asked) -> bytes:
        seen.append(asked.headers)
        return answer(asked).replace(b"\r\n\r\n", b"\r\nSet-Cookie: oc_session=marie; path=/\r\n\r\n", 1)

    with standing_in(with_cookie) as server:
        wire = Wire(replace(installed.exapp, nextcloud_url=server.origin))
        bounded = client._bounded

        def meanwhile(*arguments: Any) -> bytes:
            if len(seen) == 1:
                wire.send("GET", GROUPS_OF.format(account="root"), account="root")
            return bounded(*arguments)

        monkeypatch.setattr(client, "_bounded", meanwhile)
        wire.send("GET", GROUPS_OF.format(account="marie"), account="marie")
        wire.close()
    assert [headers.get("cookie") for headers in seen] == [None, None]


def test_a_netrc_of_the_machine_signs_nothing(installed: Installed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    seen: list[dict[str, str]] = []
    answer = installed.api.answer
    with standing_in(lambda asked: seen.append(asked.headers) or answer(asked)) as server:
        application = start(load(environment(server.origin, tmp_path / "x")), now=Clock(), new_id=ids())
        note_enabled(application, enabled=True)
        assert Nextcloud(application).enabled()
    assert "authorization" not in seen[0]
