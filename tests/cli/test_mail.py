"""``mail``: where a centre's news goes, set and taken back; without a server that takes mail, what to set first."""

from __future__ import annotations

from tests.cli.command import NOT_DONE, CommandLine

SET = {"HLM_SMTP_URL": "smtp+plain://127.0.0.1:25", "HLM_MAIL_FROM": "rotas@example.org"}


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
