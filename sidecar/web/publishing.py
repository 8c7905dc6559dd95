"""Publishing from the page: which drafts, whom it tells and what blocks is shown first, then done.

What is published is what was shown: where the drafts or what blocks them changed meanwhile, it is shown again.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from sidecar.domain.access import Right, Visitor
from sidecar.domain.appointments import Appointment
from sidecar.domain.audit import Origin
from sidecar.domain.centres import Centre
from sidecar.http.access import application, visitor, words
from sidecar.http.embedding import see_other
from sidecar.http.errors import page_of_error
from sidecar.http.forms import form_is_ours
from sidecar.services.hints import leave_hint
from sidecar.services.muting import why_muted
from sidecar.services.publishing import PublishingPlan, plan_publishing, publish
from sidecar.storage import UnitOfWork
from sidecar.web.signing_in import way_in

publishing = Blueprint("publishing", __name__)
WEEKS = 12
"""How far ahead drafts are published at once; the same as the command line's."""
MOST_REASON = 500


@publishing.get("/centres/<centre_id>/publish")
def look(centre_id: str) -> ResponseReturnValue:
    """The drafts of the coming weeks, and what publishing them would do."""
    who = visitor()
    if who is None:
        return way_in(), 401
    if not who.may(Right.DECIDE, centre_id):
        return page_of_error(403, words()("page.not_for_you"))
    return _page(centre_id)


@publishing.post("/centres/<centre_id>/publish")
def done(centre_id: str) -> ResponseReturnValue:
    """Publish what was shown: all of it with a reason where something blocks, or (``rest``) what nothing blocks."""
    who = visitor()
    if who is None:
        return see_other("pages.home")
    if not who.may(Right.DECIDE, centre_id):
        return page_of_error(403, words()("page.not_for_you"))
    if not form_is_ours():
        return page_of_error(403, words()("page.sign_in_stale"))
    reason, rest = request.form.get("reason", "").strip()[:MOST_REASON], "rest" in request.form
    published = _carry_out(who, centre_id, reason=reason, rest=rest)
    if isinstance(published, str):
        return _page(centre_id, wrong=words()(published)), 422
    return _page(centre_id, count=len(published))


def _carry_out(who: Visitor, centre_id: str, *, reason: str, rest: bool) -> list[Appointment] | str:
    """What was published, or the key of why nothing was."""
    app = application()
    with app.storage.unit(actor=who.name, origin=Origin.BOARD) as uow:
        plan = _plan(uow, uow.centres.get(centre_id))
        if request.form.get("mark", "") != mark_of(plan):
            return "publish.changed"
        if plan.blocked and not reason and not rest:
            return "publish.reason_missing"
        left = plan.blocked if rest else frozenset[str]()
        published = publish(uow, plan, reason=reason, only=[d.id for d in plan.drafts if d.id not in left])
        spaces = {b.space_id for b in uow.bindings.all(centre_id=centre_id)}
    # So that invitations leave now, and not at the next turn.
    leave_hint(app.storage, spaces)
    return published


def mark_of(plan: PublishingPlan) -> str:
    """The same for two plans that publish the same and are blocked by the same."""
    drafts = [[d.id, d.version] for d in plan.drafts]
    blocking = [[f.rule, f.appointment_id, f.subject] for f in plan.blocking]
    return hashlib.sha256(json.dumps([drafts, blocking]).encode()).hexdigest()


def period(centre: Centre) -> tuple[datetime, datetime]:
    """Local midnights of today and of the day after the last that is published at once."""
    zone = ZoneInfo(centre.timezone)
    today: date = application().now().astimezone(zone).date()
    return datetime.combine(today, time(0), zone), datetime.combine(today + timedelta(weeks=WEEKS), time(0), zone)


def _plan(uow: UnitOfWork, centre: Centre) -> PublishingPlan:
    return plan_publishing(uow, centre.id, *period(centre))


def _page(centre_id: str, *, wrong: str = "", count: int | None = None) -> str:
    app = application()
    with app.storage.unit(write=False) as uow:
        centre = uow.centres.get(centre_id)
        plan = _plan(uow, centre)
        writes = any(b.writes for b in uow.bindings.all(centre_id=centre_id))
        muted = why_muted(app, uow)
    return render_template(
        "publish.html",
        t=words().in_zone(centre.timezone),
        centre=centre,
        plan=plan,
        mark=mark_of(plan),
        weeks=WEEKS,
        writes=writes,
        muted=muted,
        wrong=wrong,
        count=count,
        most_reason=MOST_REASON,
    )
