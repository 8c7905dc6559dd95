"""The pages: a centre's coming weeks, one's own appointments, one appointment with its story, the link to the calendars."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from sidecar.domain.access import Right, Visitor
from sidecar.domain.centres import Centre
from sidecar.http.access import application, visitor, words
from sidecar.http.embedding import see_other
from sidecar.http.errors import page_of_error
from sidecar.services.absent_groups import gone_for
from sidecar.services.answering import ANSWERS, may_answer
from sidecar.services.conflicts import told
from sidecar.services.muting import why_muted
from sidecar.services.overview import links, overview, own, private_to, seen_by
from sidecar.services.publishing import drafts
from sidecar.services.standing import moved_on
from sidecar.services.story import story
from sidecar.services.webhooks.troubles import lasting
from sidecar.storage import UnitOfWork
from sidecar.web.publishing import period
from sidecar.web.signing_in import way_in

pages = Blueprint("pages", __name__)
WEEKS = 4
AHEAD = timedelta(weeks=26)
SPAN = (date(1970, 1, 5), date(2200, 1, 6))
"""The days that can be looked at; further out there are no weeks left to add."""


@pages.get("/")
def home() -> ResponseReturnValue:
    """The chosen centre's weeks; without knowing who asks, the way in."""
    who = visitor()
    if who is None:
        return way_in(), 401
    t, app = words(), application()
    with app.storage.unit(write=False) as uow:
        centres = _centres(uow, who, Right.SEE_ROTA)
        if not centres:
            return _elsewhere(uow, who)
        centre = _chosen(centres)
        zone = ZoneInfo(centre.timezone)
        today = app.now().astimezone(zone).date()
        first = _day(request.args.get("from", "")) or _first_with_something(uow, centre.id, today, zone)
        view = overview(uow, centre, who, first, WEEKS, app.now())
        muted = why_muted(app, uow) if who.may(Right.SEE_LINK, centre.id) else None
        people = {email.lower(): person for person in uow.people.all() for email in person.emails} if view.conflicts else {}
        t = t.in_zone(zone)
        waits = len(drafts(uow, centre.id, *period(centre))[0]) if who.may(Right.DECIDE, centre.id) else 0
        deciding = [told(c, subject, people, t, moved_on(uow, c)) for c, subject in view.conflicts]
    return render_template(
        "home.html",
        t=t,
        centres=centres,
        view=view,
        first=first,
        beside={step: _beside(centre.id, first, weeks) for step, weeks in (("earlier", -WEEKS), ("later", WEEKS))},
        conflicts=deciding,
        to_publish=waits,
        muted=muted,
        rights=who.rights(centre.id),
    )


@pages.get("/mine")
def mine() -> ResponseReturnValue:
    """The visitor's own appointments of the coming weeks, whatever the centre."""
    who = visitor()
    if who is None:
        return way_in(), 401
    app, now = application(), application().now()
    with app.storage.unit(write=False) as uow:
        found = uow.appointments.of_person(who.person_id, now, now + AHEAD) if who.person_id else []
        zones = {c.id: ZoneInfo(c.timezone) for c in uow.centres.all()}
        rows = own(uow, who, found, now)
    return render_template("mine.html", t=words(), rows=rows, zones=zones, account=who.account if not who.person_id else "")


@pages.get("/appointments/<appointment_id>")
def appointment(appointment_id: str) -> ResponseReturnValue:
    """One appointment, which an event's block points to, and for those who plan what happened to it."""
    who = visitor()
    if who is None:
        return see_other("pages.home", appointment=appointment_id)
    return appointment_page(who, appointment_id)


def appointment_page(who: Visitor, appointment_id: str, wrong: str = "") -> str:
    """The page of one appointment as this visitor sees it, with what went wrong on top. Raises NotFound."""
    t, app = words(), application()
    with app.storage.unit(write=False) as uow:
        found = seen_by(uow, who, appointment_id)
        centre = uow.centres.get(found.centre_id)
        t = t.in_zone(centre.timezone)
        shown = own(uow, who, [found], app.now())[0]
        tells = who.may(Right.SEE_PLANS, centre.id) and not private_to(who, found)
        events = story(uow, found, t) if tells else None
    day = found.start.astimezone(ZoneInfo(centre.timezone)).date()
    rota = url_for("pages.home", _anchor=found.id, **_weeks(centre.id, day))
    sees_rota = who.may(Right.SEE_ROTA, centre.id)
    return render_template(
        "appointment.html",
        t=t,
        row=shown,
        centre=centre,
        story=events,
        back=rota if sees_rota else url_for("pages.mine"),
        answers=ANSWERS if may_answer(who, found, app.now()) else (),
        wrong=wrong,
    )


@pages.get("/link")
def link() -> ResponseReturnValue:
    """How the link to the calendars is, centre by centre, for those who run the machine and those who plan."""
    who = visitor()
    if who is None:
        return way_in(), 401
    app = application()
    with app.storage.unit(write=False) as uow:
        centres = _centres(uow, who, Right.SEE_LINK)
        if not centres:
            return page_of_error(403, words()("page.not_for_you"))
        held = [(centre, links(uow, centre.id, app.now()), lasting(uow, centre.id, app.now())) for centre in centres]
        muted, gone = why_muted(app, uow), gone_for(uow, who)
    return render_template("link.html", t=words(), held=held, muted=muted, gone=gone)


def _centres(uow: UnitOfWork, who: Visitor, right: Right) -> list[Centre]:
    return [centre for centre in uow.centres.all() if who.may(right, centre.id)]


def _chosen(centres: list[Centre]) -> Centre:
    """The one that the address names, if it is open to the visitor; else the first."""
    asked = request.args.get("centre", "")
    return next((c for c in centres if c.id == asked), centres[0])


def _elsewhere(uow: UnitOfWork, who: Visitor) -> ResponseReturnValue:
    """Where no rota is open: nothing is there yet, or what else this visitor may see."""
    if not uow.centres.all() and who.may_somewhere(Right.SET_UP):
        return render_template("home.html", t=words(), centres=[], view=None)
    if who.person_id is not None:
        return mine()
    if who.may_somewhere(Right.SEE_LINK):
        return link()
    return page_of_error(403, words()("page.no_rota"))


def _beside(centre_id: str, first: date, weeks: int) -> str:
    """The address of the weeks before or after."""
    day = min(max(first + timedelta(weeks=weeks), SPAN[0]), SPAN[1])
    return url_for("pages.home", **_weeks(centre_id, day))


def _weeks(centre_id: str, first: date) -> dict[str, Any]:
    return {"centre": centre_id, "from": first.isoformat()}


def _first_with_something(uow: UnitOfWork, centre_id: str, today: date, zone: ZoneInfo) -> date:
    """Today's week, or the week of the next appointment where this month has none."""
    start = datetime.combine(today - timedelta(days=today.weekday()), time(0), zone)
    coming = uow.appointments.between(start, start + AHEAD, centre_id=centre_id)
    return coming[0].start.astimezone(zone).date() if coming and coming[0].start > start + timedelta(weeks=WEEKS) else today


def _day(text: str) -> date | None:
    """The day that was asked for; None for what is no day that can be looked at."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if SPAN[0] <= day <= SPAN[1] else None
