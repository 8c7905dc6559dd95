"""Times and categories keep the form in which somebody wrote them, as long as it can say what is wanted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from calendars.icalendar import EventFacts, When, read, write_event

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
STAMPS = ("DTSTAMP", "LAST-MODIFIED", "SEQUENCE")


def event(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:1", *lines, "END:VEVENT", "END:VCALENDAR", ""])


def facts(text: str) -> EventFacts:
    master = read(text).master
    assert master is not None
    return master


def written(text: str, **wanted: object) -> tuple[list[str], list[str]]:
    """The lines that went and those that came, stamps aside; what was written reads as wanted and is written once."""
    changed = replace(facts(text), **wanted)  # type: ignore[arg-type]
    after = write_event(text, changed, now=NOW)
    assert all(getattr(facts(after), name) == value for name, value in wanted.items())
    assert write_event(after, facts(after), now=NOW.replace(year=2027)) is after
    was, becomes = text.splitlines(), [line for line in after.splitlines() if not line.startswith(STAMPS)]
    return [line for line in was if line not in becomes], [line for line in becomes if line not in was]


def paris(day: int, hour: int, month: int = 3) -> When:
    return When(datetime(2026, month, day, hour, tzinfo=PARIS), "Europe/Paris")


def test_a_duration_that_would_say_another_end_after_the_clock_change_becomes_an_end() -> None:
    text = event("DTSTART;TZID=Europe/Paris:20260329T010000", "DURATION:PT2H")
    assert facts(text).end == paris(29, 4)
    _, come = written(text, start=paris(30, 1), end=paris(30, 4))
    assert come[-2:] == ["DTSTART;TZID=Europe/Paris:20260330T010000", "DTEND;TZID=Europe/Paris:20260330T040000"]


@pytest.mark.parametrize("duration", ["PT2H", "P1D"])
def test_a_duration_stays_where_it_says_the_wanted_end(duration: str) -> None:
    text = event("DTSTART;TZID=Europe/Paris:20260328T120000", f"DURATION:{duration}")
    moved = event("DTSTART;TZID=Europe/Paris:20260401T120000", f"DURATION:{duration}")
    gone, come = written(text, start=facts(moved).start, end=facts(moved).end)
    assert (gone, come) == (["DTSTART;TZID=Europe/Paris:20260328T120000"], ["DTSTART;TZID=Europe/Paris:20260401T120000"])


def test_a_day_without_an_end_moves_without_getting_one() -> None:
    gone, come = written(event("DTSTART;VALUE=DATE:20260303"), start=When(date(2026, 3, 4)), end=When(date(2026, 3, 5)))
    assert (gone, come) == (["DTSTART;VALUE=DATE:20260303"], ["DTSTART;VALUE=DATE:20260304"])


def test_only_the_end_is_written_where_only_the_end_moves() -> None:
    text = event("DTSTART;X-FOO=1;TZID=Europe/Paris:20260303T093000", "DTEND;TZID=America/New_York:20260303T053000")
    gone, come = written(text, end=paris(3, 12))
    assert gone == ["DTEND;TZID=America/New_York:20260303T053000"]
    assert come == ["DTEND;TZID=America/New_York:20260303T060000"]


def test_other_parameters_of_a_start_stay_where_it_becomes_a_day() -> None:
    text = event("DTSTART;X-FOO=1;TZID=Europe/Paris:20260303T093000", "DTEND;TZID=Europe/Paris:20260303T113000")
    _, come = written(text, start=When(date(2026, 3, 3)), end=When(date(2026, 3, 4)))
    assert come == ["DTSTART;X-FOO=1;VALUE=DATE:20260303", "DTEND;VALUE=DATE:20260304"]


def test_a_zone_that_is_nobodys_keeps_its_name_while_the_event_floats() -> None:
    text = event("DTSTART;TZID=Nowhere/At All:20260303T093000", "DTEND;TZID=Nowhere/At All:20260303T113000")
    later = {"start": When(datetime(2026, 3, 3, 10)), "end": When(datetime(2026, 3, 3, 12))}  # noqa: DTZ001  floating
    _, come = written(text, **later)
    assert come == ["DTSTART;TZID=Nowhere/At All:20260303T100000", "DTEND;TZID=Nowhere/At All:20260303T120000"]


def test_utc_is_written_with_a_z_and_no_zone() -> None:
    utc = ZoneInfo("UTC")
    wanted = EventFacts("u", When(datetime(2026, 3, 3, 8, tzinfo=utc)), When(datetime(2026, 3, 3, 9, tzinfo=utc)))
    text = write_event(None, wanted, now=NOW)
    assert "DTSTART:20260303T080000Z" in text
    assert "VTIMEZONE" not in text


def test_a_zones_definition_is_added_once() -> None:
    text = event("DTSTART;VALUE=DATE:20260303", "DTEND;VALUE=DATE:20260304")
    after = write_event(text, replace(facts(text), start=paris(3, 9), end=paris(3, 11)), now=NOW)
    again = write_event(after, replace(facts(after), start=paris(3, 10)), now=NOW)
    assert again.count("BEGIN:VTIMEZONE") == 1


def test_two_texts_that_define_one_name_of_a_zone_differently_are_read_each_by_its_own() -> None:
    def calendar(offset: str) -> str:
        zone = (
            "BEGIN:VTIMEZONE\r\nTZID:Customized Time Zone\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n"
            f"TZOFFSETFROM:{offset}\r\nTZOFFSETTO:{offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
        )
        text = event("DTSTART;TZID=Customized Time Zone:20260303T093000")
        return text.replace("BEGIN:VEVENT", zone + "BEGIN:VEVENT")

    for offset, hour in (("+0100", 8), ("-0300", 12), ("+0100", 8)):
        assert facts(calendar(offset)).start == When(datetime(2026, 3, 3, hour, 30, tzinfo=UTC))


def test_a_category_more_or_less_leaves_the_other_lines_of_categories_alone() -> None:
    text = event("DTSTART:20260303T093000Z", "CATEGORIES:a,b", "CATEGORIES;LANGUAGE=fr:c,d")
    assert written(text, categories=("a", "b", "c")) == (["CATEGORIES;LANGUAGE=fr:c,d"], ["CATEGORIES;LANGUAGE=fr:c"])
    assert written(text, categories=("a", "b")) == (["CATEGORIES;LANGUAGE=fr:c,d"], [])
    _, come = written(text, categories=("a", "b", "c", "d", "e,f"))
    assert come == ["CATEGORIES;LANGUAGE=fr:c,d,e\\,f"]
    assert written(text, categories=()) == (["CATEGORIES:a,b", "CATEGORIES;LANGUAGE=fr:c,d"], [])
