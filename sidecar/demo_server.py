"""A CalDAV and CardDAV server on loopback for the demonstration: Radicale as a child process, with three people.

``service`` owns everything, as the service account of a centre does; ``coordinator`` reads and writes what is
shared; ``volunteer`` reads the shared calendars. Supervision is shared with nobody. Radicale is run as a program and
never imported.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import requests

SERVICE, COORDINATOR, VOLUNTEER = "service", "coordinator", "volunteer"
HOST = "127.0.0.1"


class DemoServerError(RuntimeError):
    """The server did not start; the message holds the end of what it said."""


@dataclass(frozen=True, kw_only=True)
class LoopbackServer:
    """A child process that answers at ``url``; ``log`` is the file of what it says.

    ``leads``: it leads a process group of its own, which ends with it.
    """

    process: subprocess.Popen[bytes]
    url: str
    log: Path
    leads: bool = False

    @property
    def pid(self) -> int:
        return self.process.pid

    def stop(self, patience: float = 5.0) -> None:
        """Ask this one process (or its group) to end, by its id; end it after ``patience`` seconds."""
        if self.process.poll() is not None:
            return
        send = os.killpg if self.leads else os.kill
        send(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            send(self.process.pid, signal.SIGKILL)
            self.process.wait(patience)


def start_demo_server(
    folder: Path,
    passwords: Mapping[str, str],
    *,
    port: int = 0,
    supervision: Sequence[str] = ("supervision",),
    patience: float = 20.0,
) -> LoopbackServer:
    """Start Radicale with its data, users and rights in ``folder``; returns once it answers. ``port`` 0: any free one.

    ``passwords`` holds one for each of ``service``, ``coordinator``, ``volunteer``. A collection of the service account
    whose last path segment contains one of ``supervision`` stays its own. Raises DemoServerError.
    """
    missing = {SERVICE, COORDINATOR, VOLUNTEER} - passwords.keys()
    if missing:
        raise ValueError(f"no password for {', '.join(sorted(missing))}")
    folder.mkdir(parents=True, exist_ok=True)
    users = folder / "users"
    _write_private(users, "".join(f"{user}:{password}\n" for user, password in passwords.items()))
    rights = folder / "rights"
    _write_private(rights, rights_text(supervision))
    return start_radicale(folder, users=users, rights=rights, port=port, patience=patience)


def share(server: LoopbackServer, passwords: Mapping[str, str], href: str, person: str, *, write: bool) -> str:
    """Show a collection of the service account in a person's own home, so that a phone finds it by itself.

    Returns its href there. Offered and accepted by Radicale's sharing (3.9 and later), as both people.
    """
    there = f"/{person}/{href.rstrip('/').rpartition('/')[2]}/"
    share = {"PathMapped": href, "PathOrToken": there, "User": person}
    offer = share | {"Permissions": "rw" if write else "r", "Enabled": True, "Hidden": False}
    for user, action, data in ((SERVICE, "create", offer), (person, "enable", share), (person, "unhide", share)):
        answer = requests.post(f"{server.url}.sharing/v1/map/{action}", json=data, auth=(user, passwords[user]), timeout=10)
        if answer.status_code != 200 or answer.json().get("Status") != "success":
            raise DemoServerError(f"{href} could not be shared with {person}: {action}: {answer.text[:200]}")
    return there


def start_radicale(folder: Path, *, users: Path, rights: Path, port: int = 0, patience: float = 20.0) -> LoopbackServer:
    """Run ``python -m radicale`` on loopback with the given files of users (plain htpasswd) and rights."""
    config = folder / "radicale.conf"

    def command(free: int) -> list[str]:
        _write_private(config, _config(folder, users, rights, free))
        return [sys.executable, "-m", "radicale", "--config", str(config)]

    return start_child(command, log=folder / "server.log", port=port, patience=patience)


def start_child(
    command: Callable[[int], Sequence[str]],
    *,
    log: Path,
    port: int = 0,
    patience: float = 20.0,
    leads: bool = False,
    environment: Mapping[str, str] | None = None,
) -> LoopbackServer:
    """Run a server program whose command line is made from its port; returns once the port accepts connections.

    ``leads``: it has helpers of its own, which end with it. ``environment`` is added to ours.
    """
    surroundings = {**os.environ, **(environment or {})}
    for attempt in range(5):
        chosen = port or free_port()
        with log.open("wb") as said:
            process = subprocess.Popen(
                list(command(chosen)), stdout=said, stderr=subprocess.STDOUT, env=surroundings, start_new_session=leads
            )
        server = LoopbackServer(process=process, url=f"http://{HOST}:{chosen}/", log=log, leads=leads)
        if _answers(server, chosen, patience):
            return server
        server.stop()
        # Between choosing a port and binding it somebody else may have taken it.
        if port or attempt == 4:
            break
    raise DemoServerError("the server did not start: " + log.read_text(errors="replace")[-2000:])


def rights_text(supervision: Sequence[str] = ("supervision",)) -> str:
    """Radicale's rights: sections in order, the first that matches decides. R, W: homes; r, w: collections.

    >>> "supervision" in rights_text()
    True
    """
    kept = "|".join(re.escape(word).replace("%", "%%").replace("{", "{{").replace("}", "}}") for word in supervision)
    return f"""\
[own]
user: .+
collection: {{user}}(/.*)?
permissions: RrWw

[root]
user: .+
collection:
permissions: R

[supervision is shared with nobody]
user: .+
collection: {SERVICE}/[^/]*({kept})[^/]*(/.*)?
permissions:

[home of the service account]
user: {COORDINATOR}|{VOLUNTEER}
collection: {SERVICE}
permissions: R

[coordinators write]
user: {COORDINATOR}
collection: {SERVICE}/[^/]+(/.*)?
permissions: rw

[contacts are the coordinators' business]
user: {VOLUNTEER}
collection: {SERVICE}/[^/]*(contact|carnet)[^/]*(/.*)?
permissions:

[volunteers read]
user: {VOLUNTEER}
collection: {SERVICE}/[^/]+(/.*)?
permissions: r
"""


def free_port() -> int:
    """A port on loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _config(folder: Path, users: Path, rights: Path, port: int) -> str:
    return f"""\
[server]
hosts = {HOST}:{port}
[auth]
type = htpasswd
htpasswd_filename = {users}
htpasswd_encryption = plain
delay = 0
[rights]
type = from_file
file = {rights}
[storage]
filesystem_folder = {folder / "data"}
[sharing]
type = csv
collection_by_map = true
permit_create_map = true
[web]
type = none
[logging]
level = warning
"""


def _answers(server: LoopbackServer, port: int, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            with socket.create_connection((HOST, port), timeout=1.0):
                # Somebody else's server may have taken the port while ours gives up.
                time.sleep(0.05)
                return server.process.poll() is None
        except OSError:
            time.sleep(0.05)
    return False


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
