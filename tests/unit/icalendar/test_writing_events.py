"""Writing an event touches the lines whose meaning changed, and no others."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendars.errors import UnreadableText
from calendars.icalendar import CalendarUser, EventFacts, When, read, write_event

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
STAMPS = ("DTSTAMP", "LAST-MODIFIED", "SEQUENCE")


def at(hour: int, minute: int = 0, day: int = 3, zone: ZoneInfo = PARIS) -> When:
    return When(datetime(2026, 3, day, hour, minute, tzinfo=zone), zone.key)


def event(*lines: str, start: str = "DTSTART;TZID=Europe/Paris:20260303T093000") -> str:
    return "\r\n".join(
        [
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Other//EN", "X-WR-CALNAME:Rota", "BEGIN:VEVENT", "UID:1",
            "DTSTAMP:20260101T000000Z", start, *lines, "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT1H",
            "SUMMARY:not the event's", "END:VALARM", "X-Foo;X-Bar=\"a:b\":kept", "END:VEVENT", "END:VCALENDAR", "",
        ]
    )  # fmt: skip


def facts(text: str) -> EventFacts:
    master = read(text).master
    assert master is not None
    return master


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")


def difference(before: str, after: str) -> tuple[list[str], list[str]]:
    """Lines that went and lines that came, stamps aside."""
    was, becomes = unfolded(before), unfolded(after)
    went, came = [line for line in was if line not in becomes], [line for line in becomes if line not in was]
    return [line for line in went if not line.startswith(STAMPS)], [line for line in came if not line.startswith(STAMPS)]


def test_writing_what_stands_there_gives_the_very_same_text() -> None:
    text = event("SUMMARY:Café", "DTEND;TZID=Europe/Paris:20260303T113000", "GEO:48.1173001;-1.6778")
    assert write_event(text, facts(text), now=NOW) == text


def test_a_new_title_changes_one_line_and_the_stamps() -> None:
    text = event("SUMMARY;LANGUAGE=fr:Café", "DESCRIPTION:long\\n ", "ATTENDEE;X-P=1:mailto:Ana@Example.org")
    after = write_event(text, replace(facts(text), summary="Thé, café"), now=NOW)
    assert difference(text, after) == (["SUMMARY;LANGUAGE=fr:Café"], ["SUMMARY;LANGUAGE=fr:Thé\\, café"])
    assert {"DTSTAMP:20260301T080000Z", "LAST-MODIFIED:20260301T080000Z"} <= set(unfolded(after))
    assert "SEQUENCE" not in after, "a title reschedules nothing (RFC 5546 section 2.1.4)"


@given(
    st.sampled_from(["summary", "description", "location"]),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=120),
)
def test_whatever_text_is_written_every_other_line_stays_and_the_next_writing_changes_nothing(name: str, value: str) -> None:
    text = event("SUMMARY:a", "DESCRIPTION:b", "LOCATION:c", "COLOR:red", "CATEGORIES:x,y")
    wanted = replace(facts(text), **{name: value})
    after = write_event(text, wanted, now=NOW)
    went, came = difference(text, after)
    assert all(line.startswith(name.upper()) for line in went + came)
    assert write_event(after, wanted, now=NOW + timedelta(hours=1)) == after


def test_a_stale_html_copy_of_the_description_goes_with_the_old_text() -> None:
    text = event('DESCRIPTION;ALTREP="data:text/html,old";LANGUAGE=fr:old')
    assert difference(text, write_event(text, replace(facts(text), description="new"), now=NOW))[1] == [
        "DESCRIPTION;LANGUAGE=fr:new"
    ]


def test_an_answer_changes_the_attendees_answer_and_keeps_every_other_parameter() -> None:
    text = event('ATTENDEE;CN="Roux, Léa";X-NUM=7;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;ROLE=CHAIR:mailto:LEA@example.org')
    lea = facts(text).attendees[0]
    assert lea.address == "lea@example.org"
    after = write_event(text, replace(facts(text), attendees=(replace(lea, partstat="ACCEPTED"),)), now=NOW)
    assert difference(text, after)[1] == [
        'ATTENDEE;CN="Roux, Léa";X-NUM=7;PARTSTAT=ACCEPTED;ROLE=CHAIR:mailto:LEA@example.org'
    ]
    assert "SEQUENCE" not in after, "an answer reschedules nothing (RFC 5546 section 2.1.4)"


def test_a_joined_and_a_left_attendee_leave_the_third_alone() -> None:
    kept = "ATTENDEE;cn=Ana;PARTSTAT=ACCEPTED:mailto:ana@example.org"
    text = event("ATTENDEE:mailto:bea@example.org", kept)
    ana = facts(text).attendees[1]
    new = CalendarUser("cid@example.org", "Cid", "NEEDS-ACTION", "REQ-PARTICIPANT", "INDIVIDUAL", True)
    after = write_event(text, replace(facts(text), attendees=(ana, new)), now=NOW)
    assert kept in unfolded(after)
    assert [a.address for a in facts(after).attendees] == ["ana@example.org", "cid@example.org"]
    assert facts(after).sequence == 0, "who stays has answered for the same time and place"


def test_another_time_place_or_status_raises_the_sequence_once_and_it_is_never_lowered() -> None:
    text = event("SEQUENCE:7", "LOCATION:Parc", "STATUS:CONFIRMED", "DTEND;TZID=Europe/Paris:20260303T113000")
    standing = facts(text)
    later = replace(standing.end, value=standing.end.value + timedelta(hours=1))
    for change in ({"end": later}, {"location": "Place"}, {"status": "CANCELLED"}, {"end": later, "location": "Place"}):
        assert facts(write_event(text, replace(standing, **change), now=NOW)).sequence == 8
    assert facts(write_event(text, replace(standing, sequence=0, description="x"), now=NOW)).sequence == 7


def test_two_writings_within_a_second_are_told_apart_by_their_stamps() -> None:
    text = event("SUMMARY:a")
    once = write_event(text, replace(facts(text), summary="b"), now=NOW)
    twice = write_event(once, replace(facts(once), summary="c"), now=NOW)
    stamps = [re.findall(r"(DTSTAMP|LAST-MODIFIED):(.*)", t.replace("\r", "")) for t in (once, twice)]
    assert [dict(found)["DTSTAMP"] for found in stamps] == ["20260301T080000Z", "20260301T080001Z"]
    assert [dict(found)["LAST-MODIFIED"] for found in stamps] == ["20260301T080000Z", "20260301T080001Z"]


def test_missing_parameters_say_their_defaults() -> None:
    text = event("ATTENDEE:mailto:ana@example.org")
    spelt_out = replace(facts(text).attendees[0], partstat="NEEDS-ACTION", role="REQ-PARTICIPANT")
    assert write_event(text, replace(facts(text), attendees=(spelt_out,)), now=NOW) == text


def test_an_address_that_stands_there_twice_is_left_so() -> None:
    text = event("ATTENDEE;X-A=1:mailto:ana@example.org", "ATTENDEE;PARTSTAT=DECLINED:mailto:ana@example.org")
    assert write_event(text, facts(text), now=NOW) == text
    once = replace(facts(text), attendees=facts(text).attendees[:1])
    assert write_event(text, once, now=NOW) == text
    assert "ATTENDEE" not in write_event(text, replace(once, attendees=()), now=NOW)


def test_an_attendee_whom_icloud_writes_as_a_path_is_known_by_the_mail_parameter() -> None:
    text = event("ATTENDEE;EMAIL=Ana@example.org;CN=Ana:/123/principal/")
    assert facts(text).attendees[0].address == "ana@example.org"


def test_a_moved_event_keeps_its_zones_own_name() -> None:
    zone = "TZID=Romance Standard Time"
    text = event(f"DTEND;{zone}:20260303T113000", start=f"DTSTART;{zone}:20260303T093000")
    moved = replace(facts(text), start=at(14), end=at(16))
    assert difference(text, write_event(text, moved, now=NOW))[1] == [
        "DTSTART;TZID=Romance Standard Time:20260303T140000",
        "DTEND;TZID=Romance Standard Time:20260303T160000",
    ]


def test_the_same_instant_in_utc_is_left_as_it_is() -> None:
    text = event("DTEND:20260303T103000Z", start="DTSTART:20260303T083000Z")
    assert write_event(text, replace(facts(text), start=at(9, 30), end=at(11, 30)), now=NOW) == text


def test_a_duration_stays_a_duration_while_the_length_is_the_same() -> None:
    text = event("DURATION:PT2H")
    moved = replace(facts(text), start=at(14), end=at(16))
    after = write_event(text, moved, now=NOW)
    assert "DURATION:PT2H" in unfolded(after)
    longer = write_event(text, replace(moved, end=at(17)), now=NOW)
    assert "DURATION:PT2H" not in unfolded(longer)
    assert facts(longer).end == at(17)


def test_an_end_and_a_duration_side_by_side_become_one_end() -> None:
    text = event("DURATION:PT2H", "DTEND;TZID=Europe/Paris:20260303T113000")
    moved = replace(facts(text), start=at(14), end=at(16))
    after = write_event(text, moved, now=NOW)
    assert (facts(after).start, facts(after).end) == (at(14), at(16))
    assert write_event(after, moved, now=NOW + timedelta(days=1)) == after


def test_an_all_day_event_becomes_a_timed_one_and_back() -> None:
    text = event(start="DTSTART;VALUE=DATE:20260303")
    assert facts(text).end == When(date(2026, 3, 4))
    timed = write_event(text, replace(facts(text), start=at(9), end=at(10)), now=NOW)
    assert (facts(timed).start, facts(timed).end) == (at(9), at(10))
    assert "BEGIN:VTIMEZONE" in timed
    back = write_event(timed, replace(facts(timed), start=When(date(2026, 3, 3)), end=When(date(2026, 3, 4))), now=NOW)
    assert "DTSTART;VALUE=DATE:20260303" in unfolded(back)


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Guadeloupe", "Pacific/Noumea", "America/New_York"])
def test_a_new_event_stands_at_the_same_instant_for_a_reader_that_trusts_the_vtimezone(zone: str) -> None:
    when = datetime(2026, 7, 14, 10, tzinfo=ZoneInfo(zone))
    text = write_event(None, EventFacts("u", When(when, zone), When(when + timedelta(hours=1), zone)), now=NOW)
    described = next(c for c in icalendar.Calendar.from_ical(text).walk("VTIMEZONE"))
    assert when.replace(tzinfo=described.to_tz(lookup_tzid=False)).astimezone(UTC) == when.astimezone(UTC)


def test_our_vtimezone_of_paris_changes_its_clocks_on_the_last_sundays() -> None:
    text = write_event(None, EventFacts("u", at(9), at(10)), now=NOW)
    described = next(c for c in icalendar.Calendar.from_ical(text).walk("VTIMEZONE")).to_tz(lookup_tzid=False)
    for year in (2025, 2026, 2031):
        for day in range(0, 364, 7):
            moment = datetime(year, 1, 1, 12, tzinfo=PARIS) + timedelta(days=day)
            assert moment.replace(tzinfo=described).utcoffset() == moment.utcoffset(), moment


def test_a_new_event_reads_as_it_was_wanted() -> None:
    wanted = EventFacts(
        uid="a@b", start=at(9), end=at(10), summary="Café; du, facteur", description="un\ndeux", location="Maurepas",
        geo=(48.12, -1.65), status="CONFIRMED", categories=("Aller vers", "a,b"), sequence=2,
        organizer=CalendarUser("centre@example.org", "Centre"), klass="PUBLIC", transp="OPAQUE", url="https://example.org",
        attendees=(CalendarUser("ana@example.org", "Ana", "ACCEPTED", "CHAIR", "INDIVIDUAL", False),),
        rrule="FREQ=WEEKLY;COUNT=3", exdates=(at(9, day=10),),
    )  # fmt: skip
    text = write_event(None, wanted, now=NOW)
    assert facts(text) == wanted
    assert not icalendar.Calendar.from_ical(text).errors
    assert "METHOD" not in text


def test_categories_are_a_set_and_others_survive() -> None:
    text = event("CATEGORIES:x,y", "CATEGORIES:z")
    assert write_event(text, replace(facts(text), categories=("z", "y", "x")), now=NOW) == text
    assert facts(write_event(text, replace(facts(text), categories=("x", "z", "w")), now=NOW)).categories == ("x", "z", "w")


def test_finer_coordinates_than_can_be_written_are_not_written_again_and_again() -> None:
    wanted = replace(facts(event()), geo=(48.11730049, -1.67780012))
    text = write_event(event(), wanted, now=NOW)
    assert write_event(text, wanted, now=NOW + timedelta(days=1)) == text


def test_a_fixed_offset_is_written_in_utc() -> None:
    when = When(datetime(2026, 3, 3, 9, tzinfo=timezone(timedelta(hours=1))))
    text = write_event(None, EventFacts("u", when, when), now=NOW)
    assert "DTSTART:20260303T080000Z" in unfolded(text)


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        (["DTSTART:tomorrow"], "DTSTART"),
        (["DTSTART;TZID=Europe/Paris:00010101T000000"], "DTSTART"),
        (["DTSTART:20260303T090000Z", "DURATION:P9999999D"], "DURATION"),
        (["DTSTART:20260303T090000Z", "DTEND:"], "DTEND"),
        (["DTSTART:20260303T090000Z", "EXDATE:2026"], "EXDATE"),
        (["SUMMARY:no start"], "DTSTART"),
    ],
)
def test_a_value_that_cannot_be_read_is_refused_by_line_and_property(lines: list[str], names: str) -> None:
    text = "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:1", *lines, "END:VEVENT", "END:VCALENDAR", ""])
    with pytest.raises(UnreadableText, match=names) as refusal:
        write_event(text, facts(event()), now=NOW)
    assert refusal.value.line is not None


def test_nonsense_that_does_not_matter_is_read_over() -> None:
    text = event("GEO:nan;nan", "SEQUENCE:+-5", "STATUS: confirmed ")
    assert (facts(text).geo, facts(text).sequence, facts(text).status) == (None, 0, "CONFIRMED")
    assert write_event(text, facts(text), now=NOW) == text


def test_a_zone_that_only_the_text_knows_is_read_from_it() -> None:
    zone = [
        "BEGIN:VTIMEZONE", "TZID:Ours", "BEGIN:STANDARD", "DTSTART:20000101T000000", "TZOFFSETFROM:+0300",
        "TZOFFSETTO:+0300", "END:STANDARD", "END:VTIMEZONE",
    ]  # fmt: skip
    text = event(start="DTSTART;TZID=Ours:20260303T093000").replace("BEGIN:VEVENT", "\r\n".join([*zone, "BEGIN:VEVENT"]))
    assert facts(text).start == When(datetime(2026, 3, 3, 6, 30, tzinfo=UTC))
    assert facts(event(start="DTSTART;TZID=Nowhere:20260303T093000")).start.floating


def test_a_prefixed_name_of_a_zone_is_that_zone() -> None:
    text = event(start="DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Paris:20260303T093000")
    assert facts(text).start == at(9, 30)
