"""The first page of the set-up: the account that holds the calendars, the centres, and whether all works."""

from __future__ import annotations

from itertools import groupby

from flask import render_template, request
from flask.typing import ResponseReturnValue

from calendars.dav import Bounds, connect
from calendars.dav.transport import without_user
from calendars.errors import CalendarsError
from sidecar.domain.access import Right, Visitor
from sidecar.domain.audit import Origin
from sidecar.domain.centres import Centre
from sidecar.domain.errors import DomainError
from sidecar.http.access import application, wired, words
from sidecar.http.embedding import see_other
from sidecar.http.errors import in_words
from sidecar.services import setting_up as services
from sidecar.services.absent_groups import gone_for
from sidecar.services.connecting import connect_platform
from sidecar.services.doctor import Outside, examine, tell
from sidecar.services.platform import service_account
from sidecar.web.setting_up.guard import everywhere, for_who_sets_up, for_who_sets_up_all, setting_up


@setting_up.get("/")
@for_who_sets_up
def home(who: Visitor) -> ResponseReturnValue:
    return _all(who)


def _all(who: Visitor, wrong: str = "") -> str:
    """The page of accounts and centres, with what went wrong on top."""
    app = application()
    with app.storage.unit(write=False) as uow:
        bindings = uow.bindings.all()
        centres = [
            (centre, [b for b in bindings if b.centre_id == centre.id])
            for centre in uow.centres.all()
            if who.may(Right.SET_UP, centre.id)
        ]
        spaces = uow.spaces.all() if everywhere(who) else []
        acting = service_account(uow)
        gone = gone_for(uow, who)
    return render_template(
        "set_up.html",
        t=words(),
        centres=centres,
        spaces=spaces,
        acting=acting,
        gone=gone,
        everywhere=everywhere(who),
        of_platform=app.config.exapp is not None,
        wrong=wrong,
    )


@setting_up.post("/account")
@for_who_sets_up_all
def account(who: Visitor) -> ResponseReturnValue:
    """The account that holds the calendars: by name where we live in its platform, else by address, name and password."""
    app = application()
    name = request.form.get("user", "").strip()
    try:
        if app.config.exapp is not None:
            connect_platform(app, name, actor=who.name)
        else:
            # A password inside the address would be kept and shown.
            url = without_user(request.form.get("url", "").strip())
            secret = request.form.get("password", "")
            found = connect(url, name, secret, bounds=Bounds(read=app.config.dav_timeout))
            services.remember(
                app, found.account, url=url, username=name, secret=secret, organizer="", actor=who.name, origin=Origin.BOARD
            )
    except (CalendarsError, DomainError) as error:
        return _all(who, in_words(error)), 422
    return see_other("setting-up.home", _anchor="centres")


@setting_up.post("/centres")
@for_who_sets_up_all
def add_centre(who: Visitor) -> ResponseReturnValue:
    name = request.form.get("name", "").strip()
    if not name:
        return _all(who, words()("set_up.name_missing")), 422
    app = application()
    with app.storage.unit(actor=who.name, origin=Origin.BOARD) as uow:
        taken = any(centre.name.casefold() == name.casefold() for centre in uow.centres.all())
        if not taken:
            added = uow.centres.add(Centre(id=app.new_id(), name=name, language=app.config.language))
    if taken:
        return _all(who, words()("set_up.name_taken", name=name)), 422
    return see_other("setting-up.centre", centre_id=added.id, _anchor="title")


@setting_up.get("/check")
@for_who_sets_up_all
def check(who: Visitor) -> ResponseReturnValue:
    """What ``doctor`` finds, in its order; for who sets up every centre."""
    config, t = application().config, words()
    found = examine(config, Outside(platform=wired().doctor_asks))
    grouped = [
        (about or t("doctor.here"), [(r.level, tell(t, r)) for r in results])
        for about, results in groupby(found.results, key=lambda r: r.about)
    ]
    first = tell(t, found.first) if found.first is not None else ""
    return render_template("set_up_check.html", t=t, grouped=grouped, first=first)
