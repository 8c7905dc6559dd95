"""Ending a series before one of its dates."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from calendars.contentlines import parse
from calendars.errors import UnreadableText
from calendars.icalendar.facts import When
from calendars.icalendar.reading import override_key, read_when, read_whens
from calendars.icalendar.writing import stamp


def cut_until(text: str, key: str, *, now: datetime) -> str:
    """The text with its series ending before the date ``key`` (original local start); earlier dates stay as they are.

    COUNT gives way to UNTIL (RFC 5545 section 3.3.10: never both), which is in UTC where DTSTART has a zone. Overrides and
    RDATEs from ``key`` on go. Raises UnreadableText, also where nothing repeats or ``key`` is the first date.
    """
    document = parse(text)
    calendar, master = next(
        ((c, p) for c in document.components("VCALENDAR") for p in c.components("VEVENT") if not p.first("RECURRENCE-ID")),
        (None, None),
    )
    start_line = master.first("DTSTART") if master is not None else None
    if calendar is None or master is None or start_line is None or not master.lines("RRULE", "RDATE"):
        raise UnreadableText("no series to end")
    start = read_when(document, start_line)
    if ("T" in key) == start.all_day or key <= start.local_key:
        raise UnreadableText(f"the series cannot end before {key}", line=start_line.number or None)
    for rule in master.lines("RRULE"):
        parts = [p for p in rule.value.split(";") if p.partition("=")[0].strip().upper() not in ("UNTIL", "COUNT")]
        master.replace(rule, rule.with_value(";".join([*parts, f"UNTIL={_until(key, start)}"]), ending=document.ending))
    for line in master.lines("RDATE"):
        dates = [raw for raw in line.value.split(",") if raw.strip()]
        kept = [raw for raw, when in zip(dates, read_whens(document, line), strict=True) if when.key_in(start) < key]
        if not kept:
            master.remove(line)
        elif len(kept) < len(dates):
            master.replace(line, line.with_value(",".join(kept), ending=document.ending))
    for part in calendar.components("VEVENT"):
        if part is not master and override_key(document, part, master) >= key:
            calendar.remove(part)
    stamp(document, calendar, master, now)
    return str(document)


def _until(key: str, start: When) -> str:
    """The last moment before ``key``, in the form that DTSTART asks for."""
    try:
        if start.all_day:
            return f"{date.fromisoformat(key) - timedelta(days=1):%Y%m%d}"
        moment = datetime.fromisoformat(key) - timedelta(seconds=1)
    except (ValueError, OverflowError) as error:
        raise UnreadableText(f"{key!r} is no date of a series") from error
    zone = start.value.tzinfo if isinstance(start.value, datetime) else None
    if zone is None:
        return f"{moment:%Y%m%dT%H%M%S}"
    return f"{moment.replace(tzinfo=zone).astimezone(UTC):%Y%m%dT%H%M%SZ}"
