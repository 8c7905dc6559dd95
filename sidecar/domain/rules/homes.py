"""Whether a text reads like somebody's home (R6)."""

from __future__ import annotations

import re
import unicodedata

from sidecar.domain.rules.names import APOSTROPHE, CAPITAL, NAME, OFFICE, SPACE, just_before

_CIVIL = r"(?:m\.|mm\.|(?:m|mr|mme|mmes|mlle|madame|monsieur|mademoiselle|mesdames|messieurs|mrs|miss)(?![\w'’\-])\.?)"
_NO_OFFICE = rf"(?!{OFFICE})"
_FEW_WORDS = rf"(?:{SPACE}*[\w'’\-]+){{0,3}}"
_SIDE = r"(?:gauche|droite|face|milieu)\b"
_NTH = r"\d{1,2}(?:er|ère|e|è|ème|eme|nde?)"
_COMMA = rf"{SPACE}*[,;\-–]?{SPACE}*"
_DWELLING = r"(?:maison|appartement|appart|logement|pavillon|studio|salon|cuisine|villa|home|house)"
_FLAT = r"(?:appartement|appart|appt|apt|app\.|flat|apartment)"
_FLAT_NUMBER = rf"(?:[{CAPITAL}]{{0,2}}[.\-]?\d+{SPACE}?[A-Za-z]?\b|[{CAPITAL}]\b)"
# Groups of people whose name is in the plural are no family: « chez les Compagnons ».
_NO_GROUP = (
    r"(?!(?i:compagnons|petits|petites|restos|restaurants|jeunes|scouts|apprentis|amis|anciens|aînés|voisins|"
    r"habitants|pompiers|francas|blouses))"
)

# « près de chez eux » is where we meet people; the door is theirs.
_NEAR = re.compile(
    rf"(?:près|proche|bas|pied|côté|loin|devant|autour|abords|porte){SPACE}+(?:de|d{APOSTROPHE}){SPACE}*$",
    re.IGNORECASE,
)
# « aide à domicile » is a trade and « sans domicile » a condition; the outing may well be to meet them.
_DOMICILE_ELSEWHERE = re.compile(
    rf"(?:sans|hors|porte{SPACE}+du|seuil{SPACE}+du|(?:aides?|aidants?|soins?|services?|maintien|intervenante?s?|"
    rf"auxiliaires?|hospitalisation|portage){SPACE}+(?:[^\W\d]+{SPACE}+)?à|élection{SPACE}+de){SPACE}+$",
    re.IGNORECASE,
)

# Whatever kind of place somebody chose, these are homes.
_AT_A_NAMED_PERSONS = rf"\b(?i:chez{SPACE}+{_CIVIL}{_NO_OFFICE}){_FEW_WORDS}"
_AT_A_FAMILYS = rf"\b(?i:chez{SPACE}+(?:la{SPACE}+famille|les(?:{SPACE}+époux)?)){SPACE}+{_NO_GROUP}{NAME}"
_DWELLING_OF_A_PERSON = (
    rf"\b(?i:{_DWELLING}{SPACE}+(?:de|d{APOSTROPHE}|à|of){SPACE}*{_CIVIL}{_NO_OFFICE}(?={SPACE})){_FEW_WORDS}"
)
_DWELLING_OF_A_FAMILY = rf"\b(?i:{_DWELLING}{SPACE}+(?:de{SPACE}+la{SPACE}+famille|des{SPACE}+époux)){SPACE}+{NAME}"
_NUMBERED_FLAT = rf"\b(?i:{_FLAT})\.?{SPACE}*(?:(?i:n[°ºo]\.?|numéro){SPACE}*)?{_FLAT_NUMBER}"
_FLOOR_AND_DOOR = rf"\b(?i:[ée]tage{SPACE}*(?:n°)?\d+{_COMMA}porte\b(?:{SPACE}*\w+)?)"
_NTH_FLOOR_AND_SIDE = rf"\b(?i:{_NTH}{SPACE}+[ée]tage{_COMMA}(?:porte\b(?:{SPACE}*\w+)?|(?:à{SPACE}+)?{_SIDE}))"
# "la 2e à droite" is a direction, and "3e gauche" a landing.
_NTH_AND_SIDE = rf"(?i:(?<!la )\b(?:{_NTH}|rdc|rez-de-chaussée){SPACE}+(?:porte{SPACE}+)?{_SIDE})"
_AT_IN_ENGLISH = rf"\b(?i:at{SPACE}+(?:mr|mrs|ms|miss)\b\.?){SPACE}+{NAME}"
_ALWAYS = tuple(
    map(
        re.compile,
        (
            _AT_A_NAMED_PERSONS,
            _AT_A_FAMILYS,
            _DWELLING_OF_A_PERSON,
            _DWELLING_OF_A_FAMILY,
            _NUMBERED_FLAT,
            _FLOOR_AND_DOOR,
            _NTH_FLOOR_AND_SIDE,
            _NTH_AND_SIDE,
            _AT_IN_ENGLISH,
        ),
    )
)
_CHEZ_SOMEBODY = re.compile(
    rf"\bchez{SPACE}+(?:(?:une?|des|les|l{APOSTROPHE}){SPACE}*(?:habitant|voisin|riverain|résident|locataire|particulier|"
    rf"dame|monsieur|personne|famille|retraité)\w*|elles?\b|lui\b|eux\b|moi\b)",
    re.IGNORECASE,
)
_DOMICILE = re.compile(r"\bdomiciles?\b", re.I)

# Only where nobody said which kind of place it is: « Chez Marcel » may be a café.
# Small letters after the capital: « chez EMMAÜS » and « chez ADMR » are no first names.
_AT_A_FIRST_NAMES = (
    rf"\b(?i:chez){SPACE}+(?!(?i:nous|vous|toi|soi|nos|vos|notre|votre|les|la|le|un|une|des|madame|monsieur)\b)"
    rf"[{CAPITAL}][a-zà-ÿ]+[\w'’\-]*"
)
_AT_HOME = r"(?i:\bà la maison\b|\bat home\b)\s*[.!]?\s*$"
_BUILDING_AND_DOOR = rf"\b(?i:b[âa]t(?:iment|\.)?{SPACE}*\w{{1,3}}{_COMMA}porte{SPACE}+\w+)"
_INTERCOM = r"\b(?i:interphone|digicode|sonnez au nom)\b"
_UNLESS_SAID = tuple(map(re.compile, (_AT_A_FIRST_NAMES, _AT_HOME, _BUILDING_AND_DOOR, _INTERCOM)))


def reads_like_a_home(text: str, *, kind_said: bool = False) -> str | None:
    """R6: the words that read like somebody's home, or None.

    « chez Mme Le Gall », « au domicile », « appt 12 », « 3e gauche », « chez les Martin », « chez un habitant » always
    do. ``kind_said``: somebody chose which kind of place it is; then « Chez Marcel », « à la maison », an
    intercom or a door number are believed to be what they chose. « près de chez vous », « Maison de quartier »,
    « pied d'immeuble », « aide à domicile » never do.
    """
    text = unicodedata.normalize("NFC", text)
    for pattern in _ALWAYS:
        if match := pattern.search(text):
            return match.group().strip()
    for match in _DOMICILE.finditer(text):
        if not _DOMICILE_ELSEWHERE.search(just_before(text, match.start())):
            return match.group()
    patterns = (_CHEZ_SOMEBODY,) if kind_said else (_CHEZ_SOMEBODY, *_UNLESS_SAID)
    for pattern in patterns:
        for match in pattern.finditer(text):
            if not _NEAR.search(just_before(text, match.start())):
                return match.group().strip()
    return None
