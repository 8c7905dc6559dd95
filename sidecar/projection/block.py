"""The block of ours inside a DESCRIPTION: team by first name, open places, base contact, equipment, where to meet."""

from __future__ import annotations

from collections import Counter

from sidecar.domain.appointments import Appointment, Outing, ParticipantRole, Participation, SupervisionSlot
from sidecar.france.phones import display
from sidecar.projection.context import Context


def block(appointment: Appointment, context: Context) -> str:
    """The lines between our markers, without them. A supervision names nobody: who is in it is nobody else's business."""
    lines: list[tuple[str, str]] = []
    if isinstance(appointment, Outing):
        initiative = context.initiatives.get(appointment.initiative_id)
        team = appointment.team
        lines.append(("block.team", _names(team, context) or context.words("block.nobody_yet")))
        places = max(0, (initiative.places_for if initiative else 0) - len(team))
        if places:
            lines.append(("block.open_places", str(places)))
        lines.extend(("block.base_contact", _reachable(p, context)) for p in appointment.base_contacts)
        equipment = [context.equipment[e].name for e in appointment.equipment_ids if e in context.equipment]
        if equipment:
            lines.append(("block.equipment", ", ".join(equipment)))
    elif not isinstance(appointment, SupervisionSlot):
        led_by = [p for p in appointment.expected if p.role is ParticipantRole.FACILITATOR]
        if led_by:
            lines.append(("block.led_by", _names(led_by, context)))
    if appointment.meeting_point:
        lines.append(("block.meeting_point", appointment.meeting_point))
    if context.page:
        lines.append(("block.page", context.page.format(id=appointment.id)))
    return "\n".join(context.words(key, value=value) for key, value in lines)


def _names(participations: tuple[Participation, ...] | list[Participation], context: Context) -> str:
    """First names; two of the same name get the initial of the family name."""
    people = [context.people[p.person_id] for p in participations if p.person_id in context.people]
    shared = Counter(person.given_name for person in people)
    return ", ".join(
        f"{person.given_name} {person.family_name[:1]}."
        if shared[person.given_name] > 1 and person.family_name
        else person.given_name or person.full_name
        for person in people
    )


def _reachable(participation: Participation, context: Context) -> str:
    person = context.people.get(participation.person_id)
    if person is None:
        return context.centre.phone
    phone = display(person.phones[0]) if person.phones else context.centre.phone
    return f"{person.given_name or person.full_name}, {phone}" if phone else person.given_name or person.full_name
