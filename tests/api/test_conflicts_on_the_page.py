"""Conflicts as the page tells them, and the click that settles one."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from markupsafe import escape

from calendars.icalendar import CalendarUser, EventFacts, When
from calendars.merge.cards import card_map
from calendars.merge.events import event_map
from calendars.vcard import CardFacts, CardValue
from sidecar.domain.appointments import AppointmentState, SupervisionSlot
from sidecar.domain.bindings import DELETED, Conflict
from sidecar.i18n import LANGUAGES, translator
from sidecar.services import rota
from sidecar.services.access import OPERATOR
from sidecar.services.conflicts import NOTICES, told
from sidecar.services.overview import conflicts as open_conflicts
from tests.api.conftest import Web
from tests.api.test_page import sign_in
from tests.scene import PARIS, TUESDAY

WINTER = "Café d'hiver"


def conflict(**fields: Any) -> Conflict:
    values: dict[str, Any] = {
        "id": "one", "at": TUESDAY, "centre_id": "maurepas", "subject_kind": "appointment", "subject_id": "cafe",
        "field": "summary", "base": "Café", "ours": WINTER, "theirs": "Le Café du facteur", "why": "both_changed",
    }  # fmt: skip
    return Conflict(**(values | fields))


def keep(web: Web, **fields: Any) -> None:
    with web.scene.board() as uow:
        uow.conflicts.add(conflict(**fields))


def click(web: Web, chosen: str, id: str = "one") -> Any:
    form = web.client.get("/?centre=maurepas").text.split('name="form_token" value="')[1].split('"')[0]
    return web.client.post(f"/conflicts/{id}/choice", data={"form_token": form, "chosen": chosen})


@pytest.mark.parametrize(("chosen", "title"), [("ours", WINTER), ("theirs", "Le Café du facteur")])
def test_one_click_settles_a_conflict_and_says_who_clicked(web: Web, chosen: str, title: str) -> None:
    keep(web)
    sign_in(web)
    assert "Garder notre valeur" in web.client.get("/?centre=maurepas").text
    answer = click(web, chosen)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/?centre=maurepas#deciding"
    assert web.scene.appointment().title == title
    assert "Rien à départager" in web.client.get("/?centre=maurepas").text
    with web.scene.reading() as uow:
        assert uow.audit.of("conflict", "one")[-1].actor == "page:test"


def test_a_conflict_about_one_date_of_a_series_says_which(web: Web) -> None:
    keep(web, recurrence_id="2026-03-17T09:30:00")
    sign_in(web)
    assert "Le Café du facteur, mardi 17 mars" in web.client.get("/?centre=maurepas").text


def test_all_three_values_are_shown_and_which_one_stands(web: Web) -> None:
    keep(web)
    sign_in(web)
    shown = re.sub(r"\s+", " ", web.client.get("/?centre=maurepas").text)
    assert "<dt>Avant</dt><dd>Café</dd>" in shown
    assert f"<dt>Chez nous</dt><dd>{escape(WINTER)}</dd>" in shown
    assert "<dt>Dans l&#39;agenda (vaut pour l&#39;instant)</dt><dd>Le Café du facteur</dd>" in shown


def test_what_the_board_changed_while_the_calendar_deleted_is_told_property_by_property(web: Web) -> None:
    then = ["2026-03-03T08:30:00+00:00", "2026-03-03T10:30:00+00:00"]
    keep(
        web, field="deleted", why="deleted_there_changed_here", theirs=None,
        base={"time": then, "attendee:bruno@example.org": "REQ-PARTICIPANT"},
        ours={"time": ["2026-03-03T14:00:00+00:00", then[1]], "attendee:bruno@example.org": None},
    )  # fmt: skip
    sign_in(web)
    shown = re.sub(r"\s+", " ", web.client.get("/?centre=maurepas").text)
    assert "<dd>jour et heure : mardi 3 mars, 9 h 30 – 11 h 30 présence de Bruno Petit : participe</dd>" in shown
    assert "<dt>Chez nous (vaut pour l&#39;instant)</dt><dd>jour et heure : mardi 3 mars, 15 h" in shown
    assert "<dt>Dans l&#39;agenda</dt><dd>supprimé</dd>" in shown
    assert click(web, "theirs").status_code == 303
    assert web.scene.appointment().state is AppointmentState.CANCELLED


@pytest.mark.parametrize(("field", "names"), [("location", "lieu"), ("attendee:bruno@example.org, time", "présence de")])
@pytest.mark.parametrize(("chosen", "state"), [("ours", AppointmentState.PUBLISHED), ("theirs", AppointmentState.CANCELLED)])
def test_a_deletion_that_an_older_version_kept_without_values_is_told_and_settled(
    web: Web, field: str, names: str, chosen: str, state: AppointmentState
) -> None:
    keep(web, field=field, why="deleted_there_changed_here", base=None, ours=None, theirs=None)
    before = web.scene.appointment()
    sign_in(web)
    shown = re.sub(r"\s+", " ", web.client.get("/?centre=maurepas").text)
    assert f"<dt>Chez nous (vaut pour l&#39;instant)</dt><dd>{names}" in shown
    assert "<dt>Dans l&#39;agenda</dt><dd>supprimé</dd>" in shown
    assert click(web, chosen).status_code == 303
    after = web.scene.appointment()
    assert (after.state, after.place, after.start) == (state, before.place, before.start)


def test_a_deletion_says_on_its_buttons_what_they_do(web: Web) -> None:
    keep(web, field=DELETED, why="deleted_there_changed_here", base={}, ours={"summary": WINTER}, theirs=None)
    sign_in(web)
    shown = web.client.get("/?centre=maurepas").text
    assert "Le maintenir</button>" in shown and "L&#39;annuler</button>" in shown
    assert "Garder" not in shown


def test_a_deletion_is_no_question_any_more_once_the_outing_is_called_off(web: Web) -> None:
    keep(web, field=DELETED, why="deleted_there_changed_here", base={}, ours={"summary": WINTER}, theirs=None)
    with web.scene.board() as uow:
        rota.cancel(uow, "cafe")
    sign_in(web)
    assert "Rien à départager" in web.client.get("/?centre=maurepas").text
    assert web.ask("GET", "/api/v1/conflicts").json == []
    # Somebody still has the page of before: calling it off was said later.
    assert click(web, "ours").status_code == 303
    assert web.scene.appointment().state is AppointmentState.CANCELLED


def test_what_has_taken_place_is_not_called_off_by_an_old_deletion(web: Web) -> None:
    keep(web, field=DELETED, why="deleted_there_changed_here", base={}, ours={"summary": WINTER}, theirs=None)
    with web.scene.board() as uow:
        uow.appointments.save(replace(uow.appointments.get("cafe"), state=AppointmentState.DONE))
    sign_in(web)
    answer = click(web, "theirs")
    assert answer.status_code == 422 and "a déjà eu lieu" in answer.text
    assert web.scene.appointment().state is AppointmentState.DONE
    assert click(web, "ours").status_code == 303


def test_a_text_that_was_taken_out_of_an_event_can_still_be_read(web: Web) -> None:
    keep(web, field="block", why="block_edited", theirs="Équipe : Zoé")
    sign_in(web)
    assert '<dd class="kept">Équipe : Zoé</dd>' in web.client.get("/?centre=maurepas").text


def test_a_choice_that_did_not_come_from_our_page_changes_nothing(web: Web) -> None:
    keep(web)
    sign_in(web)
    assert web.client.post("/conflicts/one/choice", data={"chosen": "ours"}).status_code == 403
    assert web.scene.appointment().title == "Le Café du facteur"


def test_a_choice_that_cannot_be_is_told_in_a_sentence(web: Web) -> None:
    keep(web)
    keep(web, id="categories", field="categories", ours=["a"], theirs=["b"])
    sign_in(web)
    assert click(web, "neither").status_code == 422
    assert "ne peut pas être remise" in click(web, "ours", "categories").text
    assert click(web, "ours", "unknown").status_code == 404


def test_what_was_made_of_it_since_is_shown_as_standing_and_can_be_kept(web: Web) -> None:
    keep(web)
    with web.scene.board() as uow:
        uow.appointments.save(replace(uow.appointments.get("cafe"), title="Autre"))
    sign_in(web)
    shown = re.sub(r"\s+", " ", web.client.get("/?centre=maurepas").text)
    assert "<dt>Dans l&#39;agenda</dt><dd>Le Café du facteur</dd>" in shown
    assert "<dt>Changé depuis (vaut pour l&#39;instant)</dt><dd>Autre</dd>" in shown
    assert click(web, "now").status_code == 303
    assert web.scene.appointment().title == "Autre"
    assert "Rien à départager" in web.client.get("/?centre=maurepas").text


def test_a_conflict_about_a_supervision_is_neither_shown_nor_settled_here(web: Web) -> None:
    with web.scene.board() as uow:
        cafe = uow.appointments.get("cafe")
        uow.appointments.add(SupervisionSlot(id="slot", centre_id="maurepas", title="S", start=cafe.start, end=cafe.end))
    keep(web, subject_id="slot", field="partstat:chloe@example.org")
    sign_in(web)
    assert "chloe" not in web.client.get("/?centre=maurepas").text
    assert click(web, "theirs").status_code == 404


def test_a_text_of_which_nobody_knows_whose_it_is_is_not_shown(web: Web) -> None:
    text = "BEGIN:VEVENT\r\nATTENDEE:mailto:chloe@example.org\r\nEND:VEVENT"
    keep(web, subject_kind="", subject_id="", field="write_refused", base=None, ours=text, theirs="403", why="Forbidden")
    sign_in(web)
    page = web.client.get("/?centre=maurepas").text
    assert "Ce compte n&#39;a pas le droit" in page
    assert "chloe" not in page
    assert "chloe" not in web.ask("GET", "/api/v1/conflicts").text
    with web.scene.reading() as uow:
        assert len(open_conflicts(uow, "maurepas", {}, OPERATOR)) == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("time", ["2026-03-03T08:30:00+00:00", "2026-03-03T10:30:00+00:00"], "mardi 3 mars, 9 h 30 – 11 h 30"),
        ("time", ["2026-03-03", "2026-03-04"], "mardi 3 mars"),
        ("time", ["2026-03-03", "2026-03-03"], "mardi 3 mars"),
        ("time", ["2026-03-03", "2026-03-05"], "mardi 3 mars – mercredi 4 mars"),
        ("time", ["2026-03-03T09:30:00", "2026-03-03T11:30:00"], "mardi 3 mars, 9 h 30 – 11 h 30"),
        ("time", ["2026-03-03T21:00:00+00:00", "2026-03-04T01:00:00+00:00"], "mardi 3 mars, 22 h – mercredi 4 mars, 2 h"),
        ("time", ["bientôt"], "bientôt"),
        ("status", "CANCELLED", "Annulé"),
        ("status", "X-ODD", "X-ODD"),
        ("partstat:bruno@example.org", "DECLINED", "Ne peut pas venir"),
        ("name", ["Le Roux", "Anne"], "Anne Le Roux"),
        ("phones", ["1", "2"], "1, 2"),
        ("attendee:bruno@example.org", None, "ne participe pas"),
        ("attendee:bruno@example.org", "NON-PARTICIPANT", "Contact au centre"),
        ("location", None, "–"),
        ("location", "", "–"),
    ],
)
def test_values_are_told_as_people_say_them(field: str, value: object, words: str) -> None:
    t = translator("fr", "Europe/Paris")
    assert told(conflict(field=field, ours=value), "", {}, t).ours == words


def test_an_answer_in_conflict_names_the_person_not_the_address(web: Web) -> None:
    with web.scene.reading() as uow:
        bruno = uow.people.get("bruno")
    about = told(conflict(field="partstat:Bruno@example.org"), "", {"bruno@example.org": bruno}, translator("fr"))
    assert about.field == "réponse de Bruno Petit"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_property_that_merges_has_a_word(language: str) -> None:
    start = When(value=datetime(2026, 3, 3, 9, tzinfo=PARIS), tzid="Europe/Paris")
    guest = CalendarUser(address="anne@example.org", name="Anne", partstat="ACCEPTED")
    event = EventFacts(
        uid="u", start=start, end=replace(start, value=date(2026, 3, 3)), summary="a", location="b", geo=(1.0, 2.0),
        status="CONFIRMED", categories=("c",), attendees=(guest,), description="[[\nx\n]]\ny",
    )  # fmt: skip
    names = {*event_map(event, "[[", "]]"), *card_map(_full_card()), "card", *NOTICES, DELETED}
    catalogue = translator(language).catalogue
    assert {name for name in names if f"page.field.{name.partition(':')[0]}" not in catalogue} == set()


def _full_card() -> CardFacts:
    card = CardFacts(uid="u", full_name="Anne Le Roux", family="Le Roux", given="Anne", org=("Centre",), role="Médiatrice")
    mail, phone = CardValue(value="anne@example.org"), CardValue(value="+33612345678")
    return replace(card, categories=("Aller vers",), emails=(mail,), phones=(phone,))
