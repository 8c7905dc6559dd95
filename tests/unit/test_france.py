"""Telephone numbers, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.france.phones import display, to_e164


@pytest.mark.parametrize(
    "typed",
    [
        "06 12 34 56 78",
        "0612345678",
        "06.12.34.56.78",
        "06-12-34-56-78",
        " 06 12 34 56 78 ",
        "06\u00a012\u00a034\u00a056\u00a078",
        "+33 6 12 34 56 78",
        "+33 (0)6 12 34 56 78",
        "0033612345678",
        "tel:+33612345678",
    ],
)
def test_a_french_number_is_read_however_it_is_typed(typed):
    assert to_e164(typed) == "+33612345678"


@pytest.mark.parametrize("typed", ["", "poste 12", "06 12", "le matin", "0000000000", "12/03/2026"])
def test_what_is_no_number_gives_none(typed):
    assert to_e164(typed) is None


def test_a_number_from_elsewhere_keeps_its_country():
    assert to_e164("+44 20 7946 0018") == "+442079460018"
    assert to_e164("020 7946 0018", region="GB") == "+442079460018"
    assert display("+442079460018") == "+44 20 7946 0018"


def test_a_french_number_is_shown_as_people_dial_it():
    assert display("+33299123456") == "02 99 12 34 56"


def test_what_nobody_could_read_is_shown_as_typed():
    assert display("demander à l'accueil") == "demander à l'accueil"


@given(st.integers(min_value=0, max_value=99_999_999))
def test_what_is_shown_is_read_back(digits):
    number = to_e164(f"06{digits:08d}")
    if number is not None:
        assert to_e164(display(number)) == number
