"""Supervision, training, team meetings, the seminar (S13) and the thematic meetings (S15) of the sample Rennes."""

from __future__ import annotations

from datetime import date, time, timedelta

from sidecar.exchange.workbook import Value
from sidecar.samples import BASE_MONDAY
from sidecar.samples.cast import (
    ALL_CENTRES,
    BLOSNE,
    CAST,
    CITY,
    CONFIDENTIALITY,
    LAPSED,
    LISTENING,
    MAUREPAS,
    NEWCOMERS,
    ORGANISATIONS,
    ORGANISERS,
    PARTNER,
    POSTURE,
    PROFESSIONAL,
    SUPERVISORS,
    TRAINER,
    VILLEJEAN,
    VOLUNTEER,
    Actor,
)
from sidecar.samples.diary import Diary, Slot
from sidecar.samples.systems import EVEN_WEEKS, EVERY_WEEK, ODD_WEEKS, SEMINAR, THEMATIC

Row = dict[str, Value]
TO_PUBLISH = "à publier"
SEMINAR_2019 = date(2019, 10, 17)


def _day(week: int, weekday: int) -> date:
    return BASE_MONDAY + timedelta(weeks=week - 1, days=weekday)


def seminar_day() -> date:
    """A Thursday in the sixth week; the seminar of the paper was on Thursday 17 October 2019."""
    return _day(6, 3)


def gatherings(diary: Diary) -> tuple[list[Row], list[Row], list[Row]]:
    """Rows of Supervisions, Séances de formation and Réunions; everybody in them is booked."""
    training = _seminars(diary) + _courses(diary)
    meetings = _team_meetings(diary) + _thematic_meetings(diary)
    return _supervision(diary), sorted(training, key=_by_date), sorted(meetings, key=_by_date)


def _by_date(row: Row) -> tuple[str, str, str]:
    return str(row["date"]), str(row.get("start", "")), str(row["centre"])


def _names(actors: list[Actor]) -> str:
    return "; ".join(actor.name for actor in actors)


def _book(diary: Diary, actors: list[Actor], slot: Slot) -> list[Actor]:
    """Those who are free, booked."""
    free = [actor for actor in actors if diary.free(actor, slot)]
    for actor in free:
        diary.book(actor, slot)
    return free


def _timed(slot: Slot) -> Row:
    return {"date": slot.day, "start": slot.at, "end": slot.end.time()}


def _seminars(diary: Diary) -> list[Row]:
    """S13 as it was, and an edition within the twelve weeks so that calendars show one."""
    guests = [*ORGANISERS.values(), *ORGANISATIONS]
    guests += [actor for actor in CAST if actor.kind == PARTNER and actor.goes_out]
    guests += [actor for actor in CAST if actor.kind == VOLUNTEER and actor.account]
    come = _book(diary, guests, Slot(day=seminar_day(), at=time(0), minutes=24 * 60 - 1))
    base: Row = {
        "centre": CITY, "initiative": SEMINAR, "all_day": "oui", "place_kind": "chez un partenaire",
        "invited_centres": "; ".join(centre for centre in ALL_CENTRES if centre != CITY),
    }  # fmt: skip
    return [
        {**base, "date": SEMINAR_2019, "place": "Rennes", "state": "terminée", "text": "Avec RésoVilles."},
        {**base, "date": seminar_day(), "place": "Maison des associations", "state": TO_PUBLISH, "capacity": 80,
         "guest": _names(come), "text": "Nouvelle édition du séminaire de 2019, avec RésoVilles."},
    ]  # fmt: skip


def _courses(diary: Diary) -> list[Row]:
    """Each default course twice, for newcomers of all centres and for those whose course runs out."""
    rows: list[Row] = []
    for number, week in enumerate((1, 3, 5, 7, 9, 11)):
        course = (POSTURE, CONFIDENTIALITY, LISTENING)[number % 3]
        centre = (CITY, VILLEJEAN)[number % 2]
        slot = Slot(day=_day(week, 0), at=time(18), minutes=150)
        learners = [*NEWCOMERS, *([LAPSED] if course == CONFIDENTIALITY and week > 6 else [])]
        rows.append(
            {
                "centre": centre,
                "course": course,
                "title": f"Formation {course.lower()}",
                **_timed(slot),
                "place": "Grande salle",
                "place_kind": "au centre",
                "facilitator": _names(_book(diary, [TRAINER], slot)),
                "guest": _names(_book(diary, learners, slot)),
                "invited_centres": "; ".join(each for each in ALL_CENTRES if each != centre),
                "capacity": 12,
                "state": TO_PUBLISH,
            }
        )
    return rows


def _supervision(diary: Diary) -> list[Row]:
    """Two slots a month in each centre, at noon, each centre on a day of its own."""
    rows: list[Row] = []
    for number, centre in enumerate(ALL_CENTRES):
        people = [each for each in CAST if centre in each.centres and each.goes_out and each.kind != PARTNER]
        supervisor = next(each for each in SUPERVISORS if centre in each.centres)
        for turn, week in enumerate(EVEN_WEEKS):
            slot = Slot(day=_day(week, (0, 1, 4, 0, 1, 4)[number]), at=time(12, 15), minutes=90)
            wanted = [people[(turn * 3 + step) % len(people)] for step in range(min(4, len(people)))]
            rows.append(
                {
                    "centre": centre,
                    **_timed(slot),
                    "place": "Petite salle",
                    "place_kind": "au centre",
                    "facilitator": _names(_book(diary, [supervisor], slot)),
                    "member": _names(_book(diary, wanted, slot)),
                    "capacity": 6,
                    "state": TO_PUBLISH,
                }
            )
    return sorted(rows, key=_by_date)


def _team_meetings(diary: Diary) -> list[Row]:
    """Every Monday morning in two centres, every other Monday in the others."""
    rows: list[Row] = []
    for number, centre in enumerate(ALL_CENTRES):
        weekly = centre in (MAUREPAS, BLOSNE)
        for week in EVERY_WEEK if weekly else (ODD_WEEKS if number % 2 else EVEN_WEEKS):
            slot = Slot(day=_day(week, 0), at=time(9, 30), minutes=90)
            team = [each for each in CAST if each.centres[0] == centre and each.kind == PROFESSIONAL]
            team = [each for each in team if len(each.centres) < len(ALL_CENTRES) and each is not ORGANISERS[centre]]
            regulars = [each for each in CAST if each.kind == VOLUNTEER and each.centres[0] == centre and each.account]
            rows.append(
                {
                    "centre": centre,
                    "title": "Réunion d'équipe",
                    **_timed(slot),
                    "place": "Salle de réunion",
                    "place_kind": "au centre",
                    "facilitator": _names(_book(diary, [ORGANISERS[centre]], slot)),
                    "guest": _names(_book(diary, team + regulars, slot)),
                    "state": TO_PUBLISH,
                }
            )
    return rows


def _thematic_meetings(diary: Diary) -> list[Row]:
    """S15: volunteers and professionals of all centres, one theme each time."""
    rows: list[Row] = []
    themes = ("Trouver les mots", "Passer le relais", "Accueillir de nouveaux bénévoles")
    for theme, week in zip(themes, (3, 7, 11), strict=True):
        slot = Slot(day=_day(week, 1), at=time(16, 30), minutes=120)
        guests = [each for centre, each in ORGANISERS.items() if centre != CITY]
        guests += [each for each in CAST if each.kind == VOLUNTEER and each.account]
        rows.append(
            {
                "centre": CITY,
                "initiative": THEMATIC,
                **_timed(slot),
                "place": "Grande salle",
                "place_kind": "au centre",
                "facilitator": _names(_book(diary, [ORGANISERS[CITY]], slot)),
                "guest": _names(_book(diary, guests, slot)),
                "invited_centres": "; ".join(each for each in ALL_CENTRES if each != CITY),
                "text": f"Thème : {theme.lower()}",
                "state": TO_PUBLISH,
            }
        )
    return rows
