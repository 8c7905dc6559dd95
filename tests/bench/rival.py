"""vdirsyncer between a folder and a collection, run as a program."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Vdirsyncer:
    """``folder`` holds its configuration, its status and, in ``items``, the events."""

    folder: Path

    @property
    def items(self) -> Path:
        return self.folder / "items"

    def sync(self) -> None:
        self._run("sync", "--force-delete")

    def start(self) -> None:
        """Only start and say the version: what has to be taken off the time of a pass."""
        self._run("--version")

    def _run(self, *arguments: str) -> None:
        program = str(Path(sys.executable).with_name("vdirsyncer"))
        command = [program, "-c", str(self.folder / "config"), *arguments]
        done = subprocess.run(command, input="y\n" * 5, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"vdirsyncer {arguments[0]}: {done.stderr[-2000:]}")


def vdirsyncer(folder: Path, url: str, user: str, password: str) -> Vdirsyncer:
    """Configured for the collection at ``url`` and ready to sync."""
    found = Vdirsyncer(folder=folder)
    found.items.mkdir(parents=True)
    (folder / "config").write_text(
        f"""\
[general]
status_path = "{folder / "status"}"
[pair rota]
a = "local"
b = "remote"
collections = null
conflict_resolution = "b wins"
[storage local]
type = "filesystem"
path = "{found.items}"
fileext = ".ics"
[storage remote]
type = "caldav"
url = "{url}"
username = "{user}"
password = "{password}"
""",
        encoding="utf-8",
    )
    found._run("discover")
    return found
