"""One bound calendar or address book, from the page: elsewhere now, or let go of; what that means is shown first."""

from __future__ import annotations

import time
from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue

from calendars.errors import CalendarsError
from calendars.sync.ports import CollectionState, Past
from sidecar.domain.access import Visitor
from sidecar.domain.audit import Origin
from sidecar.domain.bindings import Binding, Purpose, Space
from sidecar.domain.centres import Centre
from sidecar.domain.errors import DomainError, NotFound
from sidecar.http.access import application, syncer, words
from sidecar.http.errors import in_words
from sidecar.services import setting_up as services
from sidecar.services.hints import leave_hint
from sidecar.services.rebinding import find_again, past_of
from sidecar.services.sync.desk import traits_of
from sidecar.services.taking_out import AT_ONCE, is_calendar, ours_in
from sidecar.web.setting_up.centre import centre_page, key
from sidecar.web.setting_up.guard import everywhere, for_who_sets_up, for_who_sets_up_all, setting_up

PATIENCE = 8.0
"""Seconds after which an answer is given, to be carried on by the next request."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where it could be now. ``other_account``: not where it was; ``binned``: what was bound lies in the server's bin;
    ``past``: see ``rebinding.past_of``; ``shares``: groups are to be shared with anew; ``unheard``: see
    ``setting_up.unheard``."""

    space: Space
    state: CollectionState
    other_account: bool
    binned: bool
    past: Past
    shares: bool
    unheard: bool

    @property
    def key(self) -> str:
        return key(f"{self.space.id} {self.state.href}")

    @property
    def name(self) -> str:
        return self.state.display_name or self.state.href


@setting_up.get("/centres/<centre_id>/bound/<purpose>")
@for_who_sets_up
def bound(who: Visitor, centre_id: str, purpose: str) -> ResponseReturnValue:
    """What is bound for this purpose; with ``?to=`` what it would mean to bind it there instead."""
    return _page(who, centre_id, purpose, to=request.args.get("to", ""))


@setting_up.post("/centres/<centre_id>/bound/<purpose>/elsewhere")
@for_who_sets_up_all
def elsewhere(who: Visitor, centre_id: str, purpose: str) -> ResponseReturnValue:
    """Bind it where it is now, as it was shown."""
    asked = request.form.get("to", "")
    centre, binding = _found(centre_id, purpose)
    try:
        if "sure" not in request.form:
            raise DomainError("bound_not_sure")
        places, _ = _places(centre, binding)
        to = next((p for p in places if p.key == asked), None)
        if to is None or request.form.get("was", "") != binding.href:
            raise DomainError("bound_changed")
        _must_serve(binding, to)
        wanted = dict.fromkeys(binding.purposes, to.state.href)
        account = (to.space, [to.state]) if to.other_account else None
        find_again(syncer(), centre_id, wanted, account=account, actor=who.name, origin=Origin.BOARD)
    except (CalendarsError, DomainError) as error:
        return _page(who, centre_id, purpose, to=asked, wrong=in_words(error)), 422
    leave_hint(application().storage, {to.space.id})
    told = [words()("bound.elsewhere_done", name=to.name), *([words()("bound.share_again")] if to.shares else [])]
    return centre_page(who, centre_id, told=" ".join(told))


@setting_up.post("/centres/<centre_id>/bound/<purpose>/let-go")
@for_who_sets_up
def let_go(who: Visitor, centre_id: str, purpose: str) -> ResponseReturnValue:
    """Untie it; what is ours is taken out first where that was chosen, for some seconds at a time."""
    centre, binding = _found(centre_id, purpose)
    how, asked = request.form.get("how", ""), request.form.get("of", "")
    total = max(_weight(centre, binding), int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 0)
    end = time.monotonic() + PATIENCE
    try:
        if "sure" not in request.form or how not in ("leave", "take_out"):
            raise DomainError("bound_not_sure")
        if request.form.get("was", "") != binding.href:
            raise DomainError("bound_changed")
        take_out = how == "take_out" and is_calendar(binding)
        while take_out and syncer().take_out_some(binding.id, AT_ONCE, actor=who.name):
            if time.monotonic() > end:
                return _page(who, centre_id, purpose, total=total)
        syncer().unbind(binding.id, take_out=take_out, actor=who.name)
    except (CalendarsError, DomainError) as error:
        return _page(who, centre_id, purpose, wrong=in_words(error)), 422
    return centre_page(who, centre_id, told=words()("bound.let_go_done", name=binding.display_name or binding.href))


def _found(centre_id: str, purpose: str) -> tuple[Centre, Binding]:
    """Raises NotFound where the centre has nothing for this purpose."""
    with application().storage.unit(write=False) as uow:
        centre = uow.centres.get(centre_id)
        serves = [b for b in uow.bindings.all(centre_id=centre_id) if purpose in b.purposes]
    if not serves:
        raise NotFound("not_found", kind="binding", id=purpose)
    return centre, serves[0]


def _places(centre: Centre, binding: Binding) -> tuple[list[Place], list[str]]:
    """What of the same kind the known accounts hold and nobody has, and what kept an account from being asked."""
    app, found, troubles = application(), list[Place](), list[str]()
    with app.storage.unit(write=False) as uow:
        spaces = uow.spaces.all()
        sharing = {s.id for s in spaces if traits_of(uow, s).shares} if _is_shared(binding) else set[str]()
    for space in spaces:
        try:
            home = syncer().home(space)
            offers = services.offers(app, centre, space, home)
            binned = space.id == binding.space_id and binding.href in home.binned
        except (CalendarsError, DomainError) as error:
            troubles.append(f"{words()('set_up.account_known', user=space.username, url=space.url)} {in_words(error)}")
            continue
        with app.storage.unit(write=False) as uow:
            past = past_of(uow, binding, space, [offer.state for offer in offers])
        found += [
            Place(
                space=space,
                state=offer.state,
                other_account=space.id != binding.space_id,
                binned=binned,
                past=past,
                shares=space.id in sharing,
                unheard=offer.unheard,
            )
            for offer in offers
            if offer.may and set(binding.purposes) <= set(offer.may) and not offer.purposes and not offer.elsewhere
        ]
    return found, troubles


def _is_shared(binding: Binding) -> bool:
    return Purpose.SUPERVISION not in binding.purposes


def _must_serve(binding: Binding, to: Place) -> None:
    """Raises DomainError where what is written now could not be written there."""
    if binding.writes and not to.state.writable:
        raise DomainError("bound_closed", name=to.name)
    if binding.writes and to.unheard:
        raise DomainError("bound_unheard", name=to.name)


def _weight(centre: Centre, binding: Binding) -> int:
    with application().storage.unit(write=False) as uow:
        ours = ours_in(application(), uow, binding, centre.name)
    return ours.events + ours.blocks


def _page(who: Visitor, centre_id: str, purpose: str, *, to: str = "", wrong: str = "", total: int = 0) -> str:
    """``to``: the key of where it could be, "" for none chosen. ``total``: taking out is under way, of so much."""
    app = application()
    centre, binding = _found(centre_id, purpose)
    places, troubles = _places(centre, binding) if everywhere(who) and not total else ([], [])
    chosen = next((p for p in places if p.key == to), None)
    refused = ""
    if chosen is not None:
        try:
            _must_serve(binding, chosen)
        except DomainError as error:
            refused = in_words(error)
    with app.storage.unit(write=False) as uow:
        ours = ours_in(app, uow, binding, centre.name)
        space = uow.spaces.get(binding.space_id)
    return render_template(
        "set_up_bound.html",
        t=words(),
        centre=centre,
        binding=binding,
        space=space,
        name=binding.display_name or binding.href,
        ours=ours,
        of_calendar=is_calendar(binding),
        everywhere=everywhere(who),
        places=places,
        troubles=troubles,
        to=chosen,
        refused=refused,
        wrong=wrong,
        left=ours.events + ours.blocks,
        total=total,
    )
