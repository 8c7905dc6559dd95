"""The conflict list: all values are kept and told in words, one click chooses. The calendar's value stands until then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sidecar.domain.bindings import DELETED, Conflict
from sidecar.domain.errors import DomainError
from sidecar.domain.people import Person
from sidecar.i18n import Translator
from sidecar.services import rota
from sidecar.services.standing import Now, moved_on, put_back
from sidecar.storage import UnitOfWork

OURS, THEIRS, NOW = "ours", "theirs", "now"
STATES = {
    "CANCELLED": "appointment_state.cancelled",
    "CONFIRMED": "outing_state.confirmed",
    "TENTATIVE": "outing_state.to_confirm",
}
"""STATUS of a VEVENT (RFC 5545 section 3.8.1.11) in words of the screens."""
TOLD_ROLES = {"NON-PARTICIPANT": "role.base_contact", "CHAIR": "role.facilitator"}
"""ROLE of an ATTENDEE where it says more than that somebody takes part."""
NOTICES = frozenset({"write_refused", "untold", "text_unreadable", "block", "taken_up", "text_superseded", "unknown_entry"})
"""Fields that tell what happened; there is no value of ours that a click could put back."""
KEPT = frozenset({"block", "text_superseded"})
"""Of these, those that keep a text that stands nowhere else any more."""


@dataclass(frozen=True)
class Told:
    """A conflict in words. ``choice`` says whether one of two values can be chosen; without it there is only "seen".

    ``before`` is what both sides last agreed on, "" where they never did. ``stands`` is whose value holds meanwhile, ``now``
    that value where it was changed again since and is neither of both.
    ``kept`` is a text that was taken out of the calendar. ``deletion``: whether it takes place at all is to be chosen.
    Values may have several lines.
    """

    id: str
    subject: str
    field: str
    why: str
    before: str
    ours: str
    theirs: str
    choice: bool
    stands: str
    now: str
    kept: str
    deletion: bool


def is_a_choice(conflict: Conflict) -> bool:
    """Whether there are two values; else it tells what happened."""
    return conflict.field.partition(":")[0] not in NOTICES


def told(conflict: Conflict, subject: str, people: Mapping[str, Person], t: Translator, standing: Now | None = None) -> Told:
    """``people`` by address in lower case; times are told in the translator's zone; ``standing`` is from ``moved_on``."""
    field = DELETED if conflict.of_deletion else conflict.field
    kind = field.partition(":")[0]
    why = f"sync.why.{conflict.why}"
    refusal = f"error.dav.{conflict.why}"
    if refusal in t.catalogue:
        reason = t(refusal, detail=str(conflict.theirs or ""))
    else:
        reason = t(why, what=str(conflict.theirs or "")) if why in t.catalogue else conflict.why
    choice = conflict.of_deletion or is_a_choice(conflict)
    here = OURS if conflict.of_deletion else THEIRS
    date_of = t.day(date.fromisoformat(conflict.recurrence_id[:10])) if conflict.recurrence_id else ""
    return Told(
        id=conflict.id,
        subject=", ".join(part for part in (subject, date_of) if part),
        field=_name(field, people, t),
        why=reason,
        before=_value(kind, conflict.base, people, t) if choice and conflict.base is not None else "",
        ours=_ours(kind, conflict, people, t) if choice else "",
        theirs=_theirs(kind, conflict, people, t) if choice else "",
        choice=choice,
        stands=NOW if standing is not None else here,
        now=_value(kind, standing.value, people, t) if standing is not None else "",
        kept=str(conflict.theirs or "") if kind in KEPT else "",
        deletion=conflict.of_deletion,
    )


def _name(field: str, people: Mapping[str, Person], t: Translator) -> str:
    kind, _, address = field.partition(":")
    person = people.get(address.lower())
    key = f"page.field.{kind}"
    return t(key, who=person.full_name if person is not None else address) if key in t.catalogue else field


def _ours(kind: str, conflict: Conflict, people: Mapping[str, Person], t: Translator) -> str:
    if conflict.of_deletion and conflict.ours is None:
        return ", ".join(_name(name, people, t) for name in conflict.field.split(", "))
    return _value(kind, conflict.ours, people, t)


def _theirs(kind: str, conflict: Conflict, people: Mapping[str, Person], t: Translator) -> str:
    return t("page.deleted_there") if kind == DELETED else _value(kind, conflict.theirs, people, t)


def _value(kind: str, value: Any, people: Mapping[str, Person], t: Translator) -> str:
    if kind == "attendee":
        return t(TOLD_ROLES.get(str(value), "page.takes_part") if value else "page.takes_no_part")
    if value is None or value in ("", [], {}):
        return "–"
    if kind == DELETED and isinstance(value, dict):
        parts = ((_name(name, people, t), _value(name.partition(":")[0], part, people, t)) for name, part in value.items())
        return "\n".join(t("page.field_value", field=name, value=part) for name, part in parts)
    if kind == "time" and isinstance(value, list):
        return _span(value, t)
    if kind == "status":
        return t(STATES[value]) if value in STATES else str(value)
    if kind == "partstat":
        key = f"answer.{str(value).lower()}"
        return t(key) if key in t.catalogue else str(value)
    if kind == "name" and isinstance(value, list):
        return " ".join(str(part) for part in reversed(value) if part)
    return ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)


def _span(value: list[Any], t: Translator) -> str:
    """Start and end as the merge keeps them: instants, floating times, or days, the last of which does not count."""
    try:
        if "T" not in value[0]:
            first, after = (date.fromisoformat(text) for text in value)
            last = max(first, after - timedelta(days=1))
            return t.day(first) if last == first else f"{t.day(first)} – {t.day(last)}"
        start, end = (_local(datetime.fromisoformat(text), t) for text in value)
    except (TypeError, ValueError):
        return " – ".join(str(text) for text in value)
    return f"{t.day_time(start)} – {t.time(end) if end.date() == start.date() else t.day_time(end)}"


def _local(moment: datetime, t: Translator) -> datetime:
    """A floating time is the centre's."""
    if t.zone is None:
        return moment
    return moment.replace(tzinfo=t.zone) if moment.tzinfo is None else moment.astimezone(t.zone)


def choose(uow: UnitOfWork, conflict_id: str, chosen: str) -> Conflict:
    """Settle a conflict: the value shown is the value chosen. ``ours`` is put back and goes out again; ``theirs`` stands
    already, and is put back only where somebody changed the property since; ``now`` leaves what that made of it.

    Where the calendar deleted what the board changed it is the other way round: ``theirs`` calls it off, and ``ours`` brings
    nothing back that somebody called off since.

    Raises DomainError for a choice that is none, and where what was chosen is not one value that could be put back.
    """
    conflict = uow.conflicts.get(conflict_id)
    if chosen not in ((OURS, THEIRS) if conflict.of_deletion else (OURS, THEIRS, NOW)):
        raise DomainError("choice_unknown", choice=chosen)
    if conflict.chosen:
        raise DomainError("conflict_settled", choice=conflict.chosen)
    if conflict.of_deletion:
        if chosen == THEIRS:
            rota.cancel(uow, conflict.subject_id)
    elif chosen == OURS:
        put_back(uow, conflict, conflict.ours)
    elif chosen == THEIRS and is_a_choice(conflict) and moved_on(uow, conflict) is not None:
        put_back(uow, conflict, conflict.theirs)
    return uow.conflicts.save(replace(conflict, chosen=chosen))
