"""A process that syncs a scene and may be killed at any moment: ``python -m tests.faults.runner``.

It reads commands, one JSON object a line, and forks for each, so that starting Python is paid once:
``{"setup": {…}, "do": "sync"}`` or ``{…, "do": "unbind", "binding": ID}``; with ``"statement": N`` the child kills
itself before its N-th SQL statement. For each it says ``pid N`` and, when the child is over, ``ended N``: its exit code,
or minus the signal.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from calendars.dav import Account, open_home
from calendars.sync.ports import Home
from sidecar.bootstrap import Application
from sidecar.config import Config
from sidecar.domain.bindings import Space
from sidecar.services.syncing import Syncer
from sidecar.storage import Storage
from tests.scene import BEGINNING


def main() -> None:
    for line in sys.stdin:
        command = json.loads(line)
        child = os.fork()
        if child == 0:
            try:
                code = act(command["setup"], command)
            except BaseException as error:  # noqa: BLE001 (the child must never go on as the parent)
                print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(code)
        print(f"pid {child}", flush=True)
        _, status = os.waitpid(child, 0)
        print(f"ended {os.waitstatus_to_exitcode(status)}", flush=True)


def act(setup: dict[str, Any], command: dict[str, Any]) -> int:
    """Carry out one command; 0 when it came to its end without trouble."""
    syncer = open_syncer(setup)
    if "statement" in command:
        die_before_statement(syncer.application.storage.engine, command["statement"])
    if command["do"] == "unbind":
        report = syncer.unbind(command["binding"], take_out=True, actor="coordinator")
    else:
        report = syncer.sync(setup["space"])
    if not report.ok:
        print(json.dumps(report.as_json()), file=sys.stderr, flush=True)
    return 0 if report.ok else 2


def open_syncer(setup: dict[str, Any]) -> Syncer:
    folder = Path(setup["folder"])
    config = Config(
        data_dir=folder,
        database_url=f"sqlite:///{folder / 'rota.db'}",
        secret_key_file=folder / "secret.key",
        tell_after=setup.get("tell_after", 0),
    )
    new_id = lambda: uuid.uuid4().hex  # noqa: E731
    clock = lambda: BEGINNING + timedelta(minutes=setup.get("minutes", 0))  # noqa: E731
    storage = Storage(config.database_url, clock=clock, new_id=new_id, secret_key=config.secret_key())
    application = Application(config=config, storage=storage, now=clock, new_id=new_id, instance="testinstance")
    account = Account.from_json(setup["account"])

    def open_it(space: Space) -> Home:
        return open_home(account, setup["user"], setup["password"])

    return Syncer(application, open_home=open_it, pause=lambda seconds: None)


def die_before_statement(engine: sa.Engine, number: int) -> None:
    seen = 0

    def count(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(engine, "before_cursor_execute", count)
    sa.event.listen(engine, "commit", count)


if __name__ == "__main__":
    main()
