"""R3: each outing has a base contact, reachable, not on that team nor out at that time."""

from __future__ import annotations

from collections.abc import Iterator

from sidecar.domain.appointments import Outing, Participation
from sidecar.domain.rules.finding import Finding, Gap, Level, Word
from sidecar.domain.rules.rota import Busy, Rota, Scope, binds, busy
from sidecar.domain.rules.rule import who


def check_base_contact(rota: Rota, scope: Scope) -> Iterator[Finding]:
    """R3: nothing where one base contact will do; else what is wrong with each, or that there is none.

    A base contact who declined is none. Reachable means: has a telephone number of their own.
    """
    for outing in rota.looked_at(scope, "R3", Outing):
        contacts = outing.base_contacts
        if not contacts:
            yield _finding(outing, "missing", "", {})
            continue
        problems = [(contact, _problem(rota, outing, contact)) for contact in contacts]
        if any(problem is None for _, problem in problems):
            continue
        for contact, problem in problems:
            if problem is not None:
                key, params = problem
                yield _finding(outing, key, contact.person_id, {"name": who(rota, contact.person_id), **params})


def _problem(rota: Rota, outing: Outing, contact: Participation) -> tuple[str, dict[str, Gap]] | None:
    person = rota.known(contact.person_id)
    if person is None:
        return "unknown", {}
    if any(member.person_id == person.id for member in outing.team):
        return "on_team", {}
    for other in rota.person_busy(person.id).overlapping(busy(outing, contact)):
        if _goes_out(other) and binds(other.appointment, outing.centre_id):
            return _out(outing, other)
    if not any(phone.strip() for phone in person.phones):
        return "no_phone", {}
    return None


def _goes_out(other: Busy) -> bool:
    return isinstance(other.appointment, Outing) and other.participation is not None and other.participation.role.goes_out


def _out(outing: Outing, other: Busy) -> tuple[str, dict[str, Gap]]:
    # Another centre's outing is "occupied" and nothing more (R7).
    if other.appointment.centre_id != outing.centre_id:
        return "occupied", {"occupied": Word("word.occupied")}
    return "out", {"title": other.appointment.title}


def _finding(outing: Outing, key: str, person_id: str, params: dict[str, Gap]) -> Finding:
    return Finding(
        rule="R3",
        level=Level.BLOCKS,
        appointment_id=outing.id,
        start=outing.start,
        centre_id=outing.centre_id,
        subject=person_id,
        key=f"rule.R3.{key}",
        params=params,
    )
