"""One imported data folder a module, tied to nothing; copies of it for tests that change it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.command import SAMPLE, Account, CommandLine
from tests.servers import Served


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """The sample workbook, imported. To look at, not to change."""
    command = CommandLine(tmp_path_factory.mktemp("imported"))
    command("import", str(SAMPLE))
    return command


@pytest.fixture
def own(imported: CommandLine, tmp_path: Path) -> CommandLine:
    """A copy of it that a test may change."""
    shutil.copytree(imported.folder, tmp_path / "data")
    return CommandLine(tmp_path / "data")


@pytest.fixture
def empty(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "data")


@pytest.fixture(scope="module")
def account(radicale: Served, tmp_path_factory: pytest.TempPathFactory) -> Account:
    user, password = radicale.new_user()
    file = tmp_path_factory.mktemp("secret") / "password"
    file.write_text(f"{password}\n", encoding="utf-8")
    return Account(radicale.url, user, password, file)
