"""The dates of an event as an outsider reads them; shares no line with what it tests.

A date is known by its original local time ("2026-03-03T09:30:00"), a single event by "". Of rules it understands what the
machine's programs write: FREQ=WEEKLY with COUNT or UNTIL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sidecar.projection.context import CLOSING, OPENING
from tests.editor import times
from tests.editor.lines import Component, parse, unescape

AT_MOST = 60
"""No rule of the machine has more dates."""


@dataclass(frozen=True)
class Seen:
    """One date as it stands in a calendar. ``start``: local, as in DTSTART. ``answers``: address -> PARTSTAT."""

    title: str
    place: str
    start: str
    text: str
    cancelled: bool
    answers: dict[str, str] = field(default_factory=dict)


def dates(text: str) -> dict[str, Seen]:
    """What stands there by key; nothing for what is no readable event."""
    try:
        events = parse(text).parts("VEVENT")
    except (ValueError, IndexError):
        return {}
    found: dict[str, Seen] = {}
    whole = [event for event in events if event.line("RECURRENCE-ID") is None]
    for master in whole[:1]:
        first = times.wall(times.read(_line(master, "DTSTART")))
        if master.line("RRULE") is None:
            return {"": _seen(master, first)}
        found = {_key(start): _seen(master, start) for start in _starts(master, first)}
    for event in events:
        original = event.line("RECURRENCE-ID")
        if original is not None:
            key = _key(times.wall(times.read(original)))
            found[key] = _seen(event, times.wall(times.read(_line(event, "DTSTART"))))
    return found


def uid(text: str) -> str:
    found = re.search(r"^UID:(.*)$", re.sub(r"\r?\n[ \t]", "", text), re.MULTILINE | re.IGNORECASE)
    return found[1].strip() if found is not None else ""


def human(description: str) -> str:
    """A DESCRIPTION without our block."""
    before, opening, rest = description.partition(OPENING)
    if not opening:
        return description.strip()
    return f"{before.strip()}\n\n{rest.partition(CLOSING)[2].strip()}".strip()


def around_block(description: str, text: str) -> str:
    """The DESCRIPTION with another text of people and the block as it was."""
    _, opening, rest = description.partition(OPENING)
    block, closing, _ = rest.partition(CLOSING)
    return f"{text}\n\n{opening}{block}{closing}" if opening else text


def _starts(master: Component, first: datetime) -> list[datetime]:
    rule = dict(part.split("=") for part in (master.value("RRULE") or "").split(";"))
    if rule["FREQ"] != "WEEKLY":
        raise ValueError(f"not one of the machine's rules: {rule}")
    starts = [first + timedelta(weeks=n) for n in range(min(int(rule.get("COUNT", AT_MOST)), AT_MOST))]
    if until := rule.get("UNTIL"):
        last = times.wall(datetime.strptime(until[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC))
        starts = [start for start in starts if start <= last]
    dropped = {
        times.wall(times.read(type(row)("EXDATE", value, row.params)))
        for row in master.lines("EXDATE")
        for value in row.value.split(",")
    }
    return [start for start in starts if start not in dropped]


def _seen(event: Component, start: datetime) -> Seen:
    return Seen(
        title=unescape(event.value("SUMMARY") or ""),
        place=unescape(event.value("LOCATION") or ""),
        start=start.strftime("%Y%m%dT%H%M%S"),
        text=human(unescape(event.value("DESCRIPTION") or "")),
        cancelled=event.value("STATUS") == "CANCELLED",
        answers={
            line.value.lower().removeprefix("mailto:"): (line.param("PARTSTAT") or "NEEDS-ACTION").upper()
            for line in event.lines("ATTENDEE")
        },
    )


def _key(start: datetime) -> str:
    return start.replace(tzinfo=None).isoformat()


def _line(event: Component, name: str):  # type: ignore[no-untyped-def]
    found = event.line(name)
    if found is None:
        raise ValueError(f"no {name}")
    return found


def lines_of(text: str) -> set[str]:
    """Every line of a text, as its author wrote it."""
    return {line.text for component in parse(text).walk() for line in component.lines()}
