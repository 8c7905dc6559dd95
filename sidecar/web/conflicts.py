"""The click that settles a conflict."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from sidecar.domain.audit import Origin
from sidecar.http.access import application, form_is_ours, signed_in, words
from sidecar.services.conflicts import choose
from sidecar.services.overview import shown_conflict

conflicts = Blueprint("conflicts", __name__)


@conflicts.post("/conflicts/<conflict_id>/choice")
def choice(conflict_id: str) -> Response | tuple[str, int]:
    """One of both values stands from here on; who asked is in the audit trail."""
    token = signed_in()
    if token is None:
        return redirect(url_for("pages.home"))
    t = words()
    if not form_is_ours():
        return render_template("error.html", t=t, sentence=t("page.sign_in_stale")), 403
    with application().storage.unit(actor=f"page:{token.name or token.id}", origin=Origin.BOARD) as uow:
        conflict = shown_conflict(uow, conflict_id)
        choose(uow, conflict.id, request.form.get("chosen", ""))
    query = {"centre": conflict.centre_id, "lang": request.args.get("lang"), "_anchor": "deciding"}
    return redirect(url_for("pages.home", **query))  # type: ignore[arg-type]
