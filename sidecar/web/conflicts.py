"""The click that settles a conflict."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from sidecar.domain.audit import Origin
from sidecar.http.access import application, visitor, words
from sidecar.http.embedding import see_other
from sidecar.http.errors import page_of_error
from sidecar.http.forms import form_is_ours
from sidecar.services.conflicts import choose
from sidecar.services.overview import shown_conflict

conflicts = Blueprint("conflicts", __name__)


@conflicts.post("/conflicts/<conflict_id>/choice")
def choice(conflict_id: str) -> ResponseReturnValue:
    """One of both values stands from here on; who asked is in the audit trail."""
    who = visitor()
    if who is None:
        return see_other("pages.home")
    if not form_is_ours():
        return page_of_error(403, words()("page.sign_in_stale"))
    with application().storage.unit(actor=who.name, origin=Origin.BOARD) as uow:
        conflict = shown_conflict(uow, conflict_id, who)
        choose(uow, conflict.id, request.form.get("chosen", ""))
    return see_other("pages.home", centre=conflict.centre_id, _anchor="deciding")
