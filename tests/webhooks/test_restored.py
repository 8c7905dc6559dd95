"""A backup that is put back elsewhere keeps its webhooks, and calls nobody about old news."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sidecar.config import Config
from sidecar.services.backup import back_up, restore
from sidecar.services.muting import unmute
from sidecar.services.telling import Teller
from sidecar.services.webhooks import Webhooks
from sidecar.storage import Storage
from tests.webhooks.conftest import Line


def test_a_restored_database_calls_nobody_of_what_waited_and_signs_as_before(line: Line, tmp_path: Path) -> None:
    line.receiver.answers = [(500, {})]
    line.change(meeting_point="Là")
    line.tell()
    line.change("cafe", meeting_point="Ici")
    app = line.scene.application
    back_up(app.config, tmp_path / "all.backup", now=app.now, with_key=True)
    folder = tmp_path / "elsewhere"
    config = Config(
        data_dir=folder, database_url=f"sqlite:///{folder / 'rota.db'}", secret_key_file=folder / "secret.key", tell_after=0
    )
    restore(config, tmp_path / "all.backup", now=app.now)
    storage = Storage(config.database_url, clock=app.now, new_id=lambda: "n1", secret_key=config.secret_key())
    there = replace(app, config=config, storage=storage)
    restored = replace(line, scene=replace(line.scene, application=there), teller=Teller(there, [Webhooks(there)]))
    assert restored.tell(hours=1) == []
    with storage.unit() as uow:
        committed = unmute(there, uow)
    committed()
    assert restored.tell(hours=1) == []
    restored.change(meeting_point="Là-bas")
    assert restored.tell() == ["appointment.changed"]
    assert line.receiver.calls[-1].signed_by(line.webhook.secret)
    storage.close()
