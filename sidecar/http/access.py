"""Who may look: an access token, in a header (API) or a signed cookie (pages). Both are looked up at every request."""

from __future__ import annotations

import hmac
import secrets
from typing import cast

from flask import current_app, request, session

from sidecar.bootstrap import Application
from sidecar.i18n import LANGUAGES, Translator, translator
from sidecar.services.syncing import Syncer
from sidecar.storage import Token, TokenKind

SESSION_ACCESS = "access"
SESSION_FORM = "form"


def application() -> Application:
    return cast(Application, current_app.extensions["hors_les_murs"])


def syncer() -> Syncer:
    return cast(Syncer, current_app.extensions["hors_les_murs_syncer"])


def words() -> Translator:
    """The asker's language: ``?lang=``, else what the browser prefers, else the setting."""
    asked = request.args.get("lang", "")
    if asked in LANGUAGES:
        return translator(asked)
    best = request.accept_languages.best_match(list(LANGUAGES)) if request.accept_languages else None
    return translator(best or application().config.language)


def check_token(plaintext: str) -> Token | None:
    if not plaintext:
        return None
    with application().storage.unit(write=False) as uow:
        return uow.tokens.check(plaintext, [TokenKind.API])


def bearer() -> Token | None:
    """The token of the Authorization header (RFC 6750 section 2.1), if it opens anything."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return check_token(value.strip()) if scheme.lower() == "bearer" else None


def signed_in() -> Token | None:
    """The token of the session; a revoked one opens nothing at the very next request."""
    return check_token(str(session.get(SESSION_ACCESS, "")))


def form_token() -> str:
    """What a form of ours has to bring back, so that no other site can send it for somebody."""
    if SESSION_FORM not in session:
        session[SESSION_FORM] = secrets.token_urlsafe(16)
    return str(session[SESSION_FORM])


def form_is_ours() -> bool:
    sent, known = request.form.get("form_token", ""), str(session.get(SESSION_FORM, ""))
    return bool(known) and hmac.compare_digest(sent.encode(), known.encode())
