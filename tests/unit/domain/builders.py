"""A small rota to break rules in: one centre, its people, and an outing that breaks none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sidecar.domain.appointments import Appointment, Outing, ParticipantRole, Participation, Response
from sidecar.domain.centres import Centre, Initiative
from sidecar.domain.people import Person, PersonKind
from sidecar.domain.places import Place, PlaceKind
from sidecar.domain.rules import ALL, Finding, Rota, Scope, check
from sidecar.domain.training import Course, Qualification

PARIS = ZoneInfo("Europe/Paris")
MAUREPAS = Centre(id="maurepas", name="Maurepas", phone="02 99 12 34 56", email="accueil@maurepas.example")
VILLEJEAN = Centre(id="villejean", name="Villejean")
CAFE = Initiative(id="cafe", centre_id="maurepas", name="Café du facteur")
POSTURE = Course(id="posture", name="Posture", by_default=True)
LISTENING = Course(id="listening", name="Accueil et écoute", by_default=True)

AWA = Person(id="awa", given_name="Awa", family_name="Diallo", kind=PersonKind.VOLUNTEER, phones=("+33612000001",))
YANN = Person(id="yann", given_name="Yann", family_name="Kerdoncuff", kind=PersonKind.PROFESSIONAL)
ZOE = Person(id="zoe", given_name="Zoé", family_name="Bernard", kind=PersonKind.PARTNER)
PIERRE = Person(id="pierre", given_name="Pierre", family_name="Hamon", kind=PersonKind.VOLUNTEER)
LEA = Person(id="lea", given_name="Léa", kind=PersonKind.PROFESSIONAL, phones=("+33299000009",))
KARIM = Person(id="karim", given_name="Karim", kind=PersonKind.PROFESSIONAL)
NINA = Person(id="nina", given_name="Nina", kind=PersonKind.PARTNER)
EVERYBODY = (AWA, YANN, ZOE, PIERRE, LEA, KARIM, NINA)


def at(day: int, hour: int = 9, minute: int = 30, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=PARIS)


TUESDAY = at(3)


def member(person: Person | str, role: ParticipantRole = ParticipantRole.MEMBER, **more: Any) -> Participation:
    return Participation(person_id=person if isinstance(person, str) else person.id, role=role, **more)


def trainee(person: Person) -> Participation:
    return member(person, ParticipantRole.TRAINEE)


def ashore(person: Person | str) -> Participation:
    return member(person, ParticipantRole.BASE_CONTACT)


def declined(participation: Participation, start: datetime = TUESDAY) -> Participation:
    return replace(participation, response=Response.DECLINED, answered_for=start)


def outing(*participants: Participation, id: str = "o1", start: datetime = TUESDAY, hours: float = 2, **more: Any) -> Outing:
    """An outing of the café; without participants: Awa and Yann, with Léa ashore."""
    values: dict[str, Any] = {
        "centre_id": "maurepas",
        "title": "Café du facteur",
        "initiative_id": "cafe",
        "end": start + timedelta(hours=hours),
        "place": Place(name="Place du Gros-Chêne", kind=PlaceKind.PUBLIC_SPACE),
        "participants": participants or (member(AWA), member(YANN), ashore(LEA)),
    }
    return Outing(id=id, start=start, **(values | more))


def qualified(*people: Person, courses: Iterable[Course] = (POSTURE, LISTENING), **more: Any) -> list[Qualification]:
    since = more.pop("since", date(2025, 1, 1))
    return [
        Qualification(id=f"{p.id}-{c.id}", person_id=p.id, course_id=c.id, since=since, **more)
        for p in people
        for c in courses
    ]


def rota(*appointments: Appointment, **more: Any) -> Rota:
    values: dict[str, Any] = {
        "people": EVERYBODY,
        "initiatives": [CAFE],
        "courses": [POSTURE, LISTENING],
        "qualifications": qualified(*EVERYBODY),
        "centres": [MAUREPAS, VILLEJEAN],
    }
    return Rota.of(appointments=appointments, **(values | more))


def scope(centre_id: str = "maurepas", **more: Any) -> Scope:
    return Scope(
        centre_id=centre_id,
        start=datetime(2026, 1, 1, tzinfo=UTC),
        end=datetime(2027, 1, 1, tzinfo=UTC),
        **more,
    )


def found(rule: str, *appointments: Appointment, centre_id: str = "maurepas", **more: Any) -> list[Finding]:
    """The findings of one rule over the year."""
    rules = [r for r in ALL if r.id == rule]
    assert rules, f"{rule} checks nothing"
    return check(rota(*appointments, **more), scope(centre_id), rules)


def keys(findings: Iterable[Finding]) -> list[str]:
    """What was found, without the rule: ["alone_volunteer"]."""
    return [finding.key.removeprefix(f"rule.{finding.rule}.") for finding in findings]
