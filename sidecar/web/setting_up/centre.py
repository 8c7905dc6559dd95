"""Setting up one centre, from the page: what each collection is for, who holds which role, a first look."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from calendars.errors import CalendarsError
from sidecar.domain.access import EVERYWHERE, HolderKind, Right, Role, Visitor
from sidecar.domain.audit import Origin
from sidecar.domain.bindings import Binding, Purpose, Space
from sidecar.domain.centres import Centre
from sidecar.domain.errors import DomainError, NotFound
from sidecar.http.access import application, syncer, words
from sidecar.http.embedding import see_other
from sidecar.http.errors import in_words
from sidecar.services import setting_up as services
from sidecar.services.access import grant_role, withdraw_role
from sidecar.services.binding import let_write
from sidecar.services.sharing import groups_gone, require_holder, share_all, shares_of
from sidecar.services.sync.desk import traits_of
from sidecar.services.telling import teams
from sidecar.storage import UnitOfWork
from sidecar.web.setting_up.guard import everywhere, for_who_sets_up, setting_up
from sidecar.web.setting_up.knowing import groups, knowing, serves, spaces_of

PRIVATE = {Purpose.SUPERVISION: Right.SEE_SUPERVISION, Purpose.CONTACTS: Right.SEE_CONTACTS}


@dataclass(frozen=True)
class Write:
    """A write that would go out: ``action`` of ``calendars.sync.ports``, collection and entry as people call them.

    ``title`` is "" where it is not the visitor's to know.
    """

    action: str
    name: str
    title: str


@dataclass(frozen=True)
class Looked:
    """What a pass would do: entries read, writes, and why it stopped, "" where it did not."""

    read: int
    would: tuple[Write, ...]
    trouble: str


@setting_up.get("/centres/<centre_id>")
@for_who_sets_up
def centre(who: Visitor, centre_id: str) -> ResponseReturnValue:
    """Everything to decide for one centre."""
    return centre_page(who, centre_id)


def centre_page(who: Visitor, centre_id: str, wrong: str = "", looked: Looked | None = None, told: str = "") -> str:
    """The page of a centre. What a server does not tell is said in its place, the rest stays usable."""
    app = application()
    with app.storage.unit(write=False) as uow:
        found = uow.centres.get(centre_id)
        spaces = [s for s in uow.spaces.all() if everywhere(who) or serves(uow, s, centre_id)]
        grants = [g for g in uow.grants.all() if g.centre_id in (EVERYWHERE, centre_id)]
        bindings = uow.bindings.all(centre_id=centre_id)
        sharing = {s.id for s in spaces if traits_of(uow, s).shares}
        heard_at = {way: [one.address for one in teams.heard_at(uow, way, centre_id)] for way in teams.Way}
    held, troubles = [], []
    for space in spaces:
        try:
            held.append((space, _offers(who, found, space)))
        except (CalendarsError, DomainError) as error:
            troubles.append((space, in_words(error)))
    try:
        gone = groups_gone((home for _, home in knowing(space for space, _ in held)), grants)
    except (CalendarsError, DomainError):
        gone = frozenset()  # its trouble is told where its collections stand
    return render_template(
        "set_up_centre.html",
        t=words().in_zone(found.timezone),
        centre=found,
        held=held,
        troubles=troubles,
        grants=grants,
        gone=gone,
        roles=list(Role),
        kinds=list(HolderKind),
        bindings=bindings,
        closed={offer.state.href for _, offers in held for offer in offers if not offer.state.writable},
        unheard={offer.state.href for _, offers in held for offer in offers if offer.unheard and offer.state.writable},
        groups=groups(),
        missing=services.missing(app, found),
        sharing=sharing,
        heard_at=heard_at,
        ways_here=[way for way in teams.Way if teams.is_here(app.config, way)],
        key=key,
        names_of=names_of,
        wrong=wrong,
        told=told,
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
        for offer in _offers(who, found, space):
            ticked = tuple(p for p in offer.may if f"use-{key(offer.state.href)}-{p}" in request.form)
            if ticked and ticked != offer.purposes:
                asked.append((offer.state, ticked, offer.writes))
        services.bind_found(app, found, space, asked, actor=who.name, origin=Origin.BOARD)
    except (CalendarsError, DomainError) as error:
        return centre_page(who, centre_id, in_words(error)), 422
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
        return centre_page(who, centre_id, in_words(error)), 422
    return _shared(who, centre_id)


@setting_up.post("/centres/<centre_id>/share")
@for_who_sets_up
def share(who: Visitor, centre_id: str) -> ResponseReturnValue:
    """Share the centre's collections with the groups that hold roles in it."""
    return _shared(who, centre_id)


def _shared(who: Visitor, centre_id: str) -> ResponseReturnValue:
    app, strangers, others = application(), list[str](), list[Binding]()
    with app.storage.unit(write=False) as uow:
        bindings = uow.bindings.all(centre_id=centre_id)
        grants = uow.grants.all()
        spaces = [s for s in uow.spaces.all() if traits_of(uow, s).shares]
    try:
        for space, home in knowing(spaces):
            theirs = [b for b in bindings if b.space_id == space.id]
            left = share_all(home, theirs, grants)
            strangers += left.strangers
            others += left.others
    except (CalendarsError, DomainError) as error:
        return centre_page(who, centre_id, in_words(error)), 422
    if strangers:
        return centre_page(who, centre_id, words()("set_up.not_shared_with", groups=tuple(sorted(set(strangers))))), 422
    if others:
        return centre_page(who, centre_id, told=words()("set_up.others_share", names=names_of(others)))
    if not spaces:
        return see_other("setting-up.centre", centre_id=centre_id, _anchor="collections")
    held = {group for b in bindings for purpose in b.purposes for group in shares_of(grants, centre_id, purpose)}
    text = words()("set_up.shared", groups=tuple(sorted(held))) if held else words()("set_up.shared_with_nobody")
    return centre_page(who, centre_id, told=text)


@setting_up.post("/centres/<centre_id>/roles")
@for_who_sets_up
def roles(who: Visitor, centre_id: str) -> ResponseReturnValue:
    """Give a role in this centre, or take it away (``take``). Roles in every centre are given on the command line."""
    app = application()
    try:
        role = Role(request.form.get("role", ""))
        kind = HolderKind(request.form.get("kind", ""))
    except ValueError:
        return centre_page(who, centre_id, words()("error.role_for_nobody")), 422
    holder = request.form.get("holder", "").strip()
    try:
        if holder and "take" not in request.form:
            require_holder((home for _, home in knowing(spaces_of(who, centre_id))), kind, holder, groups())
        with app.storage.unit(actor=who.name, origin=Origin.BOARD) as uow:
            if "take" in request.form:
                withdraw_role(uow, role, centre_id=centre_id, holder_kind=kind, holder=holder)
            else:
                grant_role(uow, role, centre_id=centre_id, holder_kind=kind, holder=holder, new_id=app.new_id)
    except DomainError as error:
        return centre_page(who, centre_id, in_words(error)), 422
    return see_other("setting-up.centre", centre_id=centre_id, _anchor="roles")


@setting_up.post("/centres/<centre_id>/news")
@for_who_sets_up
def news(who: Visitor, centre_id: str) -> ResponseReturnValue:
    """Where the team hears what is new: one more address or room, or one less (``take``)."""
    app, typed = application(), request.form.get("address", "")
    way = next((way for way in teams.Way if way == request.form.get("way")), None)
    if way is None:
        abort(404)
    try:
        if "take" not in request.form:
            teams.require_here(app.config, way)
        with app.storage.unit(actor=who.name, origin=Origin.BOARD) as uow:
            if "take" in request.form:
                teams.remove(uow, way, typed, centre=uow.centres.get(centre_id))
            else:
                teams.add(uow, way, typed, centre_id=centre_id, now=app.now(), new_id=app.new_id)
    except DomainError as error:
        return centre_page(who, centre_id, in_words(error)), 422
    return see_other("setting-up.centre", centre_id=centre_id, _anchor="news")


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
                    services.title_of(write["text"], write["href"]) if _may_read(who, bindings[write["collection"]]) else "",
                )
                for write in report.would
                if write["collection"] in bindings
            ]
    except (CalendarsError, DomainError) as error:
        return centre_page(who, centre_id, in_words(error)), 422
    return centre_page(who, centre_id, looked=Looked(read, tuple(would), trouble))


def _may_read(who: Visitor, binding: Binding) -> bool:
    """Who sets up sees what would be written, but for whose supervision it is and who is in the address book."""
    needed = [right for purpose, right in PRIVATE.items() if purpose in binding.purposes]
    return all(who.may(right, binding.centre_id) for right in needed)


@setting_up.post("/centres/<centre_id>/writing")
@for_who_sets_up
def writing(who: Visitor, centre_id: str) -> ResponseReturnValue:
    """Let what may be written be written, and say what may not; or go back to reading."""
    app, left = application(), list[services.Left]()
    if request.form.get("writes") == "yes":
        try:
            home = syncer().home
            _, left = services.allow_writing(app, centre_id, home, actor=who.name, origin=Origin.BOARD)
        except (CalendarsError, DomainError) as error:
            return centre_page(who, centre_id, in_words(error)), 422
    else:
        with app.storage.unit(actor=who.name, origin=Origin.BOARD) as uow:
            let_write(uow, centre_id, False, app.now())
    if left:
        whys = dict.fromkeys(each.why for each in left)
        told = [words()(f"set_up.{why}", names=names_of(each.binding for each in left if each.why == why)) for why in whys]
        return centre_page(who, centre_id, told=" ".join(told))
    return see_other("setting-up.centre", centre_id=centre_id, _anchor="look")


def names_of(bindings: Iterable[Binding]) -> tuple[str, ...]:
    return tuple(binding.display_name or binding.href for binding in bindings)


def key(href: str) -> str:
    """A short name for a collection in a form: proxies let each name through once, and hrefs are long."""
    return hashlib.sha256(href.encode()).hexdigest()[:12]


def _offers(who: Visitor, centre: Centre, space: Space) -> list[services.Offer]:
    """What the account holds. One account serves many: who sets up this centre alone is shown what is bound to it, since
    whatever is bound may be read and its entries shown; what is bound first, or new, is for who sets up every centre."""
    found = services.offers(application(), centre, space, syncer().home(space))
    return [offer for offer in found if offer.purposes or everywhere(who)]


def _asked_space(uow: UnitOfWork, who: Visitor, centre_id: str) -> Space:
    """The account that the form names. Raises NotFound, also for one that who sets up this centre may not use."""
    space = uow.spaces.get(request.form.get("space", ""))
    if not everywhere(who) and not serves(uow, space, centre_id):
        raise NotFound("not_found", kind="space", id=space.id)
    return space
