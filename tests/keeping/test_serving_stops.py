"""``serve`` as a process: told to stop in the middle of a pass it ends within its bound, and nothing is lost or doubled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.command import NOT_DONE, Account, CommandLine
from tests.faults.front import Answer
from tests.faults.gate import Gate, forwarding, gate_before
from tests.servers import Served

PATIENCE = 60


class Holding:
    """The server behind us; ``armed``, its second write is held until ``go_on``, and each after it takes a while."""

    def __init__(self, url: str) -> None:
        self._backend = forwarding(url)
        self.armed = False
        self.held, self.go_on = threading.Event(), threading.Event()
        self._writes = 0
        self._lock = threading.Lock()

    def __call__(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if self.armed and method == "PUT":
            with self._lock:
                self._writes += 1
                number = self._writes
            if number == 2:
                self.held.set()
                self.go_on.wait(PATIENCE)
            elif number > 2:
                time.sleep(0.5)
        return self._backend(method, path, headers, body)


@contextmanager
def serving(command: CommandLine, **settings: str) -> Iterator[subprocess.Popen[str]]:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("HLM_")}
    environ |= {"HLM_DATA_DIR": str(command.folder), "HLM_LOG_FORMAT": "json", "HLM_PORT": "0"} | settings
    program = [sys.executable, "-c", "from sidecar.cli import main; main()", "serve"]
    process = subprocess.Popen(program, env=environ, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def tied(own: CommandLine, radicale: Served, tmp_path: Path) -> Iterator[tuple[CommandLine, Gate, Holding]]:
    """Maurepas, published and bound to collections of its own behind a gate; nothing is written there yet."""
    user, password = radicale.new_user()
    file = tmp_path / "password"
    file.write_text(password, encoding="utf-8")
    holding = Holding(radicale.url)
    with gate_before(holding) as gate:
        account = replace(Account(radicale.url, user, password, file), url=gate.url)
        own("connect", "Maurepas", *account.options, "--create")
        own("publish", "Maurepas", "--yes", "--reason", "essai")
        yield own, gate, holding


def test_a_pass_that_is_told_to_stop_ends_early_and_the_next_one_goes_on(
    tied: tuple[CommandLine, Gate, Holding], tmp_path: Path
) -> None:
    command, gate, holding = tied
    backup = tmp_path / "b"
    command("backup", str(backup))
    holding.armed = True
    with serving(command) as process:
        assert holding.held.wait(PATIENCE), "no pass came to its second write"
        # While it runs nobody puts a backup in its place.
        assert "Arrêtez-le" in command("restore", str(backup), "--replace", code=NOT_DONE).err
        process.send_signal(signal.SIGTERM)
        time.sleep(2)
        holding.go_on.set()
        _, logged = process.communicate(timeout=PATIENCE)
    holding.armed = False
    assert process.returncode == 0, logged
    assert "pass_interrupted" in logged, logged
    before = len(gate.taken("PUT"))
    # Where the program stands now nothing is held any more: the folder is free, and the next pass does the rest.
    (space,) = command.json("sync")["spaces"]
    assert not space["error"]
    assert len(gate.taken("PUT")) > before, "nothing was left to write: the pass was not interrupted"
    created = Counter(path for path, created in _writes(gate) if created)
    assert set(created.values()) == {1}, "something was made twice"
    (space,) = command.json("sync")["spaces"]
    assert space["quiet"] is True


def _writes(gate: Gate) -> list[tuple[str, bool]]:
    return [(path, status == 201) for method, path, status in gate.log if method == "PUT" and status < 300]
