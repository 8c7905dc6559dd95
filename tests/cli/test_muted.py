"""A data folder that was copied or put back is told on the command line, with what to type next."""

from __future__ import annotations

import shutil
import sqlite3

import pytest

from tests.cli.command import NOT_DONE, WAITS, Account, CommandLine
from tests.editor import HttpAdapter, find_collections

pytestmark = pytest.mark.xdist_group("cli-muted")


@pytest.fixture
def tied(published: tuple[CommandLine, Account]) -> tuple[CommandLine, Account]:
    """Maurepas with collections of its own, synced."""
    command, account = published
    command("connect", "Maurepas", *account.options, "--create")
    command("sync")
    return published


def entries(account: Account) -> int:
    found = find_collections(account.url, account.user, account.password)
    return sum(len(HttpAdapter(one.url, account.user, account.password).list()) for one in found)


def test_a_copy_says_so_shows_what_it_would_write_and_goes_on_when_told(tied: tuple[CommandLine, Account]) -> None:
    first, account = tied
    count = entries(account)
    shutil.copytree(first.folder, first.folder.with_name("copy"))
    copy = CommandLine(first.folder.with_name("copy"))
    copy("publish", "Cleunay", "--yes", "--reason", "essai")
    told = copy("sync", language="en")
    assert "lives elsewhere" in told.err and "mute --off --new-instance" in told.err
    assert copy.json("sync")["spaces"][0]["muted"] == "copied"
    assert "--leave" in copy("unbind", "Maurepas", "--take-out", code=NOT_DONE).err
    assert entries(account) == count
    assert "mute --off --new-instance" in copy("mute", "--new-instance", code=NOT_DONE).err
    assert copy.json("mute", "--off")["muted"] is False
    assert "Rien ne s'écrit" not in copy("sync").err
    assert first.json("sync")["spaces"][0]["muted"] == ""


def test_a_backup_that_was_put_back_shows_what_it_would_write(tied: tuple[CommandLine, Account]) -> None:
    command, account = tied
    file = command.folder / "hors-les-murs.sqlite"
    aside = sqlite3.connect(command.folder / "backup")
    with sqlite3.connect(file) as standing:
        standing.backup(aside)
    aside.close()
    # Something that the backup does not know: else nothing is lost with it.
    calendar = next(one for one in find_collections(account.url, account.user, account.password) if one.name != "Contacts")
    outings = HttpAdapter(calendar.url, account.user, account.password)
    outings.delete(min(outings.list()), None)
    command("sync")
    for leftover in ("-wal", "-shm"):
        file.with_name(file.name + leftover).unlink(missing_ok=True)
    with file.open("r+b") as standing_file:
        standing_file.truncate()
        standing_file.write((command.folder / "backup").read_bytes())
    count = entries(account)
    assert "une sauvegarde a été remise" in command("sync").err
    assert entries(account) == count
    assert "Fin du silence" in command("mute", "--off").out
    assert "Rien ne s'écrit" not in command("sync").err


def test_the_setting_goes_on_muting_and_says_so(tied: tuple[CommandLine, Account]) -> None:
    command, _ = tied
    assert "HLM_MUTED" in command("sync", HLM_MUTED="yes").err
    assert "HLM_MUTED" in command("mute", "--off", HLM_MUTED="yes").err


def test_everything_of_ours_is_taken_out_only_when_somebody_says_so(tied: tuple[CommandLine, Account]) -> None:
    command, account = tied
    before = entries(account)
    shown = command("take-out", code=WAITS)
    assert "rendez-vous de nous" in shown.out and "--yes" in shown.out
    found = command.json("take-out")
    assert found["done"] is False
    assert entries(account) == before
    told = command("take-out", "--yes")
    assert told.out.splitlines()[-1].startswith("Tout est retiré")
    assert before - entries(account) == sum(ours["events"] for ours in found["ours"]) > 3
    assert "rien à retirer" in command("take-out").out
