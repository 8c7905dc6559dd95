from __future__ import annotations

import errno
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sidecar.domain.appointments import (
    AppointmentState,
    Outing,
    ParticipantRole,
    Participation,
    Response,
    SupervisionSlot,
    TeamMeeting,
    TrainingSession,
)
from sidecar.domain.centres import Centre, Equipment, Initiative, Neighbourhood, TeamPolicy
from sidecar.domain.people import Membership, Person, PersonKind
from sidecar.domain.places import Place, PlaceKind
from sidecar.domain.training import Course, Qualification
from sidecar.exchange import writing
from sidecar.exchange.cells import canonical
from sidecar.exchange.errors import WorkbookError
from sidecar.exchange.importing import plan_import
from sidecar.exchange.plan import Fate, ImportPlan
from sidecar.exchange.snapshot import Snapshot
from sidecar.exchange.workbook import read_workbook
from sidecar.exchange.writing import Format, export_workbook, format_of
from tests.exchange.builders import NOW, Drawers

PARIS = ZoneInfo("Europe/Paris")
ENDINGS = {Format.XLSX: "a.xlsx", Format.ODS: "a.ods", Format.CSV: "a"}
PLACE = Place(name="Dalle, nord; sud", kind=PlaceKind.MARKET, geo=(48.1266, -1.6543219))


def full_house(text: str = "Apporter le thé") -> Snapshot:
    """One record of every kind with every field filled, and two people of one name."""
    start = datetime(2026, 3, 3, 9, 30, tzinfo=PARIS)
    people = ("p1", "p2", "p3", "p4")
    shared = {"centre_id": "c1", "title": text, "place": PLACE, "text": text, "meeting_point": text,
              "invited_centre_ids": ("c2",)}  # fmt: skip
    return Snapshot(
        centres=(
            Centre(id="c1", name="Centre social Maurepas", phone="+33261910001", default_rules_from=date(2026, 1, 1)),
            Centre(id="c2", name="Centre, un; deux", timezone="America/Martinique", school_zone="A", language="en"),
        ),
        neighbourhoods=(Neighbourhood(id="n1", centre_id="c1", name='Gros-Chêne "nord"; sud'),),
        courses=(Course(id="k1", name="Posture", validity_months=36, by_default=True), Course(id="k2", name="Écoute")),
        equipment=(
            Equipment(id="e1", centre_id="c1", name="Roulotte", needs_driver=True),
            Equipment(id="e2", centre_id="c2", name="Roulotte"),
        ),
        initiatives=(
            Initiative(
                id="i1", centre_id="c1", name="Café, du facteur", aliases=("Café",), neighbourhood_ids=("n1",),
                format=text, rhythm=text, place=PLACE, usual_start=time(9, 30), usual_minutes=135,
                equipment_ids=("e1", "e2"), course_ids=("k1",), team_policy=TeamPolicy.RESIDENT_LED, places_for=4,
                needs_driver=True, themes=("santé", "cadre, de vie"), preparing=True,
            ),
            Initiative(id="i2", centre_id="c2", name="Café, du facteur", course_ids=()),
        ),
        people=(
            Person(
                id="p1", given_name="Marie", family_name="Le Martinec", kind=PersonKind.PARTNER,
                emails=("marie@example.org", "m@example.com"), phones=("+33261910011", "poste 12", "+442079460018"),
                organisation=text, function=text, account="marie", weekly_ceiling=2, active=False,
                memberships=(Membership(centre_id="c1", consent_on=date(2026, 1, 2)),
                             Membership(centre_id="c2", in_contacts=False)),
            ),
            Person(id="p2", given_name="Marie", family_name="Le Martinec", memberships=(Membership(centre_id="c1"),)),
            Person(id="p3", organisation="RésoVilles", kind=PersonKind.PARTNER, memberships=(Membership(centre_id="c1"),)),
            Person(id="p4", given_name="Thi Lan", family_name="Phamdo", memberships=(Membership(centre_id="c2"),)),
        ),
        qualifications=(
            Qualification(id="q1", person_id="p1", course_id="k1", since=date(2026, 1, 2)),
            Qualification(id="q2", person_id="p2", course_id="k1", since=date(2026, 1, 2), until=date(2027, 1, 2)),
        ),
        appointments=(
            Outing(
                id="a1", start=start, end=start + timedelta(hours=2), state=AppointmentState.PUBLISHED,
                initiative_id="i1", neighbourhood_id="n1", equipment_ids=("e1", "e2"), override_reason=text,
                participants=tuple(
                    Participation(person_id=person, role=role, response=Response.ACCEPTED)
                    for person, role in zip(people, (ParticipantRole.DRIVER, ParticipantRole.MEMBER,
                                                     ParticipantRole.BASE_CONTACT, ParticipantRole.TRAINEE), strict=True)
                ), **shared,
            ),
            SupervisionSlot(
                id="a2", start=datetime(2026, 10, 25, 0, 45, tzinfo=UTC), end=datetime(2026, 10, 25, 1, 45, tzinfo=UTC),
                capacity=6, state=AppointmentState.CANCELLED, **shared,
            ),
            TrainingSession(
                id="a3", start=datetime(2026, 10, 15, tzinfo=PARIS), end=datetime(2026, 10, 17, tzinfo=PARIS),
                all_day=True, course_id="k2", initiative_id="i1", capacity=80, **shared,
            ),
            TeamMeeting(
                id="a4", start=datetime(2025, 3, 3, 22, 0, tzinfo=PARIS), end=datetime(2025, 3, 4, 0, 30, tzinfo=PARIS),
                state=AppointmentState.DONE, **shared,
            ),
        ),
    )  # fmt: skip


def reimported(snapshot: Snapshot, path: Path) -> ImportPlan:
    export_workbook(snapshot, path)
    return plan_import(read_workbook(path), snapshot, now=NOW, new_id=lambda: "never")


def differing(plan: ImportPlan) -> list[object]:
    return [(row.sheet, row.row, row.changes, row.refusals) for row in plan.rows if row.fate is not Fate.SAME]


@pytest.mark.parametrize("name", ENDINGS.values())
def test_what_was_exported_imports_as_the_same(tmp_path: Path, name: str) -> None:
    plan = reimported(full_house(), tmp_path / name)
    assert differing(plan) == []
    assert len(plan.rows) == 19
    assert not plan.ignored_columns
    assert not plan.ignored_sheets


@pytest.mark.parametrize("name", ENDINGS.values())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1, max_size=40).filter(lambda text: canonical(text).lower() not in ("", "(vide)", "(empty)")))
@example(text="=1+1")
@example(text="@SUM(A1)")
@example(text="-2")
@example(text="+33 2 61 91 00 01")
@example(text="'=x")
@example(text='a;b,c\t"d"\r\ne')
@example(text="_x000D_")
@example(text="  deux   espaces  ")
@example(text="12/03/2026")
@example(text="\x0bcontrole")
def test_odd_texts_come_back_as_they_were(name: str, text: str) -> None:
    with TemporaryDirectory() as folder:
        assert differing(reimported(full_house(text), Path(folder) / name)) == []


def test_into_an_empty_rota_an_export_brings_the_same_references() -> None:
    house = full_house()
    with TemporaryDirectory() as folder:
        export_workbook(house, Path(folder) / "a.ods")
        plan = plan_import(read_workbook(Path(folder) / "a.ods"), Snapshot(), now=NOW, new_id=Drawers().new_id)
    assert [row.refusals for row in plan.refused] == []
    ids = {write.record.id for row in plan.rows for write in row.writes}
    assert {"c1", "n1", "k1", "e1", "i1", "p1", "a1", "a2", "a3", "a4"} <= ids


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1"])
def test_a_text_like_a_formula_is_written_as_text(tmp_path: Path, text: str) -> None:
    export_workbook(full_house(text), tmp_path / "a.xlsx")
    page = openpyxl.load_workbook(tmp_path / "a.xlsx")["Sorties"]
    cells = [cell for row in page.iter_rows() for cell in row if cell.value == text]
    assert cells
    assert {cell.data_type for cell in cells} == {"s"}
    export_workbook(full_house(text), tmp_path / "csv")
    raw = (tmp_path / "csv" / "Sorties.csv").read_text("utf-8-sig")
    assert f"'{text}" in raw
    assert f";{text}" not in raw


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.ods"
    path.write_bytes(b"before")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setitem(writing.WRITERS, Format.ODS, full)
    with pytest.raises(WorkbookError) as refused:
        export_workbook(full_house(), path)
    assert refused.value.code == "workbook_not_written"
    assert path.read_bytes() == b"before"
    assert [item.name for item in tmp_path.iterdir()] == ["a.ods"]


def test_a_folder_of_csv_keeps_what_else_is_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "classeur"
    folder.mkdir()
    (folder / "notes.md").write_text("à garder")
    export_workbook(full_house(), folder, Format.CSV)
    export_workbook(full_house(), folder, Format.CSV)
    assert (folder / "notes.md").read_text() == "à garder"
    assert (folder / "Sorties.csv").exists()


def test_a_name_that_asks_for_no_format_we_write_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError) as refused:
        format_of(tmp_path / "a.pdf")
    assert refused.value.code == "workbook_format_unknown"
