"""Tokens of the API and of feeds: told once, kept as a hash, revocable."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa

from sidecar.domain.access import Role
from sidecar.domain.audit import AuditAction
from sidecar.domain.errors import NotFound
from sidecar.storage import schema
from sidecar.storage.audit import AuditTrail
from sidecar.storage.session import Session


class TokenKind(StrEnum):
    API = "api"
    FEED_PERSON = "feed-person"
    FEED_CENTRE = "feed-centre"
    METRICS = "metrics"


@dataclass(frozen=True, kw_only=True)
class Token:
    """What a token opens. ``subject_id`` is the feed's person or centre, or the one centre that an access token opens, else
    ""; ``role`` is what an access token opens there, None for all that tokens open; ``name`` is for people.
    ``used_on`` is the day (UTC) of its latest use, None before the first.
    """

    id: str
    kind: TokenKind
    subject_id: str
    name: str
    created_at: datetime
    revoked_at: datetime | None = None
    role: Role | None = None
    expires_at: datetime | None = None
    used_on: date | None = None

    def opens(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class Tokens:
    def __init__(self, session: Session, audit: AuditTrail) -> None:
        self._session = session
        self._audit = audit

    def issue(
        self,
        kind: TokenKind | str,
        *,
        subject_id: str = "",
        name: str = "",
        role: Role | None = None,
        expires_at: datetime | None = None,
    ) -> str:
        """A new token as text, which cannot be told a second time (256 bits of the system's randomness)."""
        self._session.require_write()
        plaintext = secrets.token_urlsafe(32)
        row = {
            "id": self._session.new_id(),
            "kind": TokenKind(kind).value,
            "subject_id": subject_id,
            "name": name,
            "sha256": _hashed(plaintext),
            "created_at": self._session.clock(),
            "role": role,
            "expires_at": expires_at,
        }
        self._session.connection.execute(sa.insert(schema.tokens).values(**row))
        told = {"kind": (None, row["kind"]), "subject_id": (None, subject_id), "name": (None, name)}
        told |= {name: (None, row[name]) for name in ("role", "expires_at") if row[name] is not None}
        self._audit.record("token", str(row["id"]), AuditAction.ADD, told)
        return plaintext

    def check(self, plaintext: str, kinds: Collection[TokenKind | str]) -> Token | None:
        """The token, if it is one of these kinds, not revoked and not over.

        Looked up by its hash, of which an asker cannot choose the bytes, then compared in constant time.
        """
        wanted = _hashed(plaintext)
        row = (
            self._session.connection.execute(sa.select(schema.tokens).where(schema.tokens.c.sha256 == wanted))
            .mappings()
            .first()
        )
        if row is None or not hmac.compare_digest(row["sha256"], wanted):
            return None
        return self._opening(row, kinds)

    def standing(self, id: str, kinds: Collection[TokenKind | str]) -> Token | None:
        """The token with that id, if it is one of these kinds, not revoked and not over: for who has shown it before."""
        row = self._session.connection.execute(sa.select(schema.tokens).where(schema.tokens.c.id == id)).mappings().first()
        return self._opening(row, kinds) if row is not None else None

    def _opening(self, row: sa.RowMapping, kinds: Collection[TokenKind | str]) -> Token | None:
        token = _token(row)
        return token if token.opens(self._session.clock()) and token.kind in {TokenKind(kind) for kind in kinds} else None

    def used_today(self, token: Token) -> bool:
        """Whether today's use is kept already: once a day is enough to see which token nobody needs any more."""
        return token.used_on == self._session.clock().date()

    def keep_use(self, token: Token) -> None:
        """Today is the day of its latest use. In no audit trail: nobody decided anything."""
        self._session.require_write()
        table = schema.tokens
        kept = sa.update(table).where(table.c.id == token.id).values(used_on=self._session.clock().date())
        self._session.connection.execute(kept)

    def all(self, *, kind: TokenKind | str | None = None, subject_id: str | None = None) -> list[Token]:
        """Every token, revoked ones too, oldest first."""
        table = schema.tokens
        statement = sa.select(table).order_by(table.c.created_at, table.c.id)
        if kind is not None:
            statement = statement.where(table.c.kind == TokenKind(kind).value)
        if subject_id is not None:
            statement = statement.where(table.c.subject_id == subject_id)
        return [_token(row) for row in self._session.connection.execute(statement).mappings()]

    def revoke(self, id: str) -> None:
        """It opens nothing from now on; a second time changes nothing. Raises NotFound."""
        self._session.require_write()
        table = schema.tokens
        now = self._session.clock()
        revoked = sa.update(table).where(table.c.id == id, table.c.revoked_at.is_(None)).values(revoked_at=now)
        if self._session.connection.execute(revoked).rowcount:
            self._audit.record("token", id, AuditAction.SAVE, {"revoked_at": (None, now)})
        elif self._session.connection.scalar(sa.select(table.c.id).where(table.c.id == id)) is None:
            raise NotFound("not_found", kind="token", id=id)


def _hashed(plaintext: str) -> str:
    return hashlib.sha256(plaintext.encode("utf-8", "surrogatepass")).hexdigest()


def _token(row: sa.RowMapping) -> Token:
    values = {name: row[name] for name in row if name != "sha256"}
    return Token(**values | {"kind": TokenKind(row["kind"])})
