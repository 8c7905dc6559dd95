"""The rules that check something, and checking a rota against them."""

from __future__ import annotations

from collections.abc import Iterable

from sidecar.domain.rules.base_contact import check_base_contact
from sidecar.domain.rules.confidentiality import check_confidentiality
from sidecar.domain.rules.doorstep import check_doorstep
from sidecar.domain.rules.finding import Finding
from sidecar.domain.rules.one_place import check_one_place
from sidecar.domain.rules.pair import check_pair
from sidecar.domain.rules.rota import Rota, Scope
from sidecar.domain.rules.rule import Rule
from sidecar.domain.rules.training import check_training
from sidecar.domain.rules.trio import check_trio

ALL: tuple[Rule, ...] = (
    Rule.stated("R1", check_pair),
    Rule.stated("R2", check_trio),
    Rule.stated("R3", check_base_contact),
    Rule.stated("R4", check_training),
    Rule.stated("R6", check_doorstep),
    Rule.stated("R7", check_one_place),
    Rule.stated("R9", check_confidentiality),
)
"""R5, R8, R10, R11 and R12 are stated in ``paper.STATEMENTS`` and join when they are built."""

OF_ONE: tuple[Rule, ...] = tuple(rule for rule in ALL if rule.id == "R1")
"""Those that look at one outing and its team alone, whatever else is in the rota."""


def check(rota: Rota, scope: Scope, rules: Iterable[Rule] = ALL) -> list[Finding]:
    """The findings about the scope's centre and period, by time, then by appointment and rule.

    Cancelled appointments are not looked at, drafts are. A rule looks at nothing before its start date in the centre.
    """
    found = [finding for rule in rules for finding in rule.check(rota, scope)]
    return sorted(found, key=_order)


def _order(finding: Finding) -> tuple[float, str, int, str, str, str]:
    return (
        finding.start.timestamp(),
        finding.appointment_id,
        int(finding.rule.removeprefix("R")),
        finding.key,
        finding.subject,
        str(finding.params.get("words", "")),
    )
