"""A space without a password: signed as the nominated account, as long as that holds."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import requests

from calendars.dav import open_home
from calendars.dav.account import Account
from calendars.dav.failures import AccessWithdrawn
from calendars.errors import DavError, Unauthorised
from calendars.sync.ports import CollectionKind
from sidecar.bootstrap import start
from sidecar.config import load
from sidecar.services import platform
from sidecar.services.connecting import connect_platform, platform_connection
from sidecar.services.platform import PlatformError, Rest, auth_for, nominate, note_enabled, note_refused, standing
from sidecar.services.sync.desk import ACCOUNT_KEY
from sidecar.services.syncing import Syncer
from tests.nextcloud.conftest import Installed
from tests.scene import Clock, ids
from tests.unit.dav.standin import multistatus, raw, standing_in

HOME = "/remote.php/dav/calendars/service/"


def account_at(origin: str) -> Account:
    return Account(origin=origin, principal="/p/", calendar_homes=(HOME,), server="nextcloud")


@pytest.fixture
def always_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """How things stand is looked up before each request, not every few seconds."""
    monkeypatch.setattr(platform, "GLANCE", -1.0)


def test_requests_are_signed_as_the_nominated_account(installed: Installed) -> None:
    installed.bound()
    with standing_in(lambda asked: raw(207, multistatus())) as server:
        home = open_home(account_at(server.origin), "service", auth=auth_for(installed.application, "service"))
        home.look({CollectionKind.CALENDAR})
        headers = server.asked[0].headers
    assert headers["ex-app-id"] == "hors_les_murs"
    assert base64.b64decode(headers["authorization-app-api"]).decode() == f"service:{installed.exapp.secret}"
    assert "authorization" not in headers


def test_nobody_else_can_be_signed_for(installed: Installed) -> None:
    with pytest.raises(PlatformError, match="platform_other_account"):
        auth_for(installed.application, "service")
    installed.bound()
    with pytest.raises(PlatformError, match="platform_other_account"):
        auth_for(installed.application, "root")


@pytest.mark.usefixtures("always_looking")
def test_a_pass_under_way_ends_when_another_account_is_named(installed: Installed) -> None:
    installed.bound()
    with standing_in(lambda asked: raw(207, multistatus())) as server:
        home = open_home(account_at(server.origin), "service", auth=auth_for(installed.application, "service"))
        home.look({CollectionKind.CALENDAR})
        with installed.application.storage.unit(actor="test") as uow:
            nominate(uow, "marie")
        with pytest.raises(AccessWithdrawn, match="platform_other_account"):
            home.look({CollectionKind.CALENDAR})
        assert len(server.asked) == 1


@pytest.mark.usefixtures("always_looking")
def test_a_pass_under_way_ends_when_we_are_disabled_and_the_next_may_go_on(installed: Installed) -> None:
    installed.bound()
    with standing_in(lambda asked: raw(207, multistatus())) as server:
        home = open_home(account_at(server.origin), "service", auth=auth_for(installed.application, "service"))
        home.look({CollectionKind.CALENDAR})
        note_enabled(installed.application, enabled=False)
        with pytest.raises(AccessWithdrawn, match="platform_disabled"):
            home.look({CollectionKind.CALENDAR})
        note_enabled(installed.application, enabled=True)
        home.look({CollectionKind.CALENDAR})
        assert len(server.asked) == 2


def test_a_refusal_in_a_calendar_stops_everything(installed: Installed) -> None:
    installed.bound()
    with standing_in(lambda asked: raw(401)) as server:
        home = open_home(account_at(server.origin), "service", auth=auth_for(installed.application, "service"))
        with pytest.raises(Unauthorised):
            home.look({CollectionKind.CALENDAR})
        assert len(server.asked) == 1
    with installed.application.storage.unit(write=False) as uow:
        assert standing(uow).rest(installed.application.now()) is Rest.REFUSED


def test_a_pass_is_not_begun_while_nextcloud_is_left_alone(installed: Installed) -> None:
    space = installed.bound(f"{HOME}outings/")
    with installed.application.storage.unit(actor="test") as uow:
        uow.settings.set(ACCOUNT_KEY.format(space=space.id), account_at(installed.api.url).as_json())
    syncer = Syncer(installed.application)
    note_enabled(installed.application, enabled=False)
    with pytest.raises(PlatformError, match="platform_disabled"):
        syncer.sync(space.id)
    note_enabled(installed.application, enabled=True)
    note_refused(installed.application)
    with pytest.raises(PlatformError, match="platform_refused"):
        syncer.sync(space.id)
    assert installed.api.asked == []


def test_a_process_that_nextcloud_did_not_start_says_so(installed: Installed, tmp_path: Path) -> None:
    space = installed.bound(f"{HOME}outings/")
    with installed.application.storage.unit(actor="test") as uow:
        uow.settings.set(ACCOUNT_KEY.format(space=space.id), account_at(installed.api.url).as_json())
    alone = start(load({"HLM_DATA_DIR": str(tmp_path)}), now=Clock(), new_id=ids())
    with pytest.raises(PlatformError, match="platform_not_here"):
        Syncer(alone).sync(space.id)
    with pytest.raises(PlatformError, match="platform_not_here"):
        connect_platform(alone, "service", actor="test")


def test_a_space_with_a_password_signs_in_with_it(installed: Installed) -> None:
    space = installed.bound()
    with installed.application.storage.unit(actor="test") as uow:
        space = uow.spaces.save(platform.replace(uow.spaces.get(space.id), secret="an app password"))
        assert platform.sign_in(installed.application, uow, space) is None


def test_the_secret_stands_in_no_message(installed: Installed) -> None:
    installed.bound()
    auth = auth_for(installed.application, "service")
    assert installed.exapp.secret not in repr(auth)
    sent = requests.Request("GET", "http://x.example/", auth=auth).prepare().headers["AUTHORIZATION-APP-API"]
    told = f"you sent {sent} with {installed.exapp.secret}"
    with standing_in(lambda asked: raw(400, told.encode(), "text/plain")) as server:
        home = open_home(account_at(server.origin), "service", auth=auth)
        with pytest.raises(DavError) as failed:
            home.look({CollectionKind.CALENDAR})
    assert sent not in str(failed.value)
    assert installed.exapp.secret not in str(failed.value)


def test_without_a_service_account_there_is_no_connection(installed: Installed) -> None:
    with pytest.raises(PlatformError, match="platform_no_account"):
        platform_connection(installed.application)


def test_an_account_that_is_not_there_is_not_nominated(installed: Installed) -> None:
    installed.bound()
    with pytest.raises(DavError):
        connect_platform(installed.application, "nobody-there", actor="test")
    with installed.application.storage.unit(write=False) as uow:
        assert platform.service_account(uow) == "service"
        assert standing(uow).rest(installed.application.now()) is Rest.NOT
