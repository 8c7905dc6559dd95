"""Starts passes in another process and kills them (``kill -9``) where a test says."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calendars.dav import Account
from tests.faults.gate import HELD, Gate, Hold

ROOT = Path(__file__).resolve().parents[2]


class Warmed:
    """A process that has imported everything and forks one child for each pass; one serves all tests of a worker."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.faults.runner"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._said: queue.Queue[str] = queue.Queue()
        self._events: queue.Queue[str] | None = None
        threading.Thread(target=self._read, daemon=True).start()

    def start(self, command: dict[str, Any], events: queue.Queue[str]) -> int:
        """The pid of the child; that it ended is put into ``events``."""
        self._events = events
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        word, _, pid = self._said.get(timeout=60).partition(" ")
        assert word == "pid"
        return int(pid)

    def ended(self) -> int:
        """The exit code of the child, or minus the signal that ended it."""
        return int(self._said.get(timeout=120).removeprefix("ended "))

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.put(line.strip())
            if line.startswith("ended") and self._events is not None:
                self._events.put(line.strip())


@dataclass(frozen=True, kw_only=True)
class Victim:
    """Runs the passes of one scene, whose server is behind ``gate``."""

    warmed: Warmed
    gate: Gate
    setup: dict[str, Any]

    def run(self, **command: Any) -> int:
        """One pass to its end: 0, or the exit code."""
        self.gate.arm(None)
        self._start(command)
        return self.warmed.ended()

    def run_and_kill(self, hold: Hold, *, meanwhile: Callable[[], None] | None = None, **command: Any) -> bool:
        """One pass, killed while that request is held (after ``meanwhile``); False when it ended before it came to that."""
        self.gate.arm(hold)
        pid = self._start(command)
        if self.gate.events.get(timeout=120) != HELD:
            assert self.warmed.ended() == 0
            return False
        try:
            if meanwhile is not None:
                meanwhile()
        finally:
            os.kill(pid, signal.SIGKILL)
        assert self.warmed.ended() == -signal.SIGKILL
        self.gate.release()
        return True

    def _start(self, command: dict[str, Any]) -> int:
        while not self.gate.events.empty():
            self.gate.events.get()
        return self.warmed.start({"do": "sync", "setup": self.setup, **command}, self.gate.events)


def victim(warmed: Warmed, folder: Path, gate: Gate, account: Account, user: str, password: str) -> Victim:
    setup = {"folder": str(folder), "space": "space", "account": account.as_json(), "user": user, "password": password}
    return Victim(warmed=warmed, gate=gate, setup=setup)
