"""R7: one place at a time, some rest, not too much in a week."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.domain.appointments import AppointmentState, ParticipantRole, SupervisionSlot, TeamMeeting
from sidecar.domain.centres import Equipment
from sidecar.domain.rules import ALL, Level, check
from sidecar.domain.rules.rota import Busyness, busy
from tests.unit.domain.builders import (
    AWA,
    LEA,
    MAUREPAS,
    PARIS,
    TUESDAY,
    YANN,
    ashore,
    at,
    declined,
    found,
    keys,
    member,
    outing,
    rota,
    scope,
)

CARAVAN = Equipment(id="caravan", centre_id="maurepas", name="La roulotte")
PUBLISHED = AppointmentState.PUBLISHED


def other(*participants, start=TUESDAY, **more):
    return outing(*(participants or (member(AWA),)), id="o2", start=start, **({"title": "Marché"} | more))


def test_somebody_in_two_places_blocks_both():
    findings = found("R7", outing(member(AWA)), other(start=at(3, 11, 0)))
    assert [(f.appointment_id, f.subject, f.level) for f in findings] == [
        ("o1", "awa", Level.BLOCKS),
        ("o2", "awa", Level.BLOCKS),
    ]
    assert findings[0].params["title"] == "Marché"


@pytest.mark.parametrize("role", ParticipantRole)
def test_every_role_takes_a_person(role):
    assert keys(found("R7", outing(member(AWA)), other(member(AWA, role)))) == ["person_twice"] * 2


def test_touching_ends_are_fine():
    assert found("R7", outing(member(AWA)), other(start=at(3, 11, 30))) == []


@pytest.mark.parametrize(
    "second",
    [other(declined(member(AWA))), other(state=AppointmentState.CANCELLED), other(member(YANN))],
    ids=["declined", "cancelled", "somebody else"],
)
def test_who_does_not_come_is_not_there(second):
    assert found("R7", outing(member(AWA)), second) == []


def test_who_stays_ashore_may_answer_two_teams_of_one_centre():
    assert found("R7", outing(ashore(LEA)), other(ashore(LEA))) == []


def test_who_stays_ashore_at_two_centres_is_in_two_places():
    second = other(ashore(LEA), centre_id="villejean", state=PUBLISHED)
    assert keys(found("R7", outing(ashore(LEA)), second)) == ["person_occupied"]


def test_another_centre_is_occupied_and_nothing_more():
    second = other(centre_id="villejean", state=PUBLISHED, place=None)
    [finding] = found("R7", outing(member(AWA)), second)
    assert keys([finding]) == ["person_occupied"]
    assert finding.params["occupied"].key == "word.occupied"
    assert "Marché" not in repr(finding)
    assert "o2" not in repr(finding)


def test_a_draft_of_another_centre_binds_nobody_here():
    second = other(centre_id="villejean")
    assert found("R7", outing(member(AWA), state=PUBLISHED), second) == []
    assert keys(found("R7", outing(member(AWA), state=PUBLISHED), second, centre_id="villejean")) == ["person_occupied"]


def test_an_appointment_that_may_be_named_is_named_before_one_that_may_not():
    elsewhere = outing(member(AWA), id="o3", centre_id="villejean", state=PUBLISHED)
    findings = found("R7", outing(member(AWA)), elsewhere, other())
    assert [f.params.get("title") for f in findings if f.appointment_id == "o1"] == ["Marché"]


def test_equipment_is_in_one_place_too():
    findings = found(
        "R7",
        outing(member(AWA), equipment_ids=("caravan",)),
        other(member(YANN), equipment_ids=("caravan", "caravan")),
        equipment=[CARAVAN],
    )
    assert [(f.subject, f.params["name"], f.level) for f in findings] == [("caravan", "La roulotte", Level.BLOCKS)] * 2


def test_equipment_lent_to_another_centre_is_occupied():
    second = other(member(YANN), equipment_ids=("caravan",), centre_id="villejean", state=PUBLISHED)
    [finding] = found("R7", outing(member(AWA), equipment_ids=("caravan",)), second, equipment=[CARAVAN])
    assert keys([finding]) == ["equipment_occupied"]
    assert "Marché" not in repr(finding)


def test_an_event_without_an_end_takes_people_when_it_begins():
    assert keys(found("R7", outing(member(AWA), hours=0), other(hours=0))) == ["person_twice"] * 2


def test_hours_are_compared_as_instants_when_clocks_go_back():
    # On 25 October 2026 two o'clock comes twice in Rennes.
    first = outing(member(AWA), start=datetime(2026, 10, 25, 0, 0, tzinfo=UTC), hours=0.75)
    second = other(start=datetime(2026, 10, 25, 1, 0, tzinfo=UTC), hours=0.75)
    paris = [replace(o, start=o.start.astimezone(PARIS), end=o.end.astimezone(PARIS)) for o in (first, second)]
    assert found("R7", *paris) == []


# -- supervision -----------------------------------------------------------------------------------------------------


def slot(*participants, **more):
    values = {"id": "s1", "centre_id": "maurepas", "title": "Supervision", "start": TUESDAY, "end": at(3, 11)}
    return SupervisionSlot(participants=participants, **(values | more))


def test_that_somebody_is_in_supervision_is_told_to_nobody_else():
    findings = found("R7", outing(member(AWA)), slot(member(AWA, ParticipantRole.GUEST)))
    assert [(f.appointment_id, *keys([f])) for f in findings] == [("o1", "person_occupied"), ("s1", "someone_in_slot")]
    assert "Supervision" not in repr(findings[0])
    assert "awa" not in repr(findings[1]).casefold()


def test_the_supervision_organiser_sees_who_is_in_two_places():
    snapshot = rota(outing(member(AWA)), slot(member(AWA, ParticipantRole.GUEST)))
    findings = check(snapshot, scope(confidential=True), [rule for rule in ALL if rule.id == "R7"])
    assert [(f.subject, f.confidential) for f in findings if f.appointment_id == "s1"] == [("awa", True)]


# -- rest and ceiling ------------------------------------------------------------------------------------------------


def test_too_little_rest_between_two_days_warns_about_the_later():
    [finding] = found("R7", outing(member(AWA), start=at(3, 20)), other(start=at(4, 7)))
    assert (finding.appointment_id, *keys([finding]), finding.level) == ("o2", "rest", Level.WARNING)
    assert finding.params["count"] == 11


def test_enough_rest_is_enough_to_the_minute():
    assert found("R7", outing(member(AWA), start=at(3, 20)), other(start=at(4, 9, 30))) == []
    assert keys(found("R7", outing(member(AWA), start=at(3, 20)), other(start=at(4, 9, 29)))) == ["rest"]


def test_morning_and_afternoon_of_one_day_are_one_days_work():
    assert found("R7", outing(member(AWA)), other(start=at(3, 14))) == []


def test_the_centre_sets_the_rest():
    lenient = [replace(MAUREPAS, rest_hours=8)]
    assert found("R7", outing(member(AWA), start=at(3, 20)), other(start=at(4, 7)), centres=lenient) == []


def test_a_meeting_or_an_evening_ashore_is_not_counted_as_an_outing():
    meeting = TeamMeeting(
        id="m", centre_id="maurepas", title="Réunion", start=at(3, 20), end=at(3, 22), participants=(member(AWA),)
    )
    assert found("R7", meeting, other(start=at(4, 7))) == []
    assert found("R7", outing(ashore(AWA), start=at(3, 20)), other(start=at(4, 7))) == []


def test_rest_counts_across_centres_without_saying_where():
    evening = outing(member(AWA), start=at(3, 20), centre_id="villejean", title="Secret", state=PUBLISHED)
    [finding] = found("R7", evening, other(start=at(4, 7)))
    assert keys([finding]) == ["rest"]
    assert "Secret" not in repr(finding)


def test_outings_beyond_the_ceiling_that_a_person_sets_warn():
    careful = replace(AWA, weekly_ceiling=2)
    week = [outing(member(AWA), id=f"o{day}", start=at(day)) for day in (2, 4, 6)]
    [finding] = found("R7", *week, people=[careful])
    assert (finding.appointment_id, *keys([finding]), finding.level) == ("o6", "ceiling", Level.WARNING)
    assert (finding.params["count"], finding.params["nth"]) == (2, 3)


def test_a_week_begins_on_monday():
    careful = replace(AWA, weekly_ceiling=1)
    sunday, monday = outing(member(AWA), start=at(8)), other(start=at(9, 12))
    assert found("R7", sunday, monday, people=[careful]) == []


def test_no_ceiling_is_none_and_a_ceiling_of_nought_is_one():
    assert found("R7", outing(member(AWA))) == []
    assert keys(found("R7", outing(member(AWA)), people=[replace(AWA, weekly_ceiling=0)])) == ["ceiling"]


# -- the index -------------------------------------------------------------------------------------------------------

TIMES = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 90)), max_size=25)


@given(TIMES)
def test_the_index_finds_exactly_the_overlaps_that_comparing_all_pairs_finds(times):
    start = datetime(2026, 3, 3, tzinfo=UTC)
    taken = [
        busy(outing(id=str(n), start=start + timedelta(minutes=at_), hours=long / 60)) for n, (at_, long) in enumerate(times)
    ]
    index = Busyness(taken)
    for one in taken:
        expected = {two.appointment.id for two in taken if two is not one and one.overlaps(two)}
        assert {two.appointment.id for two in index.overlapping(one)} == expected
