"""What each role finds on a page: drafts, numbers, supervision, conflicts, the link, stories."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sidecar.domain.appointments import Participation
from sidecar.services import rota
from tests.access.conftest import Embedded
from tests.scene import TUESDAY

WEEK = "/?centre=maurepas&from=2026-03-02"


@pytest.mark.parametrize("who", ["victor", "anne", "sophie", "coralie"])
@pytest.mark.parametrize(
    ("seen", "by"),
    [
        ("Le Café du facteur", {"victor", "anne", "sophie", "coralie"}),
        ("Brouillon de mars", {"coralie"}),
        ("tel:+33639980003", {"anne", "sophie", "coralie"}),
        ("valeur about-cafe", {"coralie"}),
        ("valeur about-slot", {"sophie"}),
        ("Lien avec l&#39;agenda", {"coralie"}),
        ("Rien à régler avant de publier", {"coralie"}),
    ],
)
def test_the_rota_shows_each_role_its_part(embedded: Embedded, who: str, seen: str, by: set[str]) -> None:
    assert (seen in embedded.get(WEEK, who).text) == (who in by)


@pytest.mark.parametrize(
    ("who", "told"), [("victor", False), ("coralie", False), ("sophie", True), ("anne", True), ("bruno", True)]
)
def test_who_is_in_a_supervision_is_known_to_those_in_it_and_its_organiser(embedded: Embedded, who: str, told: bool) -> None:
    page = embedded.get("/appointments/slot", who).text
    assert ("Bruno Petit" in page) is told
    assert ("salle du fond" in page) is told
    assert ("2 personnes, réservé aux participants" in page) is not told


def test_the_story_is_for_those_who_plan_and_never_of_a_supervision_they_are_not_in(embedded: Embedded) -> None:
    with embedded.scene.application.storage.unit(actor="page:coralie") as uow:
        rota.change(uow, "cafe", uow.appointments.get("cafe").version, title="Le Grand Café")
        rota.unstaff(uow, "cafe", "bruno")
    page = embedded.get("/appointments/cafe", "coralie").text
    assert "coralie, sur cette page" in page
    assert "Titre : « Le Café du facteur » devient « Le Grand Café »." in page
    assert "Bruno Petit n&#39;en est plus." in page
    assert "Ce qui s&#39;est passé" not in embedded.get("/appointments/cafe", "anne").text
    assert "Ce qui s&#39;est passé" not in embedded.get("/appointments/slot", "coralie").text


def test_everybody_finds_their_own_appointments_and_nobody_elses(embedded: Embedded) -> None:
    mine = embedded.get("/mine", "bruno").text
    assert "Le Café du facteur" in mine
    assert "Supervision de mars" in mine
    assert "Sans réponse" in mine
    assert "Aucun rendez-vous pour vous" in embedded.get("/mine", "paul").text
    assert "Sortie de Cleunay" not in embedded.get("/mine", "paul").text


def test_who_is_in_no_team_is_told_what_to_do(embedded: Embedded) -> None:
    assert "indiquer votre compte « victor »" in embedded.get("/mine", "victor").text


def test_a_member_of_another_centre_sees_nothing_here(embedded: Embedded) -> None:
    page = embedded.get(WEEK, "paul").text
    assert "Sortie de Cleunay" in page
    assert "Café du facteur" not in page
    assert embedded.get("/appointments/cafe", "paul").status_code == 404


def test_who_takes_part_sees_it_wherever_it_is(embedded: Embedded) -> None:
    with embedded.scene.board() as uow:
        cafe = uow.appointments.get("cafe")
        uow.appointments.save(replace(cafe, participants=(*cafe.participants, Participation(person_id="paul"))))
    page = embedded.get("/appointments/cafe", "paul")
    assert page.status_code == 200
    assert "tel:+33639980003" in page.text
    assert f"from={TUESDAY.date()}" not in page.text


def test_an_administrator_without_another_role_sees_the_link_and_no_names(embedded: Embedded) -> None:
    page = embedded.get("/", "root").text
    assert "Centre social de Maurepas" in page
    assert "Le Café du facteur" not in page
    assert "Anne" not in page
