"""Who and what is in the sample Rennes: centres, quarters, things, courses, invented people.

All people are invented. Telephone numbers are from the ranges that the French regulator keeps for fiction
(ARCEP decision 2018-0881: 01 99 00, 02 61 91, 06 39 98), mail addresses from the domains of RFC 2606.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sidecar.exchange.workbook import Value
from sidecar.samples import BASE_MONDAY

CITY = "Centre social Centre-ville"
MAUREPAS = "Centre social Maurepas"
CLEUNAY = "Centre social Cleunay"
VILLEJEAN = "Centre social Villejean"
MANCEAUX = "Centre social Champs-Manceaux"
BLOSNE = "Centre social Le Blosne"
ALL_CENTRES = (CITY, MAUREPAS, CLEUNAY, VILLEJEAN, MANCEAUX, BLOSNE)

QUARTERS: dict[str, tuple[str, ...]] = {
    CITY: ("Centre-ville", "Colombier"),
    MAUREPAS: ("Maurepas", "Gros-Chêne"),
    CLEUNAY: ("Cleunay", "La Courrouze"),
    VILLEJEAN: ("Villejean", "Kennedy"),
    MANCEAUX: ("Champs-Manceaux", "Sud-Gare"),
    BLOSNE: ("Le Blosne", "Italie"),
}
CARAVAN, VAN, MARQUEE, CARGO_BIKE = "Roulotte", "Véhicule Info-mobile", "Barnum", "Triporteur"
EQUIPMENT = ((CITY, CARAVAN, True), (VILLEJEAN, VAN, True), (BLOSNE, MARQUEE, False), (MAUREPAS, CARGO_BIKE, False))

POSTURE, CONFIDENTIALITY, LISTENING = "Posture", "Confidentialité", "Accueil et écoute"
DRIVING = "Conduite de la roulotte"
DEFAULT_COURSES = (POSTURE, CONFIDENTIALITY, LISTENING)
COURSES = ((POSTURE, None, True), (CONFIDENTIALITY, 36, True), (LISTENING, 48, True), (DRIVING, None, False))

VOLUNTEER, PROFESSIONAL, PARTNER = "bénévole", "professionnelle", "partenaire"
EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Somebody of the sample. ``days`` are the weekdays on which outings suit them (0 is Monday)."""

    given: str
    family: str
    kind: str
    centres: tuple[str, ...]
    function: str = ""
    organisation: str = ""
    phone: str = ""
    mail: bool = True
    account: bool = False
    ceiling: int | None = None
    days: frozenset[int] = EVERY_DAY
    goes_out: bool = True
    ashore: bool = False
    trained: bool = True

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}".strip() or self.organisation

    @property
    def key(self) -> str:
        plain = self.name.lower().translate(str.maketrans("éèêëçïîôàâ ", "eeeeciioaa."))
        return plain.replace("'", "").replace("-", "")


def _pro(given: str, family: str, centre: str, function: str, **more: Any) -> Actor:
    return replace(
        Actor(given=given, family=family, kind=PROFESSIONAL, centres=(centre,), function=function, account=True), **more
    )


def _ashore(given: str, family: str, centre: str) -> Actor:
    return _pro(given, family, centre, "Accueil", goes_out=False, ashore=True, trained=False)


def _volunteer(given: str, family: str, *centres: str, **more: Any) -> Actor:
    return replace(Actor(given=given, family=family, kind=VOLUNTEER, centres=centres), **more)


def _partner(given: str, family: str, organisation: str, function: str, *centres: str, **more: Any) -> Actor:
    actor = Actor(given=given, family=family, kind=PARTNER, centres=centres, organisation=organisation, function=function)
    return replace(actor, **more)


IT_OFFICER = Actor(
    given="Solenn", family="Quéméner", kind=PROFESSIONAL, centres=ALL_CENTRES, function="Informaticienne publique",
    account=True,
)  # fmt: skip
SUPERVISORS = (
    _partner("Agathe", "Pommereul", "Cabinet La Clairière", "Psychologue", CITY, MAUREPAS, CLEUNAY, goes_out=False),
    _partner("Idriss", "Bencherif", "Cabinet La Clairière", "Psychologue", VILLEJEAN, MANCEAUX, BLOSNE, goes_out=False),
)
TRAINER = _partner("Mathilde", "Gourvennec", "Fédération des centres sociaux", "Formatrice", CITY, VILLEJEAN, goes_out=False)
LAPSED = _volunteer("Jean-Yves", "Kermarrec", VILLEJEAN, ceiling=2)
HELPS_TWO = _volunteer("Fatoumata", "Sissoko", MANCEAUX, VILLEJEAN, ceiling=3)
NEWCOMERS = (
    _volunteer("Léa", "Trémaudan", VILLEJEAN, trained=False),
    _volunteer("Karim", "Haddouche", MAUREPAS, trained=False),
)
ORGANISATIONS = (
    Actor(given="", family="", kind=PARTNER, centres=ALL_CENTRES, organisation="RésoVilles", goes_out=False),
    Actor(given="", family="", kind=PARTNER, centres=(MAUREPAS, BLOSNE), organisation="Habitat des Deux Rives",
          goes_out=False),
    Actor(given="", family="", kind=PARTNER, centres=(CLEUNAY,), organisation="Espace social commun de Cleunay",
          goes_out=False, mail=False),
)  # fmt: skip
MEDIATORS = tuple(
    Actor(given=given, family=family, kind=PROFESSIONAL, centres=(BLOSNE, MAUREPAS), function=function, account=True)
    for given, family, function in (
        ("Nadia", "Belkacem", "Médiatrice sociale"),
        ("Erwan", "Le Dantec", "Médiateur social"),
        ("Mariama", "Baldé", "Médiatrice sociale"),
        ("Thibault", "Ollivrin", "Médiateur social"),
    )
)
CAST: tuple[Actor, ...] = (
    _pro("Claire", "Morvannou", CITY, "Coordinatrice"),
    _ashore("Hugo", "Talvard", CITY),
    _volunteer("Bernadette", "Lescoat", CITY, mail=False),
    _volunteer("Samir", "Ouadah", CITY, ceiling=2),
    _volunteer("Odile", "Rouxelin", CITY, account=True),
    _partner("Gwendal", "Pichavant", "Association Les Bancs publics", "Éducateur", CITY),
    _pro("Stéphane", "Guivarch", MAUREPAS, "Coordinateur"),
    _ashore("Aïcha", "Mansouri", MAUREPAS),
    _volunteer("Marie-Annick", "Le Bihannic", MAUREPAS, mail=False),
    _volunteer("Amadou", "Diarra", MAUREPAS, account=True),
    _volunteer("Josiane", "Hervoche", MAUREPAS),
    _partner("Lucie", "Desnoës", "Habitat des Deux Rives", "Gardienne d'immeuble", MAUREPAS),
    _pro("Élodie", "Cadiou", CLEUNAY, "Coordinatrice"),
    _ashore("Marc", "Tizon", CLEUNAY),
    _volunteer("Rokia", "Sangaré", CLEUNAY),
    _volunteer("Yvon", "Le Scanff", CLEUNAY, mail=False, days=frozenset({1, 3, 4})),
    _partner("Anaïs", "Robichon", "Espace social commun de Cleunay", "Assistante sociale", CLEUNAY),
    _pro("Tanguy", "Abgrall", VILLEJEAN, "Coordinateur"),
    _pro("Inès", "Carvalheiro", VILLEJEAN, "Animatrice"),
    _ashore("Chantal", "Boulvais", VILLEJEAN),
    _volunteer("Moussa", "Traouré", VILLEJEAN),
    _volunteer("Denise", "Guénégan", VILLEJEAN, days=frozenset({2, 4, 5})),
    LAPSED,
    _partner("Pauline", "Videlot", "Maison des solidarités", "Conseillère", VILLEJEAN),
    _pro("Rachid", "Zerrouki", MANCEAUX, "Coordinateur"),
    _ashore("Nolwenn", "Jaffrézic", MANCEAUX),
    HELPS_TWO,
    _volunteer("Gérard", "Pinsonneau", MANCEAUX, mail=False),
    _volunteer("Thi Lan", "Phamdo", MANCEAUX, account=True),
    _pro("Cécile", "Le Floc'hic", BLOSNE, "Coordinatrice"),
    _ashore("Baptiste", "Ménager", BLOSNE),
    _volunteer("Hatice", "Yildirhan", BLOSNE),
    _volunteer("Ronan", "Cosquéric", BLOSNE, ceiling=2),
    _partner("Olivier", "Garandel", "Protection maternelle et infantile", "Puériculteur", BLOSNE),
    *MEDIATORS,
    IT_OFFICER,
    *NEWCOMERS,
    *SUPERVISORS,
    TRAINER,
    *ORGANISATIONS,
)
ORGANISERS = {actor.centres[0]: actor for actor in CAST if actor.function.startswith("Coordinat")}


def phone_of(number: int, actor: Actor) -> str:
    if actor in ORGANISATIONS:
        return f"01 99 00 {40 + number // 100:02d} {number % 100:02d}"
    if actor.kind == PROFESSIONAL:
        return f"02 61 91 {10 + number // 100:02d} {number % 100:02d}"
    return f"06 39 98 {20 + number // 100:02d} {number % 100:02d}"


def people_rows() -> list[dict[str, Value]]:
    rows: list[dict[str, Value]] = []
    for number, actor in enumerate(CAST, start=11):
        domain = "example.org" if actor.kind == PROFESSIONAL else "example.com"
        rows.append(
            {
                "given_name": actor.given,
                "family_name": actor.family,
                "kind": actor.kind,
                "centres": "; ".join(actor.centres),
                "emails": f"{actor.key}@{domain}" if actor.mail else None,
                "phones": phone_of(number, actor),
                "organisation": actor.organisation,
                "function": actor.function,
                "account": actor.key if actor.account else None,
                "weekly_ceiling": actor.ceiling,
                "consent": BASE_MONDAY - timedelta(days=60 + number),
            }
        )
    return rows


LAPSES_ON: date = BASE_MONDAY + timedelta(weeks=7, days=1)
"""Until this day, in the eighth week, what ``LAPSED`` learnt on confidentiality is valid."""


def qualification_rows() -> list[dict[str, Value]]:
    """Everyone who goes out has the three courses; newcomers have the first of them alone."""
    rows: list[dict[str, Value]] = []
    for number, actor in enumerate(actor for actor in CAST if actor.goes_out):
        since = BASE_MONDAY - timedelta(days=90 + 11 * number)
        if actor in NEWCOMERS:
            rows.append({"person": actor.name, "courses": POSTURE, "since": BASE_MONDAY - timedelta(days=20)})
        elif actor is LAPSED:
            rows.append({"person": actor.name, "courses": f"{POSTURE}, {LISTENING}", "since": since})
            long_ago = BASE_MONDAY - timedelta(days=1040)
            rows.append({"person": actor.name, "courses": CONFIDENTIALITY, "since": long_ago, "until": LAPSES_ON})
        else:
            rows.append({"person": actor.name, "courses": "; ".join(DEFAULT_COURSES), "since": since})
    rows.append({"person": ORGANISERS[CITY].name, "courses": DRIVING, "since": BASE_MONDAY - timedelta(days=400)})
    return rows


def centre_rows() -> list[dict[str, Value]]:
    return [
        {
            "name": centre,
            "timezone": "Europe/Paris",
            "school_zone": "B",
            "phone": f"02 61 91 00 {number:02d}",
            "email": f"{centre.removeprefix('Centre social ').lower().replace(' ', '-')}@example.org",
            "rest_hours": 11,
            "default_rules_from": BASE_MONDAY,
        }
        for number, centre in enumerate(ALL_CENTRES, start=1)
    ]
