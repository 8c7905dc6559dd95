"""Nextcloud 32 answers 500 to an event that loses its last guest: with the centre among them none is the last."""

from __future__ import annotations

import pytest

from calendars.sync.memory_server import MemoryServer
from sidecar.domain.appointments import AppointmentState
from tests.editor import Refused
from tests.rows.world import Over
from tests.told.conftest import Told
from tests.told.post import Post

EVENT = """BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260223T080000Z\r
DTSTART:20260303T083000Z\r\nSUMMARY:Café\r\nORGANIZER:mailto:service@example.org\r
ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:bruno@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"""
TEAM = ("anne", "bruno", "denis")


def test_the_server_of_these_tests_does_stumble_over_the_last_guest() -> None:
    post = Post()
    post.deliver("service", None, EVENT)
    with pytest.raises(Exception, match="__clone"):
        post.deliver("service", EVENT, EVENT.replace("ATTENDEE", "X-GONE"))


def test_on_the_board_everybody_is_told_and_the_outing_goes_on_without_a_team(told: Told) -> None:
    told.post.taken()
    told.unstaff(*TEAM)
    told.sync()
    assert told.post.mails("CANCEL") == {"anne": 1, "bruno": 1, "denis": 1}
    assert told.post.broken == 0
    assert told.world.outing().state is AppointmentState.PUBLISHED
    assert told.post.copy("bruno", told.world.uid).value("STATUS") == "CANCELLED"
    assert "STATUS:CONFIRMED" in told.world.text()
    told.quiet()


def test_a_coordinators_calendar_app_may_take_out_everybody_too(told: Told) -> None:
    told.post.taken()
    for guest in TEAM:
        told.world.editor.remove_attendee(told.world.uid, f"{guest}@example.org")
    cancelled = [m.to.partition("@")[0] for m in told.post.taken() if m.method == "CANCEL"]
    assert cancelled == list(TEAM)
    told.sync()
    assert told.world.outing().participants == ()
    assert told.post.messages == []
    told.quiet()


def test_an_app_that_takes_out_the_centre_as_well_is_let_and_the_centre_comes_back_with_the_next_guest(told: Told) -> None:
    for guest in (*TEAM, "service"):
        told.world.editor.remove_attendee(told.world.uid, f"{guest}@example.org")
    told.sync()
    told.post.taken()
    told.staff("anne")
    told.sync()
    assert told.post.mails() == {"anne": 1}
    assert "CUTYPE=GROUP" in told.world.text()
    told.quiet()


def test_an_event_from_before_that_has_no_centre_in_it_loses_its_last_guest_in_one_write(told: Told) -> None:
    href = told.world.scene.href_of()
    lines = told.world.text().splitlines()
    kept = [line for line in lines if not line.startswith("ATTENDEE") or "bruno" in line]
    told.server.put("service", href, "\r\n".join([*kept, ""]))
    told.sync()
    assert {p.person_id for p in told.world.outing().participants} == {"bruno"}
    told.post.taken()
    told.unstaff("bruno")
    told.sync()
    assert told.post.mails("CANCEL") == {"bruno": 1}
    assert told.post.broken == 0
    told.quiet()


def test_an_app_meets_the_refusal_where_the_centre_is_not_in_the_event_and_nothing_changes() -> None:
    """What we can know of it: nothing. The server stores nothing, tells nobody, and the app shows an error."""
    server = MemoryServer(schedules=True, deliver=Post().deliver)
    calendar = server.add_collection("service", "calendar", "c")  # type: ignore[arg-type]
    server.put("service", f"{calendar}1.ics", EVENT)
    adapter = Over(name="twin", twin=server, user="service").adapter(calendar, "calendar")  # type: ignore[arg-type]
    etag, text = adapter.get(f"{calendar}1.ics")
    with pytest.raises(Refused):
        adapter.put(f"{calendar}1.ics", text.replace("ATTENDEE", "X-GONE"), etag)
    assert adapter.get(f"{calendar}1.ics") == (etag, text)
