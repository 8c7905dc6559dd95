"""The command line as people run it: a process of its own, its words and its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DONE, WAITS, NOT_UNDERSTOOD, SERVER_FAILED, NOT_DONE = 0, 1, 2, 3, 4
SAMPLE = Path(__file__).parents[2] / "sidecar" / "samples" / "rennes.ods"


@dataclass(frozen=True)
class Said:
    """What one run left: exit code and both outputs."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class CommandLine:
    """Runs commands on one data folder. No run may show a traceback, whatever else it does."""

    folder: Path

    def __call__(self, *words: str, code: int = DONE, answers: str = "", language: str = "fr", **settings: str) -> Said:
        environ = {k: v for k, v in os.environ.items() if not k.startswith("HLM_")}
        environ |= {"HLM_DATA_DIR": str(self.folder), "HLM_LANGUAGE": language, "COLUMNS": "100"} | settings
        done = subprocess.run(
            [sys.executable, "-c", "from sidecar.cli import main; main()", *words],
            env=environ, input=answers, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return Said(done.returncode, done.stdout, done.stderr)

    def json(self, *words: str, code: int = DONE, **settings: str) -> Any:
        return self(*words, "--json", code=code, **settings).json


@dataclass(frozen=True)
class Account:
    """A fresh user of a server, its password in a file."""

    url: str
    user: str
    password: str
    file: Path

    @property
    def options(self) -> tuple[str, ...]:
        return ("--url", self.url, "--user", self.user, "--password-file", str(self.file))
