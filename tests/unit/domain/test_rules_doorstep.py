"""R6: the outing stops at the door of the home."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.domain.appointments import TeamMeeting, TrainingSession
from sidecar.domain.places import Place, PlaceKind
from sidecar.domain.rules import Level
from sidecar.domain.rules.homes import reads_like_a_home
from tests.unit.domain.builders import CAFE, TUESDAY, at, found, keys, outing

HOMES = [
    "chez Mme Le Gall",
    "Chez M. X",
    "chez M Dupont",
    "chez M.Dupont",
    "chez mr et mme dupont",
    "Chez M. et Mme Dupont",
    "Chez Monsieur et Madame Durand",
    "chez madame Dupont",
    "CHEZ MME LE GALL",
    "Café chez Mme Le Gall",
    "chez\u00a0Mme\u00a0Le\u00a0Gall",
    "domicile",
    "Au domicile",
    "visite à domicile",
    "au domicile de Mme L.",
    "à la maison de Mme Le Gall",
    "appartement de M. Dupont",
    "appt 12",
    "Appt. 12",
    "apt 3B",
    "appartement 3B",
    "Appartement n° 4",
    "12 rue de Lorient, appt 4",
    "Résidence Le Gast, appartement B",
    "étage 4 porte 2",
    "Étage 4, porte 2",
    "4e étage porte 12",
    "4ème étage à gauche",
    "au 3e gauche",
    "3ème droite",
    "RDC gauche",
    "esc. B, 2e étage, porte 21",
    "chez les Martin",
    "chez les MARTIN",
    "chez la famille Le Goff",
    "chez l'habitant",
    "chez l’habitante",
    "chez un voisin",
    "chez elle",
    "at Mrs Smith's",
    "Flat 12",
]

HOMES_UNLESS_A_KIND_IS_SAID = ["chez Yvette", "Chez Marcel", "à la maison", "bât C porte 12", "interphone Le Gall"]

NO_HOMES = [
    "",
    "Les Rendez-vous près de chez vous",
    "Marché Sarah-Bernhardt",
    "chez vous",
    "Près de chez vous",
    "Chez nous",
    "Chez nos partenaires",
    "chez le partenaire",
    "Maison de quartier",
    "Maison de quartier de Villejean",
    "Maison des familles",
    "Maison de Suède",
    "maison de retraite",
    "maison de santé",
    "pied d'immeuble",
    "pied d'immeuble, 12 rue de Lorient",
    "Au pied des tours",
    "hall",
    "Hall B",
    "hall de la tour 3",
    "centre social",
    "Espace Social Commun, 2e étage",
    "2e étage, salle 3",
    "palier du 4e étage",
    "prendre la 2e à droite",
    "porte 12 du stade",
    "en bas de chez eux",
    "à la porte du domicile",
    "Service d'aide à domicile",
    "ADMR, soins à domicile",
    "Accueil des personnes sans domicile fixe",
    "Bien chez soi",
    "chez EMMAÜS",
    "chez les Compagnons",
    "chez les Restos du cœur",
    "Appartement pédagogique",
    "appartement témoin",
    "Sortie 3e âge",
    "app mobile 2",
    "chez Madame la Maire",
    "Place du Colombier",
    "rue Jean Guéhenno",
    "Bonjour Voisins",
    "La Roulotte à parlottes",
    "Café du facteur",
]


@pytest.mark.parametrize("text", HOMES)
@pytest.mark.parametrize("kind_said", [True, False])
def test_a_home_is_read_as_one_whatever_kind_was_said(text, kind_said):
    assert reads_like_a_home(text, kind_said=kind_said)


@pytest.mark.parametrize("text", HOMES_UNLESS_A_KIND_IS_SAID)
def test_what_may_be_a_home_is_one_unless_a_kind_of_place_was_said(text):
    assert reads_like_a_home(text)
    assert reads_like_a_home(text, kind_said=True) is None


@pytest.mark.parametrize("text", NO_HOMES)
def test_what_is_no_home_is_not_read_as_one(text):
    assert reads_like_a_home(text) is None


@pytest.mark.parametrize("text", HOMES)
def test_accents_may_come_decomposed_as_some_phones_send_them(text):
    import unicodedata

    assert reads_like_a_home(unicodedata.normalize("NFD", text))


@given(st.text(max_size=200))
def test_any_text_can_be_read(text):
    words = reads_like_a_home(text)
    assert words is None or words.strip()


@pytest.mark.parametrize("field", ["title", "place", "meeting_point"])
@pytest.mark.parametrize("words", ["chez Mme Le Gall", "domicile", "appt 12"])
def test_a_home_in_title_place_or_meeting_point_blocks(field, words):
    value = Place(name=words, kind=PlaceKind.PUBLIC_SPACE) if field == "place" else words
    [finding] = found("R6", outing(**{field: value}))
    assert (keys([finding]), finding.level) == (["home"], Level.BLOCKS)
    assert finding.params["words"] == words
    assert finding.params["field"].key == f"field.{field}"


def test_a_place_whose_kind_nobody_said_is_no_finding_by_itself():
    assert found("R6", outing(place=Place(name="Place du Colombier"))) == []


def test_saying_the_kind_settles_a_doubt():
    assert keys(found("R6", outing(place=Place(name="Chez Marcel")))) == ["home"]
    assert found("R6", outing(place=Place(name="Chez Marcel", kind=PlaceKind.PARTNER_PREMISES))) == []


@pytest.mark.parametrize("place", [None, Place(name=" ")])
def test_an_outing_without_any_place_warns(place):
    [finding] = found("R6", outing(place=place))
    assert (keys([finding]), finding.level) == (["no_place"], Level.WARNING)


def test_an_outing_without_a_place_is_where_its_initiative_always_is():
    usual = [replace(CAFE, place=Place(name="Halle du marché", kind=PlaceKind.MARKET))]
    assert found("R6", outing(place=None), initiatives=usual) == []
    at_home = [replace(CAFE, place=Place(name="chez Mme Le Gall"))]
    assert keys(found("R6", outing(place=None), initiatives=at_home)) == ["home"]


def test_a_meeting_point_is_place_enough():
    assert found("R6", outing(place=None, meeting_point="Devant la poste")) == []


def test_meetings_and_training_are_no_outings():
    more = {"centre_id": "maurepas", "start": TUESDAY, "end": at(3, 12), "place": Place(name="Maison de Mme Le Gall")}
    assert found("R6", TeamMeeting(id="m", title="Réunion", **more)) == []
    assert found("R6", TrainingSession(id="t", title="Posture", **more)) == []
