"""Who asks: an access token (interface), a signed cookie (pages), or the platform in which the pages are embedded.

Roles are looked up at every request; what was taken away opens nothing at the very next one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, cast

from flask import current_app, g, request, session

from sidecar.bootstrap import Application
from sidecar.domain.access import Visitor
from sidecar.domain.errors import DomainError
from sidecar.http.embedding import embedded
from sidecar.i18n import LANGUAGES, Translator, translator
from sidecar.observability import get_logger
from sidecar.services.access import Account, of_token, visitor_of
from sidecar.services.doctor.platform import Platform as Asked
from sidecar.services.sharing import Directory
from sidecar.services.signing_in import Attempts, Prove
from sidecar.services.syncing import Syncer
from sidecar.storage import StorageError, Token, TokenKind

log = get_logger(__name__)
WIRED = "hors_les_murs"
SESSION_SHOWN = "shown"
"""The id of the access token that somebody showed: a cookie is signed, but anybody who has it can read it."""
SESSION_ACCOUNT = "account"
SESSION_SINCE = "since"
SIGNED_IN_FOR = timedelta(hours=12)
"""From signing in, not from the last click: whose account or token is gone elsewhere is out by then."""


class PlatformAway(DomainError):
    """The platform does not say who asks, or who is in which group."""


class Platform(Protocol):
    """The platform in which pages are embedded, as far as pages need it."""

    def account_of(self, headers: Mapping[str, str]) -> Account | None:
        """The account that the platform's proxy says asks; None where it was not the platform that asked.

        Header names come as ``Title-Case``.

        Raises ``PlatformAway`` where the platform does not say who is in which group.
        """


@dataclass(frozen=True)
class Wired:
    """What one Flask application answers with; ``create_app`` puts it together.

    ``declare_anew`` brings in line what the platform was told of us.
    """

    application: Application
    syncer: Syncer
    platform: Platform | None
    prove: Prove
    attempts: Attempts
    doctor_asks: Asked | None = None
    directory: Directory | None = None
    declare_anew: Callable[[], object] = bool


def wired() -> Wired:
    return cast(Wired, current_app.extensions[WIRED])


def application() -> Application:
    return wired().application


def syncer() -> Syncer:
    return wired().syncer


def words() -> Translator:
    """The asker's language: ``?lang=``, else what the browser prefers, else the setting."""
    asked = request.args.get("lang", "")
    if asked in LANGUAGES:
        return translator(asked)
    best = request.accept_languages.best_match(list(LANGUAGES)) if request.accept_languages else None
    return translator(best or application().config.language)


def check_token(plaintext: str, kind: TokenKind = TokenKind.API) -> Token | None:
    if not plaintext:
        return None
    with application().storage.unit(write=False) as uow:
        token = uow.tokens.check(plaintext, [kind])
        kept = token is None or uow.tokens.used_today(token)
    if token is not None and not kept:
        _keep_use(token)
    return token


def _keep_use(token: Token) -> None:
    """Keep the day of its use; where nothing can be written now, the next use tries again."""
    try:
        with application().storage.unit() as uow:
            uow.tokens.keep_use(token)
    except StorageError as error:
        log.warning("token_use_not_kept", code=error.code)


def bearer(kind: TokenKind = TokenKind.API) -> Token | None:
    """The token of the Authorization header (RFC 6750 section 2.1), if it opens what is asked for."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return check_token(value.strip(), kind) if scheme.lower() == "bearer" else None


def visitor() -> Visitor | None:
    """Who looks at a page, None where nobody has said so; asked once a request. Raises ``PlatformAway``."""
    if "visitor" not in g:
        g.visitor = _embedded_visitor() if embedded() else _signed_in()
    return cast("Visitor | None", g.visitor)


def _embedded_visitor() -> Visitor | None:
    proxy = wired().platform
    account = proxy.account_of(dict(request.headers)) if proxy is not None else None
    if account is None:
        return None
    with application().storage.unit(write=False) as uow:
        return visitor_of(uow, account)


def _signed_in() -> Visitor | None:
    since = session.get(SESSION_SINCE)
    age = application().now().timestamp() - since if isinstance(since, int | float) else None
    if age is None or abs(age) > SIGNED_IN_FOR.total_seconds():
        return None
    shown, account = session.get(SESSION_SHOWN), session.get(SESSION_ACCOUNT)
    with application().storage.unit(write=False) as uow:
        if not shown:
            known = Account(id=str(account["id"]), server=str(account["server"])) if account else None
            return visitor_of(uow, known) if known is not None else None
        token = uow.tokens.standing(str(shown), [TokenKind.API])
        kept = token is None or uow.tokens.used_today(token)
    if token is not None and not kept:
        _keep_use(token)
    return of_token(token) if token is not None else None
