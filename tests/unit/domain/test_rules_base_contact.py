"""R3: who answers the telephone."""

from dataclasses import replace

import pytest

from sidecar.domain.appointments import AppointmentState, ParticipantRole, TeamMeeting
from sidecar.domain.rules import Level
from tests.unit.domain.builders import (
    AWA,
    KARIM,
    LEA,
    TUESDAY,
    YANN,
    ZOE,
    ashore,
    at,
    declined,
    found,
    keys,
    member,
    outing,
)

TEAM = (member(AWA), member(YANN))


def test_somebody_ashore_with_a_telephone_is_enough():
    assert found("R3", outing(*TEAM, ashore(LEA))) == []


@pytest.mark.parametrize(
    ("contacts", "key"),
    [
        ((), "missing"),
        ((declined(ashore(LEA)),), "missing"),
        ((ashore(KARIM),), "no_phone"),
        ((ashore(AWA),), "on_team"),
        ((ashore("nobody-knows"),), "unknown"),
    ],
)
def test_what_is_wrong_with_the_base_contact_is_said(contacts, key):
    [finding] = found("R3", outing(*TEAM, *contacts))
    assert keys([finding]) == [key]
    assert finding.level is Level.BLOCKS


def test_one_good_base_contact_among_several_is_enough():
    assert found("R3", outing(*TEAM, ashore(KARIM), ashore(LEA))) == []


def test_when_none_will_do_each_is_told():
    findings = found("R3", outing(*TEAM, ashore(KARIM), ashore(AWA)))
    assert sorted(keys(findings)) == ["no_phone", "on_team"]


def test_a_telephone_of_blanks_is_none():
    silent = replace(LEA, phones=(" ",))
    assert keys(found("R3", outing(*TEAM, ashore(LEA)), people=[AWA, YANN, silent])) == ["no_phone"]


def test_a_suggested_person_is_to_be_confirmed_first():
    suggested = replace(LEA, suggested=True)
    assert keys(found("R3", outing(*TEAM, ashore(LEA)), people=[AWA, YANN, suggested])) == ["unknown"]


def test_a_base_contact_out_with_another_team_is_said_with_its_title():
    other = outing(member(LEA), member(ZOE), ashore(KARIM), id="o2", title="Marché", start=at(3, 10))
    [finding] = [f for f in found("R3", outing(*TEAM, ashore(LEA)), other) if f.appointment_id == "o1"]
    assert keys([finding]) == ["out"]
    assert finding.params["title"] == "Marché"


def test_a_base_contact_out_with_another_centre_is_occupied_and_nothing_more():
    other = outing(
        member(LEA), id="o2", centre_id="villejean", title="Secret", start=at(3, 10), state=AppointmentState.PUBLISHED
    )
    [finding] = found("R3", outing(*TEAM, ashore(LEA)), other)
    assert keys([finding]) == ["occupied"]
    assert "Secret" not in str(finding)


@pytest.mark.parametrize(
    "other",
    [
        outing(member(LEA), ashore(LEA), id="o2", start=at(3, 11, 0)),  # a touching end is fine
        outing(declined(member(LEA)), id="o2"),
        outing(member(LEA), id="o2", state=AppointmentState.CANCELLED),
        outing(member(LEA), id="o2", centre_id="villejean"),  # a draft elsewhere binds nobody here
        TeamMeeting(
            id="o2",
            centre_id="maurepas",
            title="Réunion",
            start=TUESDAY,
            end=at(3, 11),
            participants=(member(LEA, ParticipantRole.GUEST),),
        ),
    ],
    ids=["later", "declined", "cancelled", "draft elsewhere", "meeting at the centre"],
)
def test_who_is_not_out_at_that_time_may_answer(other):
    subject = outing(*TEAM, ashore(LEA), hours=1.5)
    assert [f for f in found("R3", subject, other) if f.appointment_id == "o1"] == []


def test_only_outings_need_a_base_contact():
    meeting = TeamMeeting(id="m", centre_id="maurepas", title="Réunion", start=TUESDAY, end=at(3, 12))
    assert found("R3", meeting) == []
