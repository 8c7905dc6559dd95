"""One machine that tells others, as a process, until its standard input ends.

Arguments: data folder, database, key, seconds by which its clock is ahead. By mail too where ``HLM_SMTP_URL`` is set.
"""

from __future__ import annotations

import os
import select
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sidecar.bootstrap import start
from sidecar.config import load
from sidecar.services.mail import mails
from sidecar.services.telling import Teller
from sidecar.services.webhooks import Webhooks


def main(folder: str, database: str, key: str, ahead: str) -> None:
    settings = {
        "HLM_DATA_DIR": folder, "HLM_DATABASE_URL": database, "HLM_SECRET_KEY_FILE": key, "HLM_TELL_AFTER": "0",
    }  # fmt: skip
    settings |= {name: os.environ[name] for name in ("HLM_SMTP_URL", "HLM_MAIL_FROM") if name in os.environ}
    Path(folder).mkdir(parents=True, exist_ok=True)
    app = start(load(settings), now=lambda: datetime.now(UTC) + timedelta(seconds=float(ahead)))
    teller = Teller(app, [Webhooks(app), *mails(app)])
    print("telling", flush=True)
    while not select.select([sys.stdin], [], [], 0.05)[0]:
        teller.turn()


if __name__ == "__main__":
    main(*sys.argv[1:])
