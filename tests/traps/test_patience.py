"""Trap 13 and trouble in general: locked databases, pauses, writes that never succeed. Nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from calendars.dav.refusals import refusal
from calendars.errors import Paused, ServerTrouble, Unreachable
from calendars.sync.push import PASSES
from sidecar.domain.bindings import Purpose
from sidecar.i18n import translator
from tests.traps.words import told_in
from tests.twin import Twin


def passes(world: Twin, number: int) -> None:
    for _ in range(number):
        world.scene.sync()
        world.scene.clock.forward(timedelta(minutes=1))


# --- one write that never succeeds ---------------------------------------------------------------------------------


def test_one_write_answered_500_for_ever_ends_in_the_conflict_list(world: Twin) -> None:
    """Trap 13: alone in its pass nobody can tell whether server or text is to blame; after some passes it is told."""
    with world.failing(ServerTrouble("Bug", status=500)) as met:
        passes(world, PASSES)
        assert world.conflicts() == []
        assert [i.attempts for i in world.intents()] == [PASSES]
        passes(world, 3)
        (told,) = world.conflicts()
        assert (told.subject_id, told.field, told.why) == ("cafe", "write_refused", "KeepsFailing")
        assert "échoue" in told_in("fr", told) and "fails" in told_in("en", told)
        assert world.intents() == []
        before = len(met)
        passes(world, 5)
        assert len(met) == before
    world.scene.clock.forward(timedelta(hours=25))
    world.scene.sync()
    assert len(world.texts()) == 1
    assert world.conflicts() == []


def test_a_changed_text_is_tried_at_once_and_counted_anew(world: Twin) -> None:
    """Trap 13: whoever shortens the text need not wait for the night."""
    with world.failing(ServerTrouble("Bug", status=500)):
        passes(world, PASSES + 2)
    world.change(title="Plus court")
    world.scene.sync()
    assert "SUMMARY:Plus court" in world.text()
    assert world.conflicts() == []


def test_an_event_locked_for_ever_is_told_too(world: Twin) -> None:
    """Trap 13: 423 is somebody's lock, and some are never given back."""
    with world.failing(ServerTrouble("Locked", status=423)):
        passes(world, PASSES + 1)
    assert [c.why for c in world.conflicts()] == ["KeepsFailing"]


def test_a_server_in_maintenance_is_nobodys_fault(world: Twin) -> None:
    """Trap 13: 503 says that the whole server rests; no event is put into the list for that."""
    with world.failing(ServerTrouble("Maintenance", status=503)):
        passes(world, PASSES + 3)
    assert world.conflicts() == []
    world.scene.sync()
    assert len(world.texts()) == 1


def test_a_text_that_breaks_the_connection_holds_up_nobody_else(make: Callable[..., Twin]) -> None:
    """A proxy that drops one request stops the pass; in the next one the others go first."""
    world = make(outings=4)
    with world.failing(Unreachable("The connection broke"), at="/cafe-1"):
        assert world.scene.sync().error_kind == "Unreachable"
        world.scene.sync()
        assert len(world.texts()) == 3
        passes(world, PASSES)
        assert [(c.subject_id, c.why) for c in world.conflicts()] == [("cafe", "KeepsFailing")]
        assert world.scene.sync().ok
    world.scene.clock.forward(timedelta(hours=25))
    world.scene.sync()
    assert len(world.texts()) == 4


def test_a_write_that_arrived_although_it_failed_each_time_is_adopted(world: Twin) -> None:
    """Trap 13: it is looked for before it is given up."""
    with world.failing(ServerTrouble("Bug", status=500)):
        passes(world, PASSES)
    (intent,) = world.intents()
    world.server.put("service", intent.href, intent.text)
    assert world.scene.sync().ok
    assert world.conflicts() == []
    assert world.intents() == []


def test_a_long_outage_of_writing_alone_leaves_nothing_behind(make: Callable[..., Twin]) -> None:
    """A database that can only be read: what was put into the list goes out with the next full listing."""
    world = make(outings=6)
    with world.failing(ServerTrouble("Read-only database", status=500)):
        passes(world, 4 * PASSES)
    world.scene.clock.forward(timedelta(hours=25))
    world.scene.sync()
    world.scene.sync()
    assert len(world.texts()) == 6
    assert world.conflicts() == []
    assert world.scene.sync().requests == 1


# --- a server that asks for a pause --------------------------------------------------------------------------------


class Kept:
    """What the keeper asks of the server, turn after turn, a minute apart."""

    def __init__(self, world: Twin) -> None:
        self.world = world
        self.world.scene.syncer = replace(world.scene.syncer, jitter=lambda: 0.5)

    def turns(self, number: int) -> list[int]:
        """How many requests each turn took."""
        found = []
        for _ in range(number):
            before = len(self.world.server.log)
            self.world.scene.syncer.sync_patiently("space")
            found.append(len(self.world.server.log) - before)
            self.world.scene.clock.forward(timedelta(minutes=1))
        return found


@pytest.mark.parametrize("method", ["PROPFIND", "REPORT", "PUT"])
def test_a_pause_asked_for_anywhere_is_a_pause_of_the_whole_space(make: Callable[..., Twin], method: str) -> None:
    """503 with a time: nothing more is asked in that pass, of no collection, and nothing until the time is over."""
    world = make(outings=3, purposes=(Purpose.OUTINGS, Purpose.TRAINING, Purpose.CONTACTS))
    if method == "REPORT":
        world.scene.sync()
        world.edit("T093000", "T100000")
        with world.scene.board() as uow:
            uow.people.save(replace(uow.people.get("chloe"), phones=("+33639980099",)))
    kept = Kept(world)
    with world.failing(Paused("Maintenance", status=503, retry_after=600), methods=(method,)) as met:
        first, *later = kept.turns(10)
        assert (len(met), later) == (1, [0] * 9)
        assert first >= 1
        assert world.scene.syncer.sync_patiently("space") is None
        kept.world.scene.clock.forward(timedelta(minutes=1))
    assert kept.turns(1)[0] > 1
    assert world.scene.appointment().start.hour == (10 if method == "REPORT" else 9)
    assert len(world.texts()) == 3
    assert kept.turns(2) == [2, 2]


def test_who_asks_for_ever_is_looked_at_once_an_hour(world: Twin) -> None:
    """A Retry-After of a year is somebody's mistake."""
    kept = Kept(world)
    with world.failing(Paused("Later", status=503, retry_after=366 * 24 * 3600), methods=("PROPFIND",)):
        assert sum(kept.turns(120)) == 2


def test_without_a_time_each_pause_is_twice_as_long_as_the_one_before(world: Twin) -> None:
    """Back-off: after 1, 2, 4, 8 … minutes, each a little later than that so that not all come back at once."""
    kept = Kept(world)
    with world.failing(Paused("Busy", status=429), methods=("PROPFIND",)):
        turns = kept.turns(40)
    assert [n for n, asked in enumerate(turns) if asked] == [0, 2, 5, 10, 19, 36]


def test_a_person_who_asks_now_is_answered_now_and_success_ends_the_pause(world: Twin) -> None:
    """The command line does not wait; the keeper goes on afterwards as before."""
    kept = Kept(world)
    with world.failing(Paused("Maintenance", status=503, retry_after=1800), methods=("PROPFIND",)):
        kept.turns(1)
        report = world.scene.sync()
        assert (report.error_kind, report.pause) == ("Paused", 1800)
    assert kept.turns(1) == [0]
    assert world.scene.sync().ok
    assert kept.turns(1) == [1]


def test_the_pause_is_told_in_both_languages(world: Twin) -> None:
    """Nobody has to look up what 503 means."""
    for language, word in (("fr", "pause"), ("en", "pause")):
        assert word in translator(language)("error.dav.Paused", detail="x")


def test_a_clock_that_was_put_back_makes_nobody_wait(world: Twin) -> None:
    """A pause that would last longer than any is none."""
    kept = Kept(world)
    world.scene.clock.forward(timedelta(days=2))
    with world.failing(Paused("Maintenance", status=503, retry_after=600), methods=("PROPFIND",)):
        kept.turns(1)
    world.scene.clock.forward(-timedelta(days=2))
    assert kept.turns(1) != [0]


def test_an_answer_of_503_or_429_is_a_pause_and_500_is_none() -> None:
    """Only what speaks of the whole server stops everything."""
    for status, kind in ((503, Paused), (429, Paused), (500, ServerTrouble), (504, ServerTrouble), (423, ServerTrouble)):
        assert type(refusal("PUT", "/a", status, {}, b"")) is kind
