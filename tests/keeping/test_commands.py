"""``backup``, ``restore`` and ``vacuum`` as an administrator runs them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from sidecar.bootstrap import start
from sidecar.config import load
from tests.cli.command import NOT_DONE, SAMPLE, CommandLine


@pytest.fixture
def first(tmp_path: Path) -> CommandLine:
    command = CommandLine(tmp_path / "first")
    command("import", str(SAMPLE))
    return command


def test_a_backup_moves_to_another_machine_and_says_what_comes_next(first: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "nightly.backup"
    assert "La clé n'est pas dedans" in first("backup", str(file)).err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    second = CommandLine(tmp_path / "second")
    shown = second("restore", str(file), "--dry-run")
    assert "Sauvegarde du" in shown.out
    assert not (tmp_path / "second" / "hors-les-murs.sqlite").exists()
    assert "mute --off" in second("restore", str(file)).out
    assert second.json("show", "Maurepas") == first.json("show", "Maurepas")
    assert second.json("mute")["why"] == "restored"
    assert second.json("mute", "--off")["why"] == ""


def test_a_restore_says_where_what_it_replaced_is(first: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "b"
    told = first.json("backup", str(file), "--with-key")
    assert (told["with_key"], told["file"], told["bytes"]) == (True, str(file), file.stat().st_size)
    assert "restore --replace" in first("restore", str(file), code=NOT_DONE).err
    aside = Path(first.json("restore", str(file), "--replace")["aside"])
    assert aside.parent == first.folder
    assert first.json("restore", str(aside), "--dry-run")["rows"] == told["rows"]


def test_what_is_no_backup_is_told_in_a_sentence(first: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("Bonjour")
    assert "n'est pas une sauvegarde" in first("restore", str(tmp_path / "letter"), "--replace", code=NOT_DONE).err
    assert "is there and is no backup" in first("backup", str(tmp_path / "letter"), code=NOT_DONE, language="en").err
    nowhere = first("backup", str(tmp_path / "nowhere" / "b"), code=NOT_DONE).err
    assert "nowhere" in nowhere
    assert "Il n'y a pas encore de base" in CommandLine(tmp_path / "empty")("backup", str(tmp_path / "b"), code=NOT_DONE).err


def test_vacuum_gives_back_the_room_of_what_is_gone(first: CommandLine) -> None:
    app = start(load({"HLM_DATA_DIR": str(first.folder)}))
    with app.storage.unit() as uow:
        uow.settings.set("large", "x" * 3_000_000)
    with app.storage.unit() as uow:
        uow.settings.remove("large")
    app.storage.close()
    told = first.json("vacuum")
    assert told["bytes_after"] < told["bytes_before"] - 2_000_000
    assert "Place rendue" in first("vacuum").out
