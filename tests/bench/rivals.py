"""Others on the same server: vdirsyncer between folders and collections, run as a program, and python-caldav's objects."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import caldav


@dataclass(frozen=True, kw_only=True)
class Vdirsyncer:
    """``folder`` holds its configuration, its status and, in a folder for each collection, the events."""

    folder: Path
    names: tuple[str, ...]

    @property
    def items(self) -> Path:
        return self.folder / "items" / self.names[0]

    def sync(self) -> None:
        self._run("sync", "--force-delete")

    def start(self) -> None:
        """Only start and say the version: what has to be taken off the time of a pass."""
        self._run("--version")

    def discover(self) -> None:
        self._run("discover")

    def _run(self, *arguments: str) -> None:
        program = str(Path(sys.executable).with_name("vdirsyncer"))
        command = [program, "-c", str(self.folder / "config"), *arguments]
        answers = "y\n" * (4 * len(self.names) + 4)
        done = subprocess.run(command, input=answers, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"vdirsyncer {arguments[0]}: {done.stderr[-2000:]}")


def vdirsyncer(folder: Path, server: str, hrefs: Sequence[str], user: str, password: str) -> Vdirsyncer:
    """Configured for these collections of one home (``server`` without a slash at the end) and ready to sync."""
    home = hrefs[0].rstrip("/").rpartition("/")[0]
    names = tuple(href.rstrip("/").rpartition("/")[2] for href in hrefs)
    found = Vdirsyncer(folder=folder, names=names)
    for name in names:
        (folder / "items" / name).mkdir(parents=True)
    listed = ", ".join(f'"{name}"' for name in names)
    (folder / "config").write_text(
        f"""\
[general]
status_path = "{folder / "status"}"
[pair rota]
a = "local"
b = "remote"
collections = [{listed}]
conflict_resolution = "b wins"
[storage local]
type = "filesystem"
path = "{folder / "items"}"
fileext = ".ics"
[storage remote]
type = "caldav"
url = "{server}{home}/"
username = "{user}"
password = "{password}"
""",
        encoding="utf-8",
    )
    found.discover()
    return found


@dataclass
class CaldavClient:
    """python-caldav as its documentation uses it; ``tokens`` are those of the last answer, by collection."""

    calendars: list[caldav.Calendar]
    tokens: list[str | None] = field(default_factory=list)

    def pull(self) -> int:
        """Every event of every collection, fetched and parsed."""
        count = 0
        for calendar in self.calendars:
            for event in calendar.get_events():
                count += bool(event.icalendar_instance)
        self.changes()
        return count

    def changes(self) -> int:
        """What changed since the last time, texts included, parsed."""
        tokens, count = [], 0
        for number, calendar in enumerate(self.calendars):
            before = self.tokens[number] if self.tokens else None
            found = calendar.get_objects_by_sync_token(before, load_objects=before is not None)
            count += sum(1 for event in found if before is not None and event.data and event.icalendar_instance)
            tokens.append(found.sync_token)
        self.tokens = tokens
        return count

    def push(self, texts: Sequence[str]) -> None:
        for text in texts:
            self.calendars[0].add_event(text)


def caldav_client(server: str, hrefs: Sequence[str], user: str, password: str) -> CaldavClient:
    client = caldav.DAVClient(url=server, username=user, password=password, enable_rfc6764=False)
    return CaldavClient([caldav.Calendar(client=client, url=server.rstrip("/") + href) for href in hrefs])
