"""What we sent and what the server gives back: the same, or not."""

from __future__ import annotations

import pytest

from calendars.errors import UnreadableText
from calendars.icalendar import peek, semantically_equal

RULE = "RRULE:FREQ=WEEKLY;BYDAY=TU"
START = "DTSTART;TZID=Europe/Paris:20260303T093000"


def event(*lines: str, calendar: str = "PRODID:-//A//EN") -> str:
    return "\r\n".join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", calendar, "BEGIN:VEVENT", "UID:1", *lines, "END:VEVENT", "END:VCALENDAR", ""]
    )


def alarm(action: str, minutes: int) -> list[str]:
    """In small letters, as RFC 5545 section 2 lets names be written."""
    return ["begin:valarm", f"ACTION:{action}", f"TRIGGER:-PT{minutes}M", "end:valarm"]


CALENDARS = pytest.mark.parametrize("calendar", ["PRODID:-//A//EN", "PRODID:-//Server//EN"])
"""Where all else is the same, texts are compared without being parsed."""


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ([START, "SUMMARY:a"], ["SUMMARY:a", START]),
        ([START], [START, "DTSTAMP:20260101T000000Z", "SEQUENCE:4", "LAST-MODIFIED:20260101T000000Z"]),
        ([START], ["DTSTART:20260303T083000Z"]),
        ([START, "SUMMARY:abcdef"], [START, "SUMMARY:abc\r\n def"]),
        ([START, "CATEGORIES:a,b"], [START, "CATEGORIES:b", "CATEGORIES:a"]),
        ([START], [START, "TRANSP:OPAQUE", "CLASS:PUBLIC"]),
        (
            [START, "ATTENDEE;CN=Ana;RSVP=TRUE:mailto:a@example.org"],
            [START, 'ATTENDEE;SCHEDULE-STATUS=1.1;RSVP=TRUE;PARTSTAT=NEEDS-ACTION;CN="Ana":MAILTO:A@example.org'],
        ),
        ([START, RULE], [START, "RRULE:BYDAY=TU;FREQ=WEEKLY"]),
        (
            [START, "ATTENDEE;CN=Ana;ROLE=CHAIR:mailto:a@example.org"],
            ["ATTENDEE;ROLE=CHAIR;CN=Ana:mailto:a@example.org", START],
        ),
    ],
)  # fmt: skip
@CALENDARS
def test_what_servers_do_to_a_text_is_no_difference(sent: list[str], read: list[str], calendar: str) -> None:
    assert semantically_equal(event(*sent), event(*read, calendar=calendar))


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ([START, "SUMMARY:a"], [START, "SUMMARY:b"]),
        ([START], ["DTSTART;TZID=Europe/Paris:20260303T100000"]),
        ([START], ["DTSTART;VALUE=DATE:20260303"]),
        ([START], ["DTSTART:20260303T093000"]),
        ([START, RULE], ["DTSTART:20260303T083000Z", RULE]),
        ([START, "X-FOO:1"], [START]),
        ([START, "ATTENDEE:mailto:a@example.org"], [START, "ATTENDEE;PARTSTAT=DECLINED:mailto:a@example.org"]),
        ([START, "BEGIN:VALARM", "TRIGGER:-PT5M", "END:VALARM"], [START]),
        ([START, "TRANSP:TRANSPARENT"], [START]),
        ([START, "SUMMARY:a", "LOCATION:b"], [START, "SUMMARY:b", "LOCATION:a"]),
        ([START, "SUMMARY:a;b=c:d"], [START, "SUMMARY:b=c;a:d"]),
        ([START, "SUMMARY:a"], [START, "SUMMARY:a", "END:VEVENT", "BEGIN:VEVENT", "UID:1", START]),
        ([START, "SUMMARY:a"], [START, "SUMMARY:a", "END:VEVENT", "begin:vevent", "UID:1", START]),
        (
            [START, *alarm("DISPLAY", 5), *alarm("AUDIO", 9)],
            [START, *alarm("DISPLAY", 9), *alarm("AUDIO", 5)],
        ),
    ],
)
def test_a_change_of_meaning_is_a_difference(sent: list[str], read: list[str]) -> None:
    assert not semantically_equal(event(*sent), event(*read))
    assert not semantically_equal(event(*read), event(*sent))


def test_tasks_beside_an_event_are_compared_one_by_one() -> None:
    def tasks(first: str, second: str) -> str:
        return event(START).replace("BEGIN:VEVENT", f"BEGIN:VTODO\r\nUID:2\r\n{first}\r\nEND:VTODO\r\n"
                                    f"BEGIN:VTODO\r\nUID:3\r\n{second}\r\nEND:VTODO\r\nBEGIN:VEVENT")  # fmt: skip

    assert not semantically_equal(tasks("SUMMARY:a", "SUMMARY:b"), tasks("SUMMARY:b", "SUMMARY:a"))
    assert semantically_equal(tasks("SUMMARY:a", "SUMMARY:b"), tasks("SUMMARY:a", "SUMMARY:b"))


def test_peeking_tells_uid_and_kind() -> None:
    assert peek(event(START)) == ("1", "VEVENT")
    folded = "BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:x\nUID;X=1:ab\n c\nEND:VTODO\nEND:VCALENDAR\n"
    assert peek(folded) == ("abc", "VTODO")


def test_a_broken_text_is_refused() -> None:
    with pytest.raises(UnreadableText):
        semantically_equal(event(START), "BEGIN:VCALENDAR\n")
