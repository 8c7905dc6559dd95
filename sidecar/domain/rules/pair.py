"""R1: a team holds at least one recognised pair."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sidecar.domain.appointments import Outing, ParticipantRole
from sidecar.domain.centres import TeamPolicy
from sidecar.domain.people import Person, PersonKind
from sidecar.domain.rules.finding import Finding, Gap, Level
from sidecar.domain.rules.rota import Rota, Scope


def check_pair(rota: Rota, scope: Scope) -> Iterator[Finding]:
    """R1: one finding for each outing whose team makes no pair, by what it lacks."""
    for outing in rota.looked_at(scope, "R1", Outing):
        team = full_members(rota, outing)
        policy = team_policy(rota, outing)
        if makes_a_pair(team, policy):
            continue
        params: dict[str, Gap] = {}
        if len(team) == 1:
            params["name"] = team[0].full_name
        yield Finding(
            rule="R1",
            level=Level.BLOCKS,
            appointment_id=outing.id,
            start=outing.start,
            centre_id=outing.centre_id,
            key=f"rule.R1.{_what_lacks(team, policy)}",
            params=params,
        )


def full_members(rota: Rota, outing: Outing) -> list[Person]:
    """Who counts for a pair: goes out, is no trainee, has not declined for this time, and is known to us."""
    ids = dict.fromkeys(p.person_id for p in outing.team if p.role is not ParticipantRole.TRAINEE)
    return [person for person in map(rota.known, ids) if person is not None]


def team_policy(rota: Rota, outing: Outing) -> TeamPolicy:
    initiative = rota.initiatives.get(outing.initiative_id)
    return TeamPolicy.RECOGNISED_PAIR if initiative is None else initiative.team_policy


def makes_a_pair(team: Iterable[Person], policy: TeamPolicy) -> bool:
    """Whether two of them go well together.

    Recognised are two professionals, or any two of different kinds; two volunteers or two partners are not.
    """
    kinds = [person.kind for person in team]
    if policy is TeamPolicy.RESIDENT_LED:
        return len(kinds) >= 2
    two_professionals = kinds.count(PersonKind.PROFESSIONAL) >= 2
    if policy is TeamPolicy.PROFESSIONAL_PAIR:
        return two_professionals
    return two_professionals or len(set(kinds)) >= 2


def _what_lacks(team: list[Person], policy: TeamPolicy) -> str:
    if policy is TeamPolicy.PROFESSIONAL_PAIR:
        return "two_professionals"
    if policy is TeamPolicy.RESIDENT_LED:
        return "two_people"
    if not team:
        return "nobody"
    if len(team) == 1:
        return f"alone_{team[0].kind}"
    return f"only_{team[0].kind}s"
