"""Letting go of a collection: what is ours is taken out or left, and known again if the centre comes back to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from calendars.errors import UnreadableText
from calendars.icalendar import EventFacts, is_masked, read, write_event, write_override
from calendars.merge import split
from calendars.sync.ports import Action, Cursor, Intent, Resource
from sidecar.domain.bindings import Binding, Link, SubjectKind
from sidecar.projection.context import CLOSING, OPENING
from sidecar.storage import UnitOfWork

LEFT_KEY = "left:{space}:{href}"
"""Setting: the links of a collection that was let go of, for the day it is bound again."""


def linked_events(uow: UnitOfWork, binding: Binding, now: datetime) -> dict[str, Link]:
    """href -> one link of each event that shows an appointment which is not past. Past ones stay: they are history."""
    found: dict[str, Link] = {}
    for link in uow.links.of_binding(binding.id):
        if link.subject_kind == SubjectKind.APPOINTMENT:
            appointment = uow.appointments.find(link.subject_id)
            if appointment is None or appointment.end >= now:
                found.setdefault(link.href, link)
    return found


def plan_taking_out(
    uow: UnitOfWork,
    binding: Binding,
    standing: Mapping[str, Resource],
    *,
    instance: str,
    now: datetime,
    new_id: Callable[[], str],
    most: int | None = None,
) -> tuple[list[Intent], int]:
    """The writes that take us out of a collection, put into the journal: our events go, our blocks leave others' events.

    ``standing``: what stands at the linked hrefs now. Earlier writes that never went out are given up. Nobody is told.
    ``most``: so many writes now; how many are left for later is what comes second.
    """
    memory = uow.memory(binding.space_id)
    close_writes(uow, binding)
    intents = []
    for href, link in linked_events(uow, binding, now).items():
        resource = standing.get(href)
        if resource is None:
            continue
        text = None if made_by_us(link, instance) else without_block(resource.text, now)
        if text == resource.text:
            continue
        intents.append(
            Intent(
                op=new_id(),
                collection=binding.href,
                href=href,
                uid=link.uid,
                action=Action.DELETE if text is None else Action.UPDATE,
                text=text or "",
                base_etag=resource.etag,
                notify=False,
            )
        )
    taken = intents[:most]
    for intent in taken:
        memory.intend(intent)
    return taken, len(intents) - len(taken)


def close_writes(uow: UnitOfWork, binding: Binding) -> None:
    """Give up what waits in the journal for this collection."""
    memory = uow.memory(binding.space_id)
    for intent in memory.intents():
        if intent.collection == binding.href:
            memory.close(intent.op)


def made_by_us(link: Link, instance: str) -> bool:
    return link.uid.endswith(f"@{instance}.hors-les-murs")


def without_block(text: str, now: datetime) -> str:
    """The same event without our blocks; what people wrote around them stays. What cannot be read stays as it is, and so
    does what stands in for a text that is hidden from us."""
    try:
        found = read(text)
        if is_masked(text):
            return text
    except UnreadableText:
        return text
    if found.master is not None and _has_block(found.master):
        text = write_event(text, _human(found.master), now=now)
    for key, facts in found.overrides.items():
        if _has_block(facts):
            text = write_override(text, key, _human(facts), now=now)
    return text


def _has_block(facts: EventFacts) -> bool:
    return split(facts.description, OPENING, CLOSING).block is not None


def _human(facts: EventFacts) -> EventFacts:
    return replace(facts, description=split(facts.description, OPENING, CLOSING).human)


def forget_binding(uow: UnitOfWork, binding: Binding, *, instance: str) -> None:
    """Nothing ties the centre to the collection any more; appointments and people stay.

    What still stands there is remembered: bound again, it is known again, and read anew from the beginning.
    """
    memory, left = uow.memory(binding.space_id), []
    close_writes(uow, binding)
    for link in uow.links.of_binding(binding.id):
        if memory.get(binding.href, link.href) is not None:
            left.append({name: value for name, value in vars(link).items() if name != "binding_id"})
        elif link.subject_kind == SubjectKind.APPOINTMENT and made_by_us(link, instance):
            # It was taken out. A UID is never used twice: some servers keep deleted ones in a bin.
            appointment = uow.appointments.find(link.subject_id)
            if appointment is not None:
                uow.appointments.save(replace(appointment, generation=appointment.generation + 1))
        uow.links.remove(link)
    memory.set_cursor(binding.href, Cursor())
    uow.settings.set(_left_key(binding), {"centre": binding.centre_id, "links": left})
    uow.bindings.remove(binding.id)


def know_again(uow: UnitOfWork, binding: Binding) -> None:
    """What the centre left in a collection is linked again; for another centre it is as if nobody had been there."""
    left = uow.settings.get(_left_key(binding))
    if left is None:
        return
    uow.settings.remove(_left_key(binding))
    memory = uow.memory(binding.space_id)
    if left["centre"] != binding.centre_id:
        for href in list(memory.etags(binding.href)):
            memory.forget(binding.href, href)
        return
    for values in left["links"]:
        link = Link(**{**values, "subject_kind": SubjectKind(values["subject_kind"])}, binding_id=binding.id)
        shown = uow.links.of_subject(link.subject_kind, link.subject_id)
        if link.subject_kind == SubjectKind.APPOINTMENT:
            free = uow.appointments.find(link.subject_id) is not None and not shown
        else:
            free = uow.people.find(link.subject_id) is not None and not uow.links.of_resource(binding.id, link.href)
        if free:
            uow.links.put(link)
        else:
            memory.forget(binding.href, link.href)


def forget_left(uow: UnitOfWork, space_id: str, href: str) -> None:
    """What a centre left there once is not known again: another collection stands in for it now."""
    uow.settings.remove(LEFT_KEY.format(space=space_id, href=href))


def _left_key(binding: Binding) -> str:
    return LEFT_KEY.format(space=binding.space_id, href=binding.href)
