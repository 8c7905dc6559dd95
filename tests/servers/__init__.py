"""Real DAV servers on loopback for tests, each a child process with its own data folder, behind a recording proxy.

Radicale and Xandikos come with the test dependencies, DAViCal and sabre/dav 1.8 as packages of Debian. Each pytest worker
has its own; users and collections are fresh per test, so that starting is paid once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from sidecar.demo_server import (
    COORDINATOR,
    SERVICE,
    VOLUNTEER,
    LoopbackServer,
    rights_text,
    start_child,
    start_radicale,
)
from tests.servers import cyrus, davical, sabre
from tests.servers.proxy import RecordingProxy, Seen

__all__ = [
    "BY_HAND",
    "COORDINATOR",
    "NAMES",
    "SERVICE",
    "SYSTEM",
    "VOLUNTEER",
    "RecordingProxy",
    "Seen",
    "Served",
    "start_served",
]

SYSTEM: dict[str, Callable[[], bool]] = {"sabre": sabre.installed, "davical": davical.installed, "cyrus": cyrus.installed}
"""Servers that the operating system's packages bring, with what says whether they are there."""
BY_HAND = {"cyrus": "apt-get install cyrus-imapd cyrus-caldav brings mail servers and may start them: left to you"}
"""Those that `make test-deps` does not install, and why; their tests are skipped without them, always."""
NAMES = ("radicale", "xandikos", *SYSTEM)


@dataclass(kw_only=True)
class Served:
    """A running server with its proxy: talk to ``url``; ``log`` is what passed."""

    name: str
    child: LoopbackServer
    proxy: RecordingProxy
    users: Path
    add_user: Callable[[str, str], None]
    also: ExitStack = field(default_factory=ExitStack)
    """What stands behind the server and ends after it."""
    _count: int = 0

    @property
    def url(self) -> str:
        return self.proxy.url

    @property
    def log(self) -> list[Seen]:
        return self.proxy.log

    def new_user(self, password: str = "geheim-é") -> tuple[str, str]:
        """A fresh account with a home of its own: (user, password)."""
        self._count += 1
        user = f"user{self._count}"
        self.add_user(user, password)
        return user, password

    def password(self, user: str) -> str:
        """The password of one of the three who are always there (Radicale only)."""
        return f"{user}-secret"

    def stop(self) -> None:
        self.proxy.__exit__(None, None, None)
        self.child.stop()
        self.also.close()


def start_served(name: str, folder: Path) -> Served:
    """Start one of ``NAMES`` with its data in ``folder``; "xandikos-inviting" is one that delivers invitations."""
    served = _STARTS[name](folder)
    served.proxy.__enter__()
    return served


def _radicale(folder: Path) -> Served:
    users = folder / "users"
    users.write_text("".join(f"{u}:{u}-secret\n" for u in (SERVICE, COORDINATOR, VOLUNTEER)), encoding="utf-8")
    rights = folder / "rights"
    rights.write_text(rights_text(), encoding="utf-8")
    child = start_radicale(folder, users=users, rights=rights)

    def add(user: str, password: str) -> None:
        with users.open("a", encoding="utf-8") as file:
            file.write(f"{user}:{password}\n")

    return Served(name="radicale", child=child, proxy=RecordingProxy(child.url), users=users, add_user=add)


def _xandikos(folder: Path, *more: str) -> Served:
    data = folder / "data"
    data.mkdir()
    program = str(Path(sys.executable).with_name("xandikos"))

    def command(port: int) -> list[str]:
        options = ["-d", str(data), "--state-dir", str(folder / "state"), "-l", "127.0.0.1", "-p", str(port)]
        return [program, "multi-user", *options, "--trust-x-remote-user-from", "127.0.0.1", *more]

    child = start_child(command, log=folder / "server.log")
    logins: dict[str, str] = {}
    proxy = RecordingProxy(child.url, logins=logins)
    return Served(name="xandikos", child=child, proxy=proxy, users=folder / "users", add_user=logins.__setitem__)


def _sabre(folder: Path) -> Served:
    child, add = sabre.start(folder)
    return Served(name="sabre", child=child, proxy=RecordingProxy(child.url), users=folder / "users", add_user=add)


def _davical(folder: Path) -> Served:
    also = ExitStack()
    child, add = davical.start(folder, also)
    proxy = RecordingProxy(child.url)
    return Served(name="davical", child=child, proxy=proxy, users=folder / "users", add_user=add, also=also)


def _cyrus(folder: Path) -> Served:
    also = ExitStack()
    child, add = cyrus.start(also)
    proxy = RecordingProxy(child.url)
    return Served(name="cyrus", child=child, proxy=proxy, users=folder / "users", add_user=add, also=also)


_STARTS: dict[str, Callable[[Path], Served]] = {
    "radicale": _radicale,
    "xandikos": _xandikos,
    "xandikos-inviting": lambda folder: _xandikos(folder, "--defaults"),
    "sabre": _sabre,
    "davical": _davical,
    "cyrus": _cyrus,
}
