"""Another key for what the database keeps locked, while everything runs: each step can be the last, and be taken again."""

from __future__ import annotations

from sidecar import keys
from sidecar.bootstrap import Application


def prepare(app: Application) -> None:
    """Put the next key into the file, to be read from here on; where several machines work, each is given that file now.

    Raises ``sidecar.keys.KeyFileError`` and OSError.
    """
    keys.prepare(app.config.secret_key_file)


def rotate(app: Application, *, actor: str) -> int:
    """Lock all that is locked with the next key (made where none was prepared), and encrypt with it from here on.

    How many texts were locked again. Killed before the transaction nothing changed; after it the file still says ``next``
    before the key that is in use, every process reads both, and a second call ends what the first began.
    Raises StorageError("storage_wrong_key") where a text was locked with a key that is not in the file.
    """
    count = app.storage.lock_again(keys.prepare(app.config.secret_key_file), actor=actor)
    keys.promote(app.config.secret_key_file)
    return count
