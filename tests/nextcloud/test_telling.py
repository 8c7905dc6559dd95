"""What the doctor hears of the Nextcloud that started us: events declared and arrived, sharing; what nobody tells."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sidecar.nextcloud import webhooks
from sidecar.nextcloud.telling import ToldByNextcloud
from sidecar.services.doctor.platform import SharingLimits
from tests.nextcloud.conftest import Installed
from tests.nextcloud.test_hints import OUTINGS, event


@pytest.fixture
def told(installed: Installed) -> ToldByNextcloud:
    return ToldByNextcloud(lambda: installed.client)


def test_events_that_are_declared_are_counted_and_those_that_are_not(installed: Installed, told: ToldByNextcloud) -> None:
    installed.bound(OUTINGS)
    found = told.webhooks()
    assert found is not None
    assert (found.registered, found.wanted, found.last_arrived) == (0, 6, None)
    webhooks.declare(installed.client)
    del installed.api.webhooks[0]
    found = told.webhooks()
    assert found is not None
    assert (found.registered, found.wanted) == (5, 6)


def test_when_a_webhook_came_last_is_known_to_the_minute(installed: Installed, told: ToldByNextcloud) -> None:
    installed.bound(OUTINGS)
    for seconds in (0, 30, 90):
        installed.clock.forward(timedelta(seconds=seconds))
        assert installed.ask("POST", "/hook", data=event()).status_code == 200
        found = told.webhooks()
        assert found is not None
        assert found.last_arrived is not None
        assert timedelta() <= installed.clock() - found.last_arrived < timedelta(minutes=1)


def test_a_hook_that_is_not_signed_is_no_sign_of_life(installed: Installed, told: ToldByNextcloud) -> None:
    assert installed.web.post("/hook", json=event()).status_code == 401
    found = told.webhooks()
    assert found is not None
    assert found.last_arrived is None


@pytest.mark.parametrize(
    ("sharing", "limits"),
    [
        ({"api_enabled": True, "group": {"enabled": True}}, None),
        ({"api_enabled": False, "group": {"enabled": True}}, SharingLimits(may_not=True)),
        ({"api_enabled": True, "group": {"enabled": False}}, SharingLimits(may_not=True)),
        ({}, None),
        ("odd", None),
    ],
)
def test_sharing_that_is_switched_off_is_told(
    installed: Installed, told: ToldByNextcloud, sharing: Any, limits: SharingLimits | None
) -> None:
    installed.bound(OUTINGS)
    installed.api.sharing = sharing
    assert told.sharing() == limits


def test_before_an_account_is_named_nothing_is_asked(installed: Installed, told: ToldByNextcloud) -> None:
    asked = len(installed.api.asked)
    assert told.sharing() is None
    assert len(installed.api.asked) == asked


def test_the_page_of_checks_tells_of_nextcloud(installed: Installed) -> None:
    installed.bound(OUTINGS)
    page = installed.ask("GET", "/ui/set-up/check?lang=en", account="root")
    assert page.status_code == 200
    assert "0 of 6 signals are declared" in page.text
    assert "nothing here speaks with a Nextcloud" not in page.text
