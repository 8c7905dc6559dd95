"""R9: no resident is named."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.domain.appointments import TeamMeeting
from sidecar.domain.places import Place
from sidecar.domain.rules import Allowed, HitKind, Level, find_personal_data
from sidecar.domain.rules.names import just_before
from tests.unit.domain.builders import AWA, LEA, MAUREPAS, TUESDAY, ZOE, at, found, keys, member, outing

NAMES = [
    "M. Dupont",
    "M.Dupont",
    "M Dupont",
    "Mr Dupont",
    "Mr. Dupont",
    "Mme Le Goff",
    "Mme. Le Goff",
    "MME LE GOFF",
    "mme le goff",
    "Madame Le Goff",
    "Mlle Durand",
    "Monsieur Ben Ali",
    "M. d'Angelo",
    "M. d’Angelo",
    "Mme de la Tour",
    "M. X",
    "Mme Y. Dupont",
    "Mme Yvette Le Gall",
    "la famille Martin",
    "les époux Martin",
    "Mrs Smith",
]

PHONES = [
    "06 12 34 56 78",
    "0612345678",
    "06.12.34.56.78",
    "06-12-34-56-78",
    "06/12/34/56/78",
    "06\u00a012\u00a034\u00a056\u00a078",
    "0612 345 678",
    "0612 34 56 78",
    "+33 6 12 34 56 78",
    "+33612345678",
    "+33 (0)6 12 34 56 78",
    "0033612345678",
    "02 99 12 34 56",
    "+44 20 7946 0018",
]

EMAILS = ["yvette@example.org", "yvette.le-gall@wanadoo.example", "Y.LEGALL+asso@sous.domaine.example"]

NOTHING = [
    "",
    "Marché Sarah-Bernhardt",
    "Les Rendez-vous près de chez vous",
    "rue Jean Guéhenno",
    "place du Colombier",
    "square Lucien-Rose",
    "collège Rosa Parks",
    "médiathèque Lucien Herr",
    "rue Mme de Sévigné",
    "square Madame de Lafayette",
    "Mme la Maire inaugure",
    "M. le maire",
    "Monsieur le Président",
    "Madame, Monsieur,",
    "Mesdames et messieurs",
    "une madame voulait savoir",
    "Bâtiment M. Rendez-vous à 10 h",
    "M.J.C. de Villejean",
    "P.M.I. Maurepas",
    "ligne M",
    "Maison des Familles",
    "le 03-03-2026 09:30",
    "03/03/2026 10 h",
    "de 9 h 30 à 12 h 30",
    "12 rue de Lorient 35000 Rennes",
    "SIRET 123 456 789 00012",
    "48.1147123, -1.6794321",
    "https://visio.example/0612345678",
    "0 800 840 800",
    "08 00 84 08 00",
    "appeler le 115 ou le 3949",
    "10 000 000 000",
]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *((HitKind.NAME, text) for text in NAMES),
        *((HitKind.PHONE, text) for text in PHONES),
        *((HitKind.EMAIL, text) for text in EMAILS),
    ],
)
@pytest.mark.parametrize("around", ["{}", "Voir pour {}, merci", "avec {}\net la suite"])
def test_what_names_or_reaches_somebody_is_found_where_it_stands(kind, text, around):
    whole = around.format(text)
    [hit] = find_personal_data(whole)
    assert (hit.kind, hit.text) == (kind, text)
    assert whole[slice(*hit.span)] == text


def test_brackets_do_not_hide_it():
    assert [hit.text for hit in find_personal_data("(M. Dupont, 06 12 34 56 78)")] == ["M. Dupont", "06 12 34 56 78"]


@pytest.mark.parametrize("text", NOTHING)
def test_what_names_nobody_raises_nothing(text):
    assert find_personal_data(text) == []


def test_each_of_several_is_found_in_order():
    hits = find_personal_data("M. et Mme Dupont, 06 12 34 56 78, ou yvette@example.org")
    assert [hit.text for hit in hits] == ["Mme Dupont", "06 12 34 56 78", "yvette@example.org"]


def test_the_seat_of_somebody_is_no_square():
    assert [hit.text for hit in find_personal_data("à la place de Mme Le Goff")] == ["Mme Le Goff"]


def test_what_is_allowed_is_not_found_however_it_is_written():
    allowed = Allowed.of(names=["Le Goff", ""], phones=["+33612345678", "17"], emails=["Accueil@Centre.example"])
    for text in ("Mme LE GOFF", "Mme Le Goff Rendez-vous", "Mme Y. Le Goff", *PHONES[:5], "accueil@centre.example"):
        assert find_personal_data(text, allowed) == []
    assert find_personal_data("Mme Le Gall", allowed)
    assert find_personal_data("06 12 34 56 79", allowed)


@given(
    st.integers(0, 99_999_999),
    st.sampled_from(["", " ", ".", "-", "\u00a0"]),
    st.sampled_from("12345679"),
)
def test_every_french_number_is_found_and_can_be_allowed(digits, separator, first):
    pairs = [f"{digits:08d}"[i : i + 2] for i in range(0, 8, 2)]
    number = separator.join([f"0{first}", *pairs])
    assert [hit.text for hit in find_personal_data(f"Tél. {number} le soir")] == [number]
    assert find_personal_data(f"Tél. {number} le soir", Allowed.of(phones=[f"+33{first}{digits:08d}"])) == []


@given(st.text(max_size=300))
def test_any_text_can_be_read(text):
    for hit in find_personal_data(text):
        assert hit.text


# -- the rule --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["title", "place", "meeting_point", "text"])
def test_a_name_in_any_text_of_an_appointment_blocks(field):
    value = Place(name="Hall, voir Mme Le Goff") if field == "place" else "Hall, voir Mme Le Goff"
    [finding] = found("R9", outing(**{field: value}))
    assert (keys([finding]), finding.level) == (["name"], Level.BLOCKS)
    assert finding.params["words"] == "Mme Le Goff"
    assert finding.params["field"].key == f"field.{field}"


def test_meetings_name_no_resident_either():
    meeting = TeamMeeting(
        id="m", centre_id="maurepas", title="Point sur Mme Le Goff", start=TUESDAY, end=at(3, 12), text="06 99 99 99 99"
    )
    assert keys(found("R9", meeting)) == ["name", "phone"]


def test_our_own_people_and_the_centre_may_be_named_and_called():
    text = "Mme Bernard (06 12 00 00 01), accueil@maurepas.example, 02.99.12.34.56"
    assert found("R9", outing(text=text)) == []
    stranger = replace(ZOE, suggested=True)
    assert keys(found("R9", outing(text=text), people=[AWA, LEA, stranger])) == ["name"]
    assert keys(found("R9", outing(text=text), centres=[replace(MAUREPAS, phone="", email="")])) == ["email", "phone"]


def test_a_first_name_is_the_teams_where_she_takes_part_and_anybodys_elsewhere():
    assert found("R9", outing(member(AWA), text="Mme Awa apporte le café")) == []
    assert keys(found("R9", outing(member(LEA), text="Mme Awa apporte le café"))) == ["name"]


def test_the_papers_own_titles_raise_nothing():
    titles = ["Les Rendez-vous près de chez vous", "Marché Sarah-Bernhardt", "Aller vers plutôt que voir venir"]
    outings = [outing(id=str(n), title=title, place=Place(name=title)) for n, title in enumerate(titles)]
    assert found("R9", *outings) == []
    assert found("R6", *outings) == []


@given(st.text(max_size=300), st.integers(0, 300))
def test_what_stands_before_a_name_is_looked_at_no_farther_back_than_a_few_words(text, position):
    # Looking back to the beginning at each name made long texts cost the square of their length.
    before = just_before(text, min(position, len(text)))
    assert len(before) <= 60
    assert text[:position].endswith(before)
