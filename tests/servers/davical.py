"""DAViCal of Debian's package, on a PostgreSQL of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psycopg

from sidecar.demo_server import LoopbackServer
from tests.servers import php
from tests.storage import postgres

_SHARE = Path("/usr/share/davical")
_AWL = Path("/usr/share/awl")
_ROUTER = Path(__file__).with_name("davical.php")
_SCHEMA = (
    _AWL / "dba/awl-tables.sql",
    _AWL / "dba/schema-management.sql",
    _SHARE / "dba/davical.sql",
    _SHARE / "dba/views/dav_principal.sql",
    _SHARE / "dba/caldav_functions.sql",
    _SHARE / "dba/rrule_functions.sql",
    _SHARE / "dba/base-data.sql",
)
"""In the order in which DAViCal's own script applies them."""


def installed() -> bool:
    there = (_SHARE / "htdocs/caldav.php").exists() and _AWL.exists() and postgres.binaries() is not None
    return there and shutil.which("psql") is not None and php.has_modules("pdo_pgsql", "xml", "mbstring")


def start(folder: Path, also: ExitStack) -> tuple[LoopbackServer, Callable[[str, str], None]]:
    """The running server, and how it gets a user with a password. ``also`` ends its PostgreSQL."""
    cluster = also.enter_context(postgres.cluster())
    database = cluster.create()
    connection = f"host={cluster.folder} user=hlm dbname={database}"
    quiet = {**os.environ, "PGOPTIONS": "--client-min-messages=error"}
    files = [part for path in _SCHEMA for part in ("-f", str(path))]
    subprocess.run(["psql", "-qXAt", connection, *files], env=quiet, check=True, stdout=subprocess.DEVNULL, timeout=60)

    home = folder / "davical"
    (home / "htdocs").mkdir(parents=True)
    (home / "config").mkdir()
    for script in (_SHARE / "htdocs").glob("*.php"):
        (home / "htdocs" / script.name).symlink_to(script)
    (home / "inc").symlink_to(_SHARE / "inc")
    settings = f"""<?php
$c->pg_connect[] = '{connection}';
$c->system_name = 'hors-les-murs';
$c->domain_name = 'example.org';
$c->admin_email = 'admin@example.org';
"""
    (home / "config/config.php").write_text(settings, encoding="utf-8")
    seen = (home, _ROUTER, _SHARE, _AWL)
    child = php.serve(
        _ROUTER,
        folder=folder,
        settings={"open_basedir": os.pathsep.join(map(str, seen))},
        environment={"HLM_DAVICAL": str(home)},
    )

    def add(user: str, password: str) -> None:
        with psycopg.connect(connection) as session:
            row = session.execute(
                "INSERT INTO usr (active, email_ok, username, password, fullname, email)"
                " VALUES (TRUE, current_date, %s, %s, %s, %s) RETURNING user_no",
                (user, f"**{password}", user, f"{user}@example.org"),
            ).fetchone()
            session.execute(
                # What DAViCal's own page gives a new person: others may see when they are busy, and invite them.
                "INSERT INTO principal (type_id, user_no, displayname, default_privileges)"
                " VALUES (1, %s, %s, privilege_to_bits(ARRAY['read-free-busy', 'schedule-deliver']))",
                (row[0] if row is not None else None, user),
            )

    return child, add
