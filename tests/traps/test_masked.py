"""Trap 10: a confidential event that we may not read comes as "Busy"; written back, it would be lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from calendars.icalendar import is_masked
from sidecar.domain.appointments import AppointmentState
from sidecar.services.conflicts import choose
from sidecar.services.leaving import without_block
from tests.traps.words import told_in
from tests.twin import Twin

KEPT = {
    "BEGIN", "END", "VERSION", "PRODID", "CREATED", "DTSTART", "DTEND", "RRULE", "RECURRENCE-ID", "CLASS", "EXDATE", "UID",
}  # fmt: skip


def as_nextcloud_shows_it(text: str, busy: str = "Busy") -> str:
    """What nextcloud/server CalDAV/CalendarObject leaves of a confidential event for a sharee; its etag stays the same."""
    lines = re.sub(r"\r?\n[ \t]", "", text).split("\r\n")
    kept = [line for line in lines if re.split("[;:]", line)[0] in KEPT and not line.startswith("CLASS")]
    return "\r\n".join([*kept, ""]).replace("END:VEVENT", f"SUMMARY:{busy}\r\nCLASS:CONFIDENTIAL\r\nEND:VEVENT")


def event(*lines: str) -> str:
    held = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", "BEGIN:VEVENT", "UID:one", "DTSTART:20260310T083000Z"]
    return "\r\n".join([*held, *lines, "END:VEVENT", "END:VCALENDAR", ""])


@pytest.mark.parametrize("busy", ["Busy", "Occupé", "Zaneprázdněn", "Ocupado", "予定あり", "A word in no list"])
def test_a_stand_in_is_known_in_every_language_by_what_it_lacks(busy: str) -> None:
    """Trap 10: Nextcloud writes the title in the account's language and drops the obligatory DTSTAMP."""
    assert is_masked(event(f"SUMMARY:{busy}", "CLASS:CONFIDENTIAL"))


@pytest.mark.parametrize("busy", ["Busy", "OCCUPÉ", "Beschäftigt", "Private Appointment", ""])
@pytest.mark.parametrize("klass", ["CONFIDENTIAL", "private"])
def test_a_stand_in_with_a_stamp_is_known_by_its_title(busy: str, klass: str) -> None:
    """Trap 10: other servers keep the stamp."""
    assert is_masked(event("DTSTAMP:20260301T080000Z", f"SUMMARY:{busy}", f"CLASS:{klass}"))


@pytest.mark.parametrize(
    "lines",
    [
        ("SUMMARY:Busy",),
        ("SUMMARY:Busy", "CLASS:PUBLIC", "DTSTAMP:20260301T080000Z"),
        ("SUMMARY:Le Café du facteur", "CLASS:CONFIDENTIAL", "DTSTAMP:20260301T080000Z"),
        ("SUMMARY:Busy", "CLASS:CONFIDENTIAL", "LOCATION:Place du Gros-Chêne"),
        ("SUMMARY:Busy", "CLASS:PRIVATE", "ATTENDEE:mailto:anne@example.org"),
    ],
)
def test_a_confidential_event_that_we_may_read_is_none(lines: tuple[str, ...]) -> None:
    """Trap 10, the other way: nobody's own confidential event is taken for a stand-in."""
    assert not is_masked(event(*lines))


def test_an_event_of_ours_that_is_hidden_changes_nothing_and_is_never_written(synced: Twin) -> None:
    """Trap 10: team, title and place stay; what the board changes meanwhile waits."""
    before = synced.scene.appointment()
    original = synced.text()
    synced.server.put("service", synced.scene.href_of(), as_nextcloud_shows_it(original, "Occupé"))
    writes = len(synced.writes())
    report = synced.scene.sync()
    assert (report.of(synced.calendar).unreadable, report.of(synced.calendar).conflicted) == (1, 1)
    assert synced.scene.appointment() == before
    synced.change(title="Autre titre")
    for _ in range(3):
        synced.scene.clock.forward(timedelta(hours=25))
        synced.scene.sync()
    assert len(synced.writes()) == writes
    assert synced.text() == as_nextcloud_shows_it(original, "Occupé")
    (told,) = synced.conflicts()
    assert (told.subject_id, told.why) == ("cafe", "masked")
    assert "Occupé" in told_in("fr", told) and "Busy" in told_in("en", told)


@pytest.mark.parametrize("seen", [False, True])
def test_shown_again_both_sides_changes_are_there_and_the_notice_is_over(synced: Twin, seen: bool) -> None:
    """Trap 10: what was agreed before is remembered meanwhile; the etag need not change when rights do."""
    href, original = synced.scene.href_of(), synced.text()
    hidden = as_nextcloud_shows_it(original)
    shown = original.replace("T093000", "T100000")
    # One etag for both texts: rights changed, and nothing else.
    synced.server.put("service", href, shown)
    synced.server._of(href).texts[href] = hidden
    synced.scene.sync()
    assert synced.scene.appointment().start.hour == 9
    synced.change(title="Autre titre")
    if seen:
        with synced.scene.board() as uow:
            choose(uow, synced.conflicts()[0].id, "theirs")
    synced.server._of(href).texts[href] = shown
    synced.scene.sync()
    synced.scene.clock.forward(timedelta(hours=25))
    assert synced.scene.sync().ok
    assert synced.scene.appointment().start.hour == 10
    assert "SUMMARY:Autre titre" in synced.text()
    assert "T100000" in synced.text()
    assert synced.conflicts() == []
    assert synced.scene.sync().requests == 1


def test_hidden_events_of_others_are_nobodys_business(world: Twin) -> None:
    """Trap 10: neither claimed nor watched nor written, also where the title was one of ours before."""
    world.scene.sync()
    shown = event("DTSTAMP:20260301T080000Z", "SUMMARY:Le Café du facteur", "CLASS:CONFIDENTIAL", "DTEND:20260310T103000Z")
    href = f"{world.calendar}theirs.ics"
    world.server.put("service", href, as_nextcloud_shows_it(shown, "Le Café du facteur"))
    world.scene.sync()
    with world.scene.reading() as uow:
        assert [a.id for a in uow.appointments.all()] == ["cafe"]
    assert world.texts()[href] == as_nextcloud_shows_it(shown, "Le Café du facteur")


def test_a_date_of_a_series_that_is_hidden_hides_it_all(make: Callable[..., Twin]) -> None:
    """Trap 10: a text is written as a whole, so one hidden part is enough."""
    whole = event("DTSTAMP:20260301T080000Z", "SUMMARY:Le Café du facteur", "RRULE:FREQ=WEEKLY;COUNT=3")
    world = make()
    world.server.put("service", f"{world.calendar}series.ics", whole)
    world.scene.sync()
    with world.scene.reading() as uow:
        dates = {a.id: a.start for a in uow.appointments.all() if a.id != "cafe"}
    assert len(dates) == 3
    hidden = "BEGIN:VEVENT\r\nUID:one\r\nRECURRENCE-ID:20260317T083000Z\r\nDTSTART:20260317T120000Z\r\n"
    hidden += "SUMMARY:Busy\r\nCLASS:CONFIDENTIAL\r\nEND:VEVENT\r\nEND:VCALENDAR"
    world.server.put("service", f"{world.calendar}series.ics", whole.replace("END:VCALENDAR", hidden))
    writes = len(world.writes())
    world.scene.sync()
    with world.scene.reading() as uow:
        assert {a.id: a.start for a in uow.appointments.all() if a.id != "cafe"} == dates
        assert all(a.state is AppointmentState.PUBLISHED for a in uow.appointments.all())
    assert len(world.writes()) == writes


def test_letting_go_of_a_calendar_leaves_stand_ins_as_they_are(synced: Twin) -> None:
    """Trap 10: taking our block out would write the stand-in back."""
    now = synced.scene.clock()
    hidden = as_nextcloud_shows_it(synced.text())
    assert without_block(hidden, now) == hidden
    assert without_block(synced.text(), now) != synced.text()
