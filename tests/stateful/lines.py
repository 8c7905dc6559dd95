"""Edits of an event's lines, as a calendar app makes them; reads nothing of ours."""

from __future__ import annotations

import re


def unfolded(text: str) -> list[str]:
    return re.sub(r"\r?\n[ \t]", "", text).splitlines()


def _span(lines: list[str]) -> tuple[int, int]:
    return lines.index("BEGIN:VEVENT"), lines.index("END:VEVENT")


def value(text: str, name: str) -> str:
    """The value of a property of the (first) event, "" when it has none."""
    lines = unfolded(text)
    start, end = _span(lines)
    for line in lines[start:end]:
        head, _, found = line.partition(":")
        if head.split(";")[0].upper() == name:
            return found
    return ""


def with_value(text: str, name: str, new: str) -> str:
    """The event with another value of that property, its parameters kept; added when it has none."""
    lines = unfolded(text)
    start, end = _span(lines)
    for number in range(start, end):
        head, _, _ = lines[number].partition(":")
        if head.split(";")[0].upper() == name:
            lines[number] = f"{head}:{new}"
            break
    else:
        lines.insert(end, f"{name}:{new}")
    return "\r\n".join([*lines, ""])


def with_line(text: str, line: str) -> str:
    lines = unfolded(text)
    lines.insert(_span(lines)[1], line)
    return "\r\n".join([*lines, ""])


def with_answer(text: str, address: str, partstat: str) -> str:
    """Somebody's answer, as their own app writes it; the text as it was when they are not invited."""
    lines = unfolded(text)
    for number, line in enumerate(lines):
        if line.upper().startswith("ATTENDEE") and address in line:
            bare = re.sub(r";(PARTSTAT|RSVP)=[^;:]*", "", line)
            lines[number] = bare.replace("ATTENDEE", f"ATTENDEE;PARTSTAT={partstat}", 1)
    return "\r\n".join([*lines, ""])


def answer(text: str, address: str) -> str | None:
    for line in unfolded(text):
        if line.upper().startswith("ATTENDEE") and address in line:
            found = re.search(r"PARTSTAT=([A-Z-]+)", line)
            return found[1] if found is not None else "NEEDS-ACTION"
    return None


def event(uid: str, summary: str, start: str = "20260310T090000", end: str = "20260310T110000", extra: str = "") -> str:
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//somebody//FR", "BEGIN:VEVENT", f"UID:{uid}",
        "DTSTAMP:20260223T080000Z", f"DTSTART;TZID=Europe/Paris:{start}", f"DTEND;TZID=Europe/Paris:{end}",
        f"SUMMARY:{summary}", *([extra] if extra else []), "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    return "\r\n".join(lines)
