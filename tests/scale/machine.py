"""One machine's keeper as a process: syncs until its standard input ends. Arguments: data folder, database, key, seconds."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from sidecar.bootstrap import start
from sidecar.config import load
from sidecar.services.keeping import Keeper


def main(folder: str, database: str, key: str, seconds: str) -> None:
    settings = {"HLM_DATA_DIR": folder, "HLM_DATABASE_URL": database, "HLM_SECRET_KEY_FILE": key}
    config = replace(load(settings), sync_interval=int(seconds))
    Path(folder).mkdir(parents=True, exist_ok=True)
    keeper = Keeper(start(config))
    keeper.start()
    print("keeping", flush=True)
    sys.stdin.read()
    keeper.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
