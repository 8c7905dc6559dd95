"""One's own answer, with a click on the appointment's page."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from sidecar.domain.audit import Origin
from sidecar.domain.errors import DomainError
from sidecar.http.access import application, visitor, words
from sidecar.http.embedding import see_other
from sidecar.http.errors import in_words, page_of_error
from sidecar.http.forms import form_is_ours
from sidecar.services.answering import answer_oneself
from sidecar.services.hints import leave_hint
from sidecar.services.overview import seen_by, takes_part
from sidecar.web.pages import appointment_page

answering = Blueprint("answering", __name__)


@answering.post("/appointments/<appointment_id>/answer")
def answer(appointment_id: str) -> ResponseReturnValue:
    """The visitor's own answer and nobody else's; what cannot be answered as it was shown is shown again."""
    who = visitor()
    if who is None:
        return see_other("pages.home", appointment=appointment_id)
    if not form_is_ours():
        return page_of_error(403, words()("page.sign_in_stale"))
    app = application()
    try:
        with app.storage.unit(actor=who.name, origin=Origin.BOARD) as uow:
            found = seen_by(uow, who, appointment_id)
            if not takes_part(who, found):
                return page_of_error(403, words()("page.not_for_you"))
            given, shown_for = request.form.get("response", ""), request.form.get("for", "")
            answer_oneself(uow, who, found, given, shown_for=shown_for, now=app.now(), new_id=app.new_id)
            spaces = {b.space_id for b in uow.bindings.all(centre_id=found.centre_id)}
    except DomainError as error:
        return appointment_page(who, appointment_id, in_words(error)), 422
    # So that calendars show it now, and not at the next turn.
    leave_hint(app.storage, spaces)
    return see_other("pages.appointment", appointment_id=appointment_id, _anchor="answer")
