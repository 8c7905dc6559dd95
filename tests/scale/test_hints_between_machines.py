"""Pages served by one machine, calendars kept by another: what the one hears, the other looks at before its turn."""

from __future__ import annotations

import http.client
import json
from pathlib import Path

import pytest
import requests

from sidecar.config import load
from sidecar.services.platform import SIGNS_IN_KEY, note_enabled
from tests.nextcloud.conftest import environment
from tests.nextcloud.test_process import free_port, serving
from tests.scale.conftest import City, until

NOT_BEFORE = 3600
"""Seconds between two turns of the machine that keeps: whatever it does in between, a hint made it do."""


@pytest.mark.system
@pytest.mark.slow
def test_a_webhook_that_reaches_the_machine_with_the_pages_leads_to_a_pass_on_the_other(city: City, tmp_path: Path) -> None:
    with city.application.storage.unit(actor="test") as uow:
        # A webhook is for what signs in through Nextcloud; with a password of its own, the space is asked with that.
        uow.settings.set(SIGNS_IN_KEY.format(space=city.spaces[0].id), "service")
    note_enabled(city.application, enabled=True)
    city.publish(1)
    city.machine(NOT_BEFORE)
    until(lambda: all(map(city.passed, city.spaces)), "nobody wrote the first outings")
    edited = next(path for path in city.written() if f"/{city.spaces[0].username}/" in path)
    rename(city, edited)

    port = free_port()
    variables = environment(
        "http://127.0.0.1:9", tmp_path / "pages", APP_PORT=str(port), HLM_DATABASE_URL=city.database,
        HLM_SECRET_KEY_FILE=str(city.key),
    )  # fmt: skip
    at = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with serving(variables, at, "--no-sync"):
        exapp = load(variables).exapp
        assert exapp is not None
        event = {"event": {"calendarData": {"uri": "outings", "principaluri": "principals/users/service"}}}
        at.request("POST", "/hook", json.dumps(event), {**exapp.headers("marie"), "Content-Type": "application/json"})
        answer = at.getresponse()
        assert (answer.status, json.loads(answer.read())) == (200, {"spaces": 1})
        until(lambda: title(city) == "Sortie avancée", "nobody looked")
        at.close()


def rename(city: City, path: str) -> None:
    """Somebody does, in a calendar app."""
    signed = (city.spaces[0].username, "geheim-é".encode())
    url = city.served.url.rstrip("/") + path
    text = requests.get(url, auth=signed, timeout=30).content.decode()
    assert "SUMMARY:Sortie 1" in text
    changed = text.replace("SUMMARY:Sortie 1", "SUMMARY:Sortie avancée").encode()
    assert requests.put(url, changed, auth=signed, headers={"Content-Type": "text/calendar"}, timeout=30).ok


def title(city: City) -> str:
    with city.application.storage.unit(write=False) as uow:
        return uow.appointments.get("o0-1").title
