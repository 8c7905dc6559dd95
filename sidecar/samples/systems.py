"""The systems of the position paper (S1 to S15) as actions of the sample Rennes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from sidecar.exchange.workbook import Value
from sidecar.samples.cast import (
    ALL_CENTRES,
    BLOSNE,
    CARAVAN,
    CARGO_BIKE,
    CITY,
    CLEUNAY,
    MANCEAUX,
    MARQUEE,
    MAUREPAS,
    PARTNER,
    PROFESSIONAL,
    QUARTERS,
    VAN,
    VILLEJEAN,
    VOLUNTEER,
)

EVERY_WEEK = tuple(range(1, 13))
ODD_WEEKS, EVEN_WEEKS = EVERY_WEEK[::2], EVERY_WEEK[1::2]
IT_HELP = "Informaticienne publique hors les murs"
SEMINAR = "Séminaire régional « Aller vers plutôt que voir venir »"
THEMATIC = "Réunion thématique « Aller vers »"
PARENTING = "parentalité"

PUBLIC, HALL, MARKET, GARDEN = "espace public", "parties communes", "marché", "jardin"
STOP, AT_PARTNER, AT_CENTRE = "arrêt mobile", "chez un partenaire", "au centre"


@dataclass(frozen=True, kw_only=True)
class System:
    """One action. ``days``: weekdays (0 is Monday); ``team``: kinds, the driver's first; ``turn``: who is served first.

    ``stops`` are (place, kind of place, quarter), visited in turn.
    """

    paper: str
    centre: str
    action: str
    rhythm: str = ""
    format: str = ""
    weeks: tuple[int, ...] = ()
    days: tuple[int, ...] = ()
    at: time = time(9)
    minutes: int = 120
    stops: tuple[tuple[str, str, str], ...] = ()
    meeting_point: str | None = None
    equipment: str | None = None
    driver: bool = False
    team: tuple[str, ...] = (PROFESSIONAL, VOLUNTEER)
    third: bool = True
    mediators: bool = False
    newcomers: bool = False
    policy: str | None = None
    courses: str | None = None
    themes: tuple[str, ...] = ()
    aliases: str | None = None
    preparing: bool = False
    text: str | None = None
    turn: int = 5

    def row(self) -> dict[str, Value]:
        place, kind, _ = self.stops[0] if len(self.stops) == 1 else (None, None, None)
        return {
            "centre": self.centre,
            "name": self.action,
            "aliases": self.aliases,
            "neighbourhoods": "; ".join(dict.fromkeys(quarter for _, _, quarter in self.stops)) or None,
            "format": self.format,
            "rhythm": self.rhythm,
            "place": place,
            "place_kind": kind,
            "usual_start": self.at if self.days else None,
            "usual_minutes": f"{self.minutes} min" if self.days else None,
            "equipment": self.equipment,
            "courses": self.courses or "par défaut",
            "team_policy": self.policy,
            "places_for": len(self.team) + 1 if self.days else None,
            "needs_driver": "oui" if self.driver else "non",
            "themes": "; ".join(self.themes),
            "preparing": "oui" if self.preparing else "non",
        }


def _it_help(number: int, centre: str) -> System:
    """S11: six centres take turns, three in odd weeks, three in even ones."""
    quarter = QUARTERS[centre][0]
    place = {
        CITY: ("Médiathèque du centre", AT_PARTNER),
        MAUREPAS: ("Hall du bureau de poste", AT_PARTNER),
        CLEUNAY: ("Espace social commun", AT_PARTNER),
        VILLEJEAN: ("Bibliothèque du quartier", AT_PARTNER),
        MANCEAUX: ("Galerie commerciale", PUBLIC),
        BLOSNE: ("Maison de quartier", AT_PARTNER),
    }[centre]
    return System(
        paper="S11", centre=centre, action=IT_HELP, rhythm="une semaine sur deux", format="accompagnement numérique",
        aliases="Informaticienne publique", weeks=ODD_WEEKS if number % 2 == 0 else EVEN_WEEKS,
        days=((2, 1, 3)[number // 2],), at=time(14), minutes=120, stops=((*place, quarter),),
        team=(PROFESSIONAL, VOLUNTEER), third=False, themes=("numérique", "accès aux droits"), turn=1,
    )  # fmt: skip


SYSTEMS: tuple[System, ...] = (
    System(
        paper="S1", centre=CITY, action="La Roulotte à parlottes", aliases="Roulotte à parlottes",
        rhythm="chaque mercredi", format="roulotte et café", weeks=EVERY_WEEK, days=(2,), at=time(14), minutes=150,
        stops=(
            ("Place Sainte-Anne", STOP, "Centre-ville"),
            ("Place de la République", STOP, "Centre-ville"),
            ("Dalle du Colombier", STOP, "Colombier"),
        ),
        equipment=CARAVAN, driver=True, meeting_point="Garage de la roulotte", themes=("isolement",), turn=2,
    ),
    System(
        paper="S2", centre=MAUREPAS, action="Café du facteur", aliases="Le Café du facteur",
        rhythm="chaque mardi matin",
        format="café en plein air", weeks=EVERY_WEEK, days=(1,), at=time(9, 30),
        stops=(("Dalle du Gros-Chêne", PUBLIC, "Gros-Chêne"),), equipment=CARGO_BIKE, newcomers=True,
        meeting_point="Accueil du centre", themes=("isolement", "nouveaux habitants"),
    ),
    System(
        paper="S3", centre=CLEUNAY, action="Les Rendez-vous près de chez vous", rhythm="chaque jeudi",
        format="pied d'immeuble", weeks=EVERY_WEEK, days=(3,), at=time(16, 30), minutes=90,
        stops=(
            ("Pied d'immeuble, rue des Ajoncs", HALL, "Cleunay"),
            ("Square du Gué", PUBLIC, "Cleunay"),
            ("Hall B, allée des Tilleuls", HALL, "La Courrouze"),
        ),
        meeting_point="Devant l'école", themes=(PARENTING, "ascenseur en panne"),
    ),
    System(
        paper="S4", centre=VILLEJEAN, action="L'Info-mobile", aliases="Info-mobile",
        rhythm="chaque vendredi après-midi",
        format="véhicule d'information", weeks=EVERY_WEEK, days=(4,), at=time(14), minutes=150,
        stops=(
            ("Parking de la dalle Kennedy", STOP, "Kennedy"),
            ("Cours d'Angoulême", STOP, "Villejean"),
        ),
        equipment=VAN, driver=True, themes=("accès aux droits",),
    ),
    System(
        paper="S5", centre=VILLEJEAN, action="Jardin partagé", rhythm="un samedi sur deux", format="jardinage",
        weeks=ODD_WEEKS, days=(5,), at=time(10), minutes=150, stops=(("Jardin des Mille Pas", GARDEN, "Villejean"),),
        newcomers=True, themes=(PARENTING, "cadre de vie", "envie d'agir"), text="Ouvert à tous, gants sur place.",
    ),
    System(
        paper="S6", centre=BLOSNE, action="Médiation sociale", aliases="Médiateurs sociaux",
        rhythm="du lundi au vendredi", format="tournée à pied", weeks=EVERY_WEEK, days=(0, 1, 2, 3, 4), at=time(17),
        stops=(("Place de Zagreb", PUBLIC, "Le Blosne"), ("Abords du métro Italie", PUBLIC, "Italie")),
        team=(PROFESSIONAL, PROFESSIONAL), mediators=True, third=False, policy="deux professionnels",
        themes=("cadre de vie",), turn=3,
    ),
    System(
        paper="S6", centre=MAUREPAS, action="Médiation sociale", aliases="Médiateurs sociaux", rhythm="chaque jeudi",
        format="tournée à pied", weeks=EVERY_WEEK, days=(3,), at=time(14), minutes=120,
        stops=(("Parc de Maurepas", PUBLIC, "Maurepas"), ("Allée de Brno", PUBLIC, "Gros-Chêne")),
        team=(PROFESSIONAL, PROFESSIONAL), mediators=True, third=False, policy="deux professionnels",
        themes=("cadre de vie",), turn=3,
    ),
    System(
        paper="S7", centre=MANCEAUX, action="Marché Sarah-Bernhardt", rhythm="chaque samedi matin",
        format="porteurs de paroles", weeks=EVERY_WEEK, days=(5,), at=time(9, 30), minutes=150,
        stops=(("Marché Sarah-Bernhardt", MARKET, "Champs-Manceaux"),), third=False, themes=("envie d'agir",),
        text="Question du mois : qu'est-ce qui vous ferait sortir ?",
    ),
    System(
        paper="S8", centre=VILLEJEAN, action="Marché de Villejean", rhythm="chaque vendredi matin",
        format="porteurs de paroles", weeks=EVERY_WEEK, days=(4,), at=time(9, 30), minutes=150,
        stops=(("Marché de Villejean", MARKET, "Villejean"),), themes=("nouveaux habitants",),
    ),
    System(
        paper="S9", centre=MAUREPAS, action="Table de quartier", aliases="Tables de quartier",
        rhythm="une fois par mois",
        format="réunion d'habitants", weeks=(2, 6, 10), days=(2,), at=time(18),
        stops=(("Espace social commun", AT_PARTNER, "Maurepas"),), team=(VOLUNTEER, VOLUNTEER), third=False,
        policy="menée par les habitants", courses="aucune", themes=("envie d'agir",),
    ),
    System(
        paper="S9", centre=VILLEJEAN, action="Table de quartier", aliases="Tables de quartier",
        rhythm="une fois par mois",
        format="réunion d'habitants", weeks=(3, 7, 11), days=(2,), at=time(18),
        stops=(("Salle de l'association des locataires", AT_PARTNER, "Kennedy"),), team=(VOLUNTEER, VOLUNTEER),
        third=False, policy="menée par les habitants", courses="aucune", themes=("envie d'agir",),
    ),
    System(
        paper="S10", centre=BLOSNE, action="Bonjour Voisins", rhythm="quatre fois par an", format="fête de voisins",
        weeks=(3, 6, 9, 12), days=(5,), at=time(16), minutes=180,
        stops=(("Place du Banat", PUBLIC, "Le Blosne"), ("Square de Copenhague", PUBLIC, "Italie")),
        team=(PROFESSIONAL, VOLUNTEER, PARTNER), third=False, equipment=MARQUEE,
        themes=(PARENTING, "nouveaux habitants"),
    ),
    *(_it_help(number, centre) for number, centre in enumerate(ALL_CENTRES)),
    System(
        paper="S12", centre=MANCEAUX, action="La Guitoune", rhythm="chaque mercredi, à venir",
        format="cabane numérique mobile", weeks=(9, 10, 11, 12), days=(2,), at=time(15),
        stops=(("Placette des Champs-Manceaux", PUBLIC, "Champs-Manceaux"),), third=False, themes=("numérique",),
        preparing=True, turn=9,
    ),
    System(paper="S13", centre=CITY, action=SEMINAR, aliases="Aller vers plutôt que voir venir", format="séminaire"),
    System(paper="S15", centre=CITY, action=THEMATIC, rhythm="une fois par mois", format="réunion de réseau"),
)  # fmt: skip
