"""The set-up pages' way in: who may open them, and that a form is one of ours."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from sidecar.domain.access import EVERYWHERE, Right, Visitor
from sidecar.http.access import visitor, words
from sidecar.http.embedding import see_other
from sidecar.http.errors import page_of_error
from sidecar.http.forms import form_is_ours

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


def for_who_sets_up_all(view: View) -> View:
    """As ``for_who_sets_up``, for what concerns every centre: accounts, new centres, imports, the end."""

    @wraps(view)
    def guarded(who: Visitor, **named: str) -> ResponseReturnValue:
        return view(who, **named) if everywhere(who) else page_of_error(403, words()("page.not_for_you"))

    return for_who_sets_up(guarded)
