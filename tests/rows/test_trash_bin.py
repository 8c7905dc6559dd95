"""Row: deletes the calendar on a server that has a trash bin -> nothing is cancelled, taken out of there all goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from calendars.errors import Unreachable
from calendars.sync.guard import BINNED, GONE, REMADE, REPLACED
from calendars.sync.memory_server import MemoryServer, Request
from calendars.sync.ports import CollectionKind
from sidecar.domain.appointments import AppointmentState
from sidecar.domain.bindings import Purpose
from sidecar.domain.errors import NotNow
from sidecar.i18n import translator
from sidecar.services.rebinding import find_again
from sidecar.services.setting_up import make_collections
from tests.rows.world import Over, World, next_week

PUBLISHED, CANCELLED = AppointmentState.PUBLISHED, AppointmentState.CANCELLED


@pytest.fixture
def server() -> MemoryServer:
    return MemoryServer(schedules=True)


@pytest.fixture
def binned(server: MemoryServer, tmp_path: Path) -> World:
    """Nine outings in a calendar that somebody deleted, and a pass after that."""
    world = World.on(
        Over(name="twin", twin=server, user="service"),
        "nextcloud_calendar",
        tmp_path,
        outings=9,
        schedules=True,
        server="nextcloud",
    )
    server.told.clear()
    server.bin_collection(world.calendar)
    for _ in range(2):
        assert world.sync().of(world.calendar).guarded == BINNED
    assert [o.state for o in world.outings()] == [PUBLISHED] * 9
    return world


def another(world: World) -> str:
    """A new calendar under the name of the one in the bin; its href."""
    made = world.over.opened().create_collection(CollectionKind.CALENDAR, "c-outings-1", "C outings").href
    assert world.over.twin is not None
    world.over.twin.told.clear()
    return made


def again(world: World, made: str) -> None:
    find_again(world.scene.syncer, "maurepas", {}, actor="coordinator")
    world.scene.collections[Purpose.OUTINGS] = made


def test_taken_out_of_the_bin_all_goes_on_by_itself_and_nobody_is_told(binned: World, server: MemoryServer) -> None:
    before = binned.scene.uid_of()
    server.unbin_collection(binned.calendar)
    binned.quiet()
    assert [o.state for o in binned.outings()] == [PUBLISHED] * 9
    assert binned.scene.uid_of() == before
    assert server.told == []


def test_what_changed_on_the_board_meanwhile_is_written_once_it_is_back(binned: World, server: MemoryServer) -> None:
    binned.change(title="Un autre titre")
    assert binned.sync().of(binned.calendar).guarded == BINNED
    server.unbin_collection(binned.calendar)
    binned.sync()
    assert "Un autre titre" in binned.text()
    binned.quiet()


def test_to_write_all_again_into_the_bin_is_refused_with_what_to_do(binned: World) -> None:
    with pytest.raises(NotNow) as told:
        binned.scene.syncer.resume("maurepas", restore=True, actor="coordinator")
    assert told.value.code == "restore_binned"
    words = translator("fr")("error.restore_binned", **told.value.details)
    assert words.startswith("C outings : dans la corbeille du serveur. Restaurez-le")


def test_deleted_on_purpose_its_outings_are_cancelled_once_that_is_said(binned: World) -> None:
    binned.scene.syncer.resume("maurepas", restore=False, actor="coordinator")
    binned.sync()
    assert [o.state for o in binned.outings()] == [CANCELLED] * 9


def test_taken_out_of_the_bin_after_all_its_outings_come_back(binned: World, server: MemoryServer) -> None:
    binned.scene.syncer.resume("maurepas", restore=False, actor="coordinator")
    binned.sync()
    server.unbin_collection(binned.calendar)
    for _ in range(3):
        binned.sync()
    assert [o.state for o in binned.outings()] == [PUBLISHED] * 9
    assert len(binned.texts()) == 9
    assert server.told == []
    binned.quiet()


def test_one_that_was_made_again_under_its_name_takes_its_place(binned: World, server: MemoryServer) -> None:
    made = another(binned)
    assert binned.sync().of(binned.calendar).guarded == BINNED
    uids = [binned.scene.uid_of(o.id) for o in binned.outings()]
    server.log.clear()
    again(binned, made)
    binned.sync()
    assert server.told == []
    assert len(server.texts(made)) == 9
    assert [o.state for o in binned.outings()] == [PUBLISHED] * 9
    assert [binned.scene.uid_of(o.id) for o in binned.outings()] == uids
    assert [method for method, _, _ in server.log if method in ("PUT", "DELETE")] == []
    binned.quiet()
    binned.change(title="Sous les arbres")
    binned.sync()
    assert "SUMMARY:Sous les arbres" in binned.text()


def test_a_move_that_breaks_off_is_carried_on_by_asking_again(binned: World, server: MemoryServer) -> None:
    made = another(binned)
    moves = 0

    def breaks(request: Request) -> None:
        nonlocal moves
        moves += request.method == "MOVE"
        if moves == 4:
            raise Unreachable("The connection was reset", href=request.href)

    server.after = breaks
    with pytest.raises(Unreachable):
        again(binned, made)
    server.after = None
    assert len(server.texts(made)) == 4
    assert binned.sync().of(binned.calendar).guarded == BINNED
    again(binned, made)
    binned.sync()
    assert len(server.texts(made)) == 9
    assert [o.state for o in binned.outings()] == [PUBLISHED] * 9
    assert server.told == []
    binned.quiet()


def test_what_was_copied_into_the_new_one_already_is_taken_as_it_stands_there(binned: World, server: MemoryServer) -> None:
    made, copy = another(binned), binned.text()
    server.put("service", made + "import.ics", copy)
    again(binned, made)
    binned.sync()
    assert len(server.texts(made)) == 9
    assert binned.scene.href_of() == made + "import.ics"
    assert server.told == []
    binned.quiet()


@pytest.mark.parametrize("how", ["muted", "read only"])
def test_where_nothing_may_be_written_nothing_is_moved_and_that_is_said(
    binned: World, server: MemoryServer, how: str
) -> None:
    made = another(binned)
    with binned.scene.board() as uow:
        for binding in uow.bindings.all(centre_id="maurepas"):
            if how == "muted":
                uow.spaces.save(replace(uow.spaces.get(binding.space_id), muted=True))
            else:
                uow.bindings.save(replace(binding, writes=False))
    with pytest.raises(NotNow) as told:
        again(binned, made)
    assert told.value.code == "rebind_binned"
    assert translator("fr")("error.rebind_binned", **told.value.details).startswith("C outings est dans la corbeille")
    assert server.texts(made) == {} and len(server.texts(binned.calendar)) == 9


def test_what_was_taken_out_of_the_bin_for_good_is_gone(binned: World, server: MemoryServer) -> None:
    server.remove_collection(binned.calendar)
    assert binned.sync().of(binned.calendar).guarded == GONE


def test_an_address_in_the_bin_is_taken_and_the_next_one_is_found_again(binned: World, server: MemoryServer) -> None:
    home = binned.over.opened()
    with binned.scene.reading() as uow:
        centre = uow.centres.get("maurepas")

    def made() -> list[str]:
        states = home.look((CollectionKind.CALENDAR,))
        return [state.href for state, _ in make_collections(home, centre, [Purpose.OUTINGS], states)]

    (first,) = made()
    server.bin_collection(first)
    (second,) = made()
    assert second == f"{first[:-1]}-2/"
    assert made() == [second]
    server.bin_collection(second)
    assert made() == [f"{first[:-1]}-3/"]


@pytest.fixture
def deleted(binned: World, server: MemoryServer) -> World:
    """As ``binned``, and then taken out of the bin for good."""
    server.remove_collection(binned.calendar)
    assert binned.sync().of(binned.calendar).guarded == GONE
    return binned


def test_made_again_after_it_was_deleted_for_good_all_goes_on_under_the_same_names_and_nobody_is_told(
    deleted: World, server: MemoryServer
) -> None:
    made, uids = another(deleted), [deleted.scene.uid_of(o.id) for o in deleted.outings()]
    again(deleted, made)
    deleted.sync()
    assert server.told == []
    assert len(server.texts(made)) == 9
    assert [(o.state, o.generation) for o in deleted.outings()] == [(PUBLISHED, 1)] * 9
    assert [deleted.scene.uid_of(o.id) for o in deleted.outings()] == uids
    deleted.quiet()
    deleted.change(title="Sous les arbres")
    deleted.sync()
    assert "SUMMARY:Sous les arbres" in deleted.text()
    assert {href for _, href in server.told} == {deleted.scene.href_of()}


def test_made_again_at_its_old_address_nobody_is_told_either(deleted: World, server: MemoryServer) -> None:
    uids = [deleted.scene.uid_of(o.id) for o in deleted.outings()]
    made = deleted.over.opened().create_collection(CollectionKind.CALENDAR, "c-outings", "C outings")
    assert made.href == deleted.calendar
    server.told.clear()
    assert deleted.sync().of(made.href).guarded == REMADE
    deleted.scene.syncer.resume("maurepas", restore=True, actor="coordinator")
    deleted.sync()
    assert (server.told, len(deleted.texts())) == ([], 9)
    assert [deleted.scene.uid_of(o.id) for o in deleted.outings()] == uids
    deleted.quiet()


def test_what_somebody_emptied_by_hand_and_wants_back_has_new_names_although_the_server_lost_count(
    server: MemoryServer, tmp_path: Path
) -> None:
    """Each deletion was told to people: who writes the same name again without a word leaves them without it."""
    over = Over(name="twin", twin=server, user="service")
    world = World.on(over, "nextcloud_calendar", tmp_path, outings=9, schedules=True, server="nextcloud")
    uids = {world.scene.uid_of(o.id) for o in world.outings()}
    for href in list(server.texts(world.calendar)):
        server.delete("service", href)
    server.prune(world.calendar)
    server.told.clear()
    assert world.sync().of(world.calendar).guarded == REPLACED
    world.scene.syncer.resume("maurepas", restore=True, actor="coordinator")
    world.sync()
    assert (len(world.texts()), len(server.told)) == (9, 9)
    assert uids.isdisjoint({world.scene.uid_of(o.id) for o in world.outings()})


def test_what_the_board_changed_before_it_was_made_again_is_told_then(deleted: World, server: MemoryServer) -> None:
    made = another(deleted)
    deleted.change(start=next_week(15), end=next_week(17))
    again(deleted, made)
    for _ in range(3):
        deleted.sync()
    assert {href for _, href in server.told} == {deleted.scene.href_of()}
    assert len(server.texts(made)) == 9
    deleted.quiet()


def test_where_the_old_one_still_stands_what_is_written_into_another_one_has_a_new_name(
    server: MemoryServer, tmp_path: Path
) -> None:
    over = Over(name="twin", twin=server, user="service")
    world = World.on(over, "nextcloud_calendar", tmp_path, outings=2, schedules=True, server="nextcloud")
    made, uids = another(world), {world.scene.uid_of(o.id) for o in world.outings()}
    find_again(world.scene.syncer, "maurepas", {Purpose.OUTINGS: made}, actor="coordinator")
    world.scene.collections[Purpose.OUTINGS] = made
    world.sync()
    assert len(server.texts(made)) == 2
    assert uids.isdisjoint({world.scene.uid_of(o.id) for o in world.outings()})
    world.quiet()
