"""One imported data folder a module, tied to nothing; copies of it for tests that change it."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from sidecar.bootstrap import start
from sidecar.config import load
from sidecar.exchange import Snapshot, apply_import, plan_import
from sidecar.samples import load_sample
from tests.cli.command import Account, CommandLine
from tests.servers import Served


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """The sample workbook with its weeks to come, imported. Tests that change it say ``own``."""
    command = CommandLine(tmp_path_factory.mktemp("imported"))
    app = start(load({"HLM_DATA_DIR": str(command.folder)}))
    today = app.now().date()
    workbook = load_sample("rennes", today + timedelta(days=14 - today.weekday()))
    with app.storage.unit(actor="test") as uow:
        apply_import(plan_import(workbook, Snapshot.of(uow), now=app.now(), new_id=app.new_id), uow)
    app.storage.engine.dispose()
    return command


@pytest.fixture
def own(imported: CommandLine, tmp_path: Path) -> CommandLine:
    """A copy of it that a test may change."""
    shutil.copytree(imported.folder, tmp_path / "data")
    return CommandLine(tmp_path / "data")


@pytest.fixture
def published(own: CommandLine, radicale: Served) -> tuple[CommandLine, Account]:
    """Maurepas published, and an account of its own that it is not tied to yet."""
    user, password = radicale.new_user()
    file = own.folder / "password"
    file.write_text(password, encoding="utf-8")
    own("publish", "Maurepas", "--yes", "--reason", "essai")
    return own, Account(radicale.url, user, password, file)


@pytest.fixture
def empty(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "data")


@pytest.fixture(scope="module")
def account(radicale: Served, tmp_path_factory: pytest.TempPathFactory) -> Account:
    user, password = radicale.new_user()
    file = tmp_path_factory.mktemp("secret") / "password"
    file.write_text(f"{password}\n", encoding="utf-8")
    return Account(radicale.url, user, password, file)
