"""Backups and copies of our own database, as administrators make them."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sidecar.bootstrap import Application
from sidecar.config import Config
from sidecar.storage import Storage
from tests.scene import Scene


def file_of(config: Config) -> Path:
    return Path(config.database_url.removeprefix("sqlite:///"))


def backup(scene: Scene) -> Callable[[], None]:
    """A backup of the database alone, made while it runs; calling what comes back writes it over the file."""
    app = scene.application
    file = file_of(app.config)
    aside = file.with_suffix(f".backup{len(list(file.parent.glob('*.backup*')))}")
    source, target = sqlite3.connect(file), sqlite3.connect(aside)
    source.backup(target)
    source.close()
    target.close()

    def put_back() -> None:
        app.storage.close()
        for leftover in ("-wal", "-shm"):
            file.with_name(file.name + leftover).unlink(missing_ok=True)
        with file.open("r+b") as standing:
            standing.truncate()
            standing.write(aside.read_bytes())

    return put_back


def copy(scene: Scene, folder: Path) -> Scene:
    """Everything kept on this machine, carried to another one and started there, in the same calendars."""
    app = scene.application
    app.storage.close()
    shutil.copytree(app.config.data_dir, folder)
    file = folder / file_of(app.config).name
    return there(scene, replace(app.config, data_dir=folder, database_url=f"sqlite:///{file}"))


def there(scene: Scene, config: Config) -> Scene:
    """Our side again, as another process with these settings."""
    app = scene.application
    config.ensure_data_dir()
    storage = Storage(config.database_url, clock=app.now, new_id=app.new_id, secret_key=app.config.secret_key())
    storage.migrate()
    again = Application(config=config, storage=storage, now=app.now, new_id=app.new_id, instance=app.instance)
    return replace(scene, application=again, syncer=replace(scene.syncer, application=again))
