"""Passwords are encrypted, tokens are hashed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from sidecar.storage import Storage, StorageError, TokenKind
from tests.storage.builders import settle_in
from tests.storage.conftest import NOW


def whole_database(storage: Storage) -> str:
    """Every value of every table as text."""
    tables = sa.inspect(storage.engine).get_table_names()
    with storage.engine.connect() as connection:
        return "\n".join(repr(connection.exec_driver_sql(f"SELECT * FROM {table}").fetchall()) for table in tables)  # noqa: S608


def test_no_password_and_no_token_stands_in_the_database(storage: Storage) -> None:
    settle_in(storage)
    with storage.unit() as uow:
        token = uow.tokens.issue("feed-person", subject_id="p1", name="phone")
    everything = whole_database(storage)
    assert "rota" in everything
    assert "correct horse" not in everything
    assert token not in everything


def test_another_key_does_not_open_a_space(storage: Storage, url: str, open_storage: Callable[..., Storage]) -> None:
    settle_in(storage)
    other = open_storage(url, secret_key=b"another key of at least 16 bytes")
    with pytest.raises(StorageError) as caught, other.unit(write=False) as uow:
        uow.spaces.get("s1")
    other.close()
    assert caught.value.code == "storage_wrong_key"
    assert caught.value.details["space"] == "s1"
    with storage.unit(write=False) as uow:
        assert uow.spaces.get("s1").secret == "correct horse"


def test_a_token_opens_what_it_was_issued_for_until_it_is_revoked(storage: Storage) -> None:
    with storage.unit() as uow:
        feed = uow.tokens.issue(TokenKind.FEED_PERSON, subject_id="p1", name="phone")
        script = uow.tokens.issue("api", name="script")
        assert len({feed, script}) == 2
    with storage.unit(write=False) as uow:
        token = uow.tokens.check(feed, {TokenKind.FEED_PERSON, TokenKind.FEED_CENTRE})
        assert token is not None
        assert (token.kind, token.subject_id, token.name, token.created_at) == ("feed-person", "p1", "phone", NOW)
        assert uow.tokens.check(feed, ["api"]) is None
        assert uow.tokens.check(script, ["api"]) is not None
        for wrong in ("", feed[:-1], feed + "x", "\ud83d", "é" * 10_000):
            assert uow.tokens.check(wrong, list(TokenKind)) is None
    with storage.unit() as uow:
        uow.tokens.revoke(token.id)
        uow.tokens.revoke(token.id)
    with storage.unit(write=False) as uow:
        assert uow.tokens.check(feed, list(TokenKind)) is None
        assert [(t.name, t.revoked_at) for t in uow.tokens.all(subject_id="p1")] == [("phone", NOW)]
        assert [t.name for t in uow.tokens.all(kind="api")] == ["script"]
        assert [entry.action for entry in uow.audit.of("token", token.id)] == ["add", "save"]


def test_a_short_key_is_refused_at_once(open_storage: Callable[..., Storage]) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        open_storage("sqlite://", secret_key=b"short")
