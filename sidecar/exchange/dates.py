"""Rows of Sorties, Supervisions, Séances de formation and Réunions become appointments.

An import publishes nothing: a new row is a draft, or done when it is past. Answers of people, and everything that a
row does not say, stay as stored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sidecar.domain.appointments import (
    Appointment,
    AppointmentState,
    Outing,
    ParticipantRole,
    Participation,
    SupervisionSlot,
    TeamMeeting,
    TrainingSession,
)
from sidecar.domain.centres import Centre, Initiative
from sidecar.exchange.cells import (
    as_date,
    as_minutes,
    as_time,
    as_whole_number,
    as_yes_no,
    folded,
    local_moment,
)
from sidecar.exchange.desk import Desk, refuse_if_unknown, resolving
from sidecar.exchange.errors import CellRefused
from sidecar.exchange.rows import Row
from sidecar.exchange.territory import place_of
from sidecar.exchange.vocabulary import SheetKind, as_choice, default_title, means

CLASS_OF: dict[SheetKind, type[Appointment]] = {
    SheetKind.OUTINGS: Outing,
    SheetKind.SUPERVISION: SupervisionSlot,
    SheetKind.TRAINING: TrainingSession,
    SheetKind.MEETINGS: TeamMeeting,
}
# A driver stands in the team's column too when people write the whole team there: the later role says more.
ROLES = (
    ParticipantRole.MEMBER,
    ParticipantRole.DRIVER,
    ParticipantRole.TRAINEE,
    ParticipantRole.GUEST,
    ParticipantRole.FACILITATOR,
    ParticipantRole.BASE_CONTACT,
)
EVENING, MORNING = time(18), time(6)


def appointment_row(desk: Desk, row: Row) -> None:
    reference = desk.reference(row)
    stored = desk.appointments.get(reference) if reference else None
    if stored is not None and not isinstance(stored, CLASS_OF[row.kind]):
        row.refuse("id", "reference_of_another_kind", typed=reference)
    initiative, centre = _initiative_and_centre(desk, row, stored)
    if centre is None or row.refusals:
        desk.settle(row, [], _label(row, None))
        return
    course_id = refuse_if_unknown(row, "course", resolving(desk.registers.courses, None), getattr(stored, "course_id", None))
    title = _title(desk, row, stored, initiative, course_id)
    times = _times(row, stored, initiative, ZoneInfo(centre.timezone))
    if times is None or row.refusals:
        desk.settle(row, [], _label(row, title))
        return
    start, end, all_day = times
    if stored is None:
        stored = _matching(desk, row, centre, initiative, course_id, title, start)
    base = stored or _blank(desk, row, reference, centre, title, times, initiative)
    changed = replace(
        base,
        centre_id=centre.id,
        title=base.title if stored is not None and not row.says("title") else row.text("title", base.title),
        start=base.start if _same_moment(base.start, start) else start,
        end=base.end if _same_moment(base.end, end) else end,
        all_day=all_day,
        place=place_of(row, base.place, initiative.place if initiative else None),
        meeting_point=row.text("meeting_point", base.meeting_point),
        invited_centre_ids=row.references(
            "invited_centres", resolving(desk.registers.centres, None), base.invited_centre_ids
        ),
        participants=_participants(desk, row, base, centre.id),
        text=row.text("text", base.text),
        override_reason=row.text("override_reason", base.override_reason),
        **_own_fields(desk, row, base, centre, initiative, course_id),
    )
    record = _with_state(desk, row, stored, changed)
    desk.settle(row, [(stored, record)], _label(row, record.title))


def _label(row: Row, title: str | None) -> str:
    return " · ".join(part for part in (title or row.text("initiative") or row.text("title"), row.text("date")) if part)


def _initiative_and_centre(desk: Desk, row: Row, stored: Appointment | None) -> tuple[Initiative | None, Centre | None]:
    """An action that only one centre has says which centre is meant."""
    registers = desk.registers
    keep = registers.centres.get(stored.centre_id) if stored else None
    centre = desk.centre_of(row, keep) if row.says("centre") or keep else None
    if row.refusals:
        return None, None
    kept_id = getattr(stored, "initiative_id", "") or None
    resolve = resolving(registers.initiatives, centre.id if centre else None)
    initiative_id = refuse_if_unknown(row, "initiative", resolve, kept_id)
    initiative = registers.initiatives.get(initiative_id) if initiative_id else None
    if initiative is None and row.kind is SheetKind.OUTINGS and not row.refusals:
        row.refuse("initiative", "cell_missing")
    if centre is None and initiative is not None:
        centre = registers.centres.get(initiative.centre_id)
    return initiative, centre or (None if row.refusals else desk.centre_of(row, None))


def _title(desk: Desk, row: Row, stored: Appointment | None, initiative: Initiative | None, course_id: str | None) -> str:
    course = desk.registers.courses.get(course_id) if course_id else None
    typed = row.text("title", stored.title if stored else "")
    if typed:
        return typed
    if initiative is not None:
        return initiative.name
    if course is not None:
        return course.name
    return default_title("meeting" if row.kind is SheetKind.MEETINGS else row.kind.value)


def _times(
    row: Row, stored: Appointment | None, initiative: Initiative | None, zone: ZoneInfo
) -> tuple[datetime, datetime, bool] | None:
    """Start, end (exclusive on whole days) and whether whole days are meant; None when the row is refused."""
    local_start = stored.start.astimezone(zone) if stored else None
    day = row.take("date", as_date, local_start.date() if local_start else None)
    if day is None:
        if not row.refusals:
            row.refuse("date", "cell_missing")
        row.take("start", as_time, None)
        row.take("end", as_time, None)
        return None
    all_day = row.take("all_day", as_yes_no, stored.all_day if stored else False, False)
    if all_day:
        kept_days = stored.end.astimezone(zone).date() - stored.start.astimezone(zone).date() if stored else None
        last = row.take("end_date", as_date, day + (kept_days - timedelta(days=1)) if kept_days else day, day)
        if last < day:
            row.refuse("end_date", "ends_before_it_starts")
            return None
        following = last + timedelta(days=1)
        return _moment(row, "date", day, time(), zone), _moment(row, "date", following, time(), zone), True
    return _timed(row, stored, initiative, zone, day)


def _timed(
    row: Row, stored: Appointment | None, initiative: Initiative | None, zone: ZoneInfo, day: date
) -> tuple[datetime, datetime, bool] | None:
    usual = initiative.usual_start if initiative else None
    kept_start = stored.start.astimezone(zone) if stored and not stored.all_day else None
    at = row.take("start", as_time, kept_start.time() if kept_start else usual)
    if at is None:
        if not row.refusals:
            row.refuse("start", "cell_missing")
        return None
    start = _moment(row, "start", day, at, zone)
    minutes = row.take("duration", as_minutes, None)
    until = row.take("end", as_time, None)
    if row.refusals:
        return None
    if until is None:
        length = (
            timedelta(minutes=minutes) if minutes else
            stored.duration if stored and not stored.all_day else
            timedelta(minutes=initiative.usual_minutes) if initiative and initiative.usual_minutes else None
        )  # fmt: skip
        if length is None:
            row.refuse("end", "end_missing")
            return None
        # A length is lived time: it is added to the instant, not to the clock.
        return start, (start.astimezone(ZoneInfo("UTC")) + length).astimezone(zone), False
    last = row.take("end_date", as_date, None)
    if last is None:
        past_midnight = at.replace(tzinfo=None) >= EVENING and until.replace(tzinfo=None) <= MORNING
        last = day + timedelta(days=1) if past_midnight else day
    end = _moment(row, "end", last, until, zone)
    if end.timestamp() < start.timestamp():
        row.refuse("end", "ends_before_it_starts")
        return None
    return start, end, False


def _moment(row: Row, column: str, day: date, at: time, zone: ZoneInfo) -> datetime:
    try:
        return local_moment(day, at, zone)
    except CellRefused as refused:
        row.refuse(column, refused.code, **refused.params)
        return datetime.combine(day, at.replace(tzinfo=None), tzinfo=zone)


def _same_moment(one: datetime, other: datetime) -> bool:
    return one.timestamp() == other.timestamp()


def _matching(
    desk: Desk, row: Row, centre: Centre, initiative: Initiative | None, course_id: str | None, title: str,
    start: datetime,
) -> Appointment | None:  # fmt: skip
    """The stored one at that time: of the same action, or of the same title where there is none."""

    def same(each: Appointment) -> bool:
        if not isinstance(each, CLASS_OF[row.kind]) or each.centre_id != centre.id:
            return False
        if not _same_moment(each.start, start):
            return False
        if row.kind is SheetKind.SUPERVISION:
            return not row.says("title") or folded(each.title) == folded(title)
        if initiative is not None:
            return getattr(each, "initiative_id", "") == initiative.id
        if course_id is not None:
            return getattr(each, "course_id", None) == course_id
        return folded(each.title) == folded(title)

    return desk.only(row, [each for each in desk.appointments.values() if same(each)], "date")


def _blank(
    desk: Desk, row: Row, reference: str | None, centre: Centre, title: str,
    times: tuple[datetime, datetime, bool], initiative: Initiative | None,
) -> Appointment:  # fmt: skip
    """A new appointment with what its action usually has."""
    start, end, all_day = times
    blank = CLASS_OF[row.kind](
        id=reference or desk.new_id(), centre_id=centre.id, title=title, start=start, end=end, all_day=all_day,
        place=initiative.place if initiative else None,
    )  # fmt: skip
    if isinstance(blank, Outing) and initiative is not None:
        quarters = initiative.neighbourhood_ids
        return replace(
            blank,
            initiative_id=initiative.id,
            equipment_ids=initiative.equipment_ids,
            neighbourhood_id=quarters[0] if len(quarters) == 1 else None,
        )
    return blank


def _own_fields(
    desk: Desk, row: Row, base: Appointment, centre: Centre, initiative: Initiative | None, course_id: str | None
) -> dict[str, Any]:
    """The fields that only this kind of appointment has."""
    own = {each.name for each in fields(base)}
    found: dict[str, Any] = {}
    if "initiative_id" in own:
        found["initiative_id"] = initiative.id if initiative else ""
    if "course_id" in own:
        found["course_id"] = course_id
    if "capacity" in own:
        found["capacity"] = row.take("capacity", as_whole_number, getattr(base, "capacity", None))
    if isinstance(base, Outing):
        quarter = resolving(desk.registers.neighbourhoods, centre.id)
        found["neighbourhood_id"] = refuse_if_unknown(row, "neighbourhood", quarter, base.neighbourhood_id)
        equipment = resolving(desk.registers.equipment, centre.id)
        found["equipment_ids"] = row.references("equipment", equipment, base.equipment_ids)
    return found


def _participants(desk: Desk, row: Row, base: Appointment, centre_id: str) -> tuple[Participation, ...]:
    """Who takes part in which role. A role whose cell is empty stays; who stays keeps the answer given."""
    resolve: Callable[[str], str] = resolving(desk.registers.people, centre_id)
    roles = {each.person_id: each.role for each in base.participants}
    for role in ROLES:
        if not row.says(role.value):
            continue
        named = row.references(role.value, resolve, ())
        for person_id in [each for each, held in roles.items() if held is role and each not in named]:
            del roles[person_id]
        for person_id in named:
            in_row = person_id in roles and row.says(roles[person_id].value) and roles[person_id] is not role
            if in_row and role is ParticipantRole.BASE_CONTACT:
                row.refuse(role.value, "contact_in_team")
            # Re-entered at the end when new; a person known already keeps the place in the list.
            roles[person_id] = role
    stored = {each.person_id: each for each in base.participants}
    made = tuple(
        replace(stored[person_id], role=role) if person_id in stored else Participation(person_id=person_id, role=role)
        for person_id, role in roles.items()
    )
    return base.participants if set(made) == set(base.participants) else made


def _with_state(desk: Desk, row: Row, stored: Appointment | None, record: Appointment) -> Appointment:
    """The state that the row asks for, as far as an import may give it."""
    past = record.end <= desk.now
    asked = None
    if row.says("state") and not means(row.cell("state"), "clear"):
        asked = row.take("state", lambda value: as_choice(value, "state", AppointmentState), None)
    if asked is AppointmentState.DONE and not past:
        row.refuse("state", "done_before_its_time")
    before = stored.state if stored else None
    if asked is AppointmentState.DRAFT and before in (AppointmentState.PUBLISHED, AppointmentState.DONE):
        row.refuse("state", "published_already")
    if asked is AppointmentState.PUBLISHED and before is AppointmentState.CANCELLED:
        row.refuse("state", "cancelled_already")
    if row.refusals:
        return record
    state = record.state
    if asked in (AppointmentState.CANCELLED, AppointmentState.DONE):
        state = asked
    elif before is None:
        state = AppointmentState.DONE if past and asked is not AppointmentState.DRAFT else AppointmentState.DRAFT
    if asked is AppointmentState.PUBLISHED and state is AppointmentState.DRAFT:
        desk.to_publish.append(record.id)
    return replace(record, state=state)
