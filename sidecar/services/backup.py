"""One file that holds everything, made while the program runs; and putting such a file back.

What is put back starts muted, as every database that may be older than the calendars: passes read, nothing is written
until somebody has looked (``services.muting``).
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa
from cryptography.fernet import InvalidToken

from sidecar.bootstrap import INSTANCE_KEY
from sidecar.config import Config
from sidecar.domain.errors import DomainError, NotNow
from sidecar.services.muting import MUTED_KEY, NOTICES, Why
from sidecar.services.running import alone, refuse_others
from sidecar.storage import StorageError, migrate, schema, wholesale
from sidecar.storage.archive import Archive, Manifest, NoArchive, write
from sidecar.storage.engine import create_engine, options_for
from sidecar.storage.vault import Vault, lock_again

ASIDE = ".backup"
WAIT = 15.0
"""Seconds to wait for somebody else's lock."""
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NOT_READABLE = ("storage_not_a_database", "storage_damaged")


@dataclass(frozen=True)
class Restored:
    """What was put back, and where what stood there before is now: a backup, or the damaged file; None: nothing stood."""

    manifest: Manifest
    aside: Path | None


def back_up(config: Config, target: Path, *, now: Callable[[], datetime], with_key: bool = False) -> Manifest:
    """Write everything that the database holds at one moment into one file, readable by this user alone.

    The file is there as a whole or not at all; a backup that stood there before is replaced, anything else is left
    (DomainError "backup_in_the_way"). Raises NotNow "backup_key_changing", DomainError "backup_no_room",
    StorageError and OSError.
    """
    if target.exists():
        _is_a_backup(target)
    keys = config.keys() if with_key else None
    if keys is not None and keys.prepared is not None:
        # Which of both keys the texts are locked with, nobody can tell.
        raise NotNow("backup_key_changing")
    with _reading(config) as connection, _whole(target) as file:
        described = wholesale.describe(connection)
        if described.revision is None:
            raise DomainError("backup_nothing_there")
        manifest = Manifest(
            version=version("hors-les-murs"),
            schema=described.revision,
            instance=str(_setting(connection, INSTANCE_KEY) or ""),
            made_at=now().astimezone(UTC).replace(microsecond=0),
            engine=connection.dialect.name,
            with_key=with_key,
        )
        return write(file, connection, described, manifest, keys.current if keys is not None else None)


def restore(
    config: Config,
    source: Path,
    *,
    now: Callable[[], datetime],
    replace: bool = False,
    forget_passwords: bool = False,
) -> Restored:
    """Put a backup back: into an empty database, or (``replace``) in place of what stands there, which is kept aside.

    One transaction: killed anywhere, what stood before stands. ``forget_passwords``: those of the calendar servers that
    were encrypted with a key that is lost. Raises NoArchive; NotNow where the program runs, the database is not empty or is
    a newer program's; DomainError "restore_other_key"; StorageError.
    """
    archive = Archive(source)
    if not migrate.knows(archive.manifest.schema):
        raise NoArchive("backup_newer", file=str(source), version=archive.manifest.version)
    archive.check()
    config.ensure_data_dir()
    with alone(config.data_dir):
        refuse_others(config.database_url)
        aside = _keep_aside(config, now) if replace else None
        try:
            with _connected(config, write=True) as connection:
                _make_room(connection, archive, replace=replace)
                _fill(connection, archive)
                _lock_again(connection, config, archive, forget_passwords=forget_passwords)
                _mute(connection, now())
        except (DomainError, StorageError):
            if aside is not None and aside.suffix == ASIDE:
                # It stands where it stood.
                aside.unlink()
            raise
    return Restored(archive.manifest, aside)


# --- into the database --------------------------------------------------------------------------------------------


def _make_room(connection: sa.Connection, archive: Archive, *, replace: bool) -> None:
    shared = connection.dialect.name == "postgresql"
    # A file is ours alone; in a database server's there may be tables of others.
    standing = wholesale.describe(connection, {*schema.metadata.tables, *archive.manifest.tables} if shared else None)
    if not replace and not wholesale.is_empty(connection, standing):
        raise NotNow("restore_not_empty")
    if shared and standing.revision is not None and not migrate.knows(standing.revision):
        # Which of the tables are ours, and which another program's, cannot be told.
        raise NotNow("restore_newer_there")
    wholesale.drop(connection, standing)


def _fill(connection: sa.Connection, archive: Archive) -> None:
    before = wholesale.table_names(connection)
    migrate.upgrade(connection, archive.manifest.schema)
    made = wholesale.describe(connection, wholesale.table_names(connection) - before)
    # What a revision puts there by itself is in the backup too.
    for table in reversed(made.tables):
        connection.execute(sa.delete(table))
    known = {table.name for table in made.tables}
    for name in archive.manifest.tables:
        if name not in known:
            raise NoArchive("backup_damaged", file=str(archive.path), table=name)
    for table in made.tables:
        part = archive.manifest.tables.get(table.name)
        if part is not None:
            wholesale.put(connection, table, part.columns, archive.rows(table.name))
    wholesale.set_counters(connection, made, archive.manifest.counters)
    migrate.upgrade(connection)


def _lock_again(connection: sa.Connection, config: Config, archive: Archive, *, forget_passwords: bool) -> None:
    """Passwords that were encrypted with the key in the backup are encrypted with the one of this machine."""
    keys, inside = config.keys(), archive.key()
    here = Vault(keys.current, lambda: keys.all)
    vaults = [here, *([Vault(inside)] if inside is not None else [])]

    def again(locked: str) -> str:
        known = next((text for vault in vaults if (text := _unlocked(vault, locked)) is not None), None)
        if known is None and not forget_passwords:
            raise DomainError("restore_other_key", file=str(config.secret_key_file))
        return here.lock(known or "")

    lock_again(connection, again)


def _unlocked(vault: Vault, secret: str) -> str | None:
    try:
        return vault.unlock(secret)
    except InvalidToken:
        return None


def _mute(connection: sa.Connection, now: datetime) -> None:
    """As ``muting.notice``: why it is silent is kept with what was put back, and an earlier reason stays."""
    table = schema.settings
    standing = _setting(connection, MUTED_KEY)
    if standing is None or Why(standing["why"]) not in NOTICES:
        connection.execute(sa.delete(table).where(table.c.key == MUTED_KEY))
        value = {"why": Why.RESTORED.value, "at": now.isoformat()}
        connection.execute(sa.insert(table).values(key=MUTED_KEY, value=value))


def _keep_aside(config: Config, now: Callable[[], datetime]) -> Path | None:
    """What stands there now, as a backup in the data folder; a file that is no database any more is moved aside."""
    stamp = now().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = _unused(config.data_dir / f"replaced-{stamp}{ASIDE}")
    try:
        back_up(config, aside, now=now)
        return aside
    except DomainError as error:
        if error.code != "backup_nothing_there":
            raise
        return None
    except StorageError as error:
        file = _file_of(config)
        if error.code not in _NOT_READABLE or file is None:
            raise
    moved = _unused(file.with_name(f"{file.name}.replaced-{stamp}"))
    file.rename(moved)
    for end in ("-wal", "-shm"):
        beside = file.with_name(file.name + end)
        if beside.exists():
            beside.rename(moved.with_name(moved.name + end))
    return moved


def _file_of(config: Config) -> Path | None:
    name = sa.make_url(config.database_url)
    return Path(name.database) if name.get_backend_name() == "sqlite" and name.database else None


def _unused(path: Path) -> Path:
    number, free = 1, path
    while free.exists():
        number, free = number + 1, path.with_name(f"{path.stem}-{number + 1}{path.suffix}")
    return free


# --- out of the database ------------------------------------------------------------------------------------------


@contextmanager
def _reading(config: Config) -> Iterator[sa.Connection]:
    """One moment of the database, while others write. A database that is not there is not made."""
    file = _file_of(config)
    if file is not None and not file.exists():
        raise DomainError("backup_nothing_there")
    with _connected(config, write=False) as connection:
        yield connection


@contextmanager
def _connected(config: Config, *, write: bool) -> Iterator[sa.Connection]:
    engine = create_engine(config.database_url, wait=WAIT)
    try:
        with engine.connect().execution_options(**options_for(engine, write=write)) as connection, connection.begin():
            yield connection
    finally:
        engine.dispose()


def _setting(connection: sa.Connection, key: str) -> Any:
    table = schema.settings
    return connection.scalar(sa.select(table.c.value).where(table.c.key == key))


def _is_a_backup(target: Path) -> None:
    try:
        Archive(target)
    except NoArchive as error:
        if error.code != "backup_newer":
            raise DomainError("backup_in_the_way", file=str(target)) from error


@contextmanager
def _whole(target: Path) -> Iterator[BinaryIO]:
    """A file that takes the target's place once it is whole and on the disk; else nothing is left of it."""
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise DomainError("backup_no_room", folder=str(target.parent)) from error
        raise
