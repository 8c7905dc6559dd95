"""RRULEs that can be counted: in one spelling, without what would be counted for minutes (RFC 5545 section 3.3.10)."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from math import prod

from calendars.errors import UnreadableText

MOST_A_DAY = 24
MOST_RULES = 5
MOST_COUNTED = 200_000
"""How many dates may lie between the beginning of a series and what is asked for; all of them are counted."""
PARTS = {
    "FREQ", "UNTIL", "COUNT", "INTERVAL", "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO",
    "BYMONTH", "BYSETPOS", "WKST", "RSCALE", "SKIP",
}  # fmt: skip
BY_YEAR = {"BYYEARDAY", "BYWEEKNO"}
"""Parts that RFC 5545 section 3.3.10 allows in yearly rules; in short ones the library looks at each day until 9999."""
LONGEST = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
"""Months shorter than 31 days."""
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY = re.compile(r"([+-]?\d*)(MO|TU|WE|TH|FR|SA|SU)")


def countable(rule: str, start: date | datetime, until: datetime) -> str:
    """The rule as the library reads it.

    ``start`` is the first date of the series, ``until`` (aware) the end of what is asked. RSCALE and SKIP (RFC 7529) go
    where they say what is so without them. Raises UnreadableText for rules that would be counted for minutes, or never
    give a date: a calendar that others can write must not do that.
    """
    parts = _parts(rule)
    _refuse_scale(parts, rule)
    if unknown := parts.keys() - PARTS:
        raise UnreadableText(f"RRULE has a part that nobody knows ({', '.join(sorted(unknown))}): {rule[:80]}")
    _refuse_absurd(parts, rule)
    _refuse_never(parts, rule, start)
    _refuse_long(parts, rule, start, until)
    return ";".join(f"{name}={value}" for name, value in parts.items())


def _parts(rule: str) -> dict[str, str]:
    """Name -> value in upper case, without the spaces that some programs put after a semicolon."""
    pairs = (part.partition("=") for part in rule.split(";") if part.strip())
    return {name.strip().upper(): value.strip().upper() for name, _, value in pairs}


def _refuse_scale(parts: dict[str, str], rule: str) -> None:
    scale, skip = parts.pop("RSCALE", "GREGORIAN"), parts.pop("SKIP", "OMIT")
    if scale not in ("GREGORIAN", "GREGORY", "ISO8601"):
        raise UnreadableText(f"RRULE counts in another calendar than ours ({scale}): {rule[:80]}")
    if skip != "OMIT":
        raise UnreadableText(f"RRULE moves days that a month lacks (SKIP={skip}): {rule[:80]}")


def _refuse_absurd(parts: dict[str, str], rule: str) -> None:
    if parts.get("FREQ") in ("SECONDLY", "MINUTELY", "HOURLY") or _within_day(parts) > MOST_A_DAY:
        raise UnreadableText(f"RRULE repeats more often than a rota can: {rule[:80]}")
    if parts.get("FREQ") not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        # The library takes a rule without a rhythm for none at all.
        raise UnreadableText(f"RRULE has no rhythm: {rule[:80]}")
    interval = parts.get("INTERVAL", "1")
    if not interval.isdecimal() or not 0 < int(interval) < 10_000:
        raise UnreadableText(f"RRULE never gets on: {rule[:80]}")
    if parts["FREQ"] in ("DAILY", "WEEKLY") and not BY_YEAR.isdisjoint(parts):
        raise UnreadableText(f"RRULE counts within a {parts['FREQ']} rhythm what only a longer one has: {rule[:80]}")


def _refuse_never(parts: dict[str, str], rule: str, start: date | datetime) -> None:
    """What no date ever fulfils: the library would look for one until the year 9999."""
    days = _DAY.findall(parts.get("BYDAY", ""))
    places = [p.lstrip("+-") for p in parts.get("BYSETPOS", "1").split(",")]
    if parts["FREQ"] != "YEARLY" and all(p.isdecimal() and int(p) > _candidates(parts, len(days)) for p in places):
        raise UnreadableText(f"RRULE picks a date that no {parts['FREQ']} rhythm has: {rule[:80]}")
    months = parts.get("BYMONTH", "").split(",") if "BYMONTH" in parts else []
    if any(not m.isdecimal() or not 1 <= int(m) <= 12 for m in months):
        raise UnreadableText(f"RRULE names a month that no year has: {rule[:80]}")
    by_month_day = [d.lstrip("+-") for d in parts.get("BYMONTHDAY", "").split(",")]
    longest = max((LONGEST.get(int(m), 31) for m in months), default=31)
    if all(d.isdecimal() and int(d) > longest for d in by_month_day):
        raise UnreadableText(f"RRULE names a day that no month has: {rule[:80]}")
    most = 5 if parts["FREQ"] == "MONTHLY" or months else 53
    numbers = [number.lstrip("+-") for number, _ in days]
    if numbers and all(number and int(number) > most for number in numbers):
        raise UnreadableText(f"RRULE names a weekday that no {parts['FREQ']} rhythm has: {rule[:80]}")
    weeks = parts["FREQ"] == "DAILY" and int(parts.get("INTERVAL", "1")) % 7 == 0
    if weeks and days and WEEKDAYS[start.weekday()] not in {day for _, day in days}:
        raise UnreadableText(f"RRULE never meets its weekday: {rule[:80]}")


def _refuse_long(parts: dict[str, str], rule: str, start: date | datetime, until: datetime) -> None:
    first = start.date() if isinstance(start, datetime) else start
    days = max((until.date() - first) / timedelta(days=1), 0) / int(parts.get("INTERVAL", "1"))
    if parts["FREQ"] == "WEEKLY":
        days *= len(parts.get("BYDAY", "MO").split(",")) / 7
    if days * _within_day(parts) > MOST_COUNTED:
        raise UnreadableText(f"RRULE began too long ago to be counted: {rule[:80]}")


def _within_day(parts: dict[str, str]) -> int:
    return prod(len(parts.get(name, "0").split(",")) for name in ("BYHOUR", "BYMINUTE", "BYSECOND"))


def _candidates(parts: dict[str, str], weekdays: int) -> int:
    """At most how many dates one day, week or month of the rule has, of which BYSETPOS picks."""
    if parts["FREQ"] == "WEEKLY":
        return _within_day(parts) * max(weekdays, 1)
    if parts["FREQ"] == "MONTHLY":
        named = len(parts["BYMONTHDAY"].split(",")) if "BYMONTHDAY" in parts else 31
        by_weekday = weekdays * 5 if weekdays else named
        return _within_day(parts) * min(named, by_weekday)
    return _within_day(parts)
