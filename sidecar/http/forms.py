"""What a form of ours has to bring back, so that no other site can send it for somebody."""

from __future__ import annotations

import hmac
import secrets

from flask import current_app, request, session
from itsdangerous import BadData, URLSafeTimedSerializer

from sidecar.http.access import visitor
from sidecar.http.embedding import embedded

SESSION_FORM = "form"
LASTS = 12 * 3600
"""Seconds for which an embedded page's form can be sent."""


def form_token() -> str:
    """Bound to the session; embedded, where there is none, signed for the visitor and the day."""
    if embedded():
        return _signer().dumps(_asking())
    if SESSION_FORM not in session:
        session[SESSION_FORM] = secrets.token_urlsafe(16)
    return str(session[SESSION_FORM])


def form_is_ours() -> bool:
    """Whether a page of ours, given to this visitor, sent the form. A browser that says otherwise is believed."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    sent = request.form.get("form_token", "")
    if embedded():
        try:
            return bool(_signer().loads(sent, max_age=LASTS) == _asking())
        except BadData:
            return False
    known = str(session.get(SESSION_FORM, ""))
    return bool(known) and hmac.compare_digest(sent.encode(), known.encode())


def _asking() -> str:
    who = visitor()
    return who.account if who is not None else ""


def _signer() -> URLSafeTimedSerializer:
    # The last of them signs.
    keys = [*(current_app.config.get("SECRET_KEY_FALLBACKS") or ()), current_app.secret_key]
    return URLSafeTimedSerializer([str(key) for key in keys], salt="form")
