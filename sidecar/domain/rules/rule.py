"""What a rule is: its statement in the paper, and a pure function over a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sidecar.domain.rules.finding import Finding, Level, Word
from sidecar.domain.rules.paper import STATEMENTS
from sidecar.domain.rules.rota import Rota, Scope

Check = Callable[[Rota, Scope], Iterable[Finding]]


@dataclass(frozen=True)
class Rule:
    """``check`` looks at the scope's appointments only, though it may look around them."""

    id: str
    level: Level
    quotation: str
    check: Check

    @classmethod
    def stated(cls, rule_id: str, check: Check) -> Rule:
        """The rule as the paper states it, with what checks it."""
        statement = STATEMENTS[rule_id]
        return cls(statement.id, statement.level, statement.quotation, check)


def who(rota: Rota, person_id: str) -> str | Word:
    """The person's name, else the first address, else « une personne »."""
    person = rota.people.get(person_id)
    if person is None:
        return Word("word.someone")
    return person.full_name or next(iter(person.emails), "") or Word("word.someone")
