"""The rules of the position paper as pure functions over a snapshot of the rota.

A rule never deletes or refuses what a person wrote: it says what it found, and what to do.
"""

from sidecar.domain.rules.finding import Finding, Level, Translator, Word, blocking
from sidecar.domain.rules.paper import STATEMENTS, Statement
from sidecar.domain.rules.personal_data import Allowed, Hit, HitKind, find_personal_data
from sidecar.domain.rules.registry import ALL, OF_ONE, check
from sidecar.domain.rules.rota import Rota, Scope
from sidecar.domain.rules.rule import Rule

__all__ = [
    "ALL",
    "OF_ONE",
    "STATEMENTS",
    "Allowed",
    "Finding",
    "Hit",
    "HitKind",
    "Level",
    "Rota",
    "Rule",
    "Scope",
    "Statement",
    "Translator",
    "Word",
    "blocking",
    "check",
    "find_personal_data",
]
