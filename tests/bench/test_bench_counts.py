"""What a pass costs in requests and statements; times are what ``python -m tests.bench`` prints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path

import pytest
from sqlalchemy import event as sa_event

from calendars.contentlines import Document, parse
from calendars.icalendar import reading
from calendars.sync.ports import CollectionKind
from sidecar.domain.bindings import Purpose
from sidecar.storage import Storage
from tests.bench.measure import measured
from tests.bench.rivals import caldav_client, vdirsyncer
from tests.bench.world import bind_more, ground
from tests.bench.world import event as text_of
from tests.servers import Served
from tests.twin import Twin, twin


@contextmanager
def statements(storage: Storage) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    sa_event.listen(storage.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa_event.remove(storage.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("collections", [1, 10, 50])
def test_a_pass_with_nothing_changed_is_one_request_however_many_collections(tmp_path: Path, collections: int) -> None:
    world = twin(tmp_path)
    add = world.server.add_collection
    bind_more(world.scene, [add("service", CollectionKind.CALENDAR, f"more{n}") for n in range(collections - 1)])
    world.scene.sync()
    world.scene.sync()
    before = len(world.server.log)
    report = world.scene.sync()
    assert (report.requests, len(world.server.log) - before) == (1, 1)
    assert len(report.collections) == collections


def test_the_same_on_radicale_with_ten(radicale: Served, tmp_path: Path) -> None:
    with ground(radicale, radicale.users.parent) as here:
        scene = here.scene(tmp_path / "scene", here.calendar("first"), outings=2)
        bind_more(scene, [here.calendar(f"more{number}") for number in range(9)])
        scene.sync()
        scene.sync()
        cost = measured(here.gate, scene.sync)
    assert dict(cost.methods) == {"PROPFIND": 1}


def test_two_homes_are_two_requests(tmp_path: Path) -> None:
    world = twin(tmp_path, purposes=(Purpose.OUTINGS, Purpose.CONTACTS))
    world.scene.sync()
    world.scene.sync()
    assert world.scene.sync().requests == 2


def filled(tmp_path: Path, count: int, title: str) -> Twin:
    world = twin(tmp_path)
    for number in range(count):
        world.server.put("service", f"{world.calendar}e{number:04}.ics", text_of(number, title))
    world.scene.sync()
    world.scene.sync()
    return world


@pytest.mark.parametrize("changes", [1, 20, 100, 101, 250])
def test_pulling_changes_of_one_collection_is_one_question_and_one_reading_for_each_hundred(
    tmp_path: Path, changes: int
) -> None:
    world = filled(tmp_path, 300, "Dentiste")
    for number in range(changes):
        world.server.put("service", f"{world.calendar}e{number:04}.ics", text_of(number, "Dentiste", minutes=15))
    report = world.scene.sync()
    assert report.of(world.calendar).pulled == changes
    assert report.requests == 1 + 1 + ceil(changes / 100)
    assert report.of(world.calendar).pushed == 0


def test_a_first_push_is_one_request_an_event_and_one_reading_back_for_each_hundred(tmp_path: Path) -> None:
    world = twin(tmp_path, outings=120)
    report = world.scene.sync()
    assert report.of(world.calendar).created == 120
    # Two looks, a listing before and the changes (our own) after; 100 + 20 are read back.
    assert report.requests == 120 + 2 + 2 + 2


@pytest.mark.parametrize("title", ["Dentiste", "Le Café du facteur"])
def test_statements_of_a_pass_with_nothing_changed_do_not_grow_with_what_is_stored(tmp_path: Path, title: str) -> None:
    counts = []
    for count in (5, 150):
        (tmp_path / str(count)).mkdir()
        world = filled(tmp_path / str(count), count, title)
        with statements(world.scene.application.storage) as sent:
            assert world.scene.sync().requests == 1
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 4


def full(tmp_path: Path, count: int) -> Twin:
    """As many events that name an initiative as asked for, nobody has read them yet."""
    world = twin(tmp_path)
    for number in range(count):
        world.server.put("service", f"{world.calendar}e{number:04}.ics", text_of(number))
    return world


def scheduled(tmp_path: Path, count: int) -> Twin:
    """As many outings as asked for, nobody has written them yet."""
    return twin(tmp_path, outings=count)


@pytest.mark.parametrize(("made", "each"), [(full, 0.1), (scheduled, 0.25)])
def test_a_first_pass_sends_a_statement_for_many_events_and_not_many_for_each(
    tmp_path: Path, made: Callable[[Path, int], Twin], each: float
) -> None:
    counts = []
    for count in (100, 300):
        (tmp_path / str(count)).mkdir()
        world = made(tmp_path / str(count), count)
        with statements(world.scene.application.storage) as sent:
            report = world.scene.sync().of(world.calendar)
        assert report.merged + report.created >= count
        counts.append(len(sent))
    assert (counts[1] - counts[0]) / 200 <= each


def test_an_event_that_becomes_an_outing_is_taken_apart_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world, taken_apart = full(tmp_path, 150), list[str]()

    def noting(text: str) -> Document:
        taken_apart.append(text)
        return parse(text)

    monkeypatch.setattr(reading, "parse", noting)
    assert world.scene.sync().of(world.calendar).merged == 150
    texts = [text for text in taken_apart if "@elsewhere.example" in text]
    assert len(texts) == len(set(texts)) == 150


def test_the_benchmark_runs_beside_others(radicale: Served, tmp_path: Path) -> None:
    with ground(radicale, radicale.users.parent) as here:
        at = here.calendar("side-by-side", 12)
        rival = vdirsyncer(tmp_path / "rival", here.gate.url.rstrip("/"), [at], here.user, here.password)
        rival.sync()
        assert len(list(rival.items.iterdir())) == 12
        client = caldav_client(here.gate.url, [at], here.user, here.password)
        assert client.pull() == 12
        assert client.changes() == 0
        scene = here.scene(tmp_path / "scene", at)
        assert scene.sync().of(at).pulled == 12
        scene.sync()
        rival.sync()
        assert measured(here.gate, rival.sync).writes == 0
        assert dict(measured(here.gate, scene.sync).methods) == {"PROPFIND": 1}
