"""Another key for what the database keeps locked, while everything runs: each step can be the last, and be taken again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sidecar import keys
from sidecar.bootstrap import Application
from sidecar.domain.errors import NotNow
from sidecar.services.locking import try_lock


def prepare(app: Application) -> None:
    """Put the next key into the file, to be read from here on; where several machines work, each is given that file now.

    Raises NotNow("key_changing"), ``sidecar.keys.KeyFileError`` and OSError.
    """
    with _alone(app):
        keys.prepare(app.config.secret_key_file)


def rotate(app: Application, *, actor: str) -> int:
    """Lock all that is locked with the next key (made where none was prepared), and encrypt with it from here on.

    How many texts were locked again. Killed before the transaction nothing changed; after it the file still says ``next``
    before the key that is in use, every process reads both, and a second call ends what the first began.
    Raises NotNow("key_changing") while somebody else does, StorageError("storage_wrong_key") where a text was locked with
    a key that is not in the file.
    """
    with _alone(app):
        count = app.storage.lock_again(keys.prepare(app.config.secret_key_file), actor=actor)
        keys.promote(app.config.secret_key_file)
    return count


def forget(app: Application, *, actor: str) -> int:
    """Earlier keys open and sign nothing any more: for a key that others may have, once it was renewed on every machine.

    Everybody has to sign in again, and a backup from before wants the key of then. How many texts are locked with the key
    in use. Raises as ``rotate`` does.
    """
    file = app.config.secret_key_file
    with _alone(app):
        # What was locked with an earlier key while the key was renewed.
        count = app.storage.lock_again(keys.read(file).current, actor=actor)
        keys.forget_earlier(file)
    return count


@contextmanager
def _alone(app: Application) -> Iterator[None]:
    """Of two that each put a next key into the file one would be forgotten, with all that was locked with it."""
    with try_lock(app.config.data_dir, "rotate-key") as held:
        if not held:
            raise NotNow("key_changing")
        yield
