"""Records as JSON-able data, and what differs between two of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from sidecar.domain.appointments import AppointmentKind, Outing, Participation, TeamMeeting
from sidecar.domain.centres import Initiative
from sidecar.domain.places import Place, PlaceKind
from sidecar.storage.plain import differences, plain

START = datetime(2026, 3, 9, 10, 0, tzinfo=ZoneInfo("Europe/Paris"))
OUTING = Outing(id="o", centre_id="c", title="Café", start=START, end=START, version=3)


def test_a_record_is_plain_data_all_the_way_down() -> None:
    initiative = Initiative(
        id="i",
        centre_id="c",
        name="Café",
        place=Place(name="Halle", kind=PlaceKind.MARKET, geo=(48.1, -1.6)),
        usual_start=time(9, 30),
        aliases=("Le café",),
    )
    found = json.loads(json.dumps(plain([initiative, date(2026, 3, 9)])))
    assert found[0]["place"] == {"name": "Halle", "kind": "market", "geo": [48.1, -1.6]}
    assert (found[0]["usual_start"], found[0]["aliases"], found[1]) == ("09:30:00", ["Le café"], "2026-03-09")


def test_what_has_no_plain_form_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        plain(object())


def test_the_same_instant_in_another_zone_is_a_difference() -> None:
    moved = replace(OUTING, start=START.astimezone(UTC))
    assert moved == OUTING
    assert set(differences(OUTING, moved)) == {"start"}


def test_id_and_version_are_no_difference() -> None:
    assert differences(OUTING, replace(OUTING, version=9, id="x")) == {}


def test_a_changed_team_is_told_as_a_whole() -> None:
    team = (Participation(person_id="p1"),)
    assert differences(OUTING, replace(OUTING, participants=team)) == {"participants": ((), team)}


def test_another_kind_of_appointment_is_a_difference() -> None:
    meeting = TeamMeeting(id="o", centre_id="c", title="Café", start=START, end=START)
    changed = differences(OUTING, meeting)
    assert changed["kind"] == (AppointmentKind.OUTING, AppointmentKind.MEETING)
