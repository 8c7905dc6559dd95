"""Records as a workbook that a coordinator can read and an import takes back as "same"."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sidecar.domain.appointments import (
    Appointment,
    Outing,
    ParticipantRole,
    SupervisionSlot,
    TeamMeeting,
    TrainingSession,
)
from sidecar.domain.centres import Centre, Equipment, Initiative, Neighbourhood
from sidecar.domain.people import Person
from sidecar.domain.places import Place
from sidecar.domain.training import Course, Qualification
from sidecar.exchange.cells import canonical, is_second_pass, list_text
from sidecar.exchange.phones import phone_text
from sidecar.exchange.registers import Register, Registers
from sidecar.exchange.snapshot import Snapshot
from sidecar.exchange.vocabulary import SheetKind, columns_of, heading, sheet_name, word, word_for, yes_or_no
from sidecar.exchange.workbook import Sheet, Value, Workbook

SHEET_OF: dict[type[Appointment], SheetKind] = {
    Outing: SheetKind.OUTINGS,
    SupervisionSlot: SheetKind.SUPERVISION,
    TrainingSession: SheetKind.TRAINING,
    TeamMeeting: SheetKind.MEETINGS,
}


def workbook_of(snapshot: Snapshot, name: str) -> Workbook:
    """Every record as one row, "Repère" last; sheets in the order in which people look for them."""
    registers = Registers(snapshot)
    rows: dict[SheetKind, list[dict[str, Value]]] = {
        SheetKind.CENTRES: [_centre(each) for each in snapshot.centres],
        SheetKind.NEIGHBOURHOODS: [_neighbourhood(registers, each) for each in snapshot.neighbourhoods],
        SheetKind.PEOPLE: [_person(registers, each) for each in snapshot.people],
        SheetKind.INITIATIVES: [_initiative(registers, each) for each in snapshot.initiatives],
        SheetKind.EQUIPMENT: [_equipment(registers, each) for each in snapshot.equipment],
        SheetKind.COURSES: [_course(each) for each in snapshot.courses],
        SheetKind.QUALIFICATIONS: [_qualification(registers, each) for each in snapshot.qualifications],
    }
    for cls, kind in SHEET_OF.items():
        mine = sorted((each for each in snapshot.appointments if isinstance(each, cls)), key=_by_time)
        rows[kind] = [_appointment(registers, each) for each in mine]
    return Workbook(name=name, sheets=tuple(sheet_of(kind, found) for kind, found in rows.items()))


def _by_time(appointment: Appointment) -> tuple[float, str]:
    return appointment.start.timestamp(), appointment.id


def sheet_of(kind: SheetKind, rows: Sequence[Mapping[str, Value]], *, only_filled: bool = False) -> Sheet:
    """Rows by column name as a sheet with its headings; ``only_filled`` leaves out columns that nobody fills."""
    columns = [column for column in columns_of(kind) if column != "id"]
    if "id" in columns_of(kind):
        columns.append("id")
    if only_filled:
        columns = [column for column in columns if any(row.get(column) not in (None, "") for row in rows)]
    table: list[tuple[Value, ...]] = [tuple(heading(kind, column) for column in columns)]
    table.extend(tuple(_written(row.get(column)) for column in columns) for row in rows)
    return Sheet(name=sheet_name(kind), rows=tuple(table))


def _written(value: Value) -> Value:
    if isinstance(value, str):
        return canonical(value) or None
    return value


def _names(register: Register[Any], ids: Iterable[str], centre_id: str | None = None) -> str:
    return list_text(tuple(register.handle(each, centre_id) for each in ids))


def _centre(centre: Centre) -> dict[str, Value]:
    return {
        "id": centre.id,
        "name": centre.name,
        "timezone": centre.timezone,
        "school_zone": centre.school_zone,
        "phone": phone_text(centre.phone),
        "email": centre.email,
        "language": centre.language,
        "rest_hours": centre.rest_hours,
        "default_rules_from": centre.default_rules_from,
    }


def _neighbourhood(registers: Registers, quarter: Neighbourhood) -> dict[str, Value]:
    return {"id": quarter.id, "centre": registers.centres.handle(quarter.centre_id), "name": quarter.name}


def _equipment(registers: Registers, equipment: Equipment) -> dict[str, Value]:
    return {
        "id": equipment.id,
        "centre": registers.centres.handle(equipment.centre_id),
        "name": equipment.name,
        "needs_driver": yes_or_no(equipment.needs_driver),
    }


def _course(course: Course) -> dict[str, Value]:
    return {
        "id": course.id,
        "name": course.name,
        "validity_months": course.validity_months,
        "by_default": yes_or_no(course.by_default),
    }


def _person(registers: Registers, person: Person) -> dict[str, Value]:
    without_card = [each.centre_id for each in person.memberships if not each.in_contacts]
    return {
        "id": person.id,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "kind": word_for(person.kind, "person_kind"),
        "centres": _names(registers.centres, person.centre_ids),
        "emails": list_text(person.emails),
        "phones": list_text(tuple(phone_text(each) for each in person.phones)),
        "organisation": person.organisation,
        "function": person.function,
        "account": person.account,
        "weekly_ceiling": person.weekly_ceiling,
        "consent": _consent(registers, person),
        "without_card": _names(registers.centres, without_card) if without_card else None,
        "active": yes_or_no(person.active),
    }


def _consent(registers: Registers, person: Person) -> Value:
    """One date where every centre has it, else the centres that have one, each with its own."""
    dates = {each.consent_on for each in person.memberships}
    if len(dates) == 1:
        return dates.pop()
    given = [each for each in person.memberships if each.consent_on is not None]
    return list_text(tuple(f"{registers.centres.handle(each.centre_id)} : {each.consent_on:%d/%m/%Y}" for each in given))


def _place(place: Place | None) -> dict[str, Value]:
    if place is None:
        return {}
    return {
        "place": place.name,
        "place_kind": word_for(place.kind, "place_kind") if place.kind else None,
        "geo": f"{place.geo[0]!r}, {place.geo[1]!r}" if place.geo else None,
    }


def _initiative(registers: Registers, initiative: Initiative) -> dict[str, Value]:
    centre_id = initiative.centre_id
    if initiative.course_ids is None:
        courses = word("default_courses")
    else:
        courses = _names(registers.courses, initiative.course_ids) or word("no_courses")
    return {
        "id": initiative.id,
        "centre": registers.centres.handle(centre_id),
        "name": initiative.name,
        "aliases": list_text(initiative.aliases),
        "neighbourhoods": _names(registers.neighbourhoods, initiative.neighbourhood_ids, centre_id),
        "format": initiative.format,
        "rhythm": initiative.rhythm,
        "usual_start": initiative.usual_start,
        "usual_minutes": _minutes(initiative.usual_minutes),
        "equipment": _names(registers.equipment, initiative.equipment_ids, centre_id),
        "courses": courses,
        "team_policy": word_for(initiative.team_policy, "team_policy"),
        "places_for": initiative.places_for,
        "needs_driver": yes_or_no(initiative.needs_driver),
        "themes": list_text(initiative.themes),
        "preparing": yes_or_no(initiative.preparing),
        **_place(initiative.place),
    }


def _minutes(minutes: int | None) -> Value:
    if minutes is None:
        return None
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02d}" if hours and rest else f"{hours} h" if hours else f"{rest} min"


def _qualification(registers: Registers, qualification: Qualification) -> dict[str, Value]:
    return {
        "person": registers.people.handle(qualification.person_id),
        "courses": _names(registers.courses, (qualification.course_id,)),
        "since": qualification.since,
        # Without an end, an import would reckon one from the course.
        "until": qualification.until or word("clear"),
    }


def _appointment(registers: Registers, appointment: Appointment) -> dict[str, Value]:
    centre_id = appointment.centre_id
    row: dict[str, Value] = {
        "id": appointment.id,
        "centre": registers.centres.handle(centre_id),
        "title": appointment.title,
        "meeting_point": appointment.meeting_point,
        "invited_centres": _names(registers.centres, appointment.invited_centre_ids),
        "text": appointment.text,
        "state": word_for(appointment.state, "state"),
        "override_reason": appointment.override_reason,
        **_place(appointment.place),
        **_when(registers, appointment),
    }
    for role in ParticipantRole:
        ids = [each.person_id for each in appointment.in_role(role)]
        row[role.value] = _names(registers.people, ids, centre_id)
    own: dict[str, Callable[[Any], Value]] = {
        "initiative_id": lambda value: registers.initiatives.handle(value, centre_id) if value else None,
        "course_id": lambda value: registers.courses.handle(value) if value else None,
        "neighbourhood_id": lambda value: registers.neighbourhoods.handle(value, centre_id) if value else None,
        "equipment_ids": lambda value: _names(registers.equipment, value, centre_id),
        "capacity": lambda value: value,
    }
    for name, shown in own.items():
        if hasattr(appointment, name):
            row[name.removesuffix("_ids").removesuffix("_id")] = shown(getattr(appointment, name))
    return row


def _when(registers: Registers, appointment: Appointment) -> dict[str, Value]:
    centre = registers.centres.get(appointment.centre_id)
    zone = ZoneInfo(centre.timezone if centre else "Europe/Paris")
    start, end = appointment.start.astimezone(zone), appointment.end.astimezone(zone)
    if appointment.all_day:
        last = end.date() - timedelta(days=1)
        return {
            "date": start.date(),
            "end_date": last if last > start.date() else None,
            "all_day": yes_or_no(True),
        }
    return {
        "date": start.date(),
        "start": _clock(start.time(), f"{start:%z}" if is_second_pass(start) else ""),
        "end": _clock(end.time(), f"{end:%z}" if is_second_pass(end) else ""),
        "end_date": end.date() if end.date() != start.date() else None,
    }


def _clock(at: time, offset: str) -> Value:
    if offset:
        return f"{at:%H:%M} {offset[:3]}:{offset[3:5]}"
    return at.replace(fold=0)
