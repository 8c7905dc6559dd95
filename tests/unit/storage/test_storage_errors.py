"""What drivers raise becomes a code with a sentence in both catalogues."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import psycopg
import pytest

from sidecar.i18n import Catalogue
from sidecar.storage import errors


def sqlite_error(name: str, text: str = "words of the driver") -> sqlite3.Error:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorname = name
    return error


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("SQLITE_FULL", "storage_full"),
        ("SQLITE_READONLY_DIRECTORY", "storage_read_only"),
        ("SQLITE_BUSY", "storage_locked"),
        ("SQLITE_BUSY_SNAPSHOT", "storage_locked"),
        ("SQLITE_NOTADB", "storage_not_a_database"),
        ("SQLITE_CORRUPT_INDEX", "storage_damaged"),
        ("SQLITE_IOERR_WRITE", "storage_disk_trouble"),
        ("SQLITE_CANTOPEN_ISDIR", "storage_cannot_open"),
        ("SQLITE_CONSTRAINT_FOREIGNKEY", "storage_reference"),
        ("SQLITE_CONSTRAINT_NOTNULL", "storage_failed"),
        ("SQLITE_ERROR", "storage_failed"),
    ],
)
def test_a_result_code_of_sqlite_has_a_code(name: str, code: str) -> None:
    error = errors.of_sqlite(sqlite_error(name))
    assert (error.code, error.details) == (code, {"reason": "words of the driver"})


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (psycopg.errors.DiskFull, "storage_full"),
        (psycopg.errors.ReadOnlySqlTransaction, "storage_read_only"),
        (psycopg.errors.LockNotAvailable, "storage_locked"),
        (psycopg.errors.DeadlockDetected, "storage_locked"),
        (psycopg.errors.SerializationFailure, "storage_locked"),
        (psycopg.errors.AdminShutdown, "storage_unreachable"),
        (psycopg.errors.TooManyConnections, "storage_unreachable"),
        (psycopg.errors.InvalidPassword, "storage_access_refused"),
        (psycopg.errors.UndefinedTable, "storage_not_migrated"),
        (psycopg.errors.ForeignKeyViolation, "storage_reference"),
        (psycopg.errors.UniqueViolation, "storage_duplicate"),
        (psycopg.errors.SyntaxError, "storage_failed"),
        (psycopg.OperationalError, "storage_unreachable"),
    ],
)
def test_a_state_of_postgresql_has_a_code(error: type[psycopg.Error], code: str) -> None:
    assert errors.of_postgresql(error("words")).code == code


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_code_has_a_sentence_in_both_catalogues(language: str) -> None:
    codes = set(re.findall(r"^(storage_\w+) ", errors.__doc__ or "", re.MULTILINE))
    used = set(re.findall(r'"(storage_\w+)"', Path(errors.__file__).read_text("utf-8")))
    assert used <= codes
    assert {f"error.{code}" for code in codes} <= set(Catalogue(language))
