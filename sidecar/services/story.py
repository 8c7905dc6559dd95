"""What happened to an appointment, from its audit trail, in words that people can read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sidecar.domain.appointments import Appointment, ParticipantRole, Response
from sidecar.domain.audit import AuditAction, AuditEntry
from sidecar.domain.people import Person
from sidecar.i18n import Translator
from sidecar.storage import UnitOfWork
from sidecar.storage.zones import from_text

SILENT = frozenset({"end", "generation", "invited_centre_ids", "version"})
"""Fields of which people hear nothing: the end goes with the start, the rest is ours to keep."""
BY = ("page", "api", "cli", "calendar")
"""How an actor is written before its colon; anything else is the software itself."""


@dataclass(frozen=True)
class Event:
    """One change: when (aware), by whom, and what in one or more sentences."""

    at: datetime
    by: str
    told: tuple[str, ...]


def story(uow: UnitOfWork, appointment: Appointment, t: Translator) -> list[Event]:
    """Everything that happened, newest first; what says nothing to people is left out. Names people: ask before showing."""
    people = {p.id: p for p in uow.people.all()}
    accounts = {p.account: p for p in people.values() if p.account}
    events = []
    for entry in reversed(uow.audit.of("appointment", appointment.id)):
        told = tuple(_sentences(entry, people, t))
        if told:
            events.append(Event(entry.at, _by(entry.actor, accounts, t), told))
    return events


def _by(actor: str, accounts: Mapping[str, Person], t: Translator) -> str:
    way, _, name = actor.partition(":")
    if way not in BY:
        return t("story.by.system")
    known = accounts.get(name)
    return t(f"story.by.{way}", name=known.full_name if known is not None else name)


def _sentences(entry: AuditEntry, people: Mapping[str, Person], t: Translator) -> Iterator[str]:
    if entry.action == AuditAction.ADD:
        yield t("story.added")
        return
    for field, pair in entry.changes.items():
        before, after = pair
        if field == "participants":
            yield from _team(before or [], after or [], people, t)
        elif field not in SILENT:
            yield _change(field, before, after, entry.changes, t)


def _change(field: str, before: Any, after: Any, changes: Mapping[str, Any], t: Translator) -> str:
    if field == "start":
        return t("story.moved", before=from_text(before), after=from_text(after))
    if field == "state":
        return t("story.state", before=t(f"appointment_state.{before}"), after=t(f"appointment_state.{after}"))
    if field == "title":
        return t("story.renamed", before=before, after=after)
    if field == "place":
        return t("story.place", before=_place(before, t), after=_place(after, t))
    if field == "to_confirm":
        return t("story.to_confirm" if after else "story.confirmed")
    key = f"story.field.{field}"
    return t("story.changed", field=t(key) if key in t.catalogue else field)


def _place(place: Mapping[str, Any] | None, t: Translator) -> str:
    return str(place["name"]) if place else t("story.no_place")


def _team(before: list[Any], after: list[Any], people: Mapping[str, Person], t: Translator) -> Iterator[str]:
    was, now = ({p["person_id"]: p for p in side} for side in (before, after))
    for person_id in dict.fromkeys([*was, *now]):
        person = people.get(person_id)
        name = person.full_name if person is not None else t("story.somebody")
        old, new = was.get(person_id), now.get(person_id)
        if new is None:
            yield t("story.left", name=name)
        elif old is None or old["role"] != new["role"]:
            yield t("story.joined", name=name, role=t(f"role.{ParticipantRole(new['role'])}"))
        if new is not None and (old or {"response": Response.NEEDS_ACTION})["response"] != new["response"]:
            yield t("story.answered", name=name, answer=t(f"answer.{Response(new['response'])}"))
