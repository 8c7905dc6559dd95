from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.exchange import cells
from sidecar.exchange.errors import CellRefused

PARIS = ZoneInfo("Europe/Paris")
CELL = datetime(2026, 3, 3, 9, 30)  # noqa: DTZ001 - cells of spreadsheets know no zone


@pytest.mark.parametrize(
    "typed",
    [
        "03/03/2026", "3/3/26", "3.3.2026", "2026-03-03", "3 mars 2026", "mardi 3 mars 2026", "Mardi 03 Mars 2026",
        "mar. 3 mars 2026", "3 March 2026", " 3  mars  2026 ", date(2026, 3, 3), CELL, 46084.0,
    ],
)  # fmt: skip
def test_a_date_is_understood_as_people_type_it(typed: object) -> None:
    assert cells.as_date(typed) == date(2026, 3, 3)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("31/02/2026", "date_impossible"),
        ("12/31/2026", "date_impossible"),
        ("mercredi 3 mars 2026", "date_other_weekday"),
        ("3 mars", "date_without_year"),
        ("bientôt", "date_unreadable"),
        ("3 brumaire 2026", "date_unreadable"),
        (12.0, "date_unreadable"),
        ("01/01/1066", "date_far"),
        ("mardi", "date_unreadable"),
    ],
)
def test_a_date_that_makes_no_sense_is_refused(typed: object, code: str) -> None:
    with pytest.raises(CellRefused) as refused:
        cells.as_date(typed)  # type: ignore[arg-type]
    assert refused.value.code == code


@pytest.mark.parametrize(
    "typed",
    ["9h30", "9 h 30", "9:30", "09:30", "9H30", "9.30", "9 h\u202f30", "9 heures 30", "9:30:00", time(9, 30),
     timedelta(hours=9, minutes=30), 9.5 / 24, 0.395833333, CELL],
)  # fmt: skip
def test_a_time_is_understood_as_people_type_it(typed: object) -> None:
    assert cells.as_time(typed) == time(9, 30)  # type: ignore[arg-type]


@pytest.mark.parametrize("typed", ["09h", "9 h", 9.0, "9h00"])
def test_full_hours_need_no_minutes(typed: object) -> None:
    assert cells.as_time(typed) == time(9)  # type: ignore[arg-type]


@pytest.mark.parametrize("typed", ["25h", "9h75", "matin", "9", 9.5, timedelta(hours=30), True])
def test_a_time_that_makes_no_sense_is_refused(typed: object) -> None:
    with pytest.raises(CellRefused):
        cells.as_time(typed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [("2h", 120), ("1 h 30", 90), ("1h30", 90), ("1:30", 90), ("90 min", 90), ("45 mn", 45), (90.0, 90),
     (timedelta(hours=2), 120), (time(1, 30), 90), (0.0625, 90), ("2 heures", 120)],
)  # fmt: skip
def test_a_duration_is_understood_as_people_type_it(typed: object, minutes: int) -> None:
    assert cells.as_minutes(typed) == minutes  # type: ignore[arg-type]


@pytest.mark.parametrize("typed", ["longtemps", "2", "0 min", "", "h"])
def test_a_duration_that_says_no_unit_or_nothing_is_refused(typed: str) -> None:
    with pytest.raises(CellRefused):
        cells.as_minutes(typed)


@pytest.mark.parametrize(("typed", "meant"), [("Oui", True), ("x", True), (1.0, True), ("non", False), (0, False)])
def test_yes_and_no(typed: object, meant: bool) -> None:
    assert cells.as_yes_no(typed) is meant  # type: ignore[arg-type]


def test_the_hour_that_spring_skips_is_refused() -> None:
    with pytest.raises(CellRefused) as refused:
        cells.local_moment(date(2026, 3, 29), time(2, 30), PARIS)
    assert refused.value.code == "time_skipped"


def test_the_hour_that_autumn_gives_twice_is_the_first_unless_an_offset_says_otherwise() -> None:
    first = cells.local_moment(date(2026, 10, 25), cells.as_time("2h30"), PARIS)
    second = cells.local_moment(date(2026, 10, 25), cells.as_time("2:30 +01:00"), PARIS)
    assert second.timestamp() - first.timestamp() == 3600
    assert not cells.is_second_pass(first)
    assert cells.is_second_pass(second)


def test_a_list_goes_by_semicolon_and_else_by_comma() -> None:
    assert cells.as_list("Awa, Yann") == ("Awa", "Yann")
    assert cells.as_list("Martin, Awa; Yann\nZoé") == ("Martin, Awa", "Yann", "Zoé")


@given(st.lists(st.text(min_size=1).map(cells.canonical).filter(bool), max_size=4, unique=True))
def test_a_list_written_is_read_back(parts: list[str]) -> None:
    assert cells.as_list(cells.list_text(tuple(parts))) == tuple(parts)


@given(st.one_of(st.text(), st.floats(allow_nan=False), st.integers(), st.booleans(), st.times(), st.dates()))
def test_no_cell_is_worse_than_refused(value: object) -> None:
    for read in (cells.as_date, cells.as_time, cells.as_minutes, cells.as_yes_no, cells.as_geo, cells.as_whole_number):
        with suppress(CellRefused):
            assert read(value) is not None  # type: ignore[operator]
