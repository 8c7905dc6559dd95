"""The twelve rules as the position paper has them: id, level, and the words they rest on.

A rule stands here before it is built; ``sidecar.domain.rules.registry.ALL`` holds those that check something.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sidecar.domain.rules.finding import Level


@dataclass(frozen=True)
class Statement:
    """``level`` is the gravest the rule gives. ``quotation`` is "" for R7 alone, which rests on common sense."""

    id: str
    level: Level
    quotation: str


STATEMENTS: Mapping[str, Statement] = MappingProxyType(
    {
        statement.id: statement
        for statement in (
            Statement("R1", Level.BLOCKS, "« pour garantir la sécurité de tous, le travail en binôme est recommandé »"),
            Statement("R2", Level.ADVICE, '« Dans l\'idéal, une action "aller vers" doit être portée par un trinôme »'),
            Statement("R3", Level.BLOCKS, "« Le lien avec l'équipe restée à terre », « le risque de déconnexion »"),
            Statement("R4", Level.BLOCKS, '« Les formations "aller vers" sont indispensables »'),
            Statement(
                "R5",
                Level.WARNING,
                "« La supervision : agir en grande proximité n'est pas sans incidence sur les émotions »",
            ),
            Statement("R6", Level.BLOCKS, "« une démarche qui s'arrête à la porte du domicile »"),
            Statement("R7", Level.BLOCKS, ""),
            Statement(
                "R8",
                Level.WARNING,
                "« un retour de ce qui s'observe à l'extérieur est nécessaire soit en réunion d'équipe »",
            ),
            Statement("R9", Level.BLOCKS, "« les contours des principes de confidentialité »"),
            Statement(
                "R10",
                Level.WARNING,
                "« transmettre aux acteurs », "
                "« savoir aller jusqu'au bout de la démarche tout en sachant passer le relais »",
            ),
            Statement("R11", Level.ADVICE, "« mieux connaître le territoire d'intervention »"),
            Statement("R12", Level.ADVICE, "« inciter de nouveaux habitants de lancer dans cette aventure »"),
        )
    }
)
