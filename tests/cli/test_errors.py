"""What goes wrong is told in one sentence, in the asked language, with the exit code that the commands document."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import NOT_DONE, NOT_UNDERSTOOD, SERVER_FAILED, Account, CommandLine

LANGUAGES = pytest.mark.parametrize("language", ["fr", "en"])


def sentence(language: str, fr: str, en: str) -> str:
    return {"fr": fr, "en": en}[language]


@LANGUAGES
def test_a_wrong_password(imported: CommandLine, account: Account, tmp_path: Path, language: str) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("not-it", encoding="utf-8")
    options = ("--url", account.url, "--user", account.user, "--password-file", str(wrong))
    said = imported("connect", "Maurepas", *options, code=SERVER_FAILED, language=language)
    assert sentence(language, "refuse le compte ou le mot de passe", "refuses the account or the password") in said.err


@LANGUAGES
def test_a_server_that_is_down(imported: CommandLine, account: Account, language: str) -> None:
    options = ("--url", "http://127.0.0.1:9/", "--user", "x", "--password-file", str(account.file))
    said = imported("connect", "Maurepas", *options, code=SERVER_FAILED, language=language)
    assert sentence(language, "Vérifiez l'adresse", "Check the address") in said.err


@LANGUAGES
def test_a_password_file_that_is_not_text(imported: CommandLine, account: Account, tmp_path: Path, language: str) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00secret")
    options = ("--url", account.url, "--user", account.user, "--password-file", str(binary))
    said = imported("connect", "Maurepas", *options, code=NOT_DONE, language=language)
    assert str(binary) in said.err
    assert sentence(language, "mot de passe", "password") in said.err


@LANGUAGES
def test_a_centre_that_nobody_knows(imported: CommandLine, language: str) -> None:
    said = imported("check", "Atlantis", code=NOT_DONE, language=language)
    assert sentence(language, "Pas de centre « Atlantis »", "No centre “Atlantis”") in said.err
    assert "Maurepas" in said.err


@LANGUAGES
def test_a_setting_with_a_wrong_value(imported: CommandLine, language: str) -> None:
    said = imported("show", "Maurepas", code=NOT_DONE, language=language, HLM_PORT="high")
    assert "HLM_PORT" in said.err
    assert sentence(language, "réglage", "setting") in said.err.lower()


@LANGUAGES
def test_a_setting_that_does_not_exist(imported: CommandLine, language: str) -> None:
    said = imported("show", "Maurepas", code=NOT_DONE, language=language, HLM_PROT="80")
    assert "HLM_PROT" in said.err
    assert "HLM_PORT" in said.err


@LANGUAGES
def test_a_file_that_is_no_database(empty: CommandLine, tmp_path: Path, language: str) -> None:
    wrong = tmp_path / "letter.txt"
    wrong.write_text("Dear neighbours, " * 100, encoding="utf-8")
    said = empty("show", "Maurepas", code=NOT_DONE, language=language, HLM_DATABASE_URL=f"sqlite:///{wrong}")
    assert sentence(language, "base", "database") in said.err.lower()
    assert wrong.read_text(encoding="utf-8").startswith("Dear neighbours")


@LANGUAGES
def test_a_data_folder_that_is_a_file(tmp_path: Path, language: str) -> None:
    wrong = tmp_path / "file"
    wrong.write_text("x", encoding="utf-8")
    said = CommandLine(wrong)("show", "Maurepas", code=NOT_DONE, language=language)
    assert str(wrong) in said.err


@LANGUAGES
@pytest.mark.parametrize("name", ["broken.ods", "broken.xlsx", "missing.ods", "letter.doc"])
def test_a_workbook_that_cannot_be_read(empty: CommandLine, tmp_path: Path, name: str, language: str) -> None:
    file = tmp_path / name
    if not name.startswith("missing"):
        file.write_bytes(b"PK\x03\x04 this is no workbook")
    said = empty("import", str(file), code=NOT_DONE, language=language)
    assert name in said.err
    assert said.out == ""


@LANGUAGES
def test_a_place_where_nothing_can_be_exported(imported: CommandLine, tmp_path: Path, language: str) -> None:
    said = imported("export", str(tmp_path / "nowhere" / "out.xlsx"), code=NOT_DONE, language=language)
    assert "out.xlsx" in said.err


@LANGUAGES
def test_syncing_before_anything_is_connected(imported: CommandLine, language: str) -> None:
    said = imported("sync", code=NOT_DONE, language=language)
    assert "hors-les-murs connect" in said.err


@pytest.mark.parametrize(
    "words", [("fly",), ("connect",), ("unbind", "Maurepas"), ("token", "gold"), ("check", "--weeks", "x")]
)
def test_what_is_no_command_is_not_understood(imported: CommandLine, words: tuple[str, ...]) -> None:
    assert imported(*words, code=NOT_UNDERSTOOD).err


@LANGUAGES
@pytest.mark.parametrize("words", [("conflicts", "--choose", "nothing", "ours"), ("token", "api", "--revoke", "nothing")])
def test_an_id_that_nobody_knows(own: CommandLine, words: tuple[str, ...], language: str) -> None:
    said = own(*words, code=NOT_DONE, language=language)
    assert sentence(language, "Nous ne trouvons pas", "We cannot find") in said.err


@LANGUAGES
@pytest.mark.parametrize("words", [("connect", "Maurepas", "--write"), ("unbind", "Maurepas", "--leave")])
def test_a_centre_that_is_tied_to_nothing(own: CommandLine, words: tuple[str, ...], language: str) -> None:
    said = own(*words, code=NOT_DONE, language=language)
    assert "Maurepas" in said.err
