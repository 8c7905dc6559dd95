"""A fleet of centres on one PostgreSQL, each with an account and four collections on a quick server: what a sweep costs."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from psycopg import Cursor
from sqlalchemy import event as sa_event

from calendars.dav import Account
from sidecar.bootstrap import Application, start
from sidecar.config import load
from sidecar.domain.appointments import AppointmentState, Outing
from sidecar.domain.audit import Origin
from sidecar.domain.bindings import Purpose
from sidecar.domain.centres import Centre, Initiative
from sidecar.services import setting_up
from sidecar.services.binding import bind
from sidecar.storage import Storage
from tests.bench.quick_server import COLLECTIONS

ROOT = Path(__file__).resolve().parents[2]
OUTINGS = 2
"""In each centre, all still to come."""
AT_ONCE = 50
"""Centres that are set up in one transaction."""
LOOK = (
    b'<propfind xmlns="DAV:"><prop><resourcetype/><displayname/><sync-token/>'
    b'<getctag xmlns="http://calendarserver.org/ns/"/></prop></propfind>'
)


class Quick:
    """The quick server as a process: ``ports`` it listens on, what it ``counted`` since it was asked last."""

    def __init__(self, servers: int) -> None:
        command = [sys.executable, "-m", "tests.bench.quick_server", str(servers)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.ports: list[int] = json.loads(self._process.stdout.readline())

    def counted(self) -> dict[str, dict[str, int]]:
        answer: dict[str, dict[str, int]] = json.loads(self._ask(self.ports[0], "GET", "/counts"))
        return answer

    def read(self, port: int, path: str) -> str:
        return self._ask(port, "GET", path).decode()

    def write(self, port: int, path: str, text: str) -> None:
        """Somebody else's calendar app does."""
        self._ask(port, "PUT", path, text.encode())

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)

    def _ask(self, port: int, method: str, path: str, body: bytes = b"") -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request(method, path, body)
            return connection.getresponse().read()
        finally:
            connection.close()


@dataclass
class Fleet:
    """``homes``: (port, path) of each account, in the order of the centres."""

    application: Application
    quick: Quick
    homes: list[tuple[int, str]] = field(default_factory=list)
    spaces: list[str] = field(default_factory=list)

    def grow(self, count: int) -> None:
        """So many centres, each with an account of its own and everything bound; the servers take turns."""
        for first in range(0, count, AT_ONCE):
            self._some(range(first, min(count, first + AT_ONCE)))

    def _some(self, numbers: range) -> None:
        app, ports = self.application, self.quick.ports
        begins = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=7)
        with app.storage.unit(actor="bench") as uow:
            for number in numbers:
                centre = uow.centres.add(Centre(id=f"c{number:05}", name=f"Centre {number}"))
                uow.initiatives.add(Initiative(id=f"i{number:05}", centre_id=centre.id, name=f"Action {number}"))
                for each in range(OUTINGS):
                    at = begins + timedelta(days=each)
                    uow.appointments.add(
                        Outing(
                            id=f"o{number:05}-{each}", centre_id=centre.id, initiative_id=f"i{number:05}",
                            title=f"Action {number}", start=at, end=at + timedelta(hours=2),
                            state=AppointmentState.PUBLISHED,
                        )
                    )  # fmt: skip
        for number in numbers:
            port, home = ports[number % len(ports)], f"/dav/account{number}/"
            url = f"http://127.0.0.1:{port}"
            account = Account(
                origin=url, principal=home, calendar_homes=(home,), addressbook_homes=(home,), server="radicale"
            )
            space = setting_up.remember(
                app, account, url=url, username=f"account{number}", secret="secret of the account", organizer="",
                actor="bench", origin=Origin.COMMAND,
            )  # fmt: skip
            with app.storage.unit(actor="bench") as uow:
                for name in COLLECTIONS:
                    bind(
                        uow, space=space, centre_id=f"c{number:05}", href=f"{home}{name}/", purposes=(Purpose(name),),
                        display_name=name, writes=True, now=app.now(), new_id=app.new_id,
                    )  # fmt: skip
            self.homes.append((port, home))
            self.spaces.append(space.id)

    def change_here(self, numbers: Sequence[int], minutes: int) -> None:
        """Somebody moves the first outing of these centres on our pages, one transaction each."""
        for number in numbers:
            with self.application.storage.unit(actor="bench") as uow:
                outing = uow.appointments.get(f"o{number:05}-0")
                later = timedelta(minutes=minutes)
                uow.appointments.save(replace(outing, start=outing.start + later, end=outing.end + later))

    def change_there(self, numbers: Sequence[int]) -> None:
        """Somebody renames the second outing of these centres in a calendar app."""
        with self.application.storage.unit(write=False) as uow:
            hrefs = {n: uow.links.of_subject("appointment", f"o{n:05}-1")[0].href for n in numbers}
        for number, href in hrefs.items():
            port = self.homes[number][0]
            text = self.quick.read(port, href)
            self.quick.write(port, href, text.replace(f"SUMMARY:Action {number}", f"SUMMARY:Action {number} dehors"))

    def bare(self, threads: int) -> float:
        """Seconds for one PROPFIND of each home without us: the floor of a sweep in which nothing changed."""

        def ask(home: tuple[int, str]) -> None:
            connection = http.client.HTTPConnection("127.0.0.1", home[0], timeout=30)
            connection.request("PROPFIND", home[1], LOOK, {"Depth": "1"})
            assert connection.getresponse().read()
            connection.close()

        began = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(ask, self.homes))
        return time.perf_counter() - began


@contextmanager
def fleet(folder: Path, database: str, centres: int, servers: int) -> Iterator[Fleet]:
    """Set up and not yet synced."""
    quick = Quick(servers)
    try:
        settings = {"HLM_DATA_DIR": str(folder), "HLM_DATABASE_URL": database, "HLM_TELL_AFTER": "0"}
        application = start(load(settings))
        try:
            here = Fleet(application, quick)
            here.grow(centres)
            quick.counted()
            yield here
        finally:
            application.storage.close()
    finally:
        quick.stop()


@dataclass
class Sql:
    """Statements that were sent, rows that came or were written, transactions that were begun and connections that were
    opened, whatever the thread."""

    statements: int = 0
    rows: int = 0
    transactions: int = 0
    connections: int = 0


@contextmanager
def counted(storage: Storage) -> Iterator[Sql]:
    sql, lock = Sql(), threading.Lock()

    def add(name: str, number: int = 1) -> None:
        with lock:
            setattr(sql, name, getattr(sql, name) + number)

    def sent(_c: object, _cursor: object, _text: str, _values: object, _context: object, _many: bool) -> None:
        add("statements")

    def told(_c: object, cursor: Cursor[Any], _text: str, _values: object, _context: object, _many: bool) -> None:
        add("rows", max(0, cursor.rowcount))

    def began(_connection: object) -> None:
        add("transactions")

    def opened(_connection: object, _record: object) -> None:
        add("connections")

    listeners = (("before_cursor_execute", sent), ("after_cursor_execute", told), ("begin", began), ("connect", opened))
    for name, listener in listeners:
        sa_event.listen(storage.engine, name, listener)
    try:
        yield sql
    finally:
        for name, listener in listeners:
            sa_event.remove(storage.engine, name, listener)
