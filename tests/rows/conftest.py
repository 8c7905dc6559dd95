"""The rows of "What a calendar app may do to a rota", each on the in-memory server, on Radicale and on Xandikos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from calendars.dav import connect
from calendars.sync.memory_server import MemoryServer
from tests.rows.world import SERVERS, STYLES, Over, World
from tests.told.post import Post

Begin = Callable[..., World]

IN_STYLE = [("twin", style) for style in STYLES] + [
    ("radicale", "nextcloud_calendar"),
    ("radicale", "ios"),
    ("xandikos", "davx5"),
    ("xandikos", "thunderbird"),
]
"""Where the program's manners matter: all of them in memory, two on each real server."""

CYRUS = "cyrus"
"""A real server that tells people. Started anew for each test, so that only a selection of them runs there."""
INVITING = "inviting"
"""The in-memory server as one that sends invitations itself, with the post of a Nextcloud: more is written there."""


def opener(name: str, style: str, request: pytest.FixtureRequest, folder: Path) -> Begin:
    def opened(**options: Any) -> World:
        if name == "twin":
            over = Over(name=name, twin=MemoryServer(), user="service")
        elif name == INVITING:
            over = Over(name=name, twin=MemoryServer(schedules=True, deliver=Post().deliver), user="service")
            options = {"schedules": True, "server": "nextcloud"} | options
        elif name == CYRUS:
            served, user = request.getfixturevalue("own_cyrus"), "service"
            home = connect(served.url, user, served.password(user))
            over = Over(name=name, user=user, password=served.password(user), url=served.url, home=home)
            options = {"schedules": True, "server": name} | options
        else:
            served = request.getfixturevalue(name)
            user, password = served.new_user()
            home = connect(served.url, user, password)
            over = Over(name=name, user=user, password=password, url=served.url, home=home)
        return World.on(over, style, folder, **options)

    return opened


@pytest.fixture(params=SERVERS)
def begin(request: pytest.FixtureRequest, tmp_path: Path) -> Begin:
    """Opens a world on one of the three servers; options are those of ``tests.scene.build``."""
    return opener(request.param, "nextcloud_calendar", request, tmp_path)


@pytest.fixture(params=IN_STYLE, ids=lambda pair: "-".join(pair))
def begin_styled(request: pytest.FixtureRequest, tmp_path: Path) -> Begin:
    """As ``begin``, where a person sits there with one of five programs."""
    name, style = request.param
    return opener(name, style, request, tmp_path)


@pytest.fixture
def styled(begin_styled: Begin) -> World:
    """As ``world``, in each style."""
    return begin_styled()


@pytest.fixture
def world(begin: Begin) -> World:
    """One outing and four people, published and synced; a person sits there with Nextcloud Calendar."""
    return begin()
