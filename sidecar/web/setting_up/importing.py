"""A first import from the page: a workbook is sent, what it would do is shown, then it is done.

The file comes back with the confirmation, in the page itself: it is nowhere on our side in between. AppAPI's proxy breaks
off on an uploaded file that is larger than PHP lets through, and loses a whole form without saying so (measured on 32.0.1),
so a small script sends it as text in an ordinary field; without the script it goes as a file.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from sidecar.domain.access import Visitor
from sidecar.domain.errors import DomainError
from sidecar.exchange import Fate, ImportPlan, WorkbookError
from sidecar.http.access import application, words
from sidecar.http.errors import in_words
from sidecar.services.importing import MOST_BYTES, carry_out, empty_workbook, look, mark_of, read_sent
from sidecar.web.setting_up.guard import View, for_who_sets_up_all, setting_up

MOST_FORM = MOST_BYTES * 4 // 3 + 65536
SHOWN = 200
"""Rows that a page shows of each kind."""


@dataclass(frozen=True)
class Sent:
    """The file as it came, and as it goes back into the page."""

    name: str
    content: bytes

    @property
    def as_text(self) -> str:
        return base64.urlsafe_b64encode(self.content).decode().rstrip("=")


def with_a_file(view: View) -> Callable[..., ResponseReturnValue]:
    """Lets a form be as large as a workbook; what is larger is told so."""

    @wraps(view)
    def larger(**named: str) -> ResponseReturnValue:
        request.max_content_length = request.max_form_memory_size = MOST_FORM
        try:
            return view(**named)
        except RequestEntityTooLarge:
            return _page(wrong=in_words(_too_big())), 413

    return larger


@setting_up.get("/import")
@for_who_sets_up_all
def import_page(who: Visitor) -> ResponseReturnValue:
    return _page()


@setting_up.get("/import/empty")
@for_who_sets_up_all
def import_empty(who: Visitor) -> ResponseReturnValue:
    """A workbook to fill in: the sheets and their headings."""
    name = words()("set_up.import_empty_name")
    told = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(empty_workbook(name), mimetype="application/vnd.oasis.opendocument.spreadsheet", headers=told)


@setting_up.post("/import")
@with_a_file
@for_who_sets_up_all
def import_look(who: Visitor) -> ResponseReturnValue:
    """What an import of the file would do."""
    try:
        sent = _sent()
        return _page(sent=sent, plan=look(application(), read_sent(sent.name, sent.content)))
    except DomainError as error:
        return _page(wrong=in_words(error)), 422


@setting_up.post("/import/done")
@with_a_file
@for_who_sets_up_all
def import_done(who: Visitor) -> ResponseReturnValue:
    """Import the file that was shown; shown again where it would do something else by now."""
    app, partial = application(), "partial" in request.form
    try:
        sent = _sent()
        workbook = read_sent(sent.name, sent.content)
    except DomainError as error:
        return _page(wrong=in_words(error)), 422
    try:
        plan = carry_out(app, workbook, mark=request.form.get("mark", ""), partial=partial, actor=who.name)
    except DomainError as error:
        return _page(sent=sent, plan=look(app, workbook), wrong=in_words(error)), 422
    return _page(plan=plan, done=True)


def _page(sent: Sent | None = None, plan: ImportPlan | None = None, *, wrong: str = "", done: bool = False) -> str:
    return render_template(
        "set_up_import.html",
        t=words(),
        sent=sent,
        plan=plan,
        mark=mark_of(plan) if plan is not None else "",
        Fate=Fate,
        wrong=wrong,
        done=done,
        most=MOST_BYTES,
        shown=SHOWN,
    )


def _sent() -> Sent:
    """Raises WorkbookError where there is none, or where its text is none of ours."""
    text, file = request.form.get("workbook64", ""), request.files.get("workbook")
    if text:
        try:
            content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise WorkbookError("workbook_damaged", part=request.form.get("name", "")[:50]) from error
        return Sent(request.form.get("name", ""), content)
    if file is None or not file.filename:
        raise WorkbookError("workbook_not_chosen")
    return Sent(file.filename, file.read(MOST_BYTES + 1))


def _too_big() -> WorkbookError:
    return WorkbookError("workbook_too_big", file="", megabytes=MOST_BYTES // 1_000_000)
