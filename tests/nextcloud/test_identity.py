"""Who asks for a page inside Nextcloud, and in which groups they are."""

from __future__ import annotations

import pytest

from sidecar.http.access import PlatformAway
from sidecar.nextcloud.identity import FRESH, REMEMBERED, NextcloudPlatform
from sidecar.nextcloud.signing import Gate
from tests.nextcloud.conftest import Installed


class Ticking:
    """A clock in seconds that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def platform(installed: Installed, clock: Ticking | None = None) -> NextcloudPlatform:
    return NextcloudPlatform(installed.client, Gate(installed.exapp), clock=clock or Ticking())


def test_an_account_comes_with_its_groups(installed: Installed) -> None:
    account = platform(installed).account_of(installed.exapp.headers("marie"))
    assert account is not None
    assert (account.id, account.server, account.groups, account.platform_admin) == ("marie", "", {"coordinators"}, False)


def test_who_is_in_the_group_admin_administers(installed: Installed) -> None:
    account = platform(installed).account_of(installed.exapp.headers("root"))
    assert account is not None
    assert account.platform_admin


def test_whom_nextcloud_did_not_name_is_nobody(installed: Installed) -> None:
    here = platform(installed)
    assert here.account_of({}) is None
    assert here.account_of(installed.exapp.headers("")) is None
    assert here.account_of({"EX-APP-ID": "hors_les_murs", "AUTHORIZATION-APP-API": "bWFyaWU6Z3Vlc3NlZA=="}) is None
    assert installed.api.asked == []


def test_groups_are_asked_once_a_minute(installed: Installed) -> None:
    clock = Ticking()
    here = platform(installed, clock)
    assert here.groups_of("marie") == {"coordinators"}
    installed.api.groups["marie"] = []
    clock.now += FRESH - 1
    assert here.groups_of("marie") == {"coordinators"}
    assert len(installed.api.asked) == 1
    clock.now += 1
    assert here.groups_of("marie") == frozenset()


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        ({"failing": [500]}, "platform_away"),
        ({"maintenance": ""}, "platform_maintenance"),
        ({"enabled": False}, "platform_disabled"),
        ({"admits": "another"}, "platform_away"),
    ],
)
def test_what_is_not_known_is_neither_no_group_nor_every_group(
    installed: Installed, trouble: dict[str, object], told: str
) -> None:
    clock = Ticking()
    here = platform(installed, clock)
    assert here.groups_of("marie") == {"coordinators"}
    clock.now += FRESH
    for name, value in trouble.items():
        setattr(installed.api, name, value)
    with pytest.raises(PlatformAway) as refused:
        here.account_of(installed.exapp.headers("marie"))
    assert refused.value.code == told


def test_an_answer_without_groups_is_no_answer(installed: Installed) -> None:
    installed.api.groups["marie"] = None  # type: ignore[assignment]
    with pytest.raises(PlatformAway):
        platform(installed).groups_of("marie")


def test_no_more_accounts_are_remembered_than_fit(installed: Installed) -> None:
    here = platform(installed)
    installed.client.ask = lambda *_, **__: {"groups": ["x"]}  # type: ignore[method-assign, assignment]
    for number in range(REMEMBERED + 10):
        here.groups_of(f"account{number}")
    assert len(here._known) == REMEMBERED


def test_pages_say_that_nextcloud_does_not_answer_in_place_of_showing_nothing(installed: Installed) -> None:
    installed.api.failing = [500]
    answer = installed.ask("GET", "/ui/", account="marie")
    assert answer.status_code == 503
    assert "does not answer" in answer.text or "ne répond pas" in answer.text
