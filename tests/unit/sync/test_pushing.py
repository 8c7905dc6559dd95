"""Writes that are overtaken, answered late or not at all, and what a crash left open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from calendars.errors import (
    BadAnswer,
    Forbidden,
    PreconditionFailed,
    ServerTrouble,
    Unreachable,
)
from calendars.sync.memory_server import MemoryServer, Request
from calendars.sync.ports import Action
from sidecar.domain.appointments import AppointmentState
from sidecar.domain.bindings import Purpose
from sidecar.services import rota
from tests.scene import outing
from tests.twin import Twin, twin

# --- after a crash or a lost answer --------------------------------------------------------------------------


def moved(text: str, hour: str = "11") -> str:
    return text.replace("T093000", f"T{hour}3000").replace("T113000", f"T{hour}5500")


def test_a_create_that_arrived_is_adopted(world: Twin) -> None:
    with world.failing(Unreachable("Gone"), after=True):
        world.scene.sync()
    assert len(world.texts()) == 1
    assert [i.action for i in world.intents()] == [Action.CREATE]
    world.scene.sync()
    assert len(world.writes()) == 1
    assert world.intents() == []
    assert world.scene.sync().requests == 1


def test_a_create_that_arrived_takes_back_nothing_that_was_changed_since_though_the_journal_could_not_be_read(
    world: Twin,
) -> None:
    with world.failing(Unreachable("Gone"), after=True):
        world.scene.sync()
    world.change(title="Sous les arbres")
    reads = 0

    def hook(request: Request) -> None:
        nonlocal reads
        reads += request.method == "REPORT" and request.href == world.calendar
        if reads == 3:
            raise BadAnswer("Cut")

    # What changed, its text, and only then what stands where the journal wrote.
    world.server.before = hook
    world.scene.sync()
    assert reads == 3
    world.server.before = None
    world.scene.sync()
    world.scene.sync()
    assert world.scene.appointment().title == "Sous les arbres"
    assert "SUMMARY:Sous les arbres" in world.text()
    assert world.conflicts() == []


def test_a_create_that_did_not_arrive_goes_out_again(world: Twin) -> None:
    with world.failing(Unreachable("Gone")):
        report = world.scene.sync()
    assert report.error_kind == "Unreachable"
    assert world.texts() == {}
    world.scene.sync()
    assert len(world.texts()) == 1
    assert world.scene.sync().requests == 1


def test_a_create_that_arrived_and_was_changed_since_is_merged(world: Twin) -> None:
    with world.failing(Unreachable("Gone"), after=True):
        world.scene.sync()
    (href,) = world.texts()
    world.server.put("service", href, world.texts()[href].replace("T093000", "T100000"))
    world.scene.sync()
    assert world.scene.appointment().start.hour == 10
    assert world.conflicts() == []
    assert [method for method, _, _ in world.writes()] == ["PUT"]


def test_a_create_that_a_person_deleted_before_we_looked_goes_out_again(world: Twin) -> None:
    """Nobody can tell it from one that never arrived; losing an outing would be worse than showing it once more."""
    with world.failing(Unreachable("Gone"), after=True):
        world.scene.sync()
    world.server.delete("service", next(iter(world.texts())))
    world.scene.sync()
    assert len(world.texts()) == 1


def test_an_update_that_arrived_is_adopted(synced: Twin) -> None:
    synced.change(title="Autre titre")
    with synced.failing(Unreachable("Gone"), after=True):
        synced.scene.sync()
    before = len(synced.writes())
    synced.scene.sync()
    assert len(synced.writes()) == before
    assert "Autre titre" in synced.text()
    assert synced.scene.sync().requests == 1
    assert synced.conflicts() == []


def test_an_update_that_did_not_arrive_goes_out_again(synced: Twin) -> None:
    synced.change(title="Autre titre")
    with synced.failing(Unreachable("Gone")):
        synced.scene.sync()
    assert "Autre titre" not in synced.text()
    synced.scene.sync()
    assert "Autre titre" in synced.text()


@pytest.mark.parametrize("arrived", [True, False])
def test_an_update_that_was_overtaken_is_merged_property_by_property(synced: Twin, arrived: bool) -> None:
    synced.change(title="Autre titre")
    with synced.failing(Unreachable("Gone"), after=arrived):
        synced.scene.sync()
    synced.edit("T093000", "T100000")
    synced.scene.sync()
    assert "SUMMARY:Autre titre" in synced.text()
    assert "T100000" in synced.text()
    assert synced.scene.appointment().start.hour == 10
    assert synced.scene.appointment().title == "Autre titre"
    assert synced.conflicts() == []


@pytest.mark.parametrize("arrived", [True, False])
def test_what_an_update_changed_is_nobody_elses_edit_when_somebody_changed_the_rest(synced: Twin, arrived: bool) -> None:
    synced.change(title="Autre titre")
    with synced.failing(Unreachable("Gone"), after=arrived):
        synced.scene.sync()
    synced.edit("T093000", "T100000")
    synced.change(title="Encore un autre")
    synced.scene.sync()
    assert "SUMMARY:Encore un autre" in synced.text()
    assert (synced.scene.appointment().title, synced.scene.appointment().start.hour) == ("Encore un autre", 10)
    assert synced.conflicts() == []


def test_a_cancellation_of_ours_that_arrived_is_not_somebodys_whoever_edited_the_entry_since(synced: Twin) -> None:
    with synced.scene.board() as uow:
        rota.cancel(uow, "cafe")
    with synced.failing(Unreachable("Gone"), after=True):
        synced.scene.sync()
    synced.edit("LOCATION:", "LOCATION:Sous l'auvent\\, ")
    assert "STATUS:CANCELLED" in synced.text()
    with synced.scene.board() as uow:
        rota.bring_back(uow, "cafe")
    synced.scene.sync()
    found = synced.scene.appointment()
    assert (found.state, found.place and found.place.name[:13]) == (AppointmentState.PUBLISHED, "Sous l'auvent")
    assert "STATUS:CONFIRMED" in synced.text()
    assert synced.conflicts() == []


def test_a_card_of_ours_that_arrived_is_nobody_elses_edit(tmp_path: Path) -> None:
    world = twin(tmp_path, purposes=(Purpose.OUTINGS, Purpose.CONTACTS))
    world.scene.sync()
    book = world.scene.collections[Purpose.CONTACTS]
    (href,) = (h for h, text in world.server.texts(book).items() if "Bruno" in text)

    def names(given: str) -> None:
        with world.scene.board() as uow:
            uow.people.save(replace(uow.people.get("bruno"), given_name=given))

    names("Bruno-Marie")
    with world.failing(Unreachable("Gone"), after=True, at=".vcf"):
        world.scene.sync()
    text = world.server.texts(book)[href]
    assert "Bruno-Marie" in text
    world.server.put("service", href, text.replace("END:VCARD", "NOTE:Le matin\r\nEND:VCARD"))
    names("Bruno")
    world.scene.sync()
    text = world.server.texts(book)[href]
    assert ("Bruno-Marie" in text, "NOTE:Le matin" in text) == (False, True)
    assert world.conflicts() == []


def test_an_update_of_what_somebody_deleted_follows_the_rules_of_deletions(synced: Twin) -> None:
    synced.change(title="Autre titre")
    with synced.failing(Unreachable("Gone")):
        synced.scene.sync()
    uid = synced.scene.uid_of()
    synced.server.delete("service", synced.scene.href_of())
    synced.scene.sync()
    synced.scene.sync()
    # A person's edit on the board is worth more than the deletion: it is back, under another UID, and told.
    assert [c.why for c in synced.conflicts()] == ["deleted_there_changed_here"]
    assert len(synced.texts()) == 1
    assert synced.scene.uid_of() != uid


@pytest.mark.parametrize("arrived", [True, False])
def test_a_deletion_of_ours_is_carried_out_once(synced: Twin, arrived: bool) -> None:
    synced.intend(Action.DELETE)
    with synced.failing(Unreachable("Gone"), after=arrived):
        synced.scene.sync()
    synced.scene.sync()
    assert synced.texts() == {}
    assert synced.intents() == []
    assert [status for method, _, status in synced.writes() if method == "DELETE" and status == 404] == []


def test_a_deletion_of_ours_that_was_overtaken_is_not_carried_out(synced: Twin) -> None:
    synced.intend(Action.DELETE)
    synced.edit("T093000", "T100000")
    synced.scene.sync()
    assert "T100000" in synced.text()
    assert synced.intents() == []
    assert synced.scene.appointment().start.hour == 10


def test_what_is_called_off_while_its_first_write_is_open_is_called_off_in_the_calendar_too(world: Twin) -> None:
    with world.failing(ServerTrouble("Busy", status=503, retry_after=7200.0), methods=("PUT",)):
        world.scene.sync()
    with world.scene.board() as uow:
        rota.cancel(uow, "cafe")
    world.scene.sync()
    world.scene.sync()
    assert "STATUS:CANCELLED" in world.text()
    assert world.scene.sync().requests == 1


def test_a_change_while_a_write_is_open_waits_for_it(synced: Twin) -> None:
    synced.change(title="Autre titre")
    with synced.failing(Unreachable("Gone"), after=True):
        synced.scene.sync()
    synced.change(title="Encore un autre")
    synced.scene.sync()
    assert "SUMMARY:Encore un autre" in synced.text()
    assert synced.intents() == []
    assert synced.scene.sync().requests == 1


def test_a_write_that_was_taken_is_done_although_it_could_not_be_read_back(synced: Twin) -> None:
    before = len(synced.writes())
    synced.change(title="Autre titre")
    with synced.failing(Unreachable("Gone"), methods=("REPORT",)):
        synced.scene.sync()
    assert synced.intents() == []
    synced.scene.sync()
    assert len(synced.writes()) == before + 1
    assert synced.conflicts() == []
    assert synced.scene.sync().requests == 1


def test_what_was_taken_and_deleted_before_it_could_be_read_back_is_not_written_again(synced: Twin) -> None:
    with synced.scene.board() as uow:
        uow.appointments.add(outing(1))
    with synced.failing(Unreachable("Gone"), methods=("REPORT",)):
        synced.scene.sync()
    synced.server.delete("service", synced.scene.href_of("cafe1"))
    synced.scene.sync()
    assert synced.scene.appointment("cafe1").state is AppointmentState.CANCELLED
    assert len(synced.texts()) == 1


# --- overtaken -----------------------------------------------------------------------------------------------


def test_an_overtaken_write_is_merged_in_the_same_pass(synced: Twin) -> None:
    synced.change(title="Autre titre")

    def somebody_is_quicker(request: Request) -> None:
        if request.method == "PUT":
            synced.server.before = None
            synced.edit("T093000", "T100000")

    synced.server.before = somebody_is_quicker
    report = synced.scene.sync()
    assert (report.ok, report.of(synced.calendar).overtaken) == (True, 1)
    assert "SUMMARY:Autre titre" in synced.text()
    assert "T100000" in synced.text()
    assert synced.scene.appointment().start.hour == 10


def test_a_change_between_our_write_and_its_reading_back_is_a_persons_change(synced: Twin) -> None:
    synced.change(title="Autre titre")

    def at_once(request: Request) -> None:
        if request.method == "PUT":
            synced.server.after = None
            synced.edit("T093000", "T100000")

    synced.server.after = at_once
    assert synced.scene.sync().ok
    assert synced.scene.appointment().start.hour == 10
    assert "SUMMARY:Autre titre" in synced.text()
    assert "T100000" in synced.text()
    assert synced.conflicts() == []


def test_a_deletion_between_our_write_and_its_reading_back_cancels(make: Callable[..., Twin]) -> None:
    world = make(outings=2)

    def at_once(request: Request) -> None:
        if request.method == "PUT" and "cafe1-" not in request.href:
            world.server.after = None
            world.server.delete("service", request.href)

    world.server.after = at_once
    assert world.scene.sync().ok
    world.scene.sync(full=True)
    assert world.scene.appointment().state is AppointmentState.CANCELLED
    assert len(world.texts()) == 1


def test_a_write_overtaken_again_and_again_ends_in_the_conflict_list(synced: Twin) -> None:
    synced.change(title="Autre titre")
    count = 0

    def somebody_is_always_quicker(request: Request) -> None:
        nonlocal count
        if request.method == "PUT":
            count += 1
            text = synced.text()
            synced.server.put("service", request.href, text.replace("SUMMARY:", f"X-COUNT:{count}\r\nSUMMARY:", 1))

    synced.server.before = somebody_is_always_quicker
    report = synced.scene.sync()
    assert report.rounds == synced.scene.syncer.policy.rounds
    assert count == 3
    assert report.of(synced.calendar).refused == 1
    assert [(c.field, c.why) for c in synced.conflicts()] == [("write_refused", "PreconditionFailed")]
    synced.server.before = None
    assert synced.intents() == []
    # Nothing is lost: with the next full listing it goes out, and the entry in the list is over.
    synced.scene.clock.forward(timedelta(hours=25))
    synced.scene.sync()
    assert "SUMMARY:Autre titre" in synced.text()
    assert synced.text().count("X-COUNT") == 3
    assert synced.conflicts() == []


def test_what_is_told_as_refused_stays_told_where_every_reading_is_a_full_one(tmp_path: Path) -> None:
    """A server without tokens: the round after the refusal lists everything, which is no reason to forget it."""
    world = twin(tmp_path, server=MemoryServer(tokens=False), purposes=(Purpose.OUTINGS, Purpose.CONTACTS))
    met = Counter[str]()

    def another_one_is_written_in_the_same_round(request: Request) -> None:
        name = "chloe" if "chloe" in request.href else "denis" if "denis" in request.href else ""
        met[name] += request.method == "PUT"
        if name and request.method == "PUT" and met[name] <= {"chloe": 3, "denis": 2}[name]:
            raise PreconditionFailed("Changed", status=412)

    world.server.before = another_one_is_written_in_the_same_round
    world.scene.sync()
    assert (met["chloe"], met["denis"]) == (3, 3)
    assert [(c.field, c.why) for c in world.conflicts()] == [("write_refused", "PreconditionFailed")]
    world.scene.sync(full=True)
    assert world.conflicts() == []
    book = world.server.texts(world.scene.collections[Purpose.CONTACTS])
    assert sum("FN:Chloé" in text for text in book.values()) == 1


def test_what_was_refused_is_tried_again_next_day_where_only_the_board_changes_anything(tmp_path: Path) -> None:
    """A server without tokens is listed after every write of ours, so that no pass begins with a listing that is due."""
    world = twin(tmp_path, server=MemoryServer(tokens=False), purposes=(Purpose.OUTINGS,), outings=2)
    world.scene.sync()
    href = world.scene.href_of("cafe")
    offered = Counter[str]()

    def will_not_take_it(request: Request) -> None:
        offered[request.href] += request.method == "PUT"
        if request.method == "PUT" and request.href == href:
            raise Forbidden("No", status=403)

    world.server.before = will_not_take_it
    world.change(title="Refusé")
    world.scene.sync()
    assert offered[href] == 1
    for day in range(3):
        world.scene.clock.forward(timedelta(hours=20))
        world.change("cafe1", title=f"Jour {day}")
        world.scene.sync()
        assert [c.field for c in world.conflicts()] == ["write_refused"]
    assert 2 <= offered[href] <= 4


def test_an_etag_that_is_never_right_ends_too(synced: Twin) -> None:
    """A proxy that changes etags: nothing was changed, and every write is refused all the same."""
    synced.change(title="Autre titre")
    with synced.failing(PreconditionFailed("Changed", status=412)) as met:
        report = synced.scene.sync()
        assert len(met) == 3
        assert report.of(synced.calendar).refused == 1
        assert synced.scene.sync().of(synced.calendar).overtaken == 0
        assert len(met) == 3


def test_a_first_write_whose_answer_was_a_lie_is_no_conflict(world: Twin) -> None:
    """It was carried out and answered 500; asked again the server says 412."""
    with world.failing(ServerTrouble("Oops", status=500), after=True, times=1):
        report = world.scene.sync()
    assert report.ok
    assert [status for _, _, status in world.writes()] == [201, 412]
    assert report.of(world.calendar).created == 1
    assert world.conflicts() == []
    assert world.scene.sync().requests == 1
