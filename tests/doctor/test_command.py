"""``hors-les-murs doctor`` as people run it: words, JSON and exit code."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.cli.command import DONE, NOT_DONE, SERVER_FAILED, WAITS, Account, CommandLine
from tests.cli.conftest import account, empty, imported, own
from tests.servers import Served

__all__ = ["account", "empty", "imported", "own"]

pytestmark = pytest.mark.xdist_group("doctor-command")


@pytest.fixture(scope="module")
def way(imported: CommandLine, account: Account) -> CommandLine:
    """Maurepas connected and passed once."""
    imported("connect", "Maurepas", *account.options, "--create")
    imported("sync")
    return imported


def test_where_all_is_well_it_says_so_and_ends_with_zero(way: CommandLine) -> None:
    said = way("doctor", code=DONE)
    assert "Tout va bien." in said.out
    assert "problème" not in said.out
    assert said.err == ""
    assert "All is well." in way("doctor", code=DONE, language="en").out


def test_json_holds_every_finding_with_its_sentence(way: CommandLine) -> None:
    told = way.json("doctor", "--centre", "maurepas")
    assert told["ok"] is True
    assert told["requests"] == 3
    assert {r["level"] for r in told["results"]} == {"ok", "unknown"}
    assert all(r["text"] and {"check", "key", "about", "gaps"} <= set(r) for r in told["results"])


def test_with_send_an_event_goes_there_and_back(way: CommandLine) -> None:
    said = way("doctor", "--send", "--centre", "Maurepas", code=DONE)
    assert "a été écrit dans « Supervision – Centre social Maurepas », relu et retiré." in said.out


def test_a_centre_that_is_not_there_is_told(way: CommandLine) -> None:
    assert "Cleunay" in way("doctor", "--centre", "Nulle part", code=NOT_DONE).err
    # One that is there and tied to nothing is not forgotten either.
    assert "connect CENTRE" in way("doctor", "--centre", "Cleunay", code=WAITS).out


def test_a_muted_installation_waits_for_a_person(way: CommandLine) -> None:
    said = way("doctor", code=WAITS, HLM_MUTED="yes")
    assert "Commencez par ceci : Silence demandé" in said.out


def test_a_server_that_is_down_is_told_first_and_ends_with_three(own: CommandLine, radicale: Served) -> None:
    user, password = radicale.new_user()
    file = own.folder / "password"
    file.write_text(password)
    own("connect", "Cleunay", *Account(radicale.url, user, password, file).options, "--create")
    with sqlite3.connect(own.folder / "hors-les-murs.sqlite") as database:
        database.execute("UPDATE settings SET value = replace(value, '127.0.0.1', 'nowhere.invalid')")
        # A copy of the folder is noticed as one; here it is the installation.
        database.execute("DELETE FROM settings WHERE key = 'place'")
    said = own("doctor", code=SERVER_FAILED)
    assert "Commencez par ceci : Ce nom de serveur n'existe pas." in said.out
    told = own.json("doctor", "--centre", "Cleunay", code=SERVER_FAILED)
    assert [r["key"] for r in told["results"] if r["level"] == "problem"] == ["no_such_name"]


def test_a_database_that_cannot_be_used_ends_with_four(empty: CommandLine) -> None:
    empty.folder.mkdir(parents=True)
    (empty.folder / "hors-les-murs.sqlite").write_bytes(b"no database, a letter" * 300)
    assert "HLM_DATABASE_URL" in empty("doctor", code=NOT_DONE).out


def test_settings_that_are_wrong_are_told_as_everywhere(empty: CommandLine) -> None:
    assert "HLM_PORT" in empty("doctor", code=NOT_DONE, HLM_PORT="many").err


def test_on_a_new_machine_it_tells_how_to_begin_and_makes_nothing(empty: CommandLine, tmp_path: Path) -> None:
    assert "import" in empty("doctor", code=WAITS).out
    assert not empty.folder.exists()
