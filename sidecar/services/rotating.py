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


def rotate(app: Application, *, actor: str, leaked: bool = False) -> int:
    """Lock all that is locked with the next key (made where none was prepared), and encrypt with it from here on.

    ``leaked``: others may have the key before. It opens and signs nothing any more, so that everybody has to sign in again
    and a backup from before wants the key of then.

    How many texts were locked again. Killed before the transaction nothing changed; after it the file still says ``next``
    before the key that is in use, every process reads both, and a second call ends what the first began.
    Raises NotNow("key_changing") while somebody else does, StorageError("storage_wrong_key") where a text was locked with
    a key that is not in the file.
    """
    with _alone(app):
        count = app.storage.lock_again(keys.prepare(app.config.secret_key_file), actor=actor)
        current = keys.promote(app.config.secret_key_file).current
        if leaked:
            # What somebody locked with the key before, between the transaction and the file.
            app.storage.lock_again(current, actor=actor)
            keys.forget_earlier(app.config.secret_key_file)
    return count


@contextmanager
def _alone(app: Application) -> Iterator[None]:
    """Of two that each put a next key into the file one would be forgotten, with all that was locked with it."""
    with try_lock(app.config.data_dir, "rotate-key") as held:
        if not held:
            raise NotNow("key_changing")
        yield
