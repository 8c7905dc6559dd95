"""Makes ``rennes.ods``: the systems S1 to S15 of the position paper over twelve weeks, in six centres.

``python -m sidecar.samples.rennes`` writes the file anew; the same code always makes the same workbook. A few rows
break rules on purpose (``BREACHES``), so that there is something to see; nothing else blocks publishing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sidecar.exchange.tables import sheet_of
from sidecar.exchange.vocabulary import SheetKind
from sidecar.exchange.workbook import Value, Workbook
from sidecar.exchange.writing import Format, write_workbook
from sidecar.samples import BASE_MONDAY
from sidecar.samples.cast import (
    ALL_CENTRES,
    CARAVAN,
    CAST,
    COURSES,
    EQUIPMENT,
    IT_OFFICER,
    LAPSED,
    MEDIATORS,
    NEWCOMERS,
    PARTNER,
    PROFESSIONAL,
    QUARTERS,
    VOLUNTEER,
    centre_rows,
    people_rows,
    qualification_rows,
)
from sidecar.samples.diary import Diary, NobodyFree, Slot
from sidecar.samples.gatherings import gatherings, seminar_day
from sidecar.samples.systems import IT_HELP, SYSTEMS, System

WEEKS = 12
TO_PUBLISH, DRAFT = "à publier", "brouillon"
Row = dict[str, Value]


@dataclass(frozen=True, kw_only=True)
class Breach:
    """One row that breaks a rule on purpose: which outing (action, week from 1), and what is wrong with it."""

    rule: str
    action: str
    week: int
    place: str | None = None
    text: str | None = None
    equipment: str | None = None
    reason: str | None = None


BREACHES = (
    Breach(rule="R9", action="Marché Sarah-Bernhardt", week=3, text="Mme Tanguidec souhaite qu'on repasse la voir."),
    Breach(rule="R1", action="Café du facteur", week=4),
    Breach(rule="R3", action="Les Rendez-vous près de chez vous", week=5),
    Breach(rule="R7", action=IT_HELP, week=7, equipment=CARAVAN),
    Breach(rule="R4", action="Marché de Villejean", week=9,
           reason="Nouvelle séance suivie dans deux semaines, accompagné ce jour-là."),
    Breach(rule="R6", action="Les Rendez-vous près de chez vous", week=10, place="Appartement 12, 4 rue des Mimosas"),
)  # fmt: skip


def rennes() -> Workbook:
    """The whole workbook."""
    diary = Diary()
    # Days that take many people come first, then what few people can do, then the rest.
    supervision, training, meetings = gatherings(diary)
    outings = list(_outings(diary))
    outings.sort(key=lambda row: (str(row["date"]), str(row["start"]), str(row["centre"])))
    sheets: dict[SheetKind, list[Row]] = {
        SheetKind.CENTRES: centre_rows(),
        SheetKind.NEIGHBOURHOODS: [{"centre": centre, "name": name} for centre, names in QUARTERS.items() for name in names],
        SheetKind.PEOPLE: people_rows(),
        SheetKind.INITIATIVES: [system.row() for system in SYSTEMS],
        SheetKind.EQUIPMENT: [
            {"centre": centre, "name": name, "needs_driver": "oui" if driver else "non"}
            for centre, name, driver in EQUIPMENT
        ],
        SheetKind.COURSES: [
            {"name": name, "validity_months": months, "by_default": "oui" if default else "non"}
            for name, months, default in COURSES
        ],
        SheetKind.QUALIFICATIONS: qualification_rows(),
        SheetKind.OUTINGS: outings,
        SheetKind.SUPERVISION: supervision,
        SheetKind.TRAINING: training,
        SheetKind.MEETINGS: meetings,
    }
    return Workbook(name="rennes.ods", sheets=tuple(sheet_of(kind, rows, only_filled=True) for kind, rows in sheets.items()))


def _outings(diary: Diary) -> Iterator[Row]:
    systems = sorted((system for system in SYSTEMS if system.days), key=lambda system: system.turn)
    for system in systems:
        for number, (week, slot) in enumerate(_slots(system)):
            if slot.day != seminar_day():
                yield _outing(diary, system, number, week, slot)


def _slots(system: System) -> Iterator[tuple[int, Slot]]:
    for week in system.weeks:
        for weekday in system.days:
            day: date = BASE_MONDAY + timedelta(weeks=week - 1, days=weekday)
            yield week, Slot(day=day, at=system.at, minutes=system.minutes)


def _outing(diary: Diary, system: System, number: int, week: int, slot: Slot) -> Row:
    in_city = system.action != IT_HELP or system.centre == ALL_CENTRES[0]
    breach = next((each for each in BREACHES if each.action == system.action and each.week == week and in_city), None)
    stop, kind, quarter = system.stops[number % len(system.stops)]
    team = _team(diary, system, number, slot, breach)
    row: Row = {
        "centre": system.centre,
        "initiative": system.action,
        "date": slot.day,
        "start": slot.at,
        "end": slot.end.time(),
        "place": (breach and breach.place) or stop,
        "place_kind": kind,
        "meeting_point": system.meeting_point,
        "neighbourhood": quarter,
        "equipment": (breach and breach.equipment) or system.equipment,
        "driver": team.pop(0) if system.driver else None,
        "member": "; ".join(team),
        "state": DRAFT if system.preparing else TO_PUBLISH,
        "text": (breach and breach.text) or (system.text if number == 0 else None),
        "override_reason": breach.reason if breach else None,
    }
    if breach is None or breach.rule != "R3":
        row["base_contact"] = diary.stays(system.centre, slot).name
    newcomer = next((each for each in NEWCOMERS if each.centres == (system.centre,)), None)
    if breach is None and system.newcomers and newcomer is not None and diary.free(newcomer, slot) and number % 2:
        row["trainee"] = diary.send(newcomer, slot).name
    return row


def _team(diary: Diary, system: System, number: int, slot: Slot, breach: Breach | None) -> list[str]:
    """Names, the driver first. Every third outing takes a partner along, where one is free (R2)."""
    if breach is not None and breach.rule == "R1":
        return [diary.choose(system.centre, VOLUNTEER, slot).name for _ in range(2)]
    if breach is not None and breach.rule == "R4":
        return [diary.choose(system.centre, PROFESSIONAL, slot).name, diary.send(LAPSED, slot).name]
    pool = MEDIATORS if system.mediators else CAST
    if system.action == IT_HELP:
        team = [diary.send(IT_OFFICER, slot).name]
    else:
        team = [diary.choose(system.centre, kind, slot, pool).name for kind in system.team[:-1]]
    team.append(diary.choose(system.centre, system.team[-1], slot, pool).name)
    if system.third and number % 3 == 0:
        try:
            team.append(diary.choose(system.centre, PARTNER, slot).name)
        except NobodyFree:
            return team
    return team


def main(path: Path) -> None:
    write_workbook(rennes(), path, Format.ODS)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_suffix(".ods"))
