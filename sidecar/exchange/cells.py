"""What people type into cells, understood: texts, dates, times, durations, yes and no, numbers, lists.

Each ``as_…`` takes one cell value and returns a value of the domain, or raises ``CellRefused`` with a code whose
sentence says what to write instead. Dates are read day first. Words are folded first (``folded``), so accents, case
and full stops do not matter.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from sidecar.exchange.errors import CellRefused
from sidecar.exchange.workbook import Value

EXCEL_EPOCH = date(1899, 12, 30)
YEARS = range(1990, 2101)
WEEKDAYS = {
    word: number
    for number, words in enumerate(
        (
            "lundi lun monday mon",
            "mardi mar tuesday tue",
            "mercredi mer wednesday wed",
            "jeudi jeu thursday thu",
            "vendredi ven friday fri",
            "samedi sam saturday sat",
            "dimanche dim sunday sun",
        )
    )
    for word in words.split()
}
MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "janvier janv jan january",
            "fevrier fevr fev february feb",
            "mars march mar",
            "avril avr april apr",
            "mai may",
            "juin june jun",
            "juillet juil july jul",
            "aout august aug",
            "septembre sept sep september",
            "octobre oct october",
            "novembre nov november",
            "decembre dec december",
        ),
        start=1,
    )
    for word in words.split()
}
YES = {"oui", "o", "x", "1", "vrai", "yes", "y", "true", "✓", "✔", "☑"}
NO = {"non", "n", "0", "faux", "no", "false", "☐"}
ISO_DATE = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})(?:[t ]00:00(?::00)?)?$")
DAY_FIRST = re.compile(r"^(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4}|\d{2})$")
IN_WORDS = re.compile(r"^(\d{1,2})(?:er|st|nd|rd|th)? ([a-z]+)(?: (\d{4}|\d{2}))?$")
TIME = re.compile(r"^(\d{1,2})\s*(?:h|:|\.|heures?)\s*(\d{2})?(?:\s*(?:min|mn)?|:(\d{2}))?\s*([+-]\d{2}:\d{2})?$")
DURATION = re.compile(r"^(?:(\d{1,2})\s*(?:h|heures?|hours?|:)\s*)?(?:(\d{1,3})\s*(?:min|mn|minutes?|m|')?)?$")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]")


def folded(text: str) -> str:
    """For comparing: no accents, no case, signs and runs of space as one space; the bare text if nothing is left."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char))
    words = "".join(char if char.isalnum() else " " for char in plain.replace("œ", "oe").replace("æ", "ae")).split()
    return " ".join(words) or " ".join(text.casefold().split())


def canonical(text: str) -> str:
    """A text as every format can carry it: NFC, line ends as one sign, no control signs, no space around."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", CONTROL.sub("", unified)).strip()


def is_empty(value: Value) -> bool:
    return value is None or (isinstance(value, str) and not canonical(value))


def as_text(value: Value) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y %H:%M") if value.time() != time() else value.strftime("%d/%m/%Y")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return "" if value is None else canonical(str(value))


def _date(year: int, month: int, day: int, typed: str) -> date:
    if year < 100:
        year += 2000
    if year not in YEARS:
        raise CellRefused("date_far", typed=typed)
    try:
        return date(year, month, day)
    except ValueError as error:
        raise CellRefused("date_impossible", typed=typed) from error


def as_date(value: Value) -> date:
    """ "03/03/2026", "3/3/26", "2026-03-03", "3 mars 2026", "mardi 3 mars 2026", a date cell or its bare number."""
    if isinstance(value, datetime):
        return _date(value.year, value.month, value.day, as_text(value))
    if isinstance(value, date):
        return _date(value.year, value.month, value.day, as_text(value))
    typed = as_text(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not (32874 <= value <= 73415):
            raise CellRefused("date_unreadable", typed=typed)
        found = EXCEL_EPOCH + timedelta(days=int(value))
        return _date(found.year, found.month, found.day, typed)
    if match := ISO_DATE.match(typed.lower()):
        return _date(int(match[1]), int(match[2]), int(match[3]), typed)
    if match := DAY_FIRST.match(typed):
        return _date(int(match[3]), int(match[2]), int(match[1]), typed)
    words = folded(typed).split()
    weekday = WEEKDAYS.get(words[0]) if words and not words[0][:1].isdigit() else None
    rest = words[1:] if weekday is not None else words
    if match := IN_WORDS.match(" ".join(rest)):
        month = MONTHS.get(match[2])
        if month is None:
            raise CellRefused("date_unreadable", typed=typed)
        if match[3] is None:
            raise CellRefused("date_without_year", typed=typed)
        found = _date(int(match[3]), month, int(match[1]), typed)
    elif weekday is not None and len(rest) == 3 and all(part.isdigit() for part in rest):
        found = _date(int(rest[2]), int(rest[1]), int(rest[0]), typed)
    else:
        raise CellRefused("date_unreadable", typed=typed)
    if weekday is not None and found.weekday() != weekday:
        raise CellRefused("date_other_weekday", typed=typed)
    return found


def _rounded(seconds: float, typed: str) -> time:
    whole = round(seconds)
    if not 0 <= whole < 86400:
        raise CellRefused("time_impossible", typed=typed)
    return time(whole // 3600, whole // 60 % 60, whole % 60)


def as_time(value: Value) -> time:
    """ "9h30", "9 h 30", "9:30", "09h", a time cell, a fraction of a day, a whole number of hours; whole seconds.

    "2h30 +01:00" carries an offset: the second 2:30 of the night on which clocks go back.
    """
    typed = as_text(value)
    if isinstance(value, timedelta):
        return _rounded(value.total_seconds(), typed)
    if isinstance(value, datetime):
        value = value.time()
    if isinstance(value, time):
        return _rounded(value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6, typed)
    if isinstance(value, int | float) and not isinstance(value, bool):
        if 0 <= value < 1:
            return _rounded(value * 86400, typed)
        if 0 <= value < 24 and float(value).is_integer():
            return time(int(value))
        raise CellRefused("time_unreadable", typed=typed)
    lowered = typed.lower().replace("\u202f", " ").replace("\xa0", " ")
    if lowered in ("midi", "noon"):
        return time(12)
    match = TIME.match(lowered)
    if match is None:
        raise CellRefused("time_unreadable", typed=typed)
    hour, minute, second = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise CellRefused("time_impossible", typed=typed)
    if match[4]:
        hours, minutes = int(match[4][1:3]), int(match[4][4:])
        offset = timedelta(hours=hours, minutes=minutes)
        if hours > 14 or minutes > 59:
            raise CellRefused("time_impossible", typed=typed)
        return time(hour, minute, second, tzinfo=timezone(offset if match[4][0] == "+" else -offset))
    return time(hour, minute, second)


def as_minutes(value: Value) -> int:
    """A duration in minutes: "2h", "1 h 30", "1:30", "90 min", a duration cell; a bare number of ten or more."""
    typed = as_text(value)
    minutes: float = 0
    if isinstance(value, timedelta):
        minutes = value.total_seconds() / 60
    elif isinstance(value, time):
        minutes = value.hour * 60 + value.minute
    elif isinstance(value, int | float) and not isinstance(value, bool) and value < 1:
        minutes = value * 1440
    else:
        match = DURATION.match(typed.lower().replace("\u202f", " ").replace("\xa0", " "))
        if match is None or not (match[1] or match[2]) or (typed.isdigit() and int(typed) < 10):
            raise CellRefused("duration_unreadable", typed=typed)
        minutes = int(match[1] or 0) * 60 + int(match[2] or 0)
    if not 0.5 < minutes <= 14 * 24 * 60:
        raise CellRefused("duration_unreadable", typed=typed)
    return round(minutes)


def as_yes_no(value: Value) -> bool:
    word = as_text(value).casefold().strip(" .")
    if word in YES:
        return True
    if word in NO:
        return False
    raise CellRefused("yes_no_unreadable", typed=as_text(value))


def as_whole_number(value: Value) -> int:
    typed = as_text(value)
    if not typed.isascii() or not typed.isdigit() or len(typed) > 6:
        raise CellRefused("number_unreadable", typed=typed)
    return int(typed)


def as_geo(value: Value) -> tuple[float, float]:
    """ "48.1173, -1.6778" or "48,1173 ; -1,6778": latitude and longitude in degrees, WGS 84."""
    typed = as_text(value)
    numbers = re.findall(r"-?\d+(?:[.,]\d+)?", typed) if ";" in typed else re.findall(r"-?\d+(?:\.\d+)?", typed)
    if len(numbers) != 2:
        raise CellRefused("geo_unreadable", typed=typed)
    latitude, longitude = (float(number.replace(",", ".")) for number in numbers)
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise CellRefused("geo_unreadable", typed=typed)
    return latitude, longitude


def as_list(value: Value) -> tuple[str, ...]:
    """Parts of a cell: by semicolon or line if it has one, else by comma. "quoted; parts" stay whole."""
    text = as_text(value)
    parts: list[str] = []
    separators = ";\n" if any(sign in _outside_quotes(text) for sign in ";\n") else ","
    part, quoted, index = "", False, 0
    while index < len(text):
        sign = text[index]
        if quoted and text.startswith('""', index):
            part, index = part + '"', index + 1
        elif sign == '"' and (quoted or not part.strip()):
            quoted = not quoted
        elif sign in separators and not quoted:
            parts.append(part)
            part = ""
        else:
            part += sign
        index += 1
    parts.append(part)
    return tuple(dict.fromkeys(stripped for part in parts if (stripped := part.strip())))


def _outside_quotes(text: str) -> str:
    return "".join(text.split('"')[::2])


def list_text(parts: tuple[str, ...]) -> str:
    """A cell that ``as_list`` reads back as the same parts."""
    cleaned = [canonical(part) for part in parts]
    shown = [f'"{part.replace(chr(34), chr(34) * 2)}"' if re.search(r'[;\n"]', part) else part for part in cleaned]
    only = len(shown) == 1 and "," in shown[0]
    return "; ".join(shown) + (";" if only else "")


def local_moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The aware moment of a wall-clock time. Raises ``CellRefused``: time_skipped in the hour that spring takes.

    The hour that autumn gives twice is the first one, summer time, unless an offset was typed.
    """
    if at.tzinfo is not None:
        return datetime.combine(day, at).astimezone(zone)
    moment = datetime.combine(day, at, tzinfo=zone)
    if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment.replace(tzinfo=None):
        raise CellRefused("time_skipped", typed=f"{at:%H:%M}")
    return moment


def is_second_pass(moment: datetime) -> bool:
    """Whether a local moment is in the second of two equal hours, when clocks go back."""
    return moment.utcoffset() != moment.replace(fold=0).utcoffset()
