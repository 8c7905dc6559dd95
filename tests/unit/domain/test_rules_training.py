"""R4: who goes out was trained for it."""

from dataclasses import replace
from datetime import UTC, date, datetime

from sidecar.domain.centres import TeamPolicy
from sidecar.domain.rules import Level
from sidecar.domain.training import Course
from tests.unit.domain.builders import (
    AWA,
    CAFE,
    KARIM,
    LISTENING,
    PIERRE,
    POSTURE,
    YANN,
    ZOE,
    ashore,
    declined,
    found,
    keys,
    member,
    outing,
    qualified,
    trainee,
)


def test_a_trained_team_raises_nothing():
    assert found("R4", outing()) == []


def test_the_courses_that_somebody_lacks_are_named():
    held = [*qualified(YANN), *qualified(AWA, courses=[POSTURE])]
    [finding] = found("R4", outing(), qualifications=held)
    assert (keys([finding]), finding.subject, finding.level) == (["missing"], "awa", Level.BLOCKS)
    assert finding.params["courses"] == ("Accueil et écoute",)


def test_who_stays_ashore_or_declined_needs_no_course():
    assert found("R4", outing(member(YANN), declined(member(AWA)), ashore(ZOE)), qualifications=qualified(YANN)) == []


def test_a_qualification_counts_on_its_last_day_and_not_after():
    held = qualified(YANN, AWA, until=date(2026, 3, 3))
    assert found("R4", outing(), qualifications=held) == []
    held = qualified(YANN, AWA, until=date(2026, 3, 2))
    assert keys(found("R4", outing(), qualifications=held)) == ["expired", "expired"]


def test_the_day_is_the_centres_own():
    just_after_midnight = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)  # the 3rd in Rennes
    held = qualified(YANN, AWA, until=date(2026, 3, 2))
    assert keys(found("R4", outing(start=just_after_midnight), qualifications=held)) == ["expired", "expired"]


def test_a_course_followed_after_the_outing_does_not_count_yet():
    held = qualified(YANN, AWA, since=date(2026, 3, 4))
    assert keys(found("R4", outing(), qualifications=held)) == ["missing", "missing"]


def test_a_renewed_course_is_valid():
    old = qualified(YANN, AWA, until=date(2025, 12, 31))
    new = [replace(q, id=f"{q.id}-2", since=date(2026, 1, 1), until=None) for q in old]
    assert found("R4", outing(), qualifications=[*old, *new]) == []


def test_an_initiative_may_ask_for_its_own_courses_or_for_none():
    driving = Course(id="driving", name="Conduite")
    own = [replace(CAFE, course_ids=("driving",))]
    findings = found("R4", outing(), initiatives=own, courses=[POSTURE, LISTENING, driving])
    assert [f.params["courses"] for f in findings] == [("Conduite",), ("Conduite",)]
    assert found("R4", outing(), initiatives=[replace(CAFE, course_ids=())], qualifications=[]) == []


def test_a_trainee_may_go_as_a_third_beside_a_trained_pair():
    assert found("R4", outing(member(YANN), member(ZOE), trainee(AWA)), qualifications=qualified(YANN, ZOE)) == []


def test_a_trainee_alone_or_making_the_pair_is_pointed_out():
    held = qualified(YANN)
    assert keys(found("R4", outing(trainee(AWA)), qualifications=held)) == ["trainee"]
    assert keys(found("R4", outing(member(YANN), trainee(AWA)), qualifications=held)) == ["trainee"]


def test_a_pair_that_is_not_trained_carries_no_trainee():
    findings = found("R4", outing(member(YANN), member(ZOE), trainee(AWA)), qualifications=qualified(YANN))
    assert sorted((f.subject, *keys([f])) for f in findings) == [("awa", "trainee"), ("zoe", "missing")]


def test_two_volunteers_are_no_pair_for_a_trainee():
    held = qualified(PIERRE, AWA)
    assert keys(found("R4", outing(member(PIERRE), member(AWA), trainee(KARIM)), qualifications=held)) == ["trainee"]


def test_the_initiatives_own_policy_decides_about_the_pair_beside_a_trainee():
    free = [replace(CAFE, team_policy=TeamPolicy.RESIDENT_LED)]
    team = outing(member(PIERRE), member(AWA), trainee(KARIM))
    assert found("R4", team, initiatives=free, qualifications=qualified(PIERRE, AWA)) == []


def test_a_trainee_who_has_all_courses_needs_no_pair_for_them():
    assert found("R4", outing(trainee(AWA))) == []


def test_a_person_nobody_knows_is_to_be_confirmed():
    assert keys(found("R4", outing(member(YANN), member("somebody")))) == ["unknown"]
