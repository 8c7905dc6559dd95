from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sidecar.domain.appointments import AppointmentState, Outing, TeamMeeting, TrainingSession
from sidecar.domain.audit import Origin
from sidecar.domain.rules import Level, Rota, Scope, check
from sidecar.exchange.importing import plan_import
from sidecar.exchange.plan import Fate, apply_import
from sidecar.exchange.snapshot import Snapshot
from sidecar.samples import BASE_MONDAY, SampleError, load_sample
from sidecar.samples.rennes import rennes
from sidecar.storage import Storage
from tests.exchange.builders import Drawers

MONDAY = date(2027, 3, 1)
BEFORE = datetime(2027, 2, 1, tzinfo=UTC)
SAMPLE = Path(__file__).parents[2] / "sidecar" / "samples" / "rennes.ods"


@pytest.fixture(scope="module")
def drawers() -> Drawers:
    filled = Drawers()
    plan = plan_import(load_sample("rennes", MONDAY), Snapshot(), now=BEFORE, new_id=filled.new_id)
    apply_import(plan, filled)
    # What the sample asks to publish is published, so that other centres' drafts bind nobody less than in a calendar.
    for appointment_id in plan.to_publish:
        filled.appointments.save(replace(filled.appointments[appointment_id], state=AppointmentState.PUBLISHED))
    return filled


def test_the_workbook_is_what_its_script_makes() -> None:
    made = [(sheet.name, [[cell or None for cell in row] for row in sheet.rows]) for sheet in rennes().sheets]
    kept = load_sample("rennes", BASE_MONDAY).sheets
    width = {name: max(map(len, rows)) for name, rows in made}
    read = [
        (sheet.name, [[cell or None for cell in (*row, *[None] * width[sheet.name])][: width[sheet.name]]
                      for row in sheet.rows])
        for sheet in kept
    ]  # fmt: skip
    read = [(name, [[int(c) if isinstance(c, float) else c for c in row] for row in rows]) for name, rows in read]
    assert read == made
    assert SAMPLE.stat().st_size < 300_000


def test_every_row_of_the_sample_is_taken() -> None:
    plan = plan_import(load_sample("rennes", MONDAY), Snapshot(), now=BEFORE, new_id=map(str, itertools.count()).__next__)
    assert [row for row in plan.rows if row.fate is not Fate.NEW] == []
    assert not plan.ignored_columns
    assert 200 <= len(plan.to_publish) <= 300


def test_importing_the_sample_twice_changes_nothing_in_the_real_storage(tmp_path: Path) -> None:
    numbers = itertools.count(1)

    def new_id() -> str:
        return f"n{next(numbers)}"

    storage = Storage(f"sqlite:///{tmp_path}/rota.db", clock=lambda: BEFORE, new_id=new_id, secret_key=b"k" * 32)
    storage.migrate()
    fates = []
    for _ in range(2):
        with storage.unit(actor="import", origin=Origin.SYSTEM) as unit:
            plan = plan_import(load_sample("rennes", MONDAY), Snapshot.of(unit), now=BEFORE, new_id=new_id)
            written = apply_import(plan, unit)
            fates.append((written, {row.fate for row in plan.rows}))
    storage.close()
    assert fates[0][1] == {Fate.NEW}
    assert fates[0][0] > 450
    assert fates[1] == (0, {Fate.SAME})


def test_the_weeks_begin_on_the_monday_asked_for_and_clocks_stay(drawers: Drawers) -> None:
    paris = ZoneInfo("Europe/Paris")
    cafes = sorted(
        each.start.astimezone(paris)
        for each in drawers.appointments.all()
        if isinstance(each, Outing) and each.title == "Café du facteur"
    )
    assert [moment.date() for moment in cafes] == [MONDAY + timedelta(weeks=week, days=1) for week in range(12)]
    # Summer time begins in the fourth of these weeks.
    assert {moment.time() for moment in cafes} == {time(9, 30)}
    assert len({moment.utcoffset() for moment in cafes}) == 2


def test_another_day_than_a_monday_is_refused_with_the_next_one() -> None:
    with pytest.raises(SampleError) as refused:
        load_sample("rennes", date(2027, 3, 3))
    assert refused.value.details["monday"] == "08/03/2027"


def test_an_unknown_sample_is_refused() -> None:
    with pytest.raises(SampleError) as refused:
        load_sample("nantes", MONDAY)
    assert refused.value.code == "sample_unknown"


def test_the_systems_of_the_paper_are_in_it(drawers: Drawers) -> None:
    states: dict[str, Counter[AppointmentState]] = {}
    for each in drawers.appointments.all():
        initiative_id = getattr(each, "initiative_id", "")
        if initiative_id:
            states.setdefault(drawers.initiatives[initiative_id].name, Counter())[each.state] += 1
    published = {name for name, counted in states.items() if counted[AppointmentState.PUBLISHED]}
    assert published == {
        "La Roulotte à parlottes", "Café du facteur", "Les Rendez-vous près de chez vous", "L'Info-mobile",
        "Jardin partagé", "Médiation sociale", "Marché Sarah-Bernhardt", "Marché de Villejean", "Table de quartier",
        "Bonjour Voisins", "Informaticienne publique hors les murs",
        "Séminaire régional « Aller vers plutôt que voir venir »", "Réunion thématique « Aller vers »",
    }  # fmt: skip
    assert set(states["La Guitoune"]) == {AppointmentState.DRAFT}
    assert sum("parentalité" in each.themes for each in drawers.initiatives.all()) >= 2


def test_the_informaticienne_helps_all_six_centres(drawers: Drawers) -> None:
    (she,) = [each for each in drawers.people.all() if each.function == "Informaticienne publique"]
    with_her = {
        each.centre_id for each in drawers.appointments.all() if isinstance(each, Outing) and each.participation(she.id)
    }
    assert len(with_her) == len(she.memberships) == 6


def test_the_seminar_of_2019_is_history_and_has_a_new_edition(drawers: Drawers) -> None:
    editions = [each for each in drawers.appointments.all() if isinstance(each, TrainingSession) and each.initiative_id]
    assert {(each.start.astimezone(ZoneInfo("Europe/Paris")).date(), each.state) for each in editions} == {
        (date(2019, 10, 17), AppointmentState.DONE),
        (MONDAY + timedelta(weeks=5, days=3), AppointmentState.PUBLISHED),
    }
    assert all(each.all_day and len(each.invited_centre_ids) == 5 for each in editions)


def test_thematic_meetings_invite_the_other_centres(drawers: Drawers) -> None:
    meetings = [each for each in drawers.appointments.all() if isinstance(each, TeamMeeting) and each.initiative_id]
    assert [len(each.invited_centre_ids) for each in meetings] == [5, 5, 5]


def test_people_are_as_people_are(drawers: Drawers) -> None:
    people = drawers.people.all()
    assert 40 <= len(people) <= 50
    assert any(not each.emails for each in people)
    assert any(not each.account for each in people)
    assert sum(each.is_organisation for each in people) == 3
    assert all(mail.endswith(("@example.org", "@example.com")) for each in people for mail in each.emails)
    assert any(len(each.memberships) == 2 and each.kind == "volunteer" for each in people)


def test_the_sample_breaks_these_rules_and_no_others(drawers: Drawers) -> None:
    snapshot = drawers.snapshot
    rota = Rota.of(
        appointments=snapshot.appointments, people=snapshot.people, initiatives=snapshot.initiatives,
        equipment=snapshot.equipment, courses=snapshot.courses, qualifications=snapshot.qualifications,
        centres=snapshot.centres, neighbourhoods=snapshot.neighbourhoods,
    )  # fmt: skip
    found = [
        (finding.rule, finding.key, drawers.appointments[finding.appointment_id].title, (rota.local_day(
            drawers.appointments[finding.appointment_id]) - MONDAY).days // 7 + 1)
        for centre in snapshot.centres
        for finding in check(rota, Scope.of_days(centre, date(2019, 1, 1), date(2028, 1, 1), confidential=True))
        if finding.level is not Level.ADVICE
    ]  # fmt: skip
    assert sorted(found) == [
        ("R1", "rule.R1.only_volunteers", "Café du facteur", 4),
        ("R3", "rule.R3.missing", "Les Rendez-vous près de chez vous", 5),
        ("R4", "rule.R4.expired", "Marché de Villejean", 9),
        ("R6", "rule.R6.home", "Les Rendez-vous près de chez vous", 10),
        ("R7", "rule.R7.equipment_twice", "Informaticienne publique hors les murs", 7),
        ("R7", "rule.R7.equipment_twice", "La Roulotte à parlottes", 7),
        ("R9", "rule.R9.name", "Marché Sarah-Bernhardt", 3),
    ]
