"""What people are told of rests for a while: a slip is undone unseen, several changes are told as one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sidecar.domain.appointments import Response
from sidecar.services import rota
from tests.rows.world import next_week
from tests.told.conftest import Told

TEAM = {"anne": 1, "bruno": 1, "denis": 1}


@pytest.fixture
def resting(begin: Callable[..., Told]) -> Told:
    told = begin(tell_after=120)
    told.post.taken()
    return told


def move(told: Told, hour: int) -> None:
    told.world.change(start=next_week(hour, 0), end=next_week(hour + 2, 0))


def test_publishing_does_not_rest(begin: Callable[..., Told]) -> None:
    assert begin(tell_after=120).post.mails() == TEAM


def test_a_slip_that_is_undone_in_time_is_told_to_nobody(resting: Told) -> None:
    before, outing = resting.world.text(), resting.world.outing()
    move(resting, 15)
    resting.sync()
    resting.later(seconds=90)
    resting.world.change(start=outing.start, end=outing.end)
    resting.sync()
    resting.later(minutes=30)
    resting.sync()
    assert resting.post.messages == []
    assert resting.world.text() == before
    resting.quiet()


def test_several_changes_are_told_as_one_after_the_last_of_them(resting: Told) -> None:
    for number, hour in enumerate((13, 14, 15)):
        resting.later(seconds=80 * bool(number))
        move(resting, hour)
        resting.sync()
    assert resting.post.messages == []
    resting.later(seconds=120)
    resting.sync()
    assert resting.post.mails() == TEAM
    assert resting.post.copy("bruno", resting.world.uid).value("DTSTART") == "20260303T150000"
    resting.quiet()


def test_who_never_stops_changing_things_is_told_of_in_the_end(resting: Told) -> None:
    for minute in range(12):
        move(resting, 8 + minute)
        resting.sync()
        resting.later(minutes=1)
    assert sum(resting.post.mails().values()) == 3


def test_what_rests_is_said_in_the_report_and_costs_no_request(resting: Told) -> None:
    move(resting, 15)
    first = resting.world.sync()
    report = resting.world.sync()
    assert (first.held, report.held, report.requests) == (1, 1, 2)
    resting.later(seconds=121)
    assert resting.world.sync().held == 0


def test_the_block_is_written_at_once_while_a_change_of_the_team_rests(resting: Told) -> None:
    resting.unstaff("bruno")
    resting.sync()
    assert "Bruno" not in resting.world.text().partition("== Hors les murs ==")[2].partition("== Fin")[0]
    assert resting.post.messages == []
    resting.later(seconds=121)
    resting.sync()
    assert (resting.post.mails("CANCEL"), resting.post.mails()) == ({"bruno": 1}, {})
    resting.quiet()


def test_an_answer_that_comes_meanwhile_is_kept(resting: Told) -> None:
    resting.world.change(title="Café au soleil")
    resting.sync()
    resting.answers("bruno", "ACCEPTED")
    resting.sync()
    resting.later(seconds=121)
    resting.sync()
    assert resting.response() is Response.ACCEPTED
    assert resting.own_answer() == "ACCEPTED"
    assert resting.post.mails() == TEAM
    resting.quiet()


def test_a_coordinators_move_meanwhile_is_a_conflict_and_ours_is_not_told(resting: Told) -> None:
    move(resting, 15)
    resting.sync()
    resting.world.editor.move(resting.world.uid, next_week(14, 0))
    resting.post.taken()
    resting.sync()
    resting.later(minutes=5)
    resting.sync()
    assert [c.field for c in resting.world.conflicts()] == ["time"]
    assert resting.world.outing().start == next_week(14, 0)
    assert resting.post.mails() == {}
    resting.quiet()


def test_calling_off_rests_too_and_can_be_taken_back(resting: Told) -> None:
    with resting.world.scene.board() as uow:
        rota.cancel(uow, "cafe")
    resting.sync()
    with resting.world.scene.board() as uow:
        rota.bring_back(uow, "cafe")
    resting.later(minutes=10)
    resting.sync()
    assert resting.post.messages == []
    assert "STATUS:CONFIRMED" in resting.world.text()
    resting.quiet()


def test_a_dry_run_shows_what_rests_and_leaves_it_resting(resting: Told) -> None:
    move(resting, 15)
    resting.sync()
    report = resting.world.scene.syncer.sync("space", dry=True)
    assert [w["action"] for w in report.would] == ["update"]
    assert resting.post.messages == []
    assert resting.world.sync().held == 1
