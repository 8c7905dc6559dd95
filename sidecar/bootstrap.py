"""The one place that wires: settings, storage, clock and ids become an Application."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sidecar.config import Config
from sidecar.storage import Storage

INSTANCE_KEY = "instance_id"


@dataclass(frozen=True)
class Application:
    """What the ways in (cli, web, api) are handed. ``now`` gives aware times in UTC, ``new_id`` unique ids."""

    config: Config
    storage: Storage
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    instance: str


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return uuid.uuid4().hex


def start(config: Config, *, now: Callable[[], datetime] = _utc_now, new_id: Callable[[], str] = _new_id) -> Application:
    """Open the database (made and migrated where needed) and know which instance this is.

    Raises ``sidecar.storage.StorageError`` and ``sidecar.config.ConfigError``.
    """
    config.ensure_data_dir()
    storage = Storage(config.database_url, clock=now, new_id=new_id, secret_key=config.secret_key(), keys=config.keys_anew)
    storage.migrate()
    with storage.unit(write=False) as uow:
        instance = uow.settings.get(INSTANCE_KEY)
    if instance is None:
        with storage.unit(actor="system") as uow:
            # Another process may have been quicker: its id stands.
            instance = uow.settings.get(INSTANCE_KEY) or new_id()[:12]
            uow.settings.set(INSTANCE_KEY, instance)
    return Application(config=config, storage=storage, now=now, new_id=new_id, instance=str(instance))
