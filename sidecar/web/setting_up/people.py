"""People matched to the server's accounts: proposals by equal id or address, tied when somebody confirms them."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from calendars.errors import CalendarsError
from sidecar.domain.access import EVERYWHERE, HolderKind, Right, Visitor
from sidecar.domain.audit import Origin
from sidecar.domain.errors import DomainError
from sidecar.http.access import application, words
from sidecar.http.errors import in_words
from sidecar.services import accounts
from sidecar.services.sharing import require_holder
from sidecar.services.sync.desk import traits_of
from sidecar.web.setting_up.guard import for_who_sets_up, setting_up
from sidecar.web.setting_up.knowing import knowing, members, spaces_of

AT_ONCE = 40
"""People on a page: looking for their accounts asks the server a few times for each."""


@setting_up.get("/centres/<centre_id>/people")
@for_who_sets_up
def people(who: Visitor, centre_id: str) -> ResponseReturnValue:
    """The people of a centre and their accounts; with ``?look=1`` those that would fit are looked for."""
    return _page(who, centre_id)


@setting_up.post("/centres/<centre_id>/people")
@for_who_sets_up
def tie_people(who: Visitor, centre_id: str) -> ResponseReturnValue:
    """Tie what was ticked or written, all or nothing."""
    app = application()
    with app.storage.unit(write=False) as uow:
        uow.centres.get(centre_id)
        asked = [
            (person.id, request.form.get(f"was-{person.id}", ""), _wanted(person.id))
            for person in accounts.of_centre(uow, centre_id)
            if f"was-{person.id}" in request.form
        ]
    changed = [(id, was, account) for id, was, account in asked if account != was]
    try:
        homes = [home for _, home in knowing(spaces_of(who, centre_id))] if changed else []
        for _, _, account in changed:
            if account:
                require_holder(homes, HolderKind.ACCOUNT, account)
        with app.storage.unit(actor=who.name, origin=Origin.BOARD) as uow:
            for id, was, account in changed:
                accounts.tie(uow, id, account, was=was, may=lambda ids: all(who.may(Right.SET_UP, c) for c in ids))
    except (CalendarsError, DomainError) as error:
        return _page(who, centre_id, in_words(error)), 422
    return _page(who, centre_id, told=words()("set_up.people_saved", count=len(changed)))


def _wanted(person_id: str) -> str:
    """The account that was ticked, else the one that was written."""
    ticked = request.form.get(f"tie-{person_id}", "")
    return (ticked or request.form.get(f"account-{person_id}", "")).strip()


def _page_number() -> int:
    asked = request.args.get("page", "1")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1


def _page(who: Visitor, centre_id: str, wrong: str = "", told: str = "") -> str:
    app, looking = application(), "look" in request.args
    spaces = spaces_of(who, centre_id)
    with app.storage.unit(write=False) as uow:
        centre = uow.centres.get(centre_id)
        inside = accounts.of_centre(uow, centre_id)
        everybody = uow.people.all()
        sure = {space.id: traits_of(uow, space).shares for space in spaces}
        grants = [g for g in uow.grants.all() if g.centre_id in (EVERYWHERE, centre_id)]
    groups = sorted({grant.holder for grant in grants if grant.holder_kind is HolderKind.GROUP})
    pages = max(1, -(-len(inside) // AT_ONCE))
    page = min(_page_number(), pages)
    shown = inside[(page - 1) * AT_ONCE : page * AT_ONCE]
    found, held_by_groups = accounts.Found(accounts={}), {}
    if looking:
        try:
            found = accounts.look_for([(home, sure[space.id]) for space, home in knowing(spaces)], shown)
            held_by_groups = {group: members(group) for group in groups}
        except (CalendarsError, DomainError) as error:
            wrong = wrong or in_words(error)
    tied = {person.account for person in everybody if person.account}
    return render_template(
        "set_up_people.html",
        t=words(),
        centre=centre,
        lines=accounts.propose(shown, everybody, found),
        searched=found.searched,
        looking=looking,
        free=sorted({id for ids in held_by_groups.values() for id in ids or ()} - tied),
        unseen=[group for group, ids in held_by_groups.items() if ids is None],
        connected=bool(spaces),
        page=page,
        pages=pages,
        wrong=wrong,
        told=told,
    )
