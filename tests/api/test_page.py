"""The page of a centre: what it says about its weeks and about the link to the calendars."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from sidecar.domain.appointments import AppointmentState, SupervisionSlot
from sidecar.domain.bindings import SyncRun
from sidecar.domain.centres import Centre
from sidecar.services.access import OPERATOR
from sidecar.services.overview import Overview, overview
from tests.api.conftest import Web
from tests.scene import TUESDAY, outing


def sign_in(web: Web, page: str = "/", **more: str) -> Any:
    form = web.client.get(page, follow_redirects=True).text.split('name="form_token" value="')[1].split('"')[0]
    return web.client.post("/sign-in", data={"token": web.token, "form_token": form, **more})


def seen(web: Web, centre: str = "maurepas") -> Overview:
    with web.scene.reading() as uow:
        return overview(uow, uow.centres.get(centre), OPERATOR, date(2026, 3, 2), 4, web.scene.clock())


def passed(web: Web, number: int, **report: object) -> None:
    """A pass of an hour's time, ``number`` hours from now."""
    web.scene.clock.forward(timedelta(hours=1))
    with web.scene.board() as uow:
        uow.runs.add(
            SyncRun(
                id=f"run{number}", space_id="space", started_at=web.scene.clock(), ended_at=web.scene.clock(),
                ok=not report, report={"collections": {}, **report},
            )
        )  # fmt: skip


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", "demain", ""])
def test_a_day_that_cannot_be_shown_shows_the_coming_weeks(web: Web, day: str) -> None:
    sign_in(web)
    answer = web.client.get(f"/?centre=maurepas&from={day}")
    assert answer.status_code == 200
    assert "Le Café du facteur" in answer.text


@pytest.mark.parametrize("day", ["1970-01-05", "2200-01-06"])
def test_the_first_and_the_last_weeks_have_ways_on_that_lead_somewhere(web: Web, day: str) -> None:
    sign_in(web)
    page = web.client.get(f"/?from={day}")
    assert page.status_code == 200
    for way in ("prev", "next"):
        href = page.text.split(f'rel="{way}"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
        assert web.client.get(href).status_code == 200


def test_a_link_to_an_appointment_is_followed_after_signing_in(web: Web) -> None:
    answer = web.client.get("/appointments/cafe", follow_redirects=True)
    assert 'name="appointment" value="cafe"' in answer.text
    answer = sign_in(web, "/appointments/cafe", appointment="cafe")
    assert answer.headers["Location"] == "/appointments/cafe"
    page = web.client.get("/appointments/cafe").text
    assert "Place du Gros-Chêne" in page
    assert "from=2026-03-03#cafe" in page


def test_signing_in_leads_to_no_other_site(web: Web) -> None:
    answer = sign_in(web, appointment="//elsewhere.example/x")
    assert answer.headers["Location"].startswith("/appointments/")


def test_the_link_is_lost_since_the_last_pass_that_went_well(web: Web) -> None:
    passed(web, 1)
    good = web.scene.clock()
    for number in (2, 3):
        passed(web, number, error="no route", error_kind="Unreachable")
    assert {(link.state, link.since) for link in seen(web).links} == {("no_link_since", good)}
    sign_in(web)
    page = web.client.get("/?centre=maurepas").text
    assert "Sans lien depuis lundi 23 février, 10 h" in page
    assert "Le serveur ne répond pas" in page


def test_a_link_that_nobody_passes_any_more_is_not_up_to_date(web: Web) -> None:
    assert {link.state for link in seen(web).links} == {"up_to_date"}
    last = web.scene.clock()
    web.scene.clock.forward(timedelta(hours=25))
    assert {(link.state, link.since) for link in seen(web).links} == {("no_link_since", last)}


def test_one_collection_in_trouble_does_not_speak_for_the_others(web: Web) -> None:
    outings, contacts = (web.scene.collections[purpose] for purpose in ("outings", "contacts"))  # type: ignore[index]
    passed(web, 1, collections={outings: {"error": "HTTP 500"}, contacts: {"guarded": "emptied"}})
    states = {link.binding.href: link.state for link in seen(web).links}
    assert (states[outings], states[contacts]) == ("no_link_since", "paused")
    assert [link.state for link in seen(web).troubled].count("up_to_date") == 0


def test_nobody_is_asked_to_take_a_place_in_what_is_cancelled(web: Web) -> None:
    with web.scene.board() as uow:
        cafe = uow.appointments.get("cafe")
        uow.initiatives.save(replace(uow.initiatives.get("facteur"), places_for=5))
        uow.appointments.save(replace(cafe, state=AppointmentState.CANCELLED))
    rows = {row.appointment.id: row for week in seen(web).weeks for row in week.rows}
    assert rows["cafe"].open_places == 0
    assert rows["cafe1"].open_places == 3


def test_an_invited_centre_sees_the_appointment_and_who_invites_but_no_draft(web: Web) -> None:
    with web.scene.board() as uow:
        uow.centres.add(Centre(id="cleunay", name="Centre social Cleunay"))
        for id, state in (("shared", AppointmentState.PUBLISHED), ("idea", AppointmentState.DRAFT)):
            uow.appointments.add(outing(6, id=id, state=state, invited_centre_ids=("cleunay",)))
    rows = [row for week in seen(web, "cleunay").weeks for row in week.rows]
    assert [(row.appointment.id, row.host) for row in rows] == [("shared", "Centre social de Maurepas")]
    assert all(row.host == "" for week in seen(web).weeks for row in week.rows)


def test_what_goes_on_since_last_week_stands_in_the_first_week(web: Web) -> None:
    with web.scene.board() as uow:
        uow.appointments.add(
            outing(0, id="long", start=TUESDAY - timedelta(days=4), end=TUESDAY + timedelta(hours=1), all_day=False)
        )
    assert "long" in [row.appointment.id for row in seen(web).weeks[0].rows]


def test_of_a_supervision_only_the_number_of_people_is_shown(web: Web) -> None:
    with web.scene.board() as uow:
        cafe = uow.appointments.get("cafe")
        uow.appointments.add(
            SupervisionSlot(
                id="slot", centre_id="maurepas", title="Supervision", start=TUESDAY + timedelta(days=20),
                end=TUESDAY + timedelta(days=20, hours=1), participants=cafe.participants[:1],
                state=AppointmentState.PUBLISHED,
            )
        )  # fmt: skip
    sign_in(web)
    page = web.client.get("/?centre=maurepas&from=2026-03-23").text
    assert "1 personne, réservé aux participants" in page
    assert "Anne" not in page


def test_the_page_says_in_short_what_is_to_be_done(web: Web) -> None:
    sign_in(web)
    assert "Rien à régler avant de publier" in web.client.get("/?centre=maurepas&from=2026-03-02").text
    with web.scene.board() as uow:
        cafe = uow.appointments.get("cafe")
        uow.appointments.save(replace(cafe, participants=cafe.participants[1:]))
    assert "1 point à régler avant de publier" in web.client.get("/?centre=maurepas&from=2026-03-02").text


def test_the_page_of_the_interface_tells_what_each_call_takes(web: Web) -> None:
    sign_in(web)
    page = web.client.get("/docs/api").text
    assert "POST /api/v1/appointments" in page
    assert "outing | supervision | training | meeting" in page
    assert "<strong>obligatoire</strong>" in page
