"""What an appointment is, whatever rules say of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sidecar.domain.appointments import CLASSES, KINDS, ParticipantRole, Response
from sidecar.domain.errors import InvalidAppointment
from sidecar.i18n import LANGUAGES, translator
from tests.unit.domain.builders import AWA, LEA, PARIS, TUESDAY, YANN, ashore, at, declined, member, outing


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"start": TUESDAY.replace(tzinfo=None)}, "naive_time"),
        ({"end": TUESDAY.replace(tzinfo=None)}, "naive_time"),
        ({"end": TUESDAY - timedelta(minutes=1)}, "ends_before_start"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_cannot_be_is_refused_in_plain_words(change, code, language):
    with pytest.raises(InvalidAppointment) as refusal:
        replace(outing(), **change)
    assert refusal.value.code == code
    assert "Café du facteur" in translator(language)(f"error.{code}", **refusal.value.details)


def test_an_appointment_may_have_no_length():
    assert outing(hours=0).duration == timedelta()


def test_a_night_in_which_clocks_change_lasts_as_long_as_it_lasts():
    evening, morning = datetime(2026, 10, 24, 22, 0, tzinfo=PARIS), datetime(2026, 10, 25, 6, 0, tzinfo=PARIS)
    assert outing(start=evening, end=morning).duration == timedelta(hours=9)


def test_the_second_two_o_clock_comes_after_the_first_half_past_two():
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC).astimezone(PARIS)
    second = datetime(2026, 10, 25, 1, 0, tzinfo=UTC).astimezone(PARIS)
    assert outing(start=first, end=second).duration == timedelta(minutes=30)


def test_who_declined_is_neither_on_the_team_nor_ashore():
    subject = outing(member(AWA), declined(member(YANN)), declined(ashore(LEA)))
    assert [p.person_id for p in subject.team] == ["awa"]
    assert subject.base_contacts == ()


def test_after_a_move_an_answer_is_asked_again():
    moved = outing(declined(member(AWA))).moved(at(4), at(4, 11))
    assert [moved.response_for_now(p) for p in moved.participants] == [Response.NEEDS_ACTION]
    back = moved.moved(TUESDAY, at(3, 11))
    assert [back.response_for_now(p) for p in back.participants] == [Response.DECLINED]


def test_trainees_and_drivers_go_out_and_nobody_else_does():
    assert {role for role in ParticipantRole if role.goes_out} == {"member", "driver", "trainee"}


def test_every_kind_has_one_class():
    assert {CLASSES[kind]: kind for kind in CLASSES} == KINDS
