"""A process that gets ``kill -9`` while a letter is being taken: it comes again, and as the same letter."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sidecar.bootstrap import start
from sidecar.config import load
from sidecar.domain.appointments import AppointmentState, Outing
from sidecar.domain.centres import Centre, Initiative
from sidecar.services import rota
from sidecar.services.telling.sending import LEASE
from sidecar.services.telling.teams import Way, add
from tests.mail.post_office import PostOffice, open_office

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def machine(folder: Path, settings: dict[str, str], ahead: timedelta = timedelta(0)) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.webhooks.machine", str(folder), f"sqlite:///{folder / 'rota.db'}"]
    command += [str(folder / "secret.key"), str(ahead.total_seconds())]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **settings}
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "telling\n"
        yield process
    finally:
        process.kill()
        process.communicate(timeout=20)


def posted(office: PostOffice, count: int, patience: float = 60.0) -> None:
    end = time.monotonic() + patience
    while len(office.posted) < count:
        assert time.monotonic() < end, office.said
        time.sleep(0.02)


def test_killed_while_the_server_takes_it_the_same_letter_comes_once_more(tmp_path: Path) -> None:
    begins = datetime.now(UTC).replace(microsecond=0) + timedelta(days=7)
    with open_office(replies={".": "250 held"}) as office:
        settings = {"HLM_SMTP_URL": f"smtp+plain://127.0.0.1:{office.port}", "HLM_MAIL_FROM": "rotas@example.org"}
        database = f"sqlite:///{tmp_path / 'rota.db'}"
        app = start(load({"HLM_DATA_DIR": str(tmp_path), "HLM_DATABASE_URL": database, **settings}))
        with app.storage.unit(actor="test") as uow:
            uow.centres.add(Centre(id="c", name="Maurepas"))
            uow.initiatives.add(Initiative(id="i", centre_id="c", name="Café"))
            add(uow, Way.MAIL, "team@example.org", centre_id="c", now=app.now(), new_id=app.new_id)
            uow.appointments.add(
                Outing(
                    id="o", centre_id="c", initiative_id="i", title="Sortie", state=AppointmentState.PUBLISHED,
                    start=begins, end=begins + timedelta(hours=2),
                )
            )  # fmt: skip
        with app.storage.unit(actor="test") as uow:
            uow.happenings.forget()
            rota.cancel(uow, "o")
        app.storage.close()
        with machine(tmp_path, settings):
            posted(office, 1)
        office.replies.clear()
        with machine(tmp_path, settings, ahead=LEASE + timedelta(minutes=1)):
            posted(office, 2)
            time.sleep(0.5)
        first, again = office.posted
    assert first.letter["Message-ID"] == again.letter["Message-ID"]
    assert first.text == again.text
