"""Before we are uninstalled: everything of ours leaves the calendars, shown first, confirmed, in steps that carry on."""

from __future__ import annotations

import time

from flask import render_template, request
from flask.typing import ResponseReturnValue

from calendars.errors import CalendarsError
from sidecar.domain.access import Visitor
from sidecar.domain.errors import DomainError
from sidecar.http.access import application, syncer, wired, words
from sidecar.http.errors import in_words
from sidecar.services.taking_out import take_out, what_is_ours
from sidecar.web.setting_up.guard import for_who_sets_up_all, setting_up

PATIENCE = 8.0
"""Seconds after which an answer is given, to be carried on by the next request."""


@setting_up.get("/leaving")
@for_who_sets_up_all
def leaving(who: Visitor) -> ResponseReturnValue:
    """What would be taken out."""
    return _page()


@setting_up.post("/leaving")
@for_who_sets_up_all
def leave(who: Visitor) -> ResponseReturnValue:
    """Take out for some seconds; the page that is shown then carries on."""
    if "sure" not in request.form:
        return _page(wrong=words()("set_up.leaving_not_sure")), 422
    app, ours = application(), what_is_ours(application())
    asked = request.form.get("of", "")
    total = max(_weight(), int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 0)
    end = time.monotonic() + PATIENCE
    try:
        for left in take_out(app, syncer(), actor=who.name):
            # After the last collection there is but the account to let go of.
            if left and time.monotonic() > end:
                break
        else:
            wired().declare_anew()
            return _page(gone=len(ours))
    except (CalendarsError, DomainError) as error:
        return _page(wrong=in_words(error)), 422
    return _page(total=total)


def _weight() -> int:
    return sum(ours.events + ours.blocks + 1 for ours in what_is_ours(application()))


def _page(wrong: str = "", *, total: int = 0, gone: int | None = None) -> str:
    """``total``: under way, of so much. ``gone``: done, so many collections were let go of."""
    config = application().config
    return render_template(
        "set_up_leaving.html",
        t=words(),
        ours=what_is_ours(application()),
        left=_weight(),
        total=total,
        gone=gone,
        wrong=wrong,
        of_platform=config.exapp is not None,
    )
