"""Several servers at once: one that is away, slow or breaks something of ours holds up nobody else's."""

from __future__ import annotations

import errno
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sidecar.domain.bindings import Space
from sidecar.services import keeping
from sidecar.services.keeping import Keeper
from sidecar.services.lanes import AT_ONCE, AWAY_ENOUGH, FOR_THE_AWAY, Lanes, Passed
from tests.twin import twin

WAIT = 20


def space(number: int, server: str) -> Space:
    return Space(id=f"{server}-{number}", url=f"https://{server}.example.org/dav/", username=f"account{number}")


@pytest.fixture
def lanes() -> Lanes:
    return Lanes(threading.Event())


class Servers:
    """Asked by lanes: those in ``silent`` hold their lane until ``gives_up``, and were not reached then.

    ``asked`` is what was asked for, in order.
    """

    def __init__(self, *silent: str) -> None:
        self.silent = set(silent)
        self.asked: list[str] = []
        self.gives_up = threading.Event()
        self._changed = threading.Condition()

    def __call__(self, one: Space) -> Passed:
        with self._changed:
            self.asked.append(one.id)
            self._changed.notify_all()
        if one.id.rpartition("-")[0] not in self.silent:
            return Passed.DONE
        assert self.gives_up.wait(WAIT)
        return Passed.AWAY

    def until_asked(self, *ids: str) -> None:
        """Until each of these was asked for since the last time."""
        with self._changed:
            assert self._changed.wait_for(lambda: set(ids) <= set(self.asked), WAIT), (ids, self.asked)

    def again(self) -> list[str]:
        """What was asked for; from here on anew."""
        with self._changed:
            asked, self.asked = self.asked, []
        return asked


def test_a_server_that_does_not_answer_holds_up_nobody_elses(lanes: Lanes) -> None:
    servers = Servers("silent")
    others = [space(number, server) for server in ("a", "b") for number in range(8)]
    # The next turn asks for others: what is still being passed at that moment would be left to the turn before.
    for turn in (others[:4] + others[8:12], others[4:8] + others[12:]):
        servers.again()
        lanes.begin([space(0, "silent"), *turn], servers)
        servers.until_asked(*(one.id for one in turn))
        assert set(servers.again()) - {"silent-0"} == {one.id for one in turn}
    servers.gives_up.set()
    lanes.close()


def test_servers_that_are_away_hold_up_the_others_once_and_then_only_each_other(lanes: Lanes) -> None:
    dead = [f"dead{number}" for number in range(2 * AT_ONCE)]
    servers = Servers(*dead)
    gone, living = [space(0, name) for name in dead], [space(number, "well") for number in range(3)]
    servers.gives_up.set()
    lanes.begin([*gone, *living], servers)
    lanes.finish()
    # Now each of them would hold its lane for as long as a test waits.
    servers.gives_up.clear()
    servers.again()
    lanes.begin([*gone, *living], servers)
    servers.until_asked(*(one.id for one in living))
    held = set(servers.asked) & {one.id for one in gone}
    assert len(held) <= FOR_THE_AWAY
    servers.gives_up.set()
    lanes.close()
    assert set(servers.asked) >= {one.id for one in gone}, "in the end each of them is tried"


def test_a_server_that_is_away_is_left_until_the_next_turn_and_tried_with_others_then(lanes: Lanes) -> None:
    servers = Servers("away")
    servers.gives_up.set()
    there = [space(number, "away") for number in range(5)]
    tried = []
    for _ in range(4):
        lanes.begin(there, servers)
        lanes.finish()
        tried.append(servers.again())
    assert [len(turn) for turn in tried] == [AWAY_ENOUGH, 1, 1, 1]
    assert {each for turn in tried for each in turn} == {one.id for one in there}
    lanes.close()


def test_a_server_that_is_back_has_all_its_spaces_passed_at_once(lanes: Lanes) -> None:
    servers = Servers("away")
    servers.gives_up.set()
    there = [space(number, "away") for number in range(5)]
    for _ in range(3):
        lanes.begin(there, servers)
        lanes.finish()
    servers.silent.clear()
    servers.again()
    lanes.begin(there, servers)
    lanes.finish()
    assert sorted(servers.again()) == sorted(one.id for one in there)
    lanes.close()


def test_one_account_that_cannot_be_reached_takes_no_other_of_its_server_with_it(lanes: Lanes) -> None:
    asked: list[str] = []

    def passed(one: Space) -> Passed:
        asked.append(one.id)
        return Passed.AWAY if one.id == "big-0" else Passed.DONE

    there = [space(number, "big") for number in range(4)]
    for _ in range(3):
        lanes.begin(there, passed)
        lanes.finish()
    assert sorted(asked) == sorted([one.id for one in there] * 3)
    lanes.close()


def test_who_is_away_for_long_comes_after_who_may_be_back_and_yet_has_its_try(lanes: Lanes) -> None:
    servers = Servers("long0", "long1", "long2")
    servers.gives_up.set()
    long = [space(0, f"long{number}") for number in range(3)]
    for _ in range(5):
        lanes.begin(long, servers)
        lanes.finish()
    servers.silent.add("fresh")
    fresh = space(0, "fresh")
    lanes.begin([fresh], servers)
    lanes.finish()
    # One of the long ones is being tried; of those that wait, the one that went last is next.
    servers.again()
    servers.gives_up.clear()
    lanes.begin(long[:1], servers)
    servers.until_asked("long0-0")
    lanes.begin([*long, fresh], servers)
    servers.gives_up.set()
    lanes.finish()
    order = servers.again()
    assert order[:2] == ["long0-0", "fresh-0"]
    assert {"long1-0", "long2-0"} <= set(order)
    lanes.close()


def test_what_was_asked_for_nowhere_says_nothing_of_a_server(lanes: Lanes) -> None:
    servers = Servers("away")
    servers.gives_up.set()
    there = [space(number, "away") for number in range(6)]
    lanes.begin(there, servers)
    lanes.finish()
    seen: list[str] = []

    def unasked(one: Space) -> Passed:
        seen.append(one.id)
        return Passed.UNASKED

    lanes.begin(there, unasked)
    lanes.finish()
    assert len(seen) == len(there)
    servers.again()
    lanes.begin(there, servers)
    lanes.finish()
    assert len(servers.again()) == 1, "it is as far away as before"
    lanes.close()


def test_servers_take_turns_so_that_a_large_one_holds_up_no_small_one(lanes: Lanes) -> None:
    all_large, order, goes = threading.Barrier(AT_ONCE + 1, timeout=WAIT), list[str](), threading.Event()

    def passed(one: Space) -> Passed:
        if one.id.endswith("-0") and one.id.startswith("large"):
            all_large.wait()
            assert goes.wait(WAIT)
        order.append(one.id)
        return Passed.DONE

    lanes.begin([space(number, f"large{server}") for server in range(AT_ONCE) for number in range(50)], passed)
    all_large.wait()
    lanes.begin([space(0, "small")], passed)
    goes.set()
    lanes.finish()
    assert order.index("small-0") <= 3 * AT_ONCE
    assert len(order) == 50 * AT_ONCE + 1
    lanes.close()


def test_what_is_hastened_comes_before_all_that_waits_and_waits_for_no_turn(lanes: Lanes) -> None:
    servers = Servers(*(f"slow{number}" for number in range(AT_ONCE)))
    slow = [space(number, f"slow{server}") for number in range(3) for server in range(AT_ONCE)]
    many = [space(number, f"well{server}") for server in range(20) for number in range(5)]
    lanes.begin([*slow, *many], servers)
    servers.until_asked(*(f"slow{number}-0" for number in range(AT_ONCE)))
    lanes.hasten([space(4, "well19")], servers)
    servers.gives_up.set()
    lanes.finish()
    asked = servers.again()
    assert "well19-4" in asked[: 2 * AT_ONCE]
    assert asked.count("well19-4") == 1
    lanes.close()


def test_what_is_hastened_while_it_is_passed_is_passed_once_more(lanes: Lanes) -> None:
    servers = Servers("slow")
    lanes.begin([space(0, "slow"), space(1, "slow")], servers)
    servers.until_asked("slow-0")
    for _ in range(3):
        lanes.hasten([space(0, "slow")], servers)
    servers.silent.clear()
    servers.gives_up.set()
    lanes.finish()
    assert servers.again().count("slow-0") == 2
    lanes.close()


def test_lanes_that_were_closed_can_be_used_again(lanes: Lanes) -> None:
    servers, before = Servers(), set(threading.enumerate())
    for _ in range(2):
        lanes.begin([space(0, "a"), space(0, "b")], servers)
        lanes.close()
    assert sorted(servers.again()) == ["a-0", "a-0", "b-0", "b-0"]
    assert not set(threading.enumerate()) - before


def test_one_server_is_asked_for_one_space_at_a_time_and_never_more_servers_than_may_be(lanes: Lanes) -> None:
    lock, now, most = threading.Lock(), dict[str, int](), [0]
    together = threading.Barrier(AT_ONCE, timeout=WAIT)
    first = set[str]()

    def passed(one: Space) -> Passed:
        server = one.id.partition("-")[0]
        with lock:
            now[server] = now.get(server, 0) + 1
            assert now[server] == 1
            most[0] = max(most[0], sum(now.values()))
            waits = server not in first and len(first) < AT_ONCE
            first.add(server)
        if waits:
            together.wait()
        with lock:
            now[server] -= 1
        return Passed.DONE

    lanes.begin([space(number, f"s{server}") for server in range(3 * AT_ONCE) for number in range(3)], passed)
    lanes.close()
    assert most == [AT_ONCE]


def test_what_breaks_with_one_space_keeps_nobody_from_the_others(lanes: Lanes) -> None:
    seen: list[str] = []

    def passed(one: Space) -> Passed:
        if one.id == "a-0":
            raise RuntimeError("a fault of ours")
        seen.append(one.id)
        return Passed.DONE

    lanes.begin([space(number, "a") for number in range(3)], passed)
    lanes.finish()
    assert seen == ["a-1", "a-2"]
    lanes.close()


def test_once_stopped_no_other_space_is_begun() -> None:
    stop = threading.Event()
    seen: list[str] = []

    def passed(one: Space) -> Passed:
        seen.append(one.id)
        stop.set()
        return Passed.DONE

    lanes = Lanes(stop)
    lanes.begin([space(number, "a") for number in range(3)], passed)
    lanes.close()
    assert seen == ["a-0"]


def test_the_database_is_tidied_at_the_start_and_once_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = twin(tmp_path).scene
    done: list[object] = []
    monkeypatch.setattr(keeping, "optimise", done.append)
    keeper = Keeper(scene.application, syncer=scene.syncer)
    for hours in (0, 1, 22, 2, 23, 2):
        scene.clock.forward(timedelta(hours=hours))
        keeper.once()
    assert done == [scene.application.storage.engine] * 3


@pytest.mark.parametrize("broken", ["in_step", "take_hints", "try_lock"])
@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "No space left on device"), RuntimeError("a fault of ours")])
def test_a_full_disk_or_a_fault_of_ours_ends_no_keeping(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, fault: Exception
) -> None:
    world, met, mended = twin(tmp_path), threading.Event(), threading.Event()
    app, whole = world.scene.application, getattr(keeping, broken)

    def breaking(*arguments: object) -> object:
        if mended.is_set():
            return whole(*arguments)
        met.set()
        raise fault

    monkeypatch.setattr(keeping, broken, breaking)
    passed = threading.Event()
    keeper = Keeper(
        replace(app, config=replace(app.config, sync_interval=1)), syncer=world.scene.syncer, told=lambda *_: passed.set()
    )
    keeper.start()
    try:
        assert met.wait(WAIT)
        mended.set()
        if broken == "in_step":
            world.change(title="Sous les arbres")
        assert passed.wait(WAIT)
    finally:
        keeper.stop()
