"""An answer belongs to its time: a moved outing asks again, in people's own calendars too."""

from __future__ import annotations

from collections.abc import Callable

from sidecar.domain.appointments import Response
from sidecar.domain.cover import CoverState
from tests.rows.world import next_week
from tests.told.conftest import Told


def test_an_answer_from_somebodys_own_calendar_is_the_response_after_one_pass_and_verified(told: Told) -> None:
    told.answers("bruno", "ACCEPTED")
    told.sync()
    assert told.response() is Response.ACCEPTED
    assert told.participation().verified
    told.quiet()


def test_a_move_on_the_board_asks_again_with_the_same_message(told: Told) -> None:
    told.answers("bruno", "ACCEPTED")
    told.sync()
    told.post.taken()
    told.world.change(start=next_week(15, 0), end=next_week(17, 0))
    told.sync()
    assert told.own_answer() == "NEEDS-ACTION"
    assert told.post.mails() == {"anne": 1, "bruno": 1, "denis": 1}
    assert told.response() is Response.NEEDS_ACTION
    told.quiet()


def test_a_move_in_the_calendar_asks_again_without_another_mail(told: Told) -> None:
    told.answers("bruno", "ACCEPTED")
    told.sync()
    told.post.taken()
    told.world.editor.move(told.world.uid, next_week(14, 0))
    assert told.post.mails() == {"anne": 1, "bruno": 1, "denis": 1}
    assert told.own_answer() == "ACCEPTED", "the server keeps it"
    told.post.taken()
    told.sync()
    assert told.own_answer() == "NEEDS-ACTION"
    assert told.post.mails() == {}
    assert told.response() is Response.NEEDS_ACTION
    told.quiet()


def test_a_decliner_is_asked_again_too_and_the_cover_request_is_withdrawn(told: Told) -> None:
    told.answers("bruno", "DECLINED")
    told.sync()
    told.world.editor.move(told.world.uid, next_week(14, 0))
    told.post.taken()
    told.sync()
    assert told.own_answer() == "NEEDS-ACTION"
    assert [r.state for r in told.world.cover_requests()] == [CoverState.WITHDRAWN]
    assert "Bruno" in told.post.copy("bruno", told.world.uid).value("DESCRIPTION")
    assert told.post.mails() == {}
    told.quiet()


def test_who_answers_after_the_move_has_answered_for_the_new_time(told: Told) -> None:
    told.world.editor.move(told.world.uid, next_week(14, 0))
    told.sync()
    told.answers("bruno", "ACCEPTED")
    told.sync()
    assert told.response() is Response.ACCEPTED
    assert told.own_answer() == "ACCEPTED"
    told.quiet()


def test_where_nobody_knows_what_a_server_mails_a_move_in_the_calendar_is_not_told_again(begin: Callable[..., Told]) -> None:
    told = begin(server="unknown")
    told.answers("bruno", "ACCEPTED")
    told.sync()
    told.world.editor.move(told.world.uid, next_week(14, 0))
    told.post.taken()
    told.sync()
    assert told.post.messages == []
    assert told.world.editor.attendees(told.world.uid)["bruno@example.org"] == "NEEDS-ACTION"
    told.quiet()


def test_a_reply_in_an_event_that_lost_its_organizer_is_an_answer_and_the_organizer_is_put_back(told: Told) -> None:
    """Outlook and others reply without ORGANIZER; some programs then write the event so."""
    href = told.world.scene.href_of()
    told.answers("bruno", "ACCEPTED")
    text = told.server.texts(told.world.calendar)[href]
    lines = [line for line in text.splitlines() if not line.startswith("ORGANIZER")]
    told.server.put("service", href, "\r\n".join([*lines, ""]))
    told.post.taken()
    told.sync()
    assert told.response() is Response.ACCEPTED
    told.world.change(meeting_point="Devant la boulangerie")
    told.sync()
    assert "ORGANIZER;CN=Centre social de Maurepas:mailto:service@example.org" in told.world.text()
    assert told.post.mails() == {}
    told.quiet()


def test_where_the_server_does_not_schedule_an_answer_is_marked_as_unverified(begin: Callable[..., Told]) -> None:
    told = begin(schedules=False, server="")
    told.world.editor.answer(told.world.uid, "bruno@example.org", "ACCEPTED")
    told.sync()
    assert told.response() is Response.ACCEPTED
    assert not told.participation().verified
