"""This machine: the folder, its disk, the key, the number of processes."""

from __future__ import annotations

import errno
import stat
from collections.abc import Iterator
from pathlib import Path

from sidecar.config import Config, ConfigError
from sidecar.services.doctor.outside import Outside
from sidecar.services.doctor.results import Result, ok, problem, unknown, warning
from sidecar.storage.engine import parse_url

FULL, LOW = 20 * 2**20, 200 * 2**20
"""Bytes: with less than the first nothing can be kept any more soon, with less than the second somebody should look."""
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def folder(config: Config, outside: Outside) -> Iterator[Result]:
    """Whether the data folder is there and takes a file."""
    path = config.data_dir
    if not path.exists():
        yield warning("folder", "not_yet", folder=str(path))
        return
    try:
        outside.touch(path)
    except NotADirectoryError:
        yield problem("folder", "no_folder", folder=str(path))
    except OSError as error:
        if error.errno in _NO_ROOM:
            # What is missing is room, which the next check says.
            yield unknown("folder", "no_room", folder=str(path))
        else:
            yield problem("folder", "not_writable", folder=str(path), why=error.strerror or type(error).__name__)
    else:
        yield ok("folder", folder=str(path))


def disk(config: Config, outside: Outside) -> Iterator[Result]:
    """Whether there is room where the data are kept, in bytes and in files."""
    seen = set[int]()
    for path in _kept_in(config):
        device = path.stat().st_dev
        if device not in seen:
            seen.add(device)
            yield _room(path, outside)


def _room(path: Path, outside: Outside) -> Result:
    volume = outside.volume(str(path))
    free = volume.f_bavail * volume.f_frsize
    if free < FULL:
        found = problem("disk", "full", free=free // 2**20, folder=str(path))
    elif volume.f_files and not volume.f_favail:
        found = problem("disk", "no_files", free=free // 2**20, folder=str(path))
    elif free < LOW:
        found = warning("disk", "low", free=free // 2**20, folder=str(path))
    else:
        found = ok("disk", free=free // 2**20, folder=str(path))
    return found


def _kept_in(config: Config) -> list[Path]:
    """The folders of data and database, or those above them where they are not there yet."""
    file = database_file(config)
    return [nearest(config.data_dir), *([nearest(file.parent)] if file is not None else [])]


def database_file(config: Config) -> Path | None:
    """The file of an SQLite database, None for another one."""
    url = parse_url(config.database_url)
    in_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    return Path(str(url.database)) if in_file else None


def nearest(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    return next(p for p in (path, *path.parents) if p.is_dir())


def key(config: Config) -> Iterator[Result]:
    """Whether the key of the passwords is there, sound, and readable by nobody else. It is not made here."""
    path = config.secret_key_file
    if not path.exists():
        file = database_file(config)
        fresh = file is not None and not file.exists()
        yield unknown("key", "not_yet", file=str(path)) if fresh else problem("key", "missing", file=str(path))
        return
    try:
        config.secret_key()
    except ConfigError:
        yield problem("key", "unsound", file=str(path))
        return
    except OSError as error:
        yield problem("key", "unreadable", file=str(path), why=error.strerror or type(error).__name__)
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & stat.S_IRWXO:
        yield problem("key", "open_to_all", file=str(path), mode=f"{mode:04o}")
    elif mode & stat.S_IRWXG:
        yield warning("key", "open_to_group", file=str(path), mode=f"{mode:04o}")
    else:
        yield ok("key", file=str(path))


def workers(config: Config) -> Iterator[Result]:
    """More than one process writes to SQLite only one after the other, and waits."""
    if config.workers > 1 and database_file(config) is not None:
        yield warning("workers", "too_many", workers=config.workers)
    else:
        yield ok("workers", workers=config.workers, threads=config.threads)
