"""The day on which a token was last used: kept once a day, and never in the way of who asks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sidecar.domain.audit import AuditAction
from sidecar.storage import StorageError, TokenKind
from sidecar.storage.tokens import Tokens
from tests.api.conftest import Web
from tests.scene import BEGINNING


def used_on(web: Web) -> date | None:
    with web.scene.reading() as uow:
        (one,) = uow.tokens.all(kind=TokenKind.API)
        assert [entry.action for entry in uow.audit.of("token", one.id)] == [AuditAction.ADD]
        return one.used_on


def test_the_day_of_the_latest_use_is_kept_once_a_day_and_in_no_audit(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    keep = Tokens.keep_use
    monkeypatch.setattr(Tokens, "keep_use", lambda tokens, token: (written.append(token.id), keep(tokens, token))[1])
    assert used_on(web) is None
    for _ in range(3):
        assert web.ask("GET", "/api/v1/centres").status_code == 200
    assert (used_on(web), len(written)) == (BEGINNING.date(), 1)
    web.scene.clock.forward(timedelta(days=1))
    assert web.ask("GET", "/api/v1/centres").status_code == 200
    assert (used_on(web), len(written)) == (BEGINNING.date() + timedelta(days=1), 2)


def test_looking_at_pages_with_it_is_a_use(web: Web) -> None:
    form = web.client.get("/").text.split('name="form_token" value="')[1].split('"')[0]
    assert web.client.post("/sign-in", data={"token": web.token, "form_token": form}).status_code == 303
    web.scene.clock.forward(timedelta(hours=11))
    assert web.client.get("/").status_code == 200
    assert used_on(web) == BEGINNING.date()


def test_a_wrong_or_revoked_token_is_no_use(web: Web) -> None:
    with web.scene.board() as uow:
        uow.tokens.revoke(uow.tokens.all(kind=TokenKind.API)[0].id)
    assert web.ask("GET", "/api/v1/centres").status_code == 401
    assert web.ask("GET", "/api/v1/centres", token="wrong").status_code == 401
    with web.scene.reading() as uow:
        assert uow.tokens.all(kind=TokenKind.API)[0].used_on is None


def test_where_the_day_cannot_be_written_the_answer_is_given_all_the_same(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise StorageError("storage_busy")

    with monkeypatch.context() as broken:
        broken.setattr(Tokens, "keep_use", refused)
        assert web.ask("GET", "/api/v1/centres").status_code == 200
    assert used_on(web) is None
    assert web.ask("GET", "/api/v1/centres").status_code == 200
    assert used_on(web) == BEGINNING.date()
