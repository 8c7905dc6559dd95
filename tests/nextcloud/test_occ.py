"""Commands that an administrator starts with occ run as our own command line, and what they print is the answer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask

from sidecar.nextcloud.occ import occ
from sidecar.nextcloud.signing import Gate
from tests.nextcloud.conftest import Installed


def ask(installed: Installed, script: str, path: str = "/occ/sync", data: Any = None, patience: float = 30.0) -> Any:
    """The answer to a command that runs ``script``; ``asked`` of the answer is what was to be started."""
    asked: list[Sequence[str]] = []

    def start(command: Sequence[str]) -> subprocess.Popen[str]:
        asked.append(command)
        return subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
        )

    app = Flask(__name__)
    app.register_blueprint(occ(Gate(installed.exapp), "en", start, patience))
    answer = app.test_client().post(path, json=data, headers=installed.exapp.headers(""))
    answer.get_data()
    return answer, asked


def test_what_it_prints_is_the_answer(installed: Installed) -> None:
    answer, asked = ask(installed, "import sys; print('café'); print('oh', file=sys.stderr)")
    assert (answer.status_code, sorted(answer.text.splitlines())) == (200, ["café", "oh"])
    assert asked == [["sync"]]


def test_an_ending_that_is_no_good_one_is_said(installed: Installed) -> None:
    answer, _ = ask(installed, "raise SystemExit(3)")
    assert (answer.status_code, answer.text) == (200, "Ended with code 3.\n")


def test_what_takes_too_long_is_ended(installed: Installed) -> None:
    answer, _ = ask(installed, "import time; print('begun', flush=True); time.sleep(600)", patience=1.0)
    assert answer.text.startswith("begun\n")
    assert "Stopped after" in answer.text


@pytest.mark.parametrize(
    ("options", "flags"),
    [
        ({"full": True, "dry-run": False}, ["--full"]),
        ({"full": False, "dry-run": True}, ["--dry-run"]),
        ({"full": "yes", "dry-run": 1}, []),
        ({"--accept": True, "resume": True}, []),
        (None, []),
        ("--full", []),
    ],
)
def test_only_options_that_were_declared_are_handed_on(installed: Installed, options: Any, flags: list[str]) -> None:
    _, asked = ask(installed, "", data={"occ": {"arguments": None, "options": options}})
    assert asked == [["sync", *flags]]


@pytest.mark.parametrize("data", [None, [], {"occ": None}, "x"])
def test_a_body_that_cannot_be_read_hands_on_nothing(installed: Installed, data: Any) -> None:
    assert ask(installed, "", data=data)[1] == [["sync"]]


@pytest.mark.parametrize("name", ["unbind", "serve", "mute", "sync --full", "..", ""])
def test_other_commands_cannot_be_started(installed: Installed, name: str) -> None:
    answer, asked = ask(installed, "", path=f"/occ/{name}")
    assert (answer.status_code, asked) == (404, [])
