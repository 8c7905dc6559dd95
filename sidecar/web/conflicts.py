"""Conflicts as people read them, and the click that settles one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from sidecar.domain.audit import Origin
from sidecar.domain.bindings import Conflict
from sidecar.domain.people import Person
from sidecar.http.access import application, form_is_ours, signed_in, words
from sidecar.i18n import Translator
from sidecar.services.conflicts import choose
from sidecar.services.overview import shown_conflict

conflicts = Blueprint("conflicts", __name__)
STATES = {
    "CANCELLED": "appointment_state.cancelled",
    "CONFIRMED": "outing_state.confirmed",
    "TENTATIVE": "outing_state.to_confirm",
}
"""STATUS of a VEVENT (RFC 5545 section 3.8.1.11) in words of the screens."""
NOTICES = frozenset({"write_refused", "untold", "text_unreadable", "block", "taken_up", "text_superseded", "unknown_entry"})
"""Fields that tell what happened; there is no value of ours that a click could put back."""


@dataclass(frozen=True)
class Told:
    """A conflict in words. ``choice`` says whether one of two values can be chosen; without it there is only "seen"."""

    id: str
    subject: str
    field: str
    why: str
    ours: str
    theirs: str
    choice: bool


def told(conflict: Conflict, subject: str, people: Mapping[str, Person], t: Translator) -> Told:
    """``people`` by address in lower case; times are told in the translator's zone."""
    kind, _, address = conflict.field.partition(":")
    person = people.get(address.lower())
    key = f"page.field.{kind}"
    why = f"sync.why.{conflict.why}"
    refusal = f"error.dav.{conflict.why}"
    if refusal in t.catalogue:
        reason = t(refusal, detail=str(conflict.theirs or ""))
    else:
        reason = t(why, what=str(conflict.theirs or "")) if why in t.catalogue else conflict.why
    choice = kind not in NOTICES
    return Told(
        id=conflict.id,
        subject=f"{subject}, {t.day(date.fromisoformat(conflict.recurrence_id[:10]))}"
        if conflict.recurrence_id
        else subject,
        field=t(key, who=person.full_name if person is not None else address) if key in t.catalogue else conflict.field,
        why=reason,
        ours=_value(kind, conflict.ours, t) if choice else "",
        theirs=_value(kind, conflict.theirs, t) if choice else "",
        choice=choice,
    )


def _value(kind: str, value: Any, t: Translator) -> str:
    if value is None or value in ("", [], {}):
        return "–"
    if kind == "time" and isinstance(value, list):
        return " – ".join(_moment(str(text), t) for text in value)
    if kind == "status":
        return t(STATES[value]) if value in STATES else str(value)
    if kind == "partstat":
        key = f"answer.{str(value).lower()}"
        return t(key) if key in t.catalogue else str(value)
    if kind == "name" and isinstance(value, list):
        return " ".join(str(part) for part in reversed(value) if part)
    return ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)


def _moment(text: str, t: Translator) -> str:
    """An instant, a floating time or a day, as the merge keeps it."""
    try:
        return t.day_time(datetime.fromisoformat(text)) if "T" in text else t.day(date.fromisoformat(text))
    except ValueError:
        return text


@conflicts.post("/conflicts/<conflict_id>/choice")
def choice(conflict_id: str) -> Response | tuple[str, int]:
    """One of both values stands from here on; who asked is in the audit trail."""
    token = signed_in()
    if token is None:
        return redirect(url_for("pages.home"))
    t = words()
    if not form_is_ours():
        return render_template("error.html", t=t, sentence=t("page.sign_in_stale")), 403
    with application().storage.unit(actor=f"page:{token.name or token.id}", origin=Origin.BOARD) as uow:
        conflict = shown_conflict(uow, conflict_id)
        choose(uow, conflict.id, request.form.get("chosen", ""))
    query = {"centre": conflict.centre_id, "lang": request.args.get("lang"), "_anchor": "deciding"}
    return redirect(url_for("pages.home", **query))  # type: ignore[arg-type]
