"""The way in where the pages have an address of their own: an access token, or an account of the calendar server."""

from __future__ import annotations

from flask import Blueprint, render_template, request, session
from flask.typing import ResponseReturnValue

from sidecar.domain.errors import DomainError, NotNow
from sidecar.http.access import (
    SESSION_ACCOUNT,
    SESSION_SHOWN,
    SESSION_SINCE,
    application,
    check_token,
    wired,
    words,
)
from sidecar.http.embedding import see_other
from sidecar.http.forms import form_is_ours
from sidecar.services.access import visitor_of
from sidecar.services.signing_in import proven, servers

signing_in = Blueprint("signing-in", __name__)


@signing_in.post("/sign-in")
def sign_in() -> ResponseReturnValue:
    """With ``token``, or with ``server``, ``user`` and ``password``."""
    t = words()
    if not form_is_ours():
        return way_in(t("page.sign_in_stale")), 403
    if "token" in request.form:
        token = check_token(request.form["token"].strip())
        if token is None:
            return way_in(t("page.sign_in_wrong")), 401
        return _entered(SESSION_SHOWN, token.id)
    try:
        account = proven(
            application().storage,
            request.form.get("server", ""),
            request.form.get("user", ""),
            request.form.get("password", ""),
            attempts=wired().attempts,
            prove=wired().prove,
        )
    except NotNow as error:
        return way_in(t(f"error.{error.code}", **error.details), at="user"), 429
    except DomainError as error:
        return way_in(t(f"error.{error.code}", **error.details), at="user"), 401
    with application().storage.unit(write=False) as uow:
        visitor = visitor_of(uow, account)
    if not (visitor.roles or visitor.everywhere):
        return way_in(t("page.sign_in_stranger"), at="user"), 403
    return _entered(SESSION_ACCOUNT, {"id": account.id, "server": account.server})


@signing_in.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    if form_is_ours():
        session.clear()
    return see_other("pages.home")


def _entered(key: str, value: object) -> ResponseReturnValue:
    """Remembered in the signed cookie; on to what was asked for."""
    session.clear()
    session.permanent = True
    session[key] = value
    session[SESSION_SINCE] = int(application().now().timestamp())
    wanted = request.form.get("appointment", "")
    if wanted:
        return see_other("pages.appointment", appointment_id=wanted)
    return see_other("pages.home")


def way_in(wrong: str = "", *, at: str = "token") -> str:
    """The form; ``appointment`` is the one that was asked for, by its id: an address could lead anywhere."""
    with application().storage.unit(write=False) as uow:
        known = servers(uow)
    return render_template(
        "sign_in.html", t=words(), wrong=wrong, at=at, servers=known, appointment=request.values.get("appointment", "")
    )
