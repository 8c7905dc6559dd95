"""R2: an initiative is ideally carried by a volunteer, a professional and a partner."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sidecar.domain.appointments import Outing
from sidecar.domain.people import PersonKind
from sidecar.domain.rules.finding import Finding, Level, Word
from sidecar.domain.rules.pair import full_members
from sidecar.domain.rules.rota import Rota, Scope


def check_trio(rota: Rota, scope: Scope) -> Iterator[Finding]:
    """R2: over all outings of an initiative in the period, not on each; says which kinds are missing.

    The finding stands at the first of these outings and belongs to none of them.
    """
    by_initiative: dict[str, list[Outing]] = defaultdict(list)
    for outing in rota.looked_at(scope, "R2", Outing):
        if outing.initiative_id in rota.initiatives:
            by_initiative[outing.initiative_id].append(outing)
    for initiative_id, outings in by_initiative.items():
        present = {person.kind for outing in outings for person in full_members(rota, outing)}
        missing = [kind for kind in PersonKind if kind not in present]
        if missing:
            yield Finding(
                rule="R2",
                level=Level.ADVICE,
                appointment_id="",
                start=outings[0].start,
                centre_id=scope.centre_id,
                subject=initiative_id,
                key="rule.R2.missing",
                params={
                    "initiative": rota.initiatives[initiative_id].name,
                    "kinds": tuple(Word(f"rule.R2.{kind}") for kind in missing),
                },
            )
