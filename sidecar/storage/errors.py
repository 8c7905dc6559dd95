"""What the database may refuse, as one error with a code for the catalogues (``error.<code>``).

Every code says what a person can do, so the sentence in the catalogue has to say it too:

======================  ==============================================================================================
storage_full            no room on the disk (SQLite) or in the tablespace: free some, nothing was half written
storage_read_only       the file, its folder or the server takes no writes: look at the rights and at the mount
storage_locked          somebody else held the database longer than the waiting time: try again, look for a long import
storage_not_a_database  the file is no SQLite database: check HLM_DATABASE_URL, or put a backup back
storage_damaged         the file is a damaged database: put a backup back
storage_cannot_open     the file or its folder is not there or not readable: create the folder, look at the rights
storage_disk_trouble    the system could not read or write the file: look at the disk and the system's log
storage_unreachable     the server does not answer or closed the connection: look whether it runs, and at the address
storage_access_refused  the server refuses user or password, or has no such database: check HLM_DATABASE_URL
storage_not_migrated    tables are missing or older than this program: run the migration
storage_newer           the database was written by a newer program: install that one, or put a backup back
storage_bad_url         HLM_DATABASE_URL cannot be read: sqlite:///PATH or postgresql://USER@HOST/NAME
storage_wrong_key       a secret was encrypted with another key: put the key back, or connect the space again
storage_duplicate       something with that id (or that unique value) is there already
storage_reference       it names something that is not there, or something still names it
storage_bad_value       a value the database cannot hold, such as a NUL character
storage_unknown_zone    a stored time zone is unknown on this machine: update tzdata
storage_failed          anything else: ``details['reason']`` has the database's words
======================  ==============================================================================================
"""

from __future__ import annotations

import sqlite3

import sqlalchemy as sa


class StorageError(Exception):
    """The database could not do it. ``code`` names the sentence in the catalogues, ``details`` fill its gaps."""

    def __init__(self, code: str, **details: object) -> None:
        self.code = code
        self.details = details
        super().__init__(f"{code}: {details}" if details else code)


class ReadOnlyUnit(RuntimeError):
    """A unit opened with ``write=False`` was asked to write: a mistake in the program, not of the database."""


# The primary result code is the name's first two words (https://sqlite.org/rescode.html): SQLITE_READONLY_DBMOVED, …
_SQLITE = {
    "SQLITE_FULL": "storage_full",
    "SQLITE_READONLY": "storage_read_only",
    "SQLITE_PERM": "storage_read_only",
    "SQLITE_BUSY": "storage_locked",
    "SQLITE_LOCKED": "storage_locked",
    "SQLITE_NOTADB": "storage_not_a_database",
    "SQLITE_CORRUPT": "storage_damaged",
    "SQLITE_CANTOPEN": "storage_cannot_open",
    "SQLITE_IOERR": "storage_disk_trouble",
    "SQLITE_TOOBIG": "storage_bad_value",
}
_SQLITE_EXACT = {
    "SQLITE_CONSTRAINT_FOREIGNKEY": "storage_reference",
    "SQLITE_CONSTRAINT_PRIMARYKEY": "storage_duplicate",
    "SQLITE_CONSTRAINT_UNIQUE": "storage_duplicate",
}
# SQLSTATE, the longest prefix wins (PostgreSQL manual, appendix A).
_SQLSTATE = {
    "53100": "storage_full",
    "25006": "storage_read_only",
    "55P03": "storage_locked",
    "40": "storage_locked",
    "57P": "storage_unreachable",
    "53300": "storage_unreachable",
    "08": "storage_unreachable",
    "28": "storage_access_refused",
    "3D": "storage_access_refused",
    "42501": "storage_access_refused",
    "42P01": "storage_not_migrated",
    "42703": "storage_not_migrated",
    "23503": "storage_reference",
    "23505": "storage_duplicate",
    "22": "storage_bad_value",
}


def of_sqlite(error: BaseException) -> StorageError:
    """What a ``sqlite3`` error means. ``details['reason']`` has its words."""
    name = getattr(error, "sqlite_errorname", "")
    code = _SQLITE_EXACT.get(name) or _SQLITE.get("_".join(name.split("_")[:2]), "")
    if not code and str(error).startswith(("no such table", "no such column")):
        code = "storage_not_migrated"
    if not code and isinstance(error, UnicodeEncodeError | sqlite3.DataError | OverflowError):
        code = "storage_bad_value"
    return StorageError(code or "storage_failed", reason=str(error))


def of_postgresql(error: BaseException) -> StorageError:
    """What a psycopg error means. Without a SQLSTATE there was no session: wrong address, server down, bad password."""
    state = getattr(error, "sqlstate", None) or ""
    reason = str(error).strip()
    if state:
        for length in (5, 3, 2):
            if code := _SQLSTATE.get(state[:length]):
                return StorageError(code, reason=reason)
    elif isinstance(error, UnicodeEncodeError) or type(error).__name__ == "DataError":
        return StorageError("storage_bad_value", reason=reason)
    elif type(error).__name__ == "OperationalError":
        refused = "authentication failed" in reason or "does not exist" in reason or "no password" in reason
        return StorageError("storage_access_refused" if refused else "storage_unreachable", reason=reason)
    return StorageError("storage_failed", reason=reason)


def translated(context: sa.engine.ExceptionContext) -> StorageError | None:
    """Turn what the driver raised into a ``StorageError``; the rest stays what it is (SQLAlchemy ``handle_error``)."""
    original = context.original_exception
    if context.is_pre_ping:
        # A connection that went stale in the pool: SQLAlchemy opens another and nobody has to know.
        return None
    if isinstance(original, StorageError):
        return original
    if context.sqlalchemy_exception is None and not isinstance(original, UnicodeEncodeError | OverflowError):
        return None
    return (of_sqlite if context.dialect.name == "sqlite" else of_postgresql)(original)
