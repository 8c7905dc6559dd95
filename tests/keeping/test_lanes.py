"""Several servers at once: one that is away, slow or breaks something of ours holds up nobody else's."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from sidecar.domain.bindings import Space
from sidecar.services import keeping
from sidecar.services.keeping import Keeper
from sidecar.services.lanes import AT_ONCE, AWAY_ENOUGH, Lanes, Passed
from tests.twin import twin

WAIT = 20


def space(number: int, server: str) -> Space:
    return Space(id=f"{server}-{number}", url=f"https://{server}.example.org/dav/", username=f"account{number}")


@pytest.fixture
def lanes() -> Lanes:
    return Lanes(threading.Event())


def test_a_server_that_does_not_answer_holds_up_nobody_elses(lanes: Lanes) -> None:
    answers, others = threading.Event(), threading.Event()
    seen: list[str] = []

    def passed(one: Space) -> Passed:
        if one.id == "silent-0":
            assert answers.wait(WAIT)
        else:
            seen.append(one.id)
            if len(seen) == 8:
                others.set()
        return Passed.DONE

    there = [space(0, "silent"), *(space(number, server) for server in ("a", "b") for number in range(4))]
    assert not lanes.begin(there, passed)
    assert others.wait(WAIT), "all others are passed while it is silent"
    # Nor the next turn: its own space alone waits until it is through.
    assert [one.id for one in lanes.begin(there, passed)] == ["silent-0"]
    answers.set()
    lanes.close()
    assert sorted(seen) == sorted([one.id for one in there[1:]] * 2)


def test_a_server_that_is_away_is_left_until_the_next_turn_and_tried_with_others_then(lanes: Lanes) -> None:
    tried: list[str] = []

    def away(one: Space) -> Passed:
        tried.append(one.id)
        return Passed.AWAY

    there = [space(number, "away") for number in range(5)]
    for _ in range(3):
        lanes.begin(there, away)
        lanes.finish()
    assert len(tried) == 3 * AWAY_ENOUGH
    assert set(tried) == {one.id for one in there}
    lanes.close()


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
