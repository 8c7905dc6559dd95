"""Reading what changed: tokens lie, and a listing now and then tells the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from calendars.errors import BadAnswer, Forbidden, ServerTrouble, Unauthorised
from calendars.sync.guard import DRAINED, EMPTIED, GONE
from sidecar.domain.appointments import AppointmentState
from sidecar.domain.bindings import Purpose
from tests.twin import Twin


def asked(world: Twin) -> list[str]:
    """The methods of one pass, the look left out."""
    start = len(world.server.log)
    world.scene.sync()
    return [method for method, href, _ in world.server.log[start:] if href.startswith(world.calendar)]


@pytest.fixture
def synced(world: Twin) -> Twin:
    world.scene.sync()
    world.scene.sync()
    return world


def test_a_pass_with_nothing_changed_is_one_request(synced: Twin) -> None:
    report = synced.scene.sync()
    assert (report.requests, report.rounds, report.ok) == (1, 1, True)


def test_one_change_is_three_requests(synced: Twin) -> None:
    synced.edit("T093000", "T100000")
    assert asked(synced) == ["REPORT", "REPORT"]  # which, and its text
    assert synced.scene.appointment().start.hour == 10


def test_a_refused_token_is_replaced_by_a_listing(synced: Twin) -> None:
    synced.edit("T093000", "T100000")
    synced.server.prune(synced.calendar)
    assert asked(synced) == ["REPORT", "PROPFIND", "REPORT"]
    assert synced.scene.appointment().start.hour == 10


def test_changes_that_the_server_forgot_silently_are_found_by_a_listing(synced: Twin) -> None:
    synced.edit("T093000", "T100000")
    synced.server.prune(synced.calendar, silently=True)
    assert asked(synced) == ["REPORT", "PROPFIND", "REPORT"]
    assert synced.scene.appointment().start.hour == 10


def test_a_token_from_the_future_does_not_stall(synced: Twin) -> None:
    """A server restored from a backup echoes tokens that it does not know yet."""
    backup = synced.server.snapshot()
    for title in ("Un", "Deux", "Trois"):
        synced.change(title=title)
        synced.scene.sync()
    synced.server.restore(backup)
    synced.edit("T093000", "T100000")
    synced.scene.sync()
    assert synced.scene.appointment().start.hour == 10


def test_once_a_day_everything_is_listed_and_nothing_read(synced: Twin) -> None:
    synced.scene.clock.forward(timedelta(hours=25))
    assert asked(synced) == ["PROPFIND"]
    assert asked(synced) == []


def test_what_only_the_nightly_listing_shows_is_absorbed(make: Callable[..., Twin]) -> None:
    """Half of the changes were forgotten silently: the rest looks like an honest answer."""
    world = make(outings=2)
    world.scene.sync()
    world.edit("T093000", "T100000", "cafe")
    world.server.prune(world.calendar, silently=True)
    world.edit("T093000", "T110000", "cafe1")
    world.scene.sync()
    assert world.scene.appointment("cafe1").start.hour == 11
    assert world.scene.appointment("cafe").start.hour == 9
    world.scene.clock.forward(timedelta(hours=25))
    world.scene.sync()
    assert world.scene.appointment("cafe").start.hour == 10


def test_a_server_without_tokens_is_listed_when_it_changed(make: Callable[..., Twin]) -> None:
    world = make(server=None)
    world.server.tokens = False
    world.scene.sync()
    world.scene.sync()
    assert asked(world) == []
    world.edit("T093000", "T100000")
    assert asked(world) == ["PROPFIND", "REPORT"]
    assert world.scene.appointment().start.hour == 10


def test_an_emptied_collection_cancels_nothing_and_asks(make: Callable[..., Twin]) -> None:
    world = make(outings=3)
    world.scene.sync()
    for href in world.texts():
        world.server.delete("service", href)
    report = world.scene.sync()
    assert report.of(world.calendar).guarded == EMPTIED
    assert not report.ok
    assert world.scene.appointment().state is AppointmentState.PUBLISHED
    assert world.texts() == {}


def test_half_a_listing_cancels_nothing_and_is_over_when_the_rest_is_back(make: Callable[..., Twin]) -> None:
    world = make(outings=12)
    world.scene.sync()
    backup = world.server.snapshot()
    for href in sorted(world.texts())[:6]:
        world.server.delete("service", href)
    assert world.scene.sync().of(world.calendar).guarded == DRAINED
    assert world.scene.sync().of(world.calendar).guarded == DRAINED
    world.server.restore(backup)
    report = world.scene.sync(full=True)
    assert report.ok
    assert all(world.scene.appointment(f"cafe{n or ''}").state is AppointmentState.PUBLISHED for n in range(12))
    assert world.scene.sync().requests == 1


def test_a_slow_drain_within_a_day_is_noticed(make: Callable[..., Twin]) -> None:
    world = make(outings=12)
    world.scene.sync()
    found = []
    for href in sorted(world.texts())[:6]:
        world.server.delete("service", href)
        found.append(world.scene.sync().of(world.calendar).guarded)
    assert found == ["", "", "", "", DRAINED, DRAINED]


def test_the_same_over_several_days_is_ordinary_work(make: Callable[..., Twin]) -> None:
    world = make(outings=20)
    world.scene.sync()
    for href in sorted(world.texts())[:7]:
        world.server.delete("service", href)
        world.scene.clock.forward(timedelta(hours=9))
        assert world.scene.sync().ok


def test_accepted_losses_are_absorbed_and_not_counted_again(make: Callable[..., Twin]) -> None:
    world = make(outings=12)
    world.scene.sync()
    hrefs = sorted(world.texts())
    for href in hrefs[:6]:
        world.server.delete("service", href)
    assert not world.scene.sync().ok
    world.scene.syncer.resume("maurepas", restore=False, actor="coordinator")
    assert world.scene.sync().ok
    world.server.delete("service", hrefs[6])
    assert world.scene.sync().ok


def test_a_collection_that_is_gone_stops_nothing_else_and_asks(make: Callable[..., Twin]) -> None:
    world = make(outings=2, purposes=(Purpose.OUTINGS, Purpose.CONTACTS))
    world.scene.sync()
    world.server.remove_collection(world.calendar)
    world.change(title="Autre titre")
    with world.scene.board() as uow:
        uow.people.save(replace(uow.people.get("chloe"), phones=("+33639980099",)))
    report = world.scene.sync()
    assert report.of(world.calendar).guarded == GONE
    assert report.of(world.scene.collections[Purpose.CONTACTS]).updated == 1
    assert world.scene.appointment().state is AppointmentState.PUBLISHED


def test_an_open_write_to_a_collection_that_went_stops_nothing_else(make: Callable[..., Twin]) -> None:
    world = make(purposes=(Purpose.OUTINGS, Purpose.TRAINING))
    world.scene.sync()
    world.change(title="Autre titre")
    with world.failing(ServerTrouble("Busy", status=503)):
        world.scene.sync()
    assert len(world.intents()) == 1
    world.server.remove_collection(world.calendar)
    report = world.scene.sync()
    assert report.error == ""
    assert report.of(world.calendar).guarded == GONE


def test_a_deletion_waits_while_another_collection_cannot_be_read(make: Callable[..., Twin]) -> None:
    """It may be half of a move; the other half is in what could not be read."""
    world = make(purposes=(Purpose.OUTINGS, Purpose.TRAINING))
    world.scene.sync()
    other = world.scene.collections[Purpose.TRAINING]
    href, text = world.scene.href_of(), world.text()
    world.server.delete("service", href)
    world.server.put("service", other + href.rsplit("/", 1)[1], text)
    with world.failing(BadAnswer("No multistatus", status=200), methods=("REPORT",), at=other):
        report = world.scene.sync()
    assert report.of(other).error
    assert world.scene.appointment().state is AppointmentState.PUBLISHED
    assert world.scene.sync().ok
    assert world.scene.appointment().state is AppointmentState.PUBLISHED
    assert world.scene.href_of().startswith(other)


@pytest.mark.parametrize(
    "error", [Forbidden("No", status=403), BadAnswer("Half", status=207), ServerTrouble("x", status=503)]
)
def test_a_collection_that_cannot_be_read_is_told_and_not_written(synced: Twin, error: Exception) -> None:
    synced.edit("T093000", "T100000")
    synced.change(title="Autre titre")
    with synced.failing(error, methods=("REPORT",)):  # type: ignore[arg-type]
        report = synced.scene.sync()
    assert report.of(synced.calendar).error
    assert not report.ok
    assert report.of(synced.calendar).pushed == 0
    assert synced.scene.sync().ok
    assert "SUMMARY:Autre titre" in synced.text()
    assert synced.scene.appointment().start.hour == 10


def test_a_refused_password_is_one_request(synced: Twin) -> None:
    synced.server.add_user("service", "renewed")
    report = synced.scene.sync()
    assert (report.requests, report.error_kind) == (1, "Unauthorised")


@pytest.mark.parametrize("method", ["REPORT", "PUT"])
def test_a_password_refused_half_way_stops_at_once(make: Callable[..., Twin], method: str) -> None:
    world = make(outings=5)
    if method == "REPORT":
        world.scene.sync()
        world.edit("T093000", "T100000")
    with world.failing(Unauthorised("No", status=401), methods=(method,)) as met:
        report = world.scene.sync()
    assert len(met) == 1
    assert report.error_kind == "Unauthorised"
    assert world.scene.sync().ok
    assert len(world.texts()) == 5


def test_what_a_listing_leaves_out_is_asked_for_before_it_is_called_off(synced: Twin) -> None:
    """A listing may be cut short without a word; only what is not there either when asked for by name is gone."""
    synced.server.unlisted = {synced.scene.href_of()}
    synced.scene.sync(full=True)
    assert synced.scene.appointment().state is AppointmentState.PUBLISHED
    synced.server.delete("service", synced.scene.href_of())
    synced.scene.sync(full=True)
    assert synced.scene.appointment().state is AppointmentState.CANCELLED
