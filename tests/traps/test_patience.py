"""Trap 13 and trouble in general: locked databases, pauses, writes that never succeed. Nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from calendars.errors import ServerTrouble, Unreachable
from calendars.sync.push import PASSES
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
