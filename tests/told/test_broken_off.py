"""A server that breaks off while it tells people: nobody is told twice, and who may not know is shown."""

from __future__ import annotations

import pytest

from calendars.errors import ServerTrouble
from sidecar.services import rota
from tests.rows.world import next_week
from tests.told.conftest import Told


def test_the_bin_of_somebody_who_declined_stops_nobody_else(told: Told) -> None:
    """Deleting the invitation declines it; from then on a REQUEST to that person breaks the server off."""
    told.answers("anne", "DECLINED")
    told.post.binned.add("anne@example.org")
    told.sync()
    told.post.taken()
    told.world.change(start=next_week(15, 0), end=next_week(17, 0))
    told.sync()
    assert "T150000" in told.world.text()
    assert told.post.mails() == {"bruno": 1, "denis": 1}
    assert told.post.copy("bruno", told.world.uid).value("DTSTART") == "20260303T150000"
    (shown,) = told.world.conflicts()
    assert (shown.field, shown.subject_id, shown.theirs) == ("untold", "cafe", "Anne Le Roux")
    told.quiet()


def test_the_next_change_names_the_same_person_and_stands_alone_in_the_list(told: Told) -> None:
    told.answers("anne", "DECLINED")
    told.post.binned.add("anne@example.org")
    told.sync()
    for hour in (14, 15):
        told.world.change(start=next_week(hour, 0), end=next_week(hour + 2, 0))
        told.post.taken()
        told.sync()
        assert told.post.mails() == {"bruno": 1, "denis": 1}
        assert [c.theirs for c in told.world.conflicts()] == ["Anne Le Roux"]
    told.quiet()


def test_who_binned_it_without_a_word_keeps_nobody_elses_calendar_from_being_right(told: Told) -> None:
    told.post.binned.add("bruno@example.org")
    told.post.taken()
    told.world.change(start=next_week(15, 0), end=next_week(17, 0))
    told.sync()
    for guest in ("anne", "denis"):
        assert told.post.copy(guest, told.world.uid).value("DTSTART") == "20260303T150000"
    assert max(told.post.mails().values()) == 1
    (shown,) = told.world.conflicts()
    assert set(shown.theirs.split(", ")) == {"Anne Le Roux", "Bruno Petit", "Denis Morvan"}
    told.quiet()


def test_a_move_in_the_calendar_that_reached_the_others_is_taken_up(told: Told) -> None:
    told.answers("anne", "DECLINED")
    told.sync()
    told.world.editor.move(told.world.uid, next_week(14, 0))
    told.post.binned.add("anne@example.org")
    told.post.taken()
    told.sync()
    assert told.world.editor.attendees(told.world.uid)["anne@example.org"] == "NEEDS-ACTION"
    assert told.post.mails() == {}
    told.quiet()


def locked_once(told: Told) -> None:
    """The next write tells everybody and is not stored."""
    deliver, met = told.server.deliver, []
    assert deliver is not None

    def once(writer: str, before: str | None, after: str | None) -> None:
        deliver(writer, before, after)
        if not met:
            met.append(1)
            raise ServerTrouble("database is locked", status=500)

    told.server.deliver = once


def test_after_a_passing_trouble_everybodys_calendar_is_right_and_nobody_is_mailed_twice(told: Told) -> None:
    told.post.taken()
    locked_once(told)
    told.world.change(start=next_week(15, 0), end=next_week(17, 0))
    told.sync()
    assert told.post.mails() == {"anne": 1, "bruno": 1, "denis": 1}
    assert told.post.copy("bruno", told.world.uid).value("DTSTART") == "20260303T150000"
    assert told.world.conflicts() == []
    told.quiet()


def test_a_calling_off_that_broke_off_is_not_told_again_but_shown(told: Told) -> None:
    told.post.taken()
    locked_once(told)
    with told.world.scene.board() as uow:
        rota.cancel(uow, "cafe")
    told.sync()
    assert told.post.mails("CANCEL") == {"anne": 1, "bruno": 1, "denis": 1}
    assert [c.field for c in told.world.conflicts()] == ["untold"]
    assert "STATUS:CANCELLED" in told.world.text()
    told.quiet()


@pytest.mark.parametrize("times", [4, 5])
def test_a_server_that_goes_on_failing_is_asked_quietly_in_every_later_pass(told: Told, times: int) -> None:
    deliver, left = told.server.deliver, [times]
    assert deliver is not None

    def before(request: object) -> None:
        if getattr(request, "method", "") == "PUT" and left[0]:
            left[0] -= 1
            if getattr(request, "notify", True):
                told.post.deliver("service", None, told.world.text())
            raise ServerTrouble("Oops", status=500)

    told.post.taken()
    told.server.before = before
    told.world.change(start=next_week(15, 0), end=next_week(17, 0))
    for _ in range(4):
        told.world.scene.sync()
    assert "T150000" in told.world.text()
    assert max(told.post.mails().values()) == 1
