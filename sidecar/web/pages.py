"""The page: a centre's coming weeks with findings, and the health of its link to the calendars."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from sidecar.domain.appointments import AppointmentKind
from sidecar.domain.errors import NotFound
from sidecar.france.phones import display
from sidecar.http.access import SESSION_ACCESS, application, check_token, form_is_ours, form_token, signed_in, words
from sidecar.i18n import Translator
from sidecar.services.conflicts import told
from sidecar.services.muting import why_muted
from sidecar.services.overview import overview

pages = Blueprint("pages", __name__)
WEEKS = 4
SPAN = (date(1970, 1, 5), date(2200, 1, 6))
"""The days that can be looked at; further out there are no weeks left to add."""


@pages.app_context_processor
def _everywhere() -> dict[str, Any]:
    return {"form_token": form_token, "display": display, "other_language": _other_language}


def _other_language() -> tuple[str, str]:
    """The other language and the address of the same page in it."""
    other = "en" if words().language == "fr" else "fr"
    query = {name: value for name, value in request.args.items() if name != "lang"}
    return other, f"?{urlencode({**query, 'lang': other})}"


@pages.get("/")
def home() -> str | tuple[str, int]:
    """The chosen centre's weeks; without a token, the way in."""
    t = words()
    if signed_in() is None:
        return _way_in(t), 401
    app = application()
    with app.storage.unit(write=False) as uow:
        centres = uow.centres.all()
        if not centres:
            return render_template("home.html", t=t, centres=[], view=None)
        asked = request.args.get("centre", "")
        centre = next((c for c in centres if c.id == asked), centres[0])
        zone = ZoneInfo(centre.timezone)
        today = app.now().astimezone(zone).date()
        first = _day(request.args.get("from", "")) or _first_with_something(uow, centre.id, today, zone)
        view = overview(uow, centre, first, WEEKS, app.now())
        muted = why_muted(app, uow)
        people = {email.lower(): person for person in uow.people.all() for email in person.emails} if view.conflicts else {}
    t = t.in_zone(zone)
    beside = {step: _beside(centre.id, first, weeks) for step, weeks in (("earlier", -WEEKS), ("later", WEEKS))}
    open_conflicts = [told(conflict, subject, people, t) for conflict, subject in view.conflicts]
    return render_template(
        "home.html", t=t, centres=centres, view=view, first=first, beside=beside, conflicts=open_conflicts, muted=muted
    )


def _beside(centre_id: str, first: date, weeks: int) -> str:
    """The address of the weeks before or after."""
    day = min(max(first + timedelta(weeks=weeks), SPAN[0]), SPAN[1])
    query: dict[str, Any] = {"centre": centre_id, "lang": request.args.get("lang"), "from": day.isoformat()}
    return url_for("pages.home", **query)


def _first_with_something(uow: Any, centre_id: str, today: date, zone: ZoneInfo) -> date:
    """Today's week, or the week of the next appointment where this month has none."""
    start = datetime.combine(today - timedelta(days=today.weekday()), time(0), zone)
    coming = uow.appointments.between(start, start + timedelta(weeks=26), centre_id=centre_id)
    return coming[0].start.astimezone(zone).date() if coming and coming[0].start > start + timedelta(weeks=WEEKS) else today


def _day(text: str) -> date | None:
    """The day that was asked for; None for what is no day that can be looked at."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if SPAN[0] <= day <= SPAN[1] else None


@pages.get("/appointments/<appointment_id>")
def appointment(appointment_id: str) -> Response:
    """The page that an event's block points to: the week in which the appointment stands, after signing in."""
    if signed_in() is None:
        return redirect(url_for("pages.home", appointment=appointment_id))
    with application().storage.unit(write=False) as uow:
        found = uow.appointments.find(appointment_id)
        if found is None:
            raise NotFound("not_found", kind=AppointmentKind.OUTING, id=appointment_id)
        zone = ZoneInfo(uow.centres.get(found.centre_id).timezone)
    day = found.start.astimezone(zone).date().isoformat()
    query: dict[str, Any] = {"centre": found.centre_id, "from": day, "_anchor": found.id}
    return redirect(url_for("pages.home", **query))


@pages.post("/sign-in")
def sign_in() -> tuple[str, int] | Response:
    t = words()
    if not form_is_ours():
        return _way_in(t, t("page.sign_in_stale")), 403
    token = request.form.get("token", "").strip()
    if check_token(token) is None:
        return _way_in(t, t("page.sign_in_wrong")), 401
    session.clear()
    session.permanent = True
    session[SESSION_ACCESS] = token
    wanted = request.form.get("appointment", "")
    if wanted:
        return redirect(url_for("pages.appointment", appointment_id=wanted))
    return redirect(url_for("pages.home"))


def _way_in(t: Translator, wrong: str = "") -> str:
    """The form; ``appointment`` is the one that was asked for, by its id: an address could lead anywhere."""
    return render_template("sign_in.html", t=t, wrong=wrong, appointment=request.values.get("appointment", ""))


@pages.post("/sign-out")
def sign_out() -> Response:
    if form_is_ours():
        session.clear()
    return redirect(url_for("pages.home"))
