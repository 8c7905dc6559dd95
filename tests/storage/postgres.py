"""A PostgreSQL of our own: a temporary cluster on a Unix socket, started from Debian's binaries."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


def binaries() -> Path | None:
    """The folder with initdb and pg_ctl of the newest version installed, or None."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda path: int(path.parent.name), default=None)


class Cluster:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._count = 0

    def url(self, database: str) -> str:
        return f"postgresql://hlm@/{database}?host={self.folder}"

    def create(self, *, template: str | None = None) -> str:
        """The name of a new database."""
        self._count += 1
        name = f"hlm{self._count}"
        with psycopg.connect(f"host={self.folder} user=hlm dbname=postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        return name

    def kick(self, database: str) -> None:
        """End every session of that database, as a restarting server does."""
        with psycopg.connect(f"host={self.folder} user=hlm dbname=postgres", autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Started on entry, stopped on exit. PostgreSQL refuses to run as root, so then it runs as "postgres"."""
    programs = binaries()
    if programs is None:
        raise RuntimeError("no PostgreSQL is installed")
    # Outside pytest's own folder, which another user may not enter; and a short path, as sockets need.
    folder = Path(tempfile.mkdtemp(prefix="hlm-pg-"))
    prefix: list[str] = []
    if os.geteuid() == 0:
        prefix = ["runuser", "-u", "postgres", "--"]
        os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
    data, log = folder / "data", folder / "log"

    def run(*command: str) -> None:
        subprocess.run([*prefix, *command], check=True, cwd=folder, stdout=subprocess.DEVNULL, timeout=60)

    try:
        run(str(programs / "initdb"), "-D", str(data), "-U", "hlm", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        run(str(programs / "pg_ctl"), "-D", str(data), "-l", str(log), "-w", "-o", options, "start")
        try:
            yield Cluster(folder)
        finally:
            run(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)
