"""sabre/dav 1.8 of Debian's php-sabre-dav: the old server, which has ctags and no sync-collection, and asks for Digest."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sidecar.demo_server import LoopbackServer
from tests.servers import php

_LIBRARY = Path("/usr/share/php/Sabre/autoload.php")
_ROUTER = Path(__file__).with_name("sabre.php")
_TABLES = """
    PRAGMA journal_mode = WAL;
    CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT UNIQUE, digesta1 TEXT);
    CREATE TABLE principals (id INTEGER PRIMARY KEY, uri TEXT UNIQUE, email TEXT, displayname TEXT, vcardurl TEXT);
    CREATE TABLE groupmembers (id INTEGER PRIMARY KEY, principal_id INTEGER, member_id INTEGER);
    CREATE TABLE calendars (id INTEGER PRIMARY KEY, principaluri TEXT, displayname TEXT, uri TEXT, ctag INTEGER,
        description TEXT, calendarorder INTEGER, calendarcolor TEXT, timezone TEXT, components TEXT, transparent INTEGER);
    CREATE TABLE calendarobjects (id INTEGER PRIMARY KEY, calendardata BLOB, uri TEXT, calendarid INTEGER,
        lastmodified INTEGER, etag TEXT, size INTEGER, componenttype TEXT, firstoccurence INTEGER, lastoccurence INTEGER);
    CREATE TABLE addressbooks (id INTEGER PRIMARY KEY, principaluri TEXT, displayname TEXT, uri TEXT, description TEXT,
        ctag INTEGER);
    CREATE TABLE cards (id INTEGER PRIMARY KEY, addressbookid INTEGER, carddata BLOB, uri TEXT, lastmodified INTEGER);
"""


def installed() -> bool:
    return _LIBRARY.exists() and php.has_modules("pdo_sqlite", "xml", "mbstring")


def start(folder: Path) -> tuple[LoopbackServer, Callable[[str, str], None]]:
    """The running server, and how it gets a user with a password."""
    database = folder / "sabre.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(_TABLES)
    child = php.serve(_ROUTER, folder=folder, settings={}, environment={"HLM_SABRE_DATABASE": str(database)})

    def add(user: str, password: str) -> None:
        digest = hashlib.md5(f"{user}:hors-les-murs:{password}".encode(), usedforsecurity=False).hexdigest()
        with closing(sqlite3.connect(database, timeout=20)) as connection, connection:
            connection.execute("INSERT INTO users (username, digesta1) VALUES (?, ?)", (user, digest))
            connection.execute(
                "INSERT INTO principals (uri, email, displayname) VALUES (?, ?, ?)",
                (f"principals/{user}", f"{user}@example.org", user),
            )

    return child, add
