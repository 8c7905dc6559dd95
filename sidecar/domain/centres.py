"""Centres, their territory and what they own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum

from sidecar.domain.places import Place


@dataclass(frozen=True, kw_only=True)
class Neighbourhood:
    """Where outings take place; the finest place in any figure (R9)."""

    id: str
    centre_id: str
    name: str
    version: int = 0


@dataclass(frozen=True, kw_only=True)
class Centre:
    """An organisation with its time zone (IANA name), school zone (A, B or C) and rule start dates.

    ``rules_from`` maps a rule id ("R1") to the first day it looks at, so that the first day blocks nothing;
    a rule that is absent counts from ``default_rules_from``; None there means that rules count always.
    ``rest_hours`` between two outings of one person is in hours (R7).
    """

    id: str
    name: str
    timezone: str = "Europe/Paris"
    school_zone: str = "B"
    phone: str = ""
    email: str = ""
    language: str = "fr"
    rules_from: dict[str, date] = field(default_factory=dict)
    default_rules_from: date | None = None
    rest_hours: int = 11
    version: int = 0


@dataclass(frozen=True, kw_only=True)
class Equipment:
    """Bookable once at a time (R7): a caravan, a vehicle, a marquee. ``needs_driver``: R7 knows, R1 does not care."""

    id: str
    centre_id: str
    name: str
    needs_driver: bool = False
    version: int = 0


class TeamPolicy(StrEnum):
    """Who makes a team good enough to go out (R1).

    RECOGNISED_PAIR is the paper's: professional + professional, professional + volunteer,
    professional + partner, volunteer + partner. PROFESSIONAL_PAIR asks for two professionals (S6);
    RESIDENT_LED asks for two people of any kind (S9).
    """

    RECOGNISED_PAIR = "recognised_pair"
    PROFESSIONAL_PAIR = "professional_pair"
    RESIDENT_LED = "resident_led"


@dataclass(frozen=True, kw_only=True)
class Initiative:
    """A named way of going out, with its place, rhythm, format, equipment, team policy and themes.

    ``aliases`` are other titles under which people write it in a calendar. ``course_ids`` None means the
    centre's default courses (R4: posture, confidentialité, accueil et écoute); an empty tuple means none.
    ``places_for`` is the number of people that the team has room for. ``preparing``: planned, not published (S12).
    """

    id: str
    centre_id: str
    name: str
    aliases: tuple[str, ...] = ()
    neighbourhood_ids: tuple[str, ...] = ()
    format: str = ""
    rhythm: str = ""
    place: Place | None = None
    usual_start: time | None = None
    usual_minutes: int | None = None
    equipment_ids: tuple[str, ...] = ()
    course_ids: tuple[str, ...] | None = None
    team_policy: TeamPolicy = TeamPolicy.RECOGNISED_PAIR
    places_for: int = 3
    needs_driver: bool = False
    themes: tuple[str, ...] = ()
    preparing: bool = False
    version: int = 0
