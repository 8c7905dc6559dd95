"""``hors-les-murs demo --once``, then the server it filled, read by vdirsyncer and by a client of our own tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sidecar.demo_server import LoopbackServer, start_demo_server
from tests.editor import HttpAdapter, find_collections

pytestmark = pytest.mark.xdist_group("demo")

SYSTEMS = (
    "La Roulotte à parlottes",
    "Café du facteur",
    "Les Rendez-vous près de chez vous",
    "L'Info-mobile",
    "Jardin partagé",
    "Médiation sociale",
    "Marché Sarah-Bernhardt",
    "Marché de Villejean",
    "Table de quartier",
    "Bonjour Voisins",
    "Informaticienne publique",
    "Aller vers plutôt que voir venir",
    "Réunion thématique",
)
"""How the titles of S1 to S11, S13 and S15 read, in that order."""


@dataclass(frozen=True)
class Demo:
    """What a finished demonstration left: what it told, its folder, and the server started again on that folder."""

    told: dict[str, Any]
    again: dict[str, Any]
    folder: Path
    server: LoopbackServer
    passwords: dict[str, str]


def run(folder: Path, *words: str) -> dict[str, Any]:
    """One command in a folder of its own; its JSON."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("HLM_")} | {"HLM_DATA_DIR": str(folder)}
    command = [sys.executable, "-c", "from sidecar.cli import main; main()", *words, "--json"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout[done.stdout.index("{") :])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    told, again = run(folder, "demo", "--once"), run(folder, "demo", "--once")
    lines = (folder / "demo" / "passwords").read_text(encoding="utf-8").split()
    passwords = dict(zip(lines[::2], lines[1::2], strict=True))
    server = start_demo_server(folder / "demo" / "server", passwords)
    try:
        yield Demo(told, again, folder, server, passwords)
    finally:
        server.stop()


def calendars_of(demo: Demo, user: str) -> dict[str, list[str]]:
    """Name of each calendar and address book that a person finds by themselves -> its texts."""
    password = demo.passwords[user]
    found = {}
    for one in find_collections(demo.server.url, user, password):
        adapter = HttpAdapter(one.url, user, password)
        found[one.name] = [adapter.get(href)[1] for href in adapter.list()]
    return found


def test_six_centres_have_calendars_and_address_books_with_everything_published(demo: Demo) -> None:
    assert demo.told["centres"] == 6
    assert demo.told["collections"] == 30
    assert demo.told["events"] == demo.told["published"] > 250
    assert demo.told["cards"] > 40
    assert demo.told["report"]["ok"]


def test_every_system_of_the_paper_stands_in_a_calendar_and_the_one_in_preparation_in_none(demo: Demo) -> None:
    texts = [t.replace("\r\n ", "") for collection in calendars_of(demo, "service").values() for t in collection]
    summaries = [line for t in texts for line in t.splitlines() if line.startswith("SUMMARY")]
    assert len([t for t in texts if "BEGIN:VEVENT" in t]) == demo.told["events"]
    for title in SYSTEMS:
        assert any(title in line.replace("\\,", ",") for line in summaries), title
    assert not any("Guitoune" in line for line in summaries)


def test_a_second_pass_with_nothing_changed_is_one_request_a_home_and_writes_nothing(demo: Demo) -> None:
    # Radicale has one home for calendars and address books.
    assert demo.again["requests"] == 1
    counts = demo.again["report"]["collections"].values()
    assert sum(c["pushed"] + c["pulled"] for c in counts) == 0
    assert demo.again["events"] == demo.told["events"]


def test_a_coordinator_finds_all_but_supervision_and_a_volunteer_no_contacts(demo: Demo) -> None:
    coordinator, volunteer = calendars_of(demo, "coordinator"), calendars_of(demo, "volunteer")
    assert len(coordinator) == 24
    assert not any("Supervision" in name for name in coordinator)
    assert len(volunteer) == 18
    assert not any("BEGIN:VCARD" in t for texts in volunteer.values() for t in texts)
    assert sum("BEGIN:VEVENT" in t for texts in volunteer.values() for t in texts) > 200


def test_vdirsyncer_reads_all_of_it(demo: Demo, tmp_path: Path) -> None:
    config = tmp_path / "config"
    lines = ["[general]", f'status_path = "{tmp_path}/status"']
    for kind, storage, ending in (("calendars", "caldav", ".ics"), ("contacts", "carddav", ".vcf")):
        lines += [
            f"[pair {kind}]", f'a = "{kind}_here"', f'b = "{kind}_there"', 'collections = ["from b"]',
            f"[storage {kind}_here]", 'type = "filesystem"', f'path = "{tmp_path}/{kind}"', f'fileext = "{ending}"',
            f"[storage {kind}_there]", f'type = "{storage}"', f'url = "{demo.server.url}"',
            'username = "service"', f'password = "{demo.passwords["service"]}"',
        ]  # fmt: skip
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for action in (["discover"], ["sync"]):
        subprocess.run(
            [sys.executable, "-m", "vdirsyncer", "-c", str(config), *action],
            input="y\n" * 60, capture_output=True, text=True, timeout=240, check=True,
        )  # fmt: skip
    assert len(list(tmp_path.glob("calendars/*/*.ics"))) == demo.told["events"]
    assert len(list(tmp_path.glob("contacts/*/*.vcf"))) == demo.told["cards"]
