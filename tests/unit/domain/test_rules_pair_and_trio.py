"""R1 and R2: who goes out together."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.domain.appointments import ParticipantRole
from sidecar.domain.centres import TeamPolicy
from sidecar.domain.people import Person, PersonKind
from sidecar.domain.rules import Level
from sidecar.domain.rules.pair import makes_a_pair
from tests.unit.domain.builders import (
    AWA,
    CAFE,
    KARIM,
    NINA,
    PIERRE,
    TUESDAY,
    YANN,
    ZOE,
    at,
    declined,
    found,
    keys,
    member,
    outing,
    trainee,
)


@pytest.mark.parametrize(
    "team",
    [(YANN, KARIM), (YANN, AWA), (YANN, ZOE), (AWA, ZOE), (AWA, PIERRE, ZOE), (AWA, PIERRE, YANN)],
    ids=lambda team: "+".join(p.kind for p in team),
)
def test_a_recognised_pair_raises_nothing(team):
    assert found("R1", outing(*map(member, team))) == []


@pytest.mark.parametrize(
    ("team", "key"),
    [
        ((), "nobody"),
        ((AWA,), "alone_volunteer"),
        ((YANN,), "alone_professional"),
        ((ZOE,), "alone_partner"),
        ((AWA, PIERRE), "only_volunteers"),
        ((ZOE, NINA), "only_partners"),
    ],
)
def test_what_is_no_recognised_pair_blocks_and_says_what_lacks(team, key):
    [finding] = found("R1", outing(participants=tuple(map(member, team))))
    assert keys([finding]) == [key]
    assert finding.level is Level.BLOCKS
    assert (finding.appointment_id, finding.start, finding.centre_id) == ("o1", TUESDAY, "maurepas")


def test_a_trainee_does_not_make_the_pair():
    assert keys(found("R1", outing(member(AWA), trainee(YANN)))) == ["alone_volunteer"]


def test_a_driver_makes_the_pair():
    assert found("R1", outing(member(AWA), member(YANN, ParticipantRole.DRIVER))) == []


def test_who_stays_ashore_does_not_make_the_pair():
    for role in (ParticipantRole.BASE_CONTACT, ParticipantRole.GUEST, ParticipantRole.FACILITATOR):
        assert keys(found("R1", outing(member(AWA), member(YANN, role)))) == ["alone_volunteer"]


def test_who_declined_does_not_make_the_pair():
    assert keys(found("R1", outing(member(AWA), declined(member(YANN))))) == ["alone_volunteer"]


def test_a_decline_for_another_time_no_longer_counts():
    assert found("R1", outing(member(AWA), declined(member(YANN), at(2)))) == []


def test_an_unknown_or_suggested_person_does_not_make_the_pair():
    suggested = replace(YANN, suggested=True)
    assert keys(found("R1", outing(member(AWA), member(suggested)), people=[AWA, suggested])) == ["alone_volunteer"]
    assert keys(found("R1", outing(member(AWA), member("nobody-knows")))) == ["alone_volunteer"]


def test_one_person_in_two_roles_is_one_person():
    assert keys(found("R1", outing(member(YANN), member(YANN, ParticipantRole.DRIVER)))) == ["alone_professional"]


def test_an_initiative_of_mediators_asks_for_two_professionals():
    strict = [replace(CAFE, team_policy=TeamPolicy.PROFESSIONAL_PAIR)]
    assert keys(found("R1", outing(member(YANN), member(AWA)), initiatives=strict)) == ["two_professionals"]
    assert found("R1", outing(member(YANN), member(KARIM)), initiatives=strict) == []


def test_an_initiative_led_by_residents_asks_for_two_people_of_any_kind():
    free = [replace(CAFE, team_policy=TeamPolicy.RESIDENT_LED)]
    assert found("R1", outing(member(AWA), member(PIERRE)), initiatives=free) == []
    assert keys(found("R1", outing(member(AWA)), initiatives=free)) == ["two_people"]


PAIRS = [{"professional", "volunteer"}, {"professional", "partner"}, {"volunteer", "partner"}, {"professional"}]


@given(st.lists(st.sampled_from(PersonKind), max_size=6))
def test_a_team_is_a_pair_exactly_if_two_of_it_are_one_of_the_papers_pairs(kinds):
    team = [Person(id=str(i), kind=kind) for i, kind in enumerate(kinds)]
    two_by_two = [{str(a), str(b)} for i, a in enumerate(kinds) for b in kinds[i + 1 :]]
    assert makes_a_pair(team, TeamPolicy.RECOGNISED_PAIR) == any(pair in PAIRS for pair in two_by_two)


# -- R2 --------------------------------------------------------------------------------------------------------------


def test_a_trio_over_several_outings_raises_nothing():
    assert found("R2", outing(member(AWA), member(YANN)), outing(member(ZOE), member(KARIM), id="o2")) == []


def test_the_kind_that_no_outing_has_is_advised_once():
    first, second = outing(member(AWA), member(YANN)), outing(member(AWA), member(KARIM), id="o2", start=at(10))
    [finding] = found("R2", second, first)
    assert finding.level is Level.ADVICE
    assert (finding.subject, finding.appointment_id, finding.start) == ("cafe", "", first.start)
    assert [word.key for word in finding.params["kinds"]] == ["rule.R2.partner"]


def test_each_missing_kind_is_named():
    [finding] = found("R2", outing(member(AWA), trainee(YANN), declined(member(ZOE))))
    assert [word.key for word in finding.params["kinds"]] == ["rule.R2.professional", "rule.R2.partner"]


def test_an_initiative_without_outings_in_the_period_is_not_advised():
    assert found("R2") == []
