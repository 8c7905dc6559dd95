"""``hors-les-murs serve`` as AppAPI starts it: on its port, on HaRP's socket, and beside a database of a newer version."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sidecar.bootstrap import start
from sidecar.config import load
from tests.nextcloud.conftest import environment
from tests.nextcloud.standin import AppApi, appapi


class OverSocket(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(str(self._path))


def ask(connection: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str] | None = None) -> Any:
    connection.request(method, path, headers=headers or {})
    answer = connection.getresponse()
    body = answer.read()
    return answer.status, json.loads(body) if answer.headers.get_content_type() == "application/json" else None


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def serving(variables: dict[str, str], at: http.client.HTTPConnection, *options: str) -> Iterator[None]:
    """The process, once its heart beats; stopped by its id."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PATH", "VIRTUAL", "LANG", "PYTHON"))}
    command = [sys.executable, "-c", "from sidecar.cli import main; main()", "serve", *options]
    process = subprocess.Popen(command, env=kept | variables, cwd=Path(__file__).parents[2])
    try:
        for _ in range(300):
            try:
                assert ask(at, "GET", "/heartbeat") == (200, {"status": "ok"})
                break
            except (OSError, http.client.HTTPException):
                at.close()
                assert process.poll() is None, "it ended"
                time.sleep(0.1)
        else:
            raise AssertionError("no heartbeat")
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def settled(api: AppApi) -> tuple[int, str]:
    """What Nextcloud was told last of our initialisation, once that is over."""
    for _ in range(200):
        if api.progress and (api.progress[-1][0] == 100 or api.progress[-1][1]):
            break
        time.sleep(0.1)
    return api.progress[-1]


def test_it_listens_where_appapi_says_and_initialises(tmp_path: Path) -> None:
    port = free_port()
    with appapi() as api:
        variables = environment(api.url, tmp_path, APP_PORT=str(port))
        exapp = load(variables).exapp
        assert exapp is not None
        at = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        with serving(variables, at):
            assert ask(at, "POST", "/init")[0] == 401
            assert ask(at, "POST", "/init", exapp.headers("")) == (200, {})
            assert settled(api) == (100, "")
            assert ask(at, "PUT", "/enabled?enabled=1", exapp.headers("")) == (200, {"error": ""})


def test_behind_harp_it_listens_on_the_socket_alone(tmp_path: Path) -> None:
    port, path = free_port(), tmp_path / "exapp.sock"
    with appapi() as api:
        variables = environment(api.url, tmp_path, APP_PORT=str(port), HP_SHARED_KEY="k", HP_EXAPP_SOCK=str(path))
        with serving(variables, OverSocket(path)), socket.socket() as elsewhere:
            assert elsewhere.connect_ex(("127.0.0.1", port)) != 0


def test_beside_a_newer_database_it_tells_the_administrator_and_touches_nothing(tmp_path: Path) -> None:
    port = free_port()
    with appapi() as api:
        variables = environment(api.url, tmp_path, APP_PORT=str(port))
        start(load(variables)).storage.close()
        database = tmp_path / "hors-les-murs.sqlite"
        with sqlite3.connect(database) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.close()
        before = database.read_bytes()
        exapp = load(variables).exapp
        assert exapp is not None
        at = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        with serving(variables, at):
            assert ask(at, "POST", "/init", exapp.headers("")) == (200, {})
            sentence = settled(api)[1]
            assert "newer version" in sentence
            assert ask(at, "PUT", "/enabled?enabled=1", exapp.headers("")) == (200, {"error": sentence})
        assert database.read_bytes() == before
