"""R4: who goes out has the courses that the initiative asks for, still valid on that day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sidecar.domain.appointments import Outing, ParticipantRole, Participation
from sidecar.domain.rules.finding import Finding, Gap, Level
from sidecar.domain.rules.pair import full_members, makes_a_pair, team_policy
from sidecar.domain.rules.rota import Rota, Scope
from sidecar.domain.rules.rule import who


def check_training(rota: Rota, scope: Scope) -> Iterator[Finding]:
    """R4: one finding for each person and each way of lacking courses (never followed, no longer valid).

    Somebody in training may go as a third, beside a pair (R1) of whom each has all courses: without such a pair
    the trainee gets a finding, unless the trainee has all courses already.
    """
    for outing in rota.looked_at(scope, "R4", Outing):
        day = rota.local_day(outing)
        asked = courses_asked(rota, outing)
        trained = [person for person in full_members(rota, outing) if not lacking(rota, person.id, asked, day)]
        beside_a_pair = makes_a_pair(trained, team_policy(rota, outing))
        for member in outing.team:
            yield from _of_member(rota, outing, member, asked, day, beside_a_pair)


def courses_asked(rota: Rota, outing: Outing) -> tuple[str, ...]:
    """Ids of courses: the initiative's own, else those asked of everyone who goes out."""
    initiative = rota.initiatives.get(outing.initiative_id)
    if initiative is None or initiative.course_ids is None:
        return rota.default_course_ids
    return initiative.course_ids


def lacking(rota: Rota, person_id: str, course_ids: tuple[str, ...], day: date) -> list[str]:
    """Those of the courses that the person has not, or not on that day."""
    return [
        course_id
        for course_id in course_ids
        if not any(held.valid_on(day) for held in rota.qualifications_of(person_id, course_id))
    ]


def _of_member(
    rota: Rota, outing: Outing, member: Participation, asked: tuple[str, ...], day: date, beside_a_pair: bool
) -> Iterator[Finding]:
    missing = lacking(rota, member.person_id, asked, day)
    if not missing:
        return
    name = who(rota, member.person_id)
    if member.role is ParticipantRole.TRAINEE:
        if not beside_a_pair:
            yield _finding(outing, "trainee", member.person_id, {"name": name})
        return
    if rota.known(member.person_id) is None:
        yield _finding(outing, "unknown", member.person_id, {"name": name})
        return
    # A course whose validity begins only after the outing counts as never followed.
    expired = [
        course_id
        for course_id in missing
        if any(held.until is not None and held.until < day for held in rota.qualifications_of(member.person_id, course_id))
    ]
    never = [course_id for course_id in missing if course_id not in expired]
    for key, course_ids in (("missing", never), ("expired", expired)):
        if course_ids:
            courses = tuple(_course_name(rota, course_id) for course_id in course_ids)
            yield _finding(outing, key, member.person_id, {"name": name, "courses": courses})


def _had(rota: Rota, person_id: str, course_id: str, day: date) -> bool:
    return any(held.until is not None and held.until < day for held in rota.qualifications_of(person_id, course_id))


def _course_name(rota: Rota, course_id: str) -> str:
    course = rota.courses.get(course_id)
    return course_id if course is None else course.name


def _finding(outing: Outing, key: str, person_id: str, params: dict[str, Gap]) -> Finding:
    return Finding(
        rule="R4",
        level=Level.BLOCKS,
        appointment_id=outing.id,
        start=outing.start,
        centre_id=outing.centre_id,
        subject=person_id,
        key=f"rule.R4.{key}",
        params=params,
    )
