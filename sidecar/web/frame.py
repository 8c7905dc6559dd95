"""What every page has around it: the way around, the other language, the theme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import request

from sidecar.domain.access import Right, Visitor
from sidecar.france.phones import display
from sidecar.http.access import visitor, words
from sidecar.http.embedding import carried, embedded, theme
from sidecar.http.forms import form_token


@dataclass(frozen=True)
class Way:
    """One entry of the navigation: the endpoint, and the key of its name in the catalogue."""

    endpoint: str
    key: str


def ways(who: Visitor | None) -> list[Way]:
    """The pages that are open to this visitor."""
    if who is None:
        return []
    found = [Way("pages.home", "navigation.planning")] if who.may_somewhere(Right.SEE_ROTA) else []
    found += [Way("pages.mine", "navigation.my_appointments")] if who.account else []
    found += [Way("pages.link", "navigation.calendar_link")] if who.may_somewhere(Right.SEE_LINK) else []
    found += [Way("setting-up.home", "navigation.settings")] if who.may_somewhere(Right.SET_UP) else []
    return found + ([Way("api-page.page", "page.api")] if who.may_somewhere(Right.SET_UP) and not embedded() else [])


def frame() -> dict[str, Any]:
    """For every template. An error page is drawn with the way around only where it is known already who looks."""
    return {
        "t": words(),
        "form_token": form_token,
        "display": display,
        "other_language": _other_language,
        "ways": ways,
        "visitor": visitor,
        "embedded": embedded(),
        "theme": theme(),
        "carried": carried,
    }


def _other_language() -> tuple[str, str]:
    """The other language and the address of the same page in it."""
    other = "en" if words().language == "fr" else "fr"
    query = {name: value for name, value in request.args.items() if name != "lang"}
    return other, f"?{urlencode({**query, 'lang': other})}"
