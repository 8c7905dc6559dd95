from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from sidecar.domain.appointments import AppointmentState, Outing, ParticipantRole, Participation, Response
from sidecar.domain.people import PersonKind
from sidecar.exchange.errors import ImportRefused, WorkbookError
from sidecar.exchange.importing import plan_import
from sidecar.exchange.plan import Fate, apply_import
from sidecar.exchange.snapshot import Snapshot
from sidecar.exchange.vocabulary import SheetKind
from tests.exchange.builders import ACTIONS, CENTRES, NOW, PEOPLE, Drawers, book, codes, furnished, only, outings, sheet

PARIS = ZoneInfo("Europe/Paris")
MARCH_3 = ("Café du facteur", "mardi 3 mars 2026", "9 h 30", "Awa Diopsy, Yann Le Goffic", None)


def the_outing(drawers: Drawers) -> Outing:
    (found,) = drawers.appointments.all()
    assert isinstance(found, Outing)
    return found


def test_an_outing_takes_what_its_action_usually_has() -> None:
    drawers = furnished()
    drawers.take(outings(("café du facteur", date(2026, 3, 3), None, None, None)))
    outing = the_outing(drawers)
    assert outing.title == "Café du facteur"
    assert outing.start == datetime(2026, 3, 3, 9, 30, tzinfo=PARIS)
    assert outing.end == datetime(2026, 3, 3, 11, 30, tzinfo=PARIS)
    assert outing.place is not None
    assert outing.place.name == "Dalle"
    assert outing.state is AppointmentState.DRAFT


def test_importing_twice_changes_nothing() -> None:
    drawers = furnished()
    drawers.take(outings(MARCH_3))
    again = drawers.plan(CENTRES, PEOPLE, ACTIONS, outings(MARCH_3))
    assert {row.fate for row in again.rows} == {Fate.SAME}
    assert apply_import(again, drawers) == 0


def test_a_changed_row_says_which_field_from_what_to_what() -> None:
    drawers = furnished()
    sheets = sheet("Personnes", ["Prénom", "Nom", "Mail", "Statut"], ["Awa", "Diopsy", "AWA@example.org", "partenaire"])
    row = only(drawers.plan(sheets))
    assert row.fate is Fate.CHANGED
    changes = {change.field: (change.before, change.after) for change in row.changes}
    assert changes["kind"] == (PersonKind.VOLUNTEER, PersonKind.PARTNER)


def test_an_empty_cell_leaves_what_is_stored_and_vide_clears_it() -> None:
    drawers = furnished()
    drawers.take(
        outings(("Café du facteur", "3/3/26", None, "Apporter le thé"), headings=("Action", "Date", "Début", "Texte"))
    )
    same = only(
        drawers.plan(outings(("Café du facteur", "3/3/26", "9:30", None), headings=("Action", "Date", "Début", "Texte")))
    )
    cleared = only(drawers.plan(outings(("Café du facteur", "3/3/26", "(vide)"), headings=("Action", "Date", "Texte"))))
    assert same.fate is Fate.SAME
    assert [(change.before, change.after) for change in cleared.changes] == [("Apporter le thé", "")]


def test_answers_survive_an_import_that_adds_somebody() -> None:
    drawers = furnished()
    drawers.take(outings(("Café du facteur", "3/3/26", None, "Awa Diopsy", None)))
    outing = the_outing(drawers)
    answered = replace(outing.participants[0], response=Response.ACCEPTED, answered_for=outing.start)
    drawers.appointments.save(replace(outing, participants=(answered,)))
    drawers.take(outings(MARCH_3))
    after = the_outing(drawers)
    assert after.participants[0] == answered
    assert len(after.participants) == 2


def test_a_driver_named_in_the_team_too_is_the_driver() -> None:
    drawers = furnished()
    row = ("Café du facteur", "3/3/26", "Awa Diopsy; Le Goffic Yann", "Yann Le Goffic")
    drawers.take(outings(row, headings=("Action", "Date", "Équipe", "Conductrice")))
    roles = {drawers.people[each.person_id].given_name: each.role for each in the_outing(drawers).participants}
    assert roles == {"Awa": ParticipantRole.MEMBER, "Yann": ParticipantRole.DRIVER}


def test_whoever_is_in_the_team_and_ashore_is_refused() -> None:
    row = ("Café du facteur", "3/3/26", "Awa Diopsy", "awa@example.org")
    plan = furnished().plan(outings(row, headings=("Action", "Date", "Équipe", "Contact au centre")))
    assert codes(only(plan)) == ["contact_in_team"]


def test_an_unknown_name_is_refused_with_one_like_it() -> None:
    row = only(furnished().plan(outings(("Café du facteur", "3/3/26", None, "Awa Diopsi", None))))
    (refusal,) = row.refusals
    assert (refusal.sheet, refusal.row, refusal.column) == ("Sorties", 2, "Équipe")
    assert refusal.code == "name_unknown"
    assert refusal.params["suggestions"] == ("Awa Diopsy",)


def test_a_name_that_two_people_have_is_refused_unless_the_mail_says_who() -> None:
    drawers = furnished()
    drawers.take(
        sheet("Personnes", ["Repère", "Prénom", "Nom", "Centres", "Mail"],
              ["nouveau", "Awa", "Diopsy", "Centre social Maurepas", "autre@example.org"])
    )  # fmt: skip
    by_name = only(drawers.plan(outings(("Café du facteur", "3/3/26", None, "Awa Diopsy", None))))
    by_mail = only(drawers.plan(outings(("Café du facteur", "3/3/26", None, "autre@example.org", None))))
    assert codes(by_name) == ["name_ambiguous"]
    assert by_mail.fate is Fate.NEW


def test_somebody_of_the_same_name_with_another_mail_is_asked_about() -> None:
    again = sheet("Personnes", ["Prénom", "Nom", "Centres", "Mail"],
                  ["Awa", "Diopsy", "Centre social Maurepas", "autre@example.org"])  # fmt: skip
    assert codes(only(furnished().plan(again))) == ["person_with_other_mail"]


def test_an_account_that_somebody_else_holds_is_refused_also_within_one_file() -> None:
    columns = ["Prénom", "Nom", "Centres", "Compte"]
    rows = (["Awa", "Diopsy", "Centre social Maurepas", "awa"], ["Yann", "Le Goffic", "Centre social Maurepas", "AWA"])
    one, other = furnished().plan(sheet("Personnes", columns, *rows)).rows
    assert not one.refusals
    assert codes(other) == ["account_held"]


def test_an_import_takes_nobody_out_of_another_centre() -> None:
    drawers = furnished()
    row = ["Yann", "Le Goffic", "Centre social Cleunay"]
    assert only(drawers.plan(sheet("Personnes", ["Prénom", "Nom", "Centre"], row))).fate is Fate.SAME


def test_nonsense_says_sheet_row_and_column_of_each_cell() -> None:
    row = only(furnished().plan(outings(("Café du facteur", "31/02/2026", "25h", None, None))))
    told = [(each.sheet, each.row, each.column, each.code) for each in row.refusals]
    assert told == [("Sorties", 2, "Date", "date_impossible"), ("Sorties", 2, "Début", "time_impossible")]


def test_duplicate_rows_are_refused_with_both_numbers() -> None:
    plan = furnished().plan(outings(MARCH_3, ("Café du facteur", "03/03/2026", "9:30", None, None)))
    (refused,) = plan.refused
    assert codes(refused) == ["duplicate_row"]
    assert (refused.refusals[0].params["first"], refused.refusals[0].params["second"]) == (2, 3)


def test_refused_rows_hold_back_the_whole_file_unless_told_otherwise() -> None:
    drawers = furnished()
    plan = drawers.plan(outings(MARCH_3, ("Café du facteur", "31/02/2026", None, None, None)))
    with pytest.raises(ImportRefused):
        apply_import(plan, drawers)
    assert not drawers.appointments
    assert apply_import(plan, drawers, partial=True) == 1
    assert len(drawers.appointments) == 1


def test_an_import_never_publishes_but_says_what_asks_for_it() -> None:
    drawers = furnished()
    plan = drawers.take(outings((*MARCH_3[:4], "à publier")))
    assert the_outing(drawers).state is AppointmentState.DRAFT
    assert plan.to_publish == (the_outing(drawers).id,)


def test_a_published_outing_stays_published_and_no_import_makes_it_a_draft() -> None:
    drawers = furnished()
    drawers.take(outings(MARCH_3))
    drawers.appointments.save(replace(the_outing(drawers), state=AppointmentState.PUBLISHED))
    assert only(drawers.plan(outings((*MARCH_3[:4], "publiée")))).fate is Fate.SAME
    assert codes(only(drawers.plan(outings((*MARCH_3[:4], "brouillon"))))) == ["published_already"]


def test_what_is_past_is_done() -> None:
    drawers = furnished()
    drawers.take(outings(MARCH_3), now=datetime(2026, 4, 1, tzinfo=UTC))
    assert the_outing(drawers).state is AppointmentState.DONE


def test_what_is_to_come_cannot_be_done() -> None:
    assert codes(only(furnished().plan(outings((*MARCH_3[:4], "terminée"))))) == ["done_before_its_time"]


def test_headings_bear_accents_case_plural_and_order() -> None:
    drawers = furnished()
    plan = drawers.plan(
        sheet("SORTIE", ["etat", "EQUIPES", "heure de debut", "Dates", "ACTIONS", "Météo"],
              ["brouillon", "awa diopsy", "9h30", "3/3/26", "CAFE DU FACTEUR", "soleil"])
    )  # fmt: skip
    assert only(plan).fate is Fate.NEW
    assert [(each.sheet, each.heading) for each in plan.ignored_columns] == [("SORTIE", "Météo")]


def test_a_title_above_the_headings_is_no_row() -> None:
    plan = Drawers().plan(sheet("Centres", ["Nos centres en 2026"], [], ["Nom", "Tél"], ["Maurepas", 261910001.0]))
    row = only(plan)
    assert (row.row, row.fate) == (4, Fate.NEW)
    assert getattr(row.writes[0].record, "phone", "") == "+33261910001"


def test_a_sheet_without_a_needed_column_is_refused_once() -> None:
    plan = furnished().plan(sheet("Sorties", ["Action", "Lieu"], ["Café du facteur", "Dalle"], ["Café du facteur", ""]))
    (refusal,) = only(plan).refusals
    assert (refusal.row, refusal.column, refusal.code) == (1, "Date", "column_missing")


def test_a_workbook_without_any_known_sheet_is_refused() -> None:
    with pytest.raises(WorkbookError) as refused:
        Drawers().plan(sheet("Feuille1", ["a"], ["b"]))
    assert refused.value.code == "workbook_without_known_sheet"


def test_a_sheet_that_the_caller_needs_and_misses_is_named() -> None:
    with pytest.raises(WorkbookError) as refused:
        plan_import(book(CENTRES), Snapshot(), now=NOW, new_id=lambda: "x", required=(SheetKind.OUTINGS,))
    assert refused.value.details["sheets"] == ("Sorties",)


def test_courses_of_a_person_come_in_one_cell() -> None:
    drawers = furnished()
    courses = sheet("Formations", ["Nom", "Valable (mois)", "Obligatoire"], ["Posture", 36.0, "x"], ["Écoute", None, "non"])
    held = sheet("Habilitations", ["Personne", "Formations", "Depuis"], ["Diopsy Awa", "posture, ecoute", "15/01/2026"])
    drawers.take(courses, held)
    untils = {drawers.courses[each.course_id].name: each.until for each in drawers.qualifications.all()}
    assert untils == {"Posture": date(2029, 1, 14), "Écoute": None}
    assert only(drawers.plan(held)).fate is Fate.SAME
    assert codes(drawers.plan(sheet("Habilitations", *held.rows, held.rows[1])).refused[0]) == ["duplicate_row"]


def test_a_reference_wins_over_the_natural_key() -> None:
    drawers = furnished()
    drawers.take(outings(MARCH_3))
    moved = outings((the_outing(drawers).id, "10/03/2026"), headings=("Repère", "Date"))
    assert [change.field for change in only(drawers.plan(moved)).changes] == ["start", "end"]


def test_an_evening_round_may_end_after_midnight() -> None:
    drawers = furnished()
    drawers.take(outings(("Café du facteur", "3/3/26", "22h", "1h"), headings=("Action", "Date", "Début", "Fin")))
    assert the_outing(drawers).end == datetime(2026, 3, 4, 1, 0, tzinfo=PARIS)


def test_an_end_before_the_start_is_refused() -> None:
    row = ("Café du facteur", "3/3/26", time(11), time(9))
    assert codes(only(furnished().plan(outings(row, headings=("Action", "Date", "Début", "Fin"))))) == [
        "ends_before_it_starts"
    ]


def test_a_whole_day_lasts_to_the_end_of_its_last_day() -> None:
    drawers = furnished()
    row = ("Centre social Maurepas", "Séminaire", "15/10/2026", "16/10/2026", "oui")
    drawers.take(sheet("Séances de formation", ["Centre", "Intitulé", "Date", "Dernier jour", "Toute la journée"], row))
    (session,) = drawers.appointments.all()
    assert session.all_day
    assert (session.start, session.end) == (
        datetime(2026, 10, 15, tzinfo=PARIS),
        datetime(2026, 10, 17, tzinfo=PARIS),
    )


def test_another_place_does_not_keep_the_old_coordinates() -> None:
    drawers = furnished()
    headings = ("Action", "Date", "Lieu", "Coordonnées")
    drawers.take(outings(("Café du facteur", "3/3/26", "Dalle", "48.12, -1.65"), headings=headings))
    drawers.take(outings(("Café du facteur", "3/3/26", "Square", None), headings=headings))
    place = the_outing(drawers).place
    assert place is not None
    assert (place.name, place.geo) == ("Square", None)


def test_an_answer_nobody_wrote_is_not_lost_when_roles_are_read_from_other_columns() -> None:
    drawers = furnished()
    drawers.take(outings(MARCH_3))
    outing = the_outing(drawers)
    guest = Participation(person_id=outing.participants[0].person_id, role=ParticipantRole.TRAINEE)
    drawers.appointments.save(replace(outing, participants=(guest,)))
    row = only(drawers.plan(outings(("Café du facteur", "3/3/26", "Yann Le Goffic"), headings=("Action", "Date", "Équipe"))))
    after = row.writes[0].record
    assert isinstance(after, Outing)
    assert {each.role for each in after.participants} == {ParticipantRole.MEMBER, ParticipantRole.TRAINEE}
