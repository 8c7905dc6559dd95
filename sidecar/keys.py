"""The file of the instance's key: made once, read by every process, renewed in three steps of which each can be the last.

The first line is the key that encrypts. ``next`` before a key: it was prepared, and is read already by who reads the file
anew; ``before`` a key: what was encrypted with it can still be read. Each key is 32 random bytes in URL-safe base64.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import secrets
import stat
from dataclasses import dataclass, replace
from pathlib import Path

NEXT, BEFORE = b"next", b"before"
KEPT = 2
"""So many earlier keys are kept: for backups, and for processes that encrypted something while the key was renewed."""


class KeyFileError(Exception):
    """The file is there and holds no key, or something else beside it."""


@dataclass(frozen=True)
class Keys:
    """``current`` encrypts; all of them read. ``prepared`` is None where no renewal has begun."""

    current: bytes
    prepared: bytes | None = None
    before: tuple[bytes, ...] = ()

    @property
    def all(self) -> tuple[bytes, ...]:
        return (self.current, *([self.prepared] if self.prepared is not None else []), *self.before)


def read_or_make(path: Path) -> Keys:
    """What the file holds; made with mode 0600 where there is none. Two processes that start at once get the same key.

    Raises KeyFileError and OSError.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _put(path, _text(Keys(new_key())), over=False)
    return read(path)


def read(path: Path) -> Keys:
    """Raises KeyFileError and OSError."""
    first, *others = path.read_bytes().strip().split(b"\n")
    found: dict[bytes, list[bytes]] = {NEXT: [], BEFORE: []}
    for line in others:
        name, _, key = line.strip().partition(b" ")
        if name not in found:
            raise KeyFileError
        found[name].append(_sound(key.strip()))
    if len(found[NEXT]) > 1:
        raise KeyFileError
    return Keys(_sound(first.strip()), next(iter(found[NEXT]), None), tuple(found[BEFORE]))


def prepare(path: Path) -> bytes:
    """A new key, put beside the one that encrypts, to be read from here on; one that was prepared already stays."""
    keys = read(path)
    if keys.prepared is not None:
        return keys.prepared
    prepared = new_key()
    _put(path, _text(replace(keys, prepared=prepared)), over=True)
    return prepared


def promote(path: Path) -> Keys:
    """The prepared key encrypts from here on, the one that did is kept to be read. Raises KeyFileError where none is."""
    keys = read(path)
    if keys.prepared is None:
        raise KeyFileError
    keys = Keys(keys.prepared, None, (keys.current, *keys.before)[:KEPT])
    _put(path, _text(keys), over=True)
    return keys


def forget_earlier(path: Path) -> Keys:
    """The keys without earlier ones: what was encrypted or signed with those cannot be read from here on."""
    keys = replace(read(path), before=())
    _put(path, _text(keys), over=True)
    return keys


def new_key() -> bytes:
    return base64.urlsafe_b64encode(secrets.token_bytes(32))


def _sound(key: bytes) -> bytes:
    try:
        usable = len(base64.urlsafe_b64decode(key)) == 32
    except (binascii.Error, ValueError):
        usable = False
    if not usable:
        raise KeyFileError
    return key


def _text(keys: Keys) -> bytes:
    lines = [keys.current, *([NEXT + b" " + keys.prepared] if keys.prepared is not None else [])]
    return b"\n".join([*lines, *(BEFORE + b" " + key for key in keys.before), b""])


def _put(path: Path, content: bytes, *, over: bool) -> None:
    """Put ``content`` at ``path``, never half of it; ``over`` what is there, for its owner and group, else where nothing
    is."""
    path = path.resolve()
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if over:
                _as_before(descriptor, path.stat())
            file.write(content)
            file.flush()
            # What is encrypted with it would be lost with it in a power cut.
            os.fsync(file.fileno())
        if over:
            draft.replace(path)
        else:
            # A link fails where a rename would overwrite: whoever comes second uses what the first one made.
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
        _keep_name(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _as_before(descriptor: int, before: os.stat_result) -> None:
    """For its owner and group, as far as we may: root renews the key of a service that runs as somebody else."""
    for uid, gid in ((-1, before.st_gid), (before.st_uid, -1)):
        with contextlib.suppress(PermissionError):
            os.fchown(descriptor, uid, gid)
    same_group = os.fstat(descriptor).st_gid == before.st_gid
    os.fchmod(descriptor, stat.S_IMODE(before.st_mode) & (0o640 if same_group else 0o600))


def _keep_name(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
