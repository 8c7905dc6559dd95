"""Every event of the corpora, taken out of its calendar as a server would hold it: one UID, one text.

The files stand beside the checkout (``shared/corpora``) and are never copied. What cannot be patched is refused with
UnreadableText; ``REFUSED`` lists those files by name, so that a new refusal, or one less, shows.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from calendars import icalendar
from calendars.contentlines import Component, ContentLine, Document, parse, read_bytes, write_bytes
from calendars.errors import UnreadableText

CORPORA = Path(os.environ.get("HLM_CORPORA", Path(__file__).resolve().parents[3] / "shared" / "corpora"))
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MARK = "Changée, ici; é🙂 \\ " + "long " * 20
TEXTS = sorted(CORPORA.glob("ics/*.ics"))
WITHOUT_START = {
    "created_calendar_with_unicode_fields", "issue_1050_multiple_calendars", "issue_1050_uid_in_description",
    "issue_1081_with_summary", "issue_1549_binary_attachment", "issue_1561_image_value", "issue_322_expected_calendar",
    "issue_722_missing_timezones", "issue_798_related_to", "rfc_5545_RDATE_example", "rfc_6868",
    "rfc_7256_multi_value_parameters", "rfc_7986_conferences", "rfc_7986_image", "rfc_9253_gap", "rfc_9253_related_to",
}  # fmt: skip
BROKEN_STRUCTURE = {
    "big_bad_calendar", "fuzz_testcase_0_char_in_component_name", "fuzz_testcase_invalid_month",
    "pr_480_summary_with_colon", "small_bad_calendar", "timezone_same_start_and_offset",
}  # fmt: skip
BROKEN_TIME = {
    "broken_dtstart", "invalid_duration", "issue_1081_invalid_start_and_end", "issue_1081_invalid_start_valid_end",
    "multiple_calendar_components", "multiple_timezones",
}  # fmt: skip
REFUSED = {*WITHOUT_START, *BROKEN_STRUCTURE, *BROKEN_TIME, "parsing_error"}
"""``parsing_error`` holds two events without UID."""

pytestmark = pytest.mark.skipif(not TEXTS, reason=f"no corpora beside the checkout ({CORPORA})")


def text_of(path: Path) -> str:
    return read_bytes(path.read_bytes())


def every(items: list[ContentLine | Component]) -> list[Component]:
    found = []
    for item in items:
        if isinstance(item, Component):
            found += [item, *every(item.items)]
    return found


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """The logical lines that went and those that came, the rest being the same bytes in the same order."""
    was, becomes = [write_bytes(r) for r in _raws(parse(before))], [write_bytes(r) for r in _raws(parse(after))]
    start = 0
    while start < min(len(was), len(becomes)) and was[start] == becomes[start]:
        start += 1
    end = 0
    while end < min(len(was), len(becomes)) - start and was[-1 - end] == becomes[-1 - end]:
        end += 1
    gone, come = was[start : len(was) - end], becomes[start : len(becomes) - end]
    # What lies between the first and the last change and stands on both sides was not touched.
    kept = _common(gone, come)
    return (
        [read_bytes(line) for line in _without(gone, kept)],
        [read_bytes(line) for line in _without(come, kept)],
    )


def _raws(document: Document) -> list[str]:
    found: list[str] = []
    for item in document.items:
        found += list(item.parts()) if isinstance(item, Component) else [item.raw]
    return found


def _common(first: list[bytes], second: list[bytes]) -> list[bytes]:
    """The longest common subsequence: order counts."""
    best: list[list[int]] = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for i in range(len(first) - 1, -1, -1):
        for j in range(len(second) - 1, -1, -1):
            best[i][j] = best[i + 1][j + 1] + 1 if first[i] == second[j] else max(best[i + 1][j], best[i][j + 1])
    found, i, j = [], 0, 0
    while i < len(first) and j < len(second):
        if first[i] == second[j]:
            found.append(first[i])
            i, j = i + 1, j + 1
        elif best[i + 1][j] >= best[i][j + 1]:
            i += 1
        else:
            j += 1
    return found


def _without(lines: list[bytes], kept: list[bytes]) -> list[bytes]:
    left, found = list(kept), []
    for line in lines:
        if left and left[0] == line:
            left.pop(0)
        else:
            found.append(line)
    return found


def names(lines: list[str]) -> set[str]:
    return {ContentLine(line).name for line in lines}


def objects(path: Path) -> list[str]:
    """Each UID's events with the calendar's own lines and zones around them, to the letter."""
    found = []
    for calendar in (c for c in every(parse(text_of(path)).items) if c.name == "VCALENDAR"):
        events = calendar.components("VEVENT")
        around = [i for i in calendar.items if isinstance(i, ContentLine) or i.name == "VTIMEZONE"]
        for uid in dict.fromkeys(e.value("UID") for e in events):
            own = [e for e in events if e.value("UID") == uid]
            found.append("".join(Component(calendar.begin, calendar.end, [*around, *own]).parts()))
    return found


def short(path: Path) -> str:
    return path.stem.rpartition("__")[2]


def test_every_event_takes_a_new_title_and_place_or_is_refused_by_name() -> None:
    written = 0
    refused: dict[str, str] = {}
    for path in (p for p in TEXTS if p.suffix == ".ics"):
        try:
            texts = objects(path)
        except UnreadableText as refusal:
            refused.setdefault(short(path), str(refusal))
            continue
        for text in texts:
            try:
                master = icalendar.read(text).master
                if master is None:
                    continue
                assert icalendar.write_event(text, master, now=NOW) is text
                after = icalendar.write_event(text, replace(master, summary=MARK, location=MARK), now=NOW)
            except UnreadableText as refusal:
                refused.setdefault(short(path), str(refusal))
                continue
            gone, come = changed_lines(text, after)
            allowed = {"SUMMARY", "LOCATION", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE"}
            assert names(gone) <= allowed, path.name
            assert names(come) == allowed, path.name
            again = icalendar.read(after).master
            assert again == replace(master, summary=MARK, location=MARK, sequence=master.sequence + 1), path.name
            written += 1
    assert refused.keys() == REFUSED, refused
    assert written >= 250
