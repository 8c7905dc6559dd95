"""The command line as people run it: a process of its own, its words and its exit code."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DONE, WAITS, NOT_UNDERSTOOD, SERVER_FAILED, NOT_DONE = 0, 1, 2, 3, 4
WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
PATIENCE = 120.0
SAMPLE = Path(__file__).parents[2] / "sidecar" / "samples" / "rennes.ods"


FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["sidecar.services.keeping", "sidecar.exchange", "calendars.dav", "click"])
"""Each command is a process of its own, forked from one that has imported what takes long: seconds are minutes here.
The commands themselves are not among it, their language is chosen when they are imported."""


def _command(words: tuple[str, ...], environ: dict[str, str], files: list[str]) -> None:
    """What the console script does, with the environment and the three files of a shell."""
    os.environ.clear()
    os.environ.update(environ)
    for number, (name, flags) in enumerate(zip(files, (os.O_RDONLY, WRITE, WRITE), strict=True)):
        os.dup2(os.open(name, flags, 0o600), number)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 - they live as long as the process
        for number, mode in enumerate("rww")
    )
    sys.argv = ["hors-les-murs", *words]
    from sidecar.cli import main

    main()


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
        with tempfile.TemporaryDirectory() as scratch:
            files = [Path(scratch) / name for name in ("stdin", "stdout", "stderr")]
            files[0].write_text(answers, encoding="utf-8")
            process = FORKS.Process(target=_command, args=(words, environ, [str(f) for f in files]))
            process.start()
            process.join(PATIENCE)
            if process.is_alive():
                process.kill()
                process.join()
            out, err = (f.read_text(encoding="utf-8") if f.exists() else "" for f in files[1:])
        assert "Traceback" not in err, err
        assert process.exitcode == code, (process.exitcode, out, err)
        return Said(process.exitcode, out, err)

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
