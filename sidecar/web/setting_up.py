"""Setting up, from the page: the account, the centres, what each collection is for, who holds which role, a first look."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from itertools import groupby
from typing import Any, cast

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from calendars.dav import Bounds, connect
from calendars.dav.transport import without_user
from calendars.errors import CalendarsError
from sidecar.domain.access import EVERYWHERE, HolderKind, Right, Role, Visitor
from sidecar.domain.audit import Origin
from sidecar.domain.bindings import Space
from sidecar.domain.centres import Centre
from sidecar.domain.errors import DomainError, NotFound
from sidecar.http.access import application, syncer, visitor, wired, words
from sidecar.http.embedding import see_other
from sidecar.http.errors import in_words, page_of_error
from sidecar.http.forms import form_is_ours
from sidecar.services import setting_up as services
from sidecar.services.access import grant_role, withdraw_role
from sidecar.services.binding import let_write
from sidecar.services.connecting import connect_platform
from sidecar.services.doctor import Outside, examine, tell
from sidecar.services.platform import service_account
from sidecar.services.sync.desk import traits_of
from sidecar.storage import UnitOfWork


@dataclass(frozen=True)
class Write:
    """A write that would go out: ``action`` of ``calendars.sync.ports``, collection and entry as people call them."""

    action: str
    name: str
    title: str


@dataclass(frozen=True)
class Looked:
    """What a pass would do: entries read, writes, and why it stopped, "" where it did not."""

    read: int
    would: tuple[Write, ...]
    trouble: str


setting_up = Blueprint("setting-up", __name__, url_prefix="/set-up")
View = Callable[..., ResponseReturnValue]


def for_who_sets_up(view: View) -> View:
    """Only for who may set up the centre that is named (any, where none is); a form has to be ours."""

    @wraps(view)
    def guarded(**named: str) -> ResponseReturnValue:
        who = visitor()
        if who is None:
            return see_other("pages.home")
        centre_id = named.get("centre_id")
        if not (who.may_somewhere(Right.SET_UP) if centre_id is None else who.may(Right.SET_UP, centre_id)):
            return page_of_error(403, words()("page.not_for_you"))
        if request.method == "POST" and not form_is_ours():
            return page_of_error(403, words()("page.sign_in_stale"))
        return view(who, **named)

    return guarded


def everywhere(who: Visitor) -> bool:
    """Whether the visitor sets up every centre: accounts and new centres are nobody else's."""
    return who.may(Right.SET_UP, EVERYWHERE)


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
    return render_template(
        "set_up.html",
        t=words(),
        centres=centres,
        spaces=spaces,
        acting=acting,
        everywhere=everywhere(who),
        of_platform=app.config.exapp is not None,
        wrong=wrong,
    )


@setting_up.post("/account")
@for_who_sets_up
def account(who: Visitor) -> ResponseReturnValue:
    """The account that holds the calendars: by name where we live in its platform, else by address, name and password."""
    if not everywhere(who):
        return page_of_error(403, words()("page.not_for_you"))
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
@for_who_sets_up
def add_centre(who: Visitor) -> ResponseReturnValue:
    name = request.form.get("name", "").strip()
    if not everywhere(who):
        return page_of_error(403, words()("page.not_for_you"))
    if not name:
        return _all(who, words()("set_up.name_missing")), 422
    app = application()
    with app.storage.unit(actor=who.name, origin=Origin.BOARD) as uow:
        taken = any(centre.name.casefold() == name.casefold() for centre in uow.centres.all())
        if not taken:
            added = uow.centres.add(Centre(id=app.new_id(), name=name, language=app.config.language))
    if taken:
        return _all(who, words()("set_up.name_taken", name=name)), 422
    return see_other("setting-up.centre", centre_id=added.id)


@setting_up.get("/centres/<centre_id>")
@for_who_sets_up
def centre(who: Visitor, centre_id: str) -> ResponseReturnValue:
    """Everything to decide for one centre."""
    return _one(who, centre_id)


def _one(who: Visitor, centre_id: str, wrong: str = "", looked: Looked | None = None) -> str:
    """The page of a centre. What a server does not tell is said in its place, the rest stays usable."""
    app = application()
    with app.storage.unit(write=False) as uow:
        found = uow.centres.get(centre_id)
        spaces = [s for s in uow.spaces.all() if everywhere(who) or _serves(uow, s, centre_id)]
        grants = [g for g in uow.grants.all() if g.centre_id in (EVERYWHERE, centre_id)]
        bindings = uow.bindings.all(centre_id=centre_id)
        sharing = {s.id for s in spaces if traits_of(uow, s).shares}
    held, troubles = [], []
    for space in spaces:
        try:
            held.append((space, services.offers(app, found, space, syncer().home(space))))
        except (CalendarsError, DomainError) as error:
            troubles.append((space, in_words(error)))
    return render_template(
        "set_up_centre.html",
        t=words().in_zone(found.timezone),
        centre=found,
        held=held,
        troubles=troubles,
        grants=grants,
        roles=list(Role),
        kinds=list(HolderKind),
        bindings=bindings,
        missing=services.missing(app, found),
        sharing=sharing,
        key=key,
        wrong=wrong,
        looked=looked,
    )


@setting_up.post("/centres/<centre_id>/collections")
@for_who_sets_up
def collections(who: Visitor, centre_id: str) -> ResponseReturnValue:
    """Bind what is ticked, to be read; what was bound before and is not ticked any more is let go by ``unbind`` alone."""
    app = application()
    with app.storage.unit(write=False) as uow:
        found, space = uow.centres.get(centre_id), _asked_space(uow, who, centre_id)
    try:
        asked = []
        for offer in services.offers(app, found, space, syncer().home(space)):
            ticked = tuple(p for p in offer.may if f"use-{key(offer.state.href)}-{p}" in request.form)
            if ticked and ticked != offer.purposes:
                asked.append((offer.state, ticked, offer.writes))
        services.bind_found(app, found, space, asked, actor=who.name, origin=Origin.BOARD)
    except (CalendarsError, DomainError) as error:
        return _one(who, centre_id, in_words(error)), 422
    return see_other("setting-up.centre", centre_id=centre_id, _anchor="collections")


@setting_up.post("/centres/<centre_id>/create")
@for_who_sets_up
def create(who: Visitor, centre_id: str) -> ResponseReturnValue:
    """Make what is missing in one account, bind it to be written, and share it with the groups that hold roles here."""
    app = application()
    with app.storage.unit(write=False) as uow:
        found, space = uow.centres.get(centre_id), _asked_space(uow, who, centre_id)
    made: list[Any] = []
    try:
        opened = syncer().home(space)
        states = [offer.state for offer in services.offers(app, found, space, opened)]
        try:
            for state, purpose in services.make_collections(opened, found, services.missing(app, found), states):
                made.append((state, (purpose,), True))
        finally:
            services.bind_found(app, found, space, made, actor=who.name, origin=Origin.BOARD)
    except (CalendarsError, DomainError) as error:
        return _one(who, centre_id, in_words(error)), 422
    return _shared(who, centre_id)


@setting_up.post("/centres/<centre_id>/share")
@for_who_sets_up
def share(who: Visitor, centre_id: str) -> ResponseReturnValue:
    """Share the centre's collections with the groups that hold roles in it."""
    return _shared(who, centre_id)


def _shared(who: Visitor, centre_id: str) -> ResponseReturnValue:
    app = application()
    with app.storage.unit(write=False) as uow:
        bindings = uow.bindings.all(centre_id=centre_id)
        grants = uow.grants.all()
        spaces = {s.id: s for s in uow.spaces.all() if traits_of(uow, s).shares}
    try:
        for space in spaces.values():
            theirs = [b for b in bindings if b.space_id == space.id]
            if theirs:
                services.share_all(cast(services.SharingHome, syncer().home(space)), theirs, grants)
    except (CalendarsError, DomainError) as error:
        return _one(who, centre_id, in_words(error)), 422
    return see_other("setting-up.centre", centre_id=centre_id, _anchor="collections")


@setting_up.post("/centres/<centre_id>/roles")
@for_who_sets_up
def roles(who: Visitor, centre_id: str) -> ResponseReturnValue:
    """Give a role in this centre, or take it away (``take``). Roles in every centre are given on the command line."""
    app = application()
    try:
        role = Role(request.form.get("role", ""))
        kind = HolderKind(request.form.get("kind", ""))
    except ValueError:
        return _one(who, centre_id, words()("error.role_for_nobody")), 422
    holder = request.form.get("holder", "")
    try:
        with app.storage.unit(actor=who.name, origin=Origin.BOARD) as uow:
            if "take" in request.form:
                withdraw_role(uow, role, centre_id=centre_id, holder_kind=kind, holder=holder)
            else:
                grant_role(uow, role, centre_id=centre_id, holder_kind=kind, holder=holder, new_id=app.new_id)
    except DomainError as error:
        return _one(who, centre_id, in_words(error)), 422
    return see_other("setting-up.centre", centre_id=centre_id, _anchor="roles")


@setting_up.post("/centres/<centre_id>/look")
@for_who_sets_up
def look(who: Visitor, centre_id: str) -> ResponseReturnValue:
    """What a pass would read and write, without writing anything."""
    app = application()
    with app.storage.unit(write=False) as uow:
        bindings = {b.href: b for b in uow.bindings.all(centre_id=centre_id)}
    read, would, trouble = 0, [], ""
    try:
        for space_id in sorted({b.space_id for b in bindings.values()}):
            report = syncer().sync(space_id, dry=True)
            if report.error and not trouble:
                trouble = words()(f"error.dav.{report.error_kind}", detail=report.error)
            read += sum(c.pulled for href, c in report.collections.items() if href in bindings)
            would += [
                Write(
                    write["action"],
                    bindings[write["collection"]].display_name or write["collection"],
                    services.title_of(write["text"], write["href"]),
                )
                for write in report.would
                if write["collection"] in bindings
            ]
    except (CalendarsError, DomainError) as error:
        return _one(who, centre_id, in_words(error)), 422
    return _one(who, centre_id, looked=Looked(read, tuple(would), trouble))


@setting_up.post("/centres/<centre_id>/writing")
@for_who_sets_up
def writing(who: Visitor, centre_id: str) -> ResponseReturnValue:
    app = application()
    with app.storage.unit(actor=who.name, origin=Origin.BOARD) as uow:
        let_write(uow, centre_id, request.form.get("writes") == "yes", app.now())
    return see_other("setting-up.centre", centre_id=centre_id, _anchor="look")


@setting_up.get("/check")
@for_who_sets_up
def check(who: Visitor) -> ResponseReturnValue:
    """What ``doctor`` finds, in its order; for who sets up every centre."""
    if not everywhere(who):
        return page_of_error(403, words()("page.not_for_you"))
    config, t = application().config, words()
    found = examine(config, Outside(platform=wired().doctor_asks))
    grouped = [
        (about or t("doctor.here"), [(r.level, tell(t, r)) for r in results])
        for about, results in groupby(found.results, key=lambda r: r.about)
    ]
    first = tell(t, found.first) if found.first is not None else ""
    return render_template("set_up_check.html", t=t, grouped=grouped, first=first)


def key(href: str) -> str:
    """A short name for a collection in a form: proxies let each name through once, and hrefs are long."""
    return hashlib.sha256(href.encode()).hexdigest()[:12]


def _asked_space(uow: UnitOfWork, who: Visitor, centre_id: str) -> Space:
    """The account that the form names. Raises NotFound, also for one that who sets up this centre may not use."""
    space = uow.spaces.get(request.form.get("space", ""))
    if not everywhere(who) and not _serves(uow, space, centre_id):
        raise NotFound("not_found", kind="space", id=space.id)
    return space


def _serves(uow: UnitOfWork, space: Space, centre_id: str) -> bool:
    return any(b.centre_id == centre_id for b in uow.bindings.all(space_id=space.id))
