"""How people are named and addressed in French and English text: what R6 and R9 both look for."""

from __future__ import annotations

import re
import unicodedata

CAPITAL = "A-ZÀ-ÖØ-ÞŒŸ"
SPACE = r"[ \u00a0\u202f\t]"
APOSTROPHE = "['’]"

# A capitalised word: "Dupont", "Sarah-Bernhardt", "D'Angelo", "X", "D."
_CAPITALISED = rf"[{CAPITAL}](?:[\w'’\-]*\w|\.(?={SPACE}+[{CAPITAL}]))?"
_PARTICLE = (
    rf"(?:(?:de{SPACE}+la|de|du|des|la|le|les|da|dos|van|von|der|el|al|ben|bint|ould){SPACE}+"
    rf"|d{APOSTROPHE}|l{APOSTROPHE})"
)
NAME = rf"{_PARTICLE}{{0,2}}{_CAPITALISED}(?:{SPACE}+{_PARTICLE}{{0,2}}{_CAPITALISED}){{0,2}}"
"""A name as it should be written: « Le Goff », « de la Tour », « X »."""

NAME_IN_SMALL = rf"{_PARTICLE}{{0,2}}[^\W\d_][\w'’\-]+"
"""A name as it is written in a hurry: « le goff »; only after an abbreviation that nothing else can follow."""

ABBREVIATED = r"(?:(?i:mr|mme|mmes|mlle|mlles|mrs|miss)\b\.?|MM\.|M\.|Ms\b\.?)"
"""Ways to address that are no other word."""

IN_FULL = r"(?i:madame|monsieur|mademoiselle|mesdames|messieurs)\b"

OFFICE = (
    rf"{SPACE}*(?:l[ea]{SPACE}+|l{APOSTROPHE}|les{SPACE}+)?"
    r"(?:maires?|maire-adjointe?|présidente?s?|vice-présidente?|directeurs?|directrices?|préf[eè]te?s?|ministres?|"
    r"conseill[eè]re?s?|adjointe?s?|élue?s?|députée?s?|sénateurs?|sénatrices?|ambassad\w+|gardien(?:ne)?s?|concierges?|"
    r"curé|recteur|rectrice|principale?|proviseure?|commissaire|juge|tout[ -]le[ -]monde)(?![\w'’\-])"
)
"""What follows « Madame » without being a name: an office (« la Maire »)."""

NO_NAME = re.compile(
    rf"{OFFICE}|{SPACE}*(?:et|ou|qui|que|est|a|à|au|aux|en|avec|pour|dans|sur|chez|and|or)(?![\w'’\-])",
    re.IGNORECASE,
)
"""An office, or the sentence going on: « M. et Mme »."""

PUBLIC_PLACE_BEFORE = re.compile(
    r"\b(?:rue|avenue|av\.?|boulevard|bd|place|square|allée|impasse|quai|cours|cour|passage|mail|esplanade|pont|"
    r"rond-point|venelle|ruelle|chemin|route|promenade|parvis|école|collège|lycée|université|gymnase|stade|médiathèque|"
    rf"bibliothèque|théâtre|crèche|piscine|parc|salle|espace|halle|station|arrêt|marché|street|road){SPACE}+$",
    re.IGNORECASE,
)
"""What makes of the name that follows at once a place: « rue Mme de Sévigné »; not « à la place de Mme Le Goff »."""

LETTER_BEFORE = re.compile(
    rf"\b(?:bâtiment|bât\.?|bat\.?|salle|hall|escalier|entrée|porte|ligne|métro|tour|zone|bloc|quai|lettre){SPACE}+$",
    re.IGNORECASE,
)
"""What makes of « M. » a letter: « Bâtiment M. »"""


def just_before(text: str, position: int) -> str:
    """The few words before a position: as much as the patterns above look at, so that long texts cost no more."""
    return text[max(0, position - 60) : position]


def folded(text: str) -> str:
    """Without case, accents, hyphens and apostrophes, words apart by one blank: for comparing names."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w]+", " ", plain.casefold()).split())
