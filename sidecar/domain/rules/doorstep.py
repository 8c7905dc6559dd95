"""R6: an outing stops at the door of the home."""

from __future__ import annotations

from collections.abc import Iterator

from sidecar.domain.appointments import Outing
from sidecar.domain.places import Place
from sidecar.domain.rules.finding import Finding, Gap, Level, Word
from sidecar.domain.rules.homes import reads_like_a_home
from sidecar.domain.rules.rota import Rota, Scope


def check_doorstep(rota: Rota, scope: Scope) -> Iterator[Finding]:
    """R6: a title, place or meeting point that reads like a home blocks; an outing without any place warns.

    A place whose kind nobody said yet is no finding by itself: calendars write a name alone, and « Place du Colombier »
    asks for no explanation. It is one when the name reads like a home, and then more names do (``homes``).
    An outing without a place is where its initiative always is; only without that one either it is nowhere.
    Meetings, training and supervision are not outings: the rule has nothing to say of them.
    """
    for outing in rota.looked_at(scope, "R6", Outing):
        place = place_of(rota, outing)
        if place is None and not outing.meeting_point.strip():
            yield _finding(outing, Level.WARNING, "no_place", {})
            continue
        for field, text, kind_said in _texts(outing, place):
            words = reads_like_a_home(text, kind_said=kind_said)
            if words is not None:
                params: dict[str, Gap] = {"words": words, "field": Word(f"field.{field}")}
                yield _finding(outing, Level.BLOCKS, "home", params)


def place_of(rota: Rota, outing: Outing) -> Place | None:
    """The outing's own place, else its initiative's, else None; a place without a name and a kind is none."""
    initiative = rota.initiatives.get(outing.initiative_id)
    for place in (outing.place, None if initiative is None else initiative.place):
        if place is not None and (place.name.strip() or place.kind is not None):
            return place
    return None


def _texts(outing: Outing, place: Place | None) -> Iterator[tuple[str, str, bool]]:
    kind_said = place is not None and place.kind is not None
    # Titles are names that people chose: "Café chez Marcel" is one, and says nothing of a home.
    yield "title", outing.title, True
    if place is not None:
        yield "place", place.name, kind_said
    yield "meeting_point", outing.meeting_point, kind_said


def _finding(outing: Outing, level: Level, key: str, params: dict[str, Gap]) -> Finding:
    return Finding(
        rule="R6",
        level=level,
        appointment_id=outing.id,
        start=outing.start,
        centre_id=outing.centre_id,
        key=f"rule.R6.{key}",
        params=params,
    )
