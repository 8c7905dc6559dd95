"""Writes that a server is too busy for, refuses, may not take, or takes in its own way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from calendars.errors import (
    DavError,
    Forbidden,
    InsufficientStorage,
    Rejected,
    ServerTrouble,
    TooLarge,
    Unreachable,
)
from sidecar.domain.appointments import AppointmentState
from tests.scene import TUESDAY
from tests.twin import Twin

REFUSALS = [
    Forbidden("Read only", status=403),
    TooLarge("Too large", status=413),
    InsufficientStorage("Full", status=507),
    Rejected("No such component", status=415),
]


# --- trouble -------------------------------------------------------------------------------------------------


def test_a_server_in_trouble_is_asked_again_later_each_time(world: Twin) -> None:
    with world.failing(ServerTrouble("Busy", status=503), times=2):
        assert world.scene.sync().ok
    first, second = world.paused
    assert 0.1 <= first <= 0.3 and 0.4 <= second <= 1.2
    assert len(world.texts()) == 1


def test_retry_after_is_kept_to(world: Twin) -> None:
    with world.failing(ServerTrouble("Busy", status=429, retry_after=7), times=1):
        assert world.scene.sync().ok
    assert world.paused == [7]


def test_a_long_retry_after_is_left_to_a_later_pass(world: Twin) -> None:
    with world.failing(ServerTrouble("Maintenance", status=503, retry_after=3600)) as met:
        report = world.scene.sync()
    assert (report.error_kind, len(met), world.paused) == ("ServerTrouble", 1, [])
    assert world.scene.sync().ok
    assert len(world.texts()) == 1


def test_a_server_that_stays_in_trouble_stops_the_pass_and_loses_nothing(make: Callable[..., Twin]) -> None:
    world = make(outings=5)
    with world.failing(ServerTrouble("Busy", status=503)) as met:
        report = world.scene.sync()
    assert (report.error_kind, len(met)) == ("ServerTrouble", 3)
    assert len(world.intents()) == 5
    world.scene.sync()
    assert len(world.texts()) == 5
    assert world.conflicts() == []


def test_one_text_that_the_server_chokes_on_holds_up_nobody_else(make: Callable[..., Twin]) -> None:
    world = make(outings=5)
    with world.failing(ServerTrouble("Bug", status=500), at="cafe1-"):
        report = world.scene.sync()
        assert report.error == ""
        assert len(world.texts()) == 4
        assert [c.subject_id for c in world.conflicts()] == ["cafe1"]
        assert world.scene.sync().requests == 1
    world.change("cafe1", title="Autre titre")
    world.scene.sync()
    assert len(world.texts()) == 5
    assert world.conflicts() == []


def test_when_everything_makes_it_choke_nothing_is_refused(make: Callable[..., Twin]) -> None:
    world = make(outings=5)
    with world.failing(ServerTrouble("Bug", status=500)) as met:
        report = world.scene.sync()
    assert (report.error_kind, len(met)) == ("ServerTrouble", 9)
    assert world.conflicts() == []
    world.scene.sync()
    assert len(world.texts()) == 5


def test_a_locked_event_is_left_to_the_next_pass(make: Callable[..., Twin]) -> None:
    world = make(outings=3)
    with world.failing(ServerTrouble("Locked", status=423), at="cafe1-") as met:
        report = world.scene.sync()
    assert (len(met), report.of(world.calendar).delayed, report.of(world.calendar).created) == (1, 1, 2)
    assert world.conflicts() == []
    world.scene.sync()
    assert len(world.texts()) == 3


# --- refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", REFUSALS, ids=lambda e: type(e).__name__)
def test_a_refused_write_is_shown_once_and_not_tried_every_minute(world: Twin, error: DavError) -> None:
    with world.failing(error) as met:
        report = world.scene.sync()
        assert (report.of(world.calendar).refused, len(met)) == (1, 1)
        for _ in range(5):
            world.scene.clock.forward(timedelta(minutes=1))
            assert world.scene.sync().requests == 1
        assert len(met) == 1
        (told,) = world.conflicts()
        assert (told.subject_id, told.field, told.why) == ("cafe", "write_refused", type(error).__name__)
        assert str(error) == told.theirs


@pytest.mark.parametrize("error", REFUSALS, ids=lambda e: type(e).__name__)
def test_a_refused_write_goes_out_when_something_changes(world: Twin, error: DavError) -> None:
    with world.failing(error):
        world.scene.sync()
    world.change(text="Plus court")
    world.scene.sync()
    assert "Plus court" in world.text()
    assert world.conflicts() == []


def test_a_refused_write_goes_out_with_the_next_full_pass(world: Twin) -> None:
    with world.failing(InsufficientStorage("Full", status=507)) as met:
        world.scene.sync()
        world.scene.clock.forward(timedelta(hours=25))
        world.scene.sync()
        assert len(met) == 2
        assert len(world.conflicts()) == 1
    world.scene.clock.forward(timedelta(hours=25))
    world.scene.sync()
    assert len(world.texts()) == 1
    assert world.conflicts() == []
    assert world.scene.sync().requests == 1


def test_a_refused_update_leaves_what_stands_and_goes_out_with_the_next_full_pass(synced: Twin) -> None:
    before = synced.text()
    synced.change(title="Autre titre")
    with synced.failing(TooLarge("Too large", status=413)):
        synced.scene.sync()
    assert synced.text() == before
    assert synced.scene.appointment().title == "Autre titre"
    synced.scene.sync(full=True)
    assert "SUMMARY:Autre titre" in synced.text()
    assert synced.conflicts() == []


def test_a_refused_change_that_was_taken_back_is_not_told_for_ever(synced: Twin) -> None:
    synced.change(title="Autre titre")
    with synced.failing(TooLarge("Too large", status=413)):
        synced.scene.sync()
    synced.change(title="Le Café du facteur")
    synced.scene.sync()
    synced.scene.sync(full=True)
    assert synced.conflicts() == []
    assert "SUMMARY:Le Café du facteur" in synced.text()


def test_a_share_that_may_only_be_read_is_told_and_read_all_the_same(make: Callable[..., Twin]) -> None:
    world = make(outings=2)
    world.scene.sync()
    world.change(title="Autre titre")
    with world.failing(Forbidden("Read only", status=403)):
        world.edit("T093000", "T100000", "cafe1")
        report = world.scene.sync()
    assert report.of(world.calendar).refused == 1
    assert world.scene.appointment("cafe1").start.hour == 10


# --- muted ---------------------------------------------------------------------------------------------------


def test_what_changes_while_muted_goes_out_afterwards(synced: Twin) -> None:
    with synced.scene.board() as uow:
        space = uow.spaces.save(replace(uow.spaces.get("space"), muted=True))
    synced.change(title="Autre titre")
    assert synced.scene.sync().requests == 1
    assert synced.scene.sync().rounds == 1
    assert "Autre titre" not in synced.text()
    with synced.scene.board() as uow:
        uow.spaces.save(replace(space, muted=False))
    synced.scene.sync()
    assert "SUMMARY:Autre titre" in synced.text()


def test_an_open_write_waits_while_muted(world: Twin) -> None:
    with world.failing(Unreachable("Gone")):
        world.scene.sync()
    with world.scene.board() as uow:
        uow.spaces.save(replace(uow.spaces.get("space"), muted=True))
    report = world.scene.sync()
    assert (report.rounds, world.texts()) == (1, {})
    assert len(world.intents()) == 1


# --- servers that rewrite ------------------------------------------------------------------------------------


def test_a_server_that_reorders_and_stamps_is_written_once(make: Callable[..., Twin]) -> None:
    world = make()

    def rewrite(_kind: object, text: str) -> str:
        lines = text.replace("\r\n ", "").split("\r\n")
        at = lines.index("BEGIN:VEVENT")
        lines.insert(at + 1, "CREATED:20260101T000000Z")
        return "\r\n".join(line for line in lines if not line.startswith("PRODID"))

    world.server.rewrite = rewrite
    world.scene.sync()
    world.scene.sync()
    assert len(world.writes()) == 1
    assert world.scene.sync().requests == 1


def test_a_server_that_drops_what_we_write_is_not_written_for_ever(make: Callable[..., Twin]) -> None:
    world = make()
    world.server.rewrite = lambda _kind, text: "\r\n".join(
        line for line in text.replace("\r\n ", "").split("\r\n") if not line.startswith(("DESCRIPTION", "CATEGORIES"))
    )
    for _ in range(3):
        world.scene.sync()
    before = len(world.writes())
    for _ in range(3):
        world.scene.sync()
    assert len(world.writes()) == before
    assert world.scene.appointment().state is AppointmentState.PUBLISHED
    assert world.scene.appointment().start == TUESDAY
