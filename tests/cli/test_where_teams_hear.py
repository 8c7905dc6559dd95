"""``mail`` and ``talk``: where a centre's news goes, set and taken back; where it cannot go, what to set first."""

from __future__ import annotations

from tests.cli.command import NOT_DONE, CommandLine

SET = {"HLM_SMTP_URL": "smtp+plain://127.0.0.1:25", "HLM_MAIL_FROM": "rotas@example.org"}


IN_NEXTCLOUD = {
    "APP_ID": "hors_les_murs",
    "APP_SECRET": "s",
    "APP_VERSION": "0.1.0",
    "NEXTCLOUD_URL": "https://cloud.example.org",
}


def test_an_address_from_adding_to_taking_away(own: CommandLine) -> None:
    assert "aucune" in own("mail", "Maurepas").out
    assert "HLM_SMTP_URL" in own("mail", "Maurepas", "equipe@example.org", code=NOT_DONE).err
    assert "equipe@example.org" in own("mail", "Maurepas", "equipe@example.org", **SET).out
    own("mail", "Maurepas", "liste@example.org", **SET)
    assert own.json("mail", "Maurepas")["addresses"] == ["equipe@example.org", "liste@example.org"]
    assert "rien à cette adresse" in own("mail", "Maurepas", "autre@example.org", "--off", code=NOT_DONE).err
    # Without the server too: who takes it away may be the one whom it reaches no more.
    own("mail", "Maurepas", "Equipe@example.org", "--off")
    assert own.json("mail", "Maurepas")["addresses"] == ["liste@example.org"]
    own("mail", "Maurepas", "--off")
    assert own.json("mail", "Maurepas")["addresses"] == []


def test_what_will_not_do_is_told_with_what_to_write(own: CommandLine) -> None:
    assert "Écrivez-la seule" in own("mail", "Maurepas", "Equipe <equipe@example.org>", code=NOT_DONE, **SET).err
    given = own("mail", "Maurepas", code=NOT_DONE, HLM_SMTP_URL="smtp://rotas:geheim@mail.example.org")
    assert "HLM_SMTP_PASSWORD_FILE" in given.err
    assert "geheim" not in given.err


def test_a_room_from_adding_to_taking_away(own: CommandLine) -> None:
    assert "aucun salon" in own("talk", "Maurepas").out
    assert "installé dans Nextcloud" in own("talk", "Maurepas", "ab12cd34", code=NOT_DONE).err
    assert "ab12cd34" in own("talk", "Maurepas", "https://cloud.example.org/call/ab12cd34", **IN_NEXTCLOUD).out
    own("talk", "Maurepas", "ab12cd34", **IN_NEXTCLOUD)
    # What tells one room from another is the case of its letters too.
    own("talk", "Maurepas", "AB12cd34", **IN_NEXTCLOUD)
    assert own.json("talk", "Maurepas")["rooms"] == ["ab12cd34", "AB12cd34"]
    assert "pas ce salon" in own("talk", "Maurepas", "zz12cd34", "--off", code=NOT_DONE).err
    own("talk", "Maurepas", "ab12cd34", "--off")
    assert own.json("talk", "Maurepas")["rooms"] == ["AB12cd34"]
    own("talk", "Maurepas", "--off")
    assert own.json("talk", "Maurepas")["rooms"] == []


def test_what_is_no_room_is_told_with_what_to_copy(own: CommandLine) -> None:
    for typed in ("le salon", "https://cloud.example.org/apps/spreed", "ab1"):
        assert "Copiez l'adresse du salon" in own("talk", "Maurepas", typed, code=NOT_DONE, **IN_NEXTCLOUD).err
