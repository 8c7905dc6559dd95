"""Groups and their members, as far as the service account may read them."""

from __future__ import annotations

import pytest

from sidecar.nextcloud.directory import NextcloudDirectory
from sidecar.services.platform import PlatformError, nominate, note_enabled
from tests.nextcloud.conftest import Installed


def named(installed: Installed) -> NextcloudDirectory:
    with installed.application.storage.unit(actor="test") as uow:
        nominate(uow, "service")
    return NextcloudDirectory(installed.client)


def test_groups_are_those_that_the_service_account_may_share_with(installed: Installed) -> None:
    assert named(installed).groups() == ["admin", "coordinators"]
    assert [asked[2] for asked in installed.api.asked] == ["service"]


def test_who_is_in_a_group_is_known_only_to_its_members(installed: Installed) -> None:
    installed.api.groups["service"] = ["Équipe de quartier"]
    directory = named(installed)
    assert directory.members("Équipe de quartier") == {"service"}
    assert directory.members("coordinators") is None
    assert directory.members("nope") is None


def test_before_an_account_is_named_nobody_is_asked(installed: Installed) -> None:
    directory = NextcloudDirectory(installed.client)
    assert (directory.groups(), directory.members("coordinators")) == ((), None)
    assert installed.api.asked == []


def test_where_sharing_is_switched_off_no_group_is_offered_and_a_rest_is_told(installed: Installed) -> None:
    directory = named(installed)
    installed.api.failing = [403]
    assert directory.groups() == ()
    note_enabled(installed.application, enabled=False)
    with pytest.raises(PlatformError, match="platform_disabled"):
        directory.groups()
