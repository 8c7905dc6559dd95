"""The proxy that the environment names for a server is used, and looked for once."""

from __future__ import annotations

import os

import pytest

from calendars.dav.auth import PasswordAuth
from calendars.dav.transport import Bounds, DavSession

ORIGIN = "http://cloud.example"


def test_a_session_goes_through_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    session = DavSession(ORIGIN, PasswordAuth("a", "b"), Bounds())
    asked = [
        session.merge_environment_settings(f"{ORIGIN}/{n}", {}, stream, None, None) for n, stream in enumerate((True, None))
    ]
    assert [settings["proxies"] for settings in asked] == [{"http": "http://proxy.example:3128"}] * 2
    assert [settings["stream"] for settings in asked] == [True, False]
    monkeypatch.setenv("no_proxy", "cloud.example")
    assert not DavSession(ORIGIN, PasswordAuth("a", "b"), Bounds()).merge_environment_settings(ORIGIN, {}, None, None, None)[
        "proxies"
    ]
