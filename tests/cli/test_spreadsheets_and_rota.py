"""Workbooks in and out, what breaks a rule, publishing, tokens: the commands that need no server."""

from __future__ import annotations

from pathlib import Path

import pytest

from sidecar.bootstrap import start
from sidecar.config import load
from sidecar.domain.access import Role
from tests.cli.command import DONE, NOT_DONE, NOT_UNDERSTOOD, SAMPLE, WAITS, CommandLine

COMMANDS = (
    "demo", "serve", "connect", "unbind", "mute", "sync", "import", "export", "check", "publish", "show", "conflicts",
    "token",
)  # fmt: skip


def test_the_sample_is_tried_imported_and_then_nothing_is_new(empty: CommandLine) -> None:
    tried = empty.json("import", str(SAMPLE), "--dry-run")
    assert (tried["dry"], tried["written"], tried["counts"]["refused"]) == (True, False, 0)
    assert tried["counts"]["new"] > 300
    written = empty.json("import", str(SAMPLE))
    assert (written["written"], written["counts"]) == (True, tried["counts"])
    again = empty.json("import", str(SAMPLE))
    assert (again["counts"]["new"], again["counts"]["changed"]) == (0, 0)
    assert again["counts"]["same"] == tried["counts"]["new"]
    assert "0 nouveaux" in empty("import", str(SAMPLE)).out


@pytest.mark.parametrize("name", ["out.xlsx", "out.ods", "out"])
def test_what_is_exported_is_read_back_with_nothing_new(own: CommandLine, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    assert own.json("export", str(file)) == {"file": str(file)}
    counts = own.json("import", str(file))["counts"]
    assert (counts["new"], counts["changed"], counts["refused"]) == (0, 0, 0)
    assert counts["same"] > 300


def test_refused_rows_wait_for_a_person_and_the_rest_can_be_imported(empty: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "Centres.csv").write_text(
        "Nom;Fuseau horaire\nCentre social A;Europe/Paris\n;Europe/Paris\n", encoding="utf-8"
    )
    assert empty.json("import", str(folder), code=WAITS)["written"] is False
    assert empty.json("import", str(folder), "--skip-refused", code=WAITS)["written"] is True
    assert empty.json("show", "A")["appointments"] == []


def test_findings_are_told_with_what_to_do_and_their_quotation(imported: CommandLine) -> None:
    told = imported.json("check", "Maurepas", code=WAITS)["findings"]
    assert {"R1", "R3", "R4"} & {f["rule"] for f in told}
    assert all(f["message"] and f["level"] and f["start"] for f in told)
    assert "à régler avant de publier" in imported("check", "Maurepas", code=WAITS).out
    assert "to settle before" in imported("check", "Maurepas", code=WAITS, language="en").out
    assert imported.json("check", "Maurepas", "--from", "2001-01-01", "--weeks", "1")["findings"] == []


def test_publishing_what_breaks_a_rule_waits_for_a_reason(own: CommandLine) -> None:
    plan = own.json("publish", "Maurepas", code=WAITS)
    assert plan["blocking"]
    assert plan["published"] == []
    assert "--reason" in own("publish", "Maurepas", "--yes", code=WAITS).err
    done = own.json("publish", "Maurepas", "--reason", "essai")
    assert set(done["published"]) == set(plan["drafts"])
    assert own.json("publish", "Maurepas")["drafts"] == []


def test_what_blocks_can_be_left_a_draft(own: CommandLine) -> None:
    plan = own.json("publish", "Maurepas", code=WAITS)
    blocked = {f["appointment"] for f in plan["blocking"]}
    done = own.json("publish", "Maurepas", "--without-blocked")
    assert set(done["published"]) == set(plan["drafts"]) - blocked
    assert set(own.json("publish", "Maurepas", code=WAITS)["drafts"]) == blocked


def test_publishing_asks_and_a_no_publishes_nothing(own: CommandLine) -> None:
    said = own("publish", "Maurepas", "--without-blocked", answers="n\n", code=NOT_DONE)
    assert "personnes" in said.out
    assert "Aborted" not in said.err
    states = {a["state"] for a in own.json("show", "Maurepas")["appointments"]}
    assert states == {"draft"}
    own("publish", "Maurepas", "--without-blocked", answers="o\n")
    assert "published" in {a["state"] for a in own.json("show", "Maurepas")["appointments"]}


def test_publishing_without_anybody_to_ask_publishes_nothing(own: CommandLine) -> None:
    assert "--yes" in own("publish", "Maurepas", "--without-blocked", code=NOT_DONE).err


def test_showing_tells_titles_and_teams_but_nobody_in_supervision(imported: CommandLine) -> None:
    told = imported.json("show", "Maurepas")["appointments"]
    assert any(a["team"] for a in told if a["kind"] == "outing")
    assert not any(a["team"] for a in told if a["kind"] == "supervision")
    assert any(a["title"] in imported("show", "centre social de maurepas").out for a in told)


def test_a_token_is_issued_listed_and_revoked(own: CommandLine) -> None:
    issued = own("token", "api", "--name", "poste d'accueil")
    assert len(issued.out.strip()) > 20
    (token,) = own.json("token", "api", "--list")["tokens"]
    assert (token["name"], token["revoked_at"]) == ("poste d'accueil", None)
    assert issued.out.strip() not in str(token)
    assert "poste d'accueil  valable" in own("token", "api", "--list").out
    own("token", "api", "--revoke", token["id"])
    assert "retiré" in own("token", "api", "--list").out
    assert own.json("token", "feed-centre", "--for", "Maurepas")["token"]


def test_an_access_token_for_one_role_in_one_centre_until_a_day(own: CommandLine) -> None:
    made = own.json("token", "api", "--for", "Maurepas", "--role", "viewer", "--until", "2099-12-31", "--name", "écran")
    assert made["token"]
    listed = own("token", "api", "--list").out
    assert "écran  valable, jusqu'au" in listed
    assert "2099" in listed
    assert "Maurepas" in listed
    assert "passé" in own("token", "api", "--until", "2020-01-01", code=NOT_DONE).err
    assert own.json("token", "api", "--until", "9999-12-31")["token"]
    assert "jeton d'accès" in own("token", "metrics", "--role", "viewer", code=NOT_DONE).err
    assert "Nulle" in own("token", "api", "--for", "Nulle part", code=NOT_DONE).err
    own("token", "api", "--role", "volunteer", code=NOT_UNDERSTOOD)


def test_the_list_of_tokens_says_what_each_opens_and_when_it_was_last_used(own: CommandLine) -> None:
    for role in Role:
        own("token", "api", "--role", role.value, "--name", f"pour {role}")
    app = start(load({"HLM_DATA_DIR": str(own.folder)}))
    with app.storage.unit() as uow:
        used = uow.tokens.all()[0]
        uow.tokens.keep_use(used)
        day = uow.tokens.all()[0].used_on
    app.storage.engine.dispose()
    assert {token["role"] for token in own.json("token", "api", "--list")["tokens"]} == set(Role)
    (first, *others) = own("token", "api", "--list").out.splitlines()
    assert first.startswith(used.id)
    assert first.endswith(f"utilisé le {day}")
    assert not any("utilisé" in line for line in others)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_command_and_option_says_what_it_is_for(imported: CommandLine, language: str) -> None:
    overview = imported("--help", language=language).out
    assert all(f"\n  {command} " in overview for command in COMMANDS)
    for command in COMMANDS:
        said = imported(command, "--help", language=language).out
        options = said[said.index("Options:") :].splitlines()[1:] if "Options:" in said else []
        silent = [line for line in options if line.strip().startswith("-") and len(line.split("  ")) < 3]
        # An option too long for its column has its text on the next line.
        lines = dict(zip(options, [*options[1:], ""], strict=True))
        assert [o for o in silent if lines[o].strip().startswith("-") or not lines[o].strip()] == [], command
        assert "cli." not in said


def test_both_languages_differ(imported: CommandLine) -> None:
    assert imported("sync", "--help", language="fr", code=DONE).out != imported("sync", "--help", language="en").out
