"""The one file of a backup: a ZIP with a manifest and the rows of each table, one JSON list a line.

The manifest says which version, revision and instance it is, when it was made, and the SHA-256 of each member; it is
written last, so that a file without it is no backup. ``format`` counts up when an older program could not read the file.
"""

from __future__ import annotations

import errno
import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa

from sidecar.domain.errors import DomainError
from sidecar.storage import wholesale
from sidecar.storage.wholesale import Described

FORMAT = 1
MANIFEST, KEY = "manifest.json", "secret.key"
_LARGEST_MANIFEST = 4 * 1024 * 1024
# What reading a damaged ZIP raises; RuntimeError where the damage says that it is encrypted, or packed otherwise.
_BROKEN = (zipfile.BadZipFile, zlib.error, KeyError, EOFError, RuntimeError, ValueError, TypeError)


class NoArchive(DomainError):
    """The file is no backup, a damaged one, or one of a newer program."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One table: its columns in the order of the rows, how many rows, and the SHA-256 of the member."""

    columns: tuple[str, ...]
    rows: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a backup says of itself. ``made_at`` is aware; ``schema`` the revision; ``with_key``: it can be read by anybody
    who has it."""

    version: str
    schema: str
    instance: str
    made_at: datetime
    engine: str
    with_key: bool
    tables: dict[str, Part] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.tables.values())


def write(
    target: BinaryIO, connection: sa.Connection, described: Described, manifest: Manifest, key: bytes | None
) -> Manifest:
    """Write a whole archive of what the connection's transaction sees; the manifest with its tables filled in."""
    tables: dict[str, Part] = {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for table in described.tables:
            digest, count = hashlib.sha256(), 0
            with archive.open(_member(table.name), "w", force_zip64=True) as member:
                for row in wholesale.rows(connection, table):
                    line = (
                        json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"
                    )
                    digest.update(line)
                    member.write(line)
                    count += 1
            tables[table.name] = Part(columns=tuple(table.columns.keys()), rows=count, sha256=digest.hexdigest())
        if key is not None:
            archive.writestr(KEY, key)
        whole = Manifest(
            **{
                **vars(manifest),
                "tables": tables,
                "counters": wholesale.counters(connection, described),
                "with_key": key is not None,
            }
        )
        said = {"product": "hors-les-murs", "format": FORMAT} | asdict(whole) | {"made_at": whole.made_at.isoformat()}
        archive.writestr(MANIFEST, json.dumps(said, ensure_ascii=False, indent=2))
    return whole


class Archive:
    """A backup that can be read. Raises NoArchive where it cannot."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with _readable(path) as archive:
            if archive.getinfo(MANIFEST).file_size > _LARGEST_MANIFEST:
                raise ValueError("its manifest is too long")
            said = json.loads(archive.read(MANIFEST))
            if said.pop("product") != "hors-les-murs":
                raise ValueError("it is of another program")
            number = int(said.pop("format"))
            if number > FORMAT:
                raise NoArchive("backup_newer", file=str(path), version=str(said.get("version", "")))
            self.manifest = _manifest(said)

    def key(self) -> bytes | None:
        """The key that was put inside, None where none was."""
        if not self.manifest.with_key:
            return None
        with _readable(self.path, part=KEY) as archive:
            return archive.read(KEY)

    def check(self) -> None:
        """Read all of it and compare with what the manifest says. Raises NoArchive("backup_damaged")."""
        for name, part in self.manifest.tables.items():
            digest, count = hashlib.sha256(), 0
            for line in self._lines(name):
                digest.update(line)
                count += 1
            if (digest.hexdigest(), count) != (part.sha256, part.rows):
                raise NoArchive("backup_damaged", file=str(self.path), table=name)
        self.key()

    def rows(self, table: str) -> Iterator[list[Any]]:
        """The rows of a table, in the order of ``manifest.tables[table].columns``."""
        for line in self._lines(table):
            yield json.loads(line.decode("utf-8", "surrogatepass"))

    def _lines(self, table: str) -> Iterator[bytes]:
        with _readable(self.path, part=table) as archive, archive.open(_member(table)) as member:
            yield from member


@contextmanager
def _readable(path: Path, *, part: str = "") -> Iterator[zipfile.ZipFile]:
    """The ZIP; whatever reading it raises, and whoever reads in the block, is told as what it means."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (*_BROKEN, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            # EINVAL: the damage names a place in the file that cannot be.
            raise
        if part:
            raise NoArchive("backup_damaged", file=str(path), table=part) from error
        raise NoArchive("backup_unreadable", file=str(path), reason=str(error)) from error


def _member(table: str) -> str:
    return f"tables/{table}.jsonl"


def _manifest(said: dict[str, Any]) -> Manifest:
    tables = {
        str(name): Part(columns=tuple(part["columns"]), rows=int(part["rows"]), sha256=str(part["sha256"]))
        for name, part in said["tables"].items()
    }
    return Manifest(
        version=str(said["version"]),
        schema=str(said["schema"]),
        instance=str(said["instance"]),
        made_at=datetime.fromisoformat(said["made_at"]),
        engine=str(said["engine"]),
        with_key=bool(said["with_key"]),
        tables=tables,
        counters={str(name): int(value) for name, value in said["counters"].items()},
    )
