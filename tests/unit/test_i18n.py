"""Both languages say the same, and every text can be filled."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from sidecar.domain.appointments import AppointmentKind, AppointmentState, ParticipantRole, Response
from sidecar.domain.centres import TeamPolicy
from sidecar.domain.people import PersonKind
from sidecar.domain.places import PlaceKind
from sidecar.i18n import LANGUAGES, Catalogue, MissingText, UnfilledGap, UnknownLanguage, translator
from sidecar.i18n.catalogue import BrokenCatalogue, gaps_of, merge

TUESDAY = datetime(2026, 3, 3, 8, 30, tzinfo=UTC)


def test_both_languages_have_the_same_keys():
    keys = {language: set(Catalogue(language)) for language in LANGUAGES}
    assert keys["fr"] ^ keys["en"] == set()


def test_both_languages_have_the_same_gaps():
    fr, en = Catalogue("fr"), Catalogue("en")
    differing = {key for key in fr if key in en and fr.gaps(key) != en.gaps(key)}
    assert differing == set()


def test_both_languages_have_the_same_files():
    root = Path(__file__).parents[2] / "sidecar" / "i18n"
    assert {f.name for f in (root / "fr").glob("*.toml")} == {f.name for f in (root / "en").glob("*.toml")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_and_every_plural_has_its_general_form(language):
    catalogue = Catalogue(language)
    assert [key for key in catalogue if not catalogue[key].strip()] == []
    assert [key for key in catalogue if key.endswith(".one") and not catalogue.has_plural(key[: -len(".one")])] == []


def test_french_texts_use_no_middle_dot():
    assert [key for key, text in Catalogue("fr").items() if "·" in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("kind", AppointmentKind),
        ("kinds", [f"{kind}.other" for kind in AppointmentKind]),
        ("appointment_state", AppointmentState),
        ("answer", Response),
        ("role", ParticipantRole),
        ("person_kind", PersonKind),
        ("place_kind", PlaceKind),
        ("team_policy", TeamPolicy),
    ],
)
def test_every_value_of_the_domain_has_a_word(language, table, values):
    catalogue = Catalogue(language)
    assert [value for value in values if f"{table}.{value}" not in catalogue] == []


def test_a_day_and_an_hour_are_told_in_the_centres_zone():
    t = translator("fr", "Europe/Paris")
    assert t.day_time(TUESDAY) == "mardi 3 mars, 9 h 30"
    assert t.day(TUESDAY) == "mardi 3 mars"
    assert t.time(TUESDAY.replace(hour=9, minute=0)) == "10 h"
    assert translator("en", "Europe/Paris").day_time(TUESDAY) == "Tuesday 3 March, 9:30"


def test_the_zone_can_move_a_time_to_another_day():
    assert translator("fr").in_zone("Pacific/Noumea").day(TUESDAY.replace(hour=22)) == "mercredi 4 mars"


def test_the_first_of_a_month_is_told_as_people_say_it():
    assert translator("fr").day(date(2026, 3, 1)) == "dimanche 1er mars"
    assert translator("fr").day(date(2026, 3, 1), year=True) == "dimanche 1er mars 2026"
    assert translator("en").day(date(2026, 3, 1)) == "Sunday 1 March"


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="no zone"):
        translator("fr", "Europe/Paris").time(TUESDAY.replace(tzinfo=None))


def test_gaps_are_filled_with_words_days_and_lists():
    t = translator("fr", "Europe/Paris")
    assert t("message.can_you_come", title="Café du facteur", when=TUESDAY) == (
        "Pouvez-vous venir ? Café du facteur, mardi 3 mars, 9 h 30."
    )
    assert t("message.one_missing", when=TUESDAY) == "Il manque une personne mardi 3 mars. Pouvez-vous venir ?"
    assert t.listing(["Awa", "Yann", "Zoé"]) == "Awa, Yann et Zoé"
    assert t.listing(["Awa", "Yann"], either=True) == "Awa ou Yann"


def test_a_title_with_braces_is_told_as_it_is():
    assert "{count} {0!r}" in translator("fr")("message.can_you_come", title="{count} {0!r}", when=TUESDAY)


@pytest.mark.parametrize(
    ("language", "count", "text"),
    [
        ("fr", 0, "0 sortie"),
        ("fr", 1, "1 sortie"),
        ("fr", 2, "2 sorties"),
        ("fr", 1_000_000, "1000000 sorties"),
        ("en", 0, "0 outings"),
        ("en", 1, "1 outing"),
    ],
)
def test_numbers_take_the_form_their_language_gives_them(language, count, text):
    assert translator(language)("kinds.outing", count=count) == text


def test_what_is_missing_is_named():
    t = translator("fr")
    with pytest.raises(MissingText, match=r"no\.such\.text"):
        t("no.such.text")
    with pytest.raises(UnfilledGap, match="since"):
        t("calendar_link.no_link_since")
    with pytest.raises(UnfilledGap, match="count"):
        t("kinds.outing")
    with pytest.raises(UnknownLanguage, match="br"):
        translator("br")


def test_a_key_in_two_files_is_refused(tmp_path):
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text('[page]\ntitle = "Titre"\n', encoding="utf-8")
    with pytest.raises(BrokenCatalogue, match=r"b\.toml: page\.title stands in a\.toml"):
        merge(sorted(tmp_path.iterdir()))


def test_a_gap_reaches_into_no_object():
    with pytest.raises(BrokenCatalogue):
        gaps_of("{person.secret}")
