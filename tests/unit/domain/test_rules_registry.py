"""Checking: what is looked at, from when, in which order, and what people read."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sidecar.domain.appointments import AppointmentState
from sidecar.domain.centres import Equipment
from sidecar.domain.places import Place
from sidecar.domain.rules import ALL, OF_ONE, STATEMENTS, Finding, Level, Rota, Scope, Word, blocking, check
from sidecar.i18n import LANGUAGES, Catalogue, translator
from tests.unit.domain.builders import (
    AWA,
    LEA,
    MAUREPAS,
    PARIS,
    PIERRE,
    TUESDAY,
    ashore,
    at,
    found,
    keys,
    member,
    outing,
    rota,
    scope,
    trainee,
)


def test_twelve_rules_are_stated_and_seven_check_something():
    assert list(STATEMENTS) == [f"R{n}" for n in range(1, 13)]
    assert [rule.id for rule in ALL] == ["R1", "R2", "R3", "R4", "R6", "R7", "R9"]
    for rule in ALL:
        assert (rule.level, rule.quotation) == (STATEMENTS[rule.id].level, STATEMENTS[rule.id].quotation)


def test_what_a_rule_of_one_outing_finds_does_not_hang_on_the_others():
    lonely, other = outing(member(AWA), id="lonely"), outing(member(AWA), member(LEA), id="other")
    beside, alone = check(rota(lonely, other), scope(), OF_ONE), check(rota(lonely), scope(), OF_ONE)
    assert [f for f in beside if f.appointment_id == "lonely"] == alone
    assert [f.rule for f in alone] == ["R1"]


def test_every_rule_quotes_the_paper_but_the_one_of_common_sense():
    assert [s.id for s in STATEMENTS.values() if not re.fullmatch(r"« .+ »", s.quotation)] == ["R7"]


def test_an_outing_that_breaks_no_rule_raises_nothing_but_advice():
    findings = check(rota(outing()), scope())
    assert [(f.rule, f.level) for f in findings] == [("R2", Level.ADVICE)]
    assert blocking(findings) == []


@pytest.mark.parametrize("state", AppointmentState)
def test_all_but_cancelled_appointments_are_looked_at(state):
    findings = found("R1", outing(member(AWA), state=state))
    assert len(findings) == (0 if state is AppointmentState.CANCELLED else 1)


def test_only_the_centres_own_appointments_of_the_period_are_looked_at():
    lonely = [outing(member(AWA), id=str(day), start=at(day)) for day in (1, 2, 3)]
    elsewhere = outing(member(PIERRE), id="v", centre_id="villejean", start=at(2))
    period = Scope(centre_id="maurepas", start=at(2), end=at(3))
    r1 = [rule for rule in ALL if rule.id == "R1"]
    assert [f.appointment_id for f in check(rota(*lonely, elsewhere), period, r1)] == ["2"]


def test_a_rule_counts_from_its_first_day_in_the_centre():
    before, after = outing(member(AWA), id="b", start=at(9)), outing(member(AWA), id="a", start=at(10))
    started = replace(MAUREPAS, rules_from={"R1": date(2026, 3, 10)})
    assert [f.appointment_id for f in found("R1", before, after, centres=[started])] == ["a"]
    assert len(found("R3", before, after, centres=[started])) == 2


def test_a_rule_without_a_first_day_of_its_own_takes_the_centres():
    centre = replace(MAUREPAS, default_rules_from=date(2026, 3, 10), rules_from={"R3": date(2026, 1, 1)})
    lonely = outing(member(AWA), start=at(9))
    assert found("R1", lonely, centres=[centre]) == []
    assert len(found("R3", lonely, centres=[centre])) == 1


def test_the_first_day_is_the_centres_local_day():
    noumea = replace(MAUREPAS, timezone="Pacific/Noumea", default_rules_from=date(2026, 3, 10))
    late_in_paris = outing(member(AWA), start=at(9, 20))
    assert len(found("R1", late_in_paris, centres=[noumea])) == 1


def test_advice_over_a_period_leaves_out_what_came_before_the_first_day():
    centre = replace(MAUREPAS, default_rules_from=date(2026, 3, 10))
    assert found("R2", outing(start=at(9)), centres=[centre]) == []


def test_findings_come_by_time_then_appointment_then_rule():
    late = outing(member(AWA), id="a", start=at(4), text="Mme Le Goff")
    early = outing(trainee(AWA), id="z", start=at(3), text="Mme Le Goff")
    order = [(f.appointment_id, f.rule) for f in check(rota(late, early), scope()) if f.rule != "R2"]
    assert order == [("z", "R1"), ("z", "R3"), ("z", "R9"), ("a", "R1"), ("a", "R3"), ("a", "R9")]


def test_the_same_rota_gives_the_same_findings():
    appointments = [outing(member(AWA), id=str(n), start=at(1 + n % 20)) for n in range(40)]
    forth, back = rota(*appointments), rota(*reversed(appointments))
    assert check(forth, scope()) == check(back, scope())


def test_days_of_a_centre_are_its_local_days():
    centre = replace(MAUREPAS, timezone="Pacific/Noumea")
    period = Scope.of_days(centre, date(2026, 3, 3), date(2026, 3, 4))
    assert period.start == datetime(2026, 3, 3, tzinfo=ZoneInfo("Pacific/Noumea"))
    assert period.end - period.start == timedelta(days=2)


# -- what people read ------------------------------------------------------------------------------------------------


def a_rota_that_breaks_everything() -> Rota:
    caravan = Equipment(id="caravan", centre_id="maurepas", name="La roulotte")
    careful = replace(AWA, weekly_ceiling=1)
    return rota(
        outing(member(AWA), id="alone", equipment_ids=("caravan",)),
        outing(member(AWA), member(PIERRE), id="twice", equipment_ids=("caravan",), text="Mme Le Goff, 06 99 99 99 99"),
        outing(trainee(LEA), ashore(PIERRE), id="out", place=Place(name="chez M. X"), start=at(3, 20)),
        outing(member("unknown"), ashore(AWA), member(AWA), id="early", place=None, start=at(4, 6), text="a@b.example"),
        people=[careful, replace(PIERRE, phones=()), LEA],
        equipment=[caravan],
        qualifications=[],
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_reads_as_a_sentence_that_says_what_to_do(language):
    t = translator(language, PARIS)
    findings = check(a_rota_that_breaks_everything(), scope())
    assert {f.rule for f in findings} == {rule.id for rule in ALL}
    for finding in findings:
        message = finding.message(t)
        assert message.endswith(".")
        assert "{" not in message
        assert "Word(" not in message


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_a_rule_can_be_told(language):
    t = translator(language, PARIS)
    gaps = {"name": "Awa", "title": "Marché", "initiative": "Café", "kinds": ("un", "deux"), "courses": ("Posture",)}
    gaps |= {"words": "appt 12", "field": "lieu", "occupied": "occupé", "count": 2, "nth": 3}
    for key in Catalogue(language):
        if re.match(r"rule\.R\d+\.", key):
            assert t(key, **gaps)


def test_a_message_in_french_says_who_what_and_what_to_do():
    finding = Finding(
        rule="R2",
        level=Level.ADVICE,
        appointment_id="",
        start=TUESDAY,
        centre_id="maurepas",
        key="rule.R2.missing",
        params={"initiative": "Café du facteur", "kinds": (Word("rule.R2.volunteer"), Word("rule.R2.partner"))},
    )
    assert finding.message(translator("fr")) == (
        "« Café du facteur » : sur cette période, il manque au trinôme un bénévole et un partenaire. "
        "Pensez à proposer une place."
    )


def test_every_rule_has_a_title_and_every_level_a_word():
    for language in LANGUAGES:
        catalogue = Catalogue(language)
        assert [r for r in STATEMENTS if f"rule.title.{r}" not in catalogue] == []
        assert [level for level in Level if f"rule.level.{level}" not in catalogue] == []


def test_a_draft_with_findings_is_checked_like_any_other():
    assert keys(found("R1", outing(member(AWA), state=AppointmentState.DRAFT))) == ["alone_volunteer"]
