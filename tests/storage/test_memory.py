"""The sync engine's memory on SQL: what the ports promise, space by space."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import event

from calendars.sync.ports import Action, Cursor, Intent, Known, Memory, Resource
from sidecar.storage import SqlMemory, Storage, UnitOfWork
from tests.storage.builders import settle_in
from tests.storage.conftest import NOW

CAL = "/cal/"


@pytest.fixture
def uow(storage: Storage) -> Iterator[UnitOfWork]:
    settle_in(storage)
    with storage.unit() as uow:
        yield uow


@pytest.fixture
def memory(uow: UnitOfWork) -> Memory:
    return uow.memory("s1")


def resource(name: str, etag: str = '"1"', text: str | None = None) -> Resource:
    return Resource(href=f"{CAL}{name}.ics", etag=etag, text=text if text is not None else f"BEGIN {name}\r\n é")


def test_a_cursor_comes_back_and_an_unknown_one_is_blank(memory: Memory) -> None:
    assert memory.cursor(CAL) == Cursor()
    full = Cursor(mark="m", token="t", listed_at=NOW, guarded="emptied")
    memory.set_cursor(CAL, full)
    assert memory.cursor(CAL) == full
    memory.set_cursor(CAL, Cursor(token="t2"))
    assert memory.cursor(CAL) == Cursor(token="t2")
    assert memory.cursor("/other/") == Cursor()


def test_what_is_pulled_waits_apart_from_the_base(memory: Memory) -> None:
    memory.settle(CAL, resource("a"), "u", ours=True)
    theirs = resource("a", '"2"', "changed")
    memory.pull(CAL, theirs, "u")
    assert memory.get(CAL, theirs.href) == Known(
        collection=CAL, href=theirs.href, etag='"1"', uid="u", base=resource("a").text, pending=theirs
    )
    memory.settle(CAL, theirs, "u", ours=True)
    assert memory.get(CAL, theirs.href) == Known(collection=CAL, href=theirs.href, etag='"2"', uid="u", base="changed")


def test_the_text_of_a_foreign_resource_is_not_kept(memory: Memory) -> None:
    memory.pull(CAL, resource("a"), "u")
    memory.settle(CAL, resource("a"), "u", ours=False)
    known = memory.get(CAL, resource("a").href)
    assert known is not None
    assert (known.base, known.pending, known.etag, known.ours) == (None, None, '"1"', False)


def test_etags_are_the_newest_seen_without_what_is_gone(memory: Memory) -> None:
    for name in ("a", "b", "c"):
        memory.settle(CAL, resource(name), name, ours=name != "b")
    memory.pull(CAL, resource("a", '"2"'), "a")
    memory.pull(CAL, resource("new", '"9"'), "new")
    memory.lose(CAL, resource("c").href, NOW)
    expected = {"a": '"2"', "b": '"1"', "new": '"9"'}
    assert memory.etags(CAL) == {f"{CAL}{name}.ics": etag for name, etag in expected.items()}
    assert memory.etags("/other/") == {}
    assert memory.etags(CAL, [f"{CAL}{name}.ics" for name in ("b", "c", "d")]) == {f"{CAL}b.ics": '"1"'}
    assert memory.etags(CAL, []) == {}
    many = [f"{CAL}{number}.ics" for number in range(1200)]
    assert memory.etags(CAL, [*many, f"{CAL}a.ics"]) == {f"{CAL}a.ics": '"2"'}


def test_what_is_lost_counts_as_ours_until_it_is_forgotten(memory: Memory) -> None:
    for name in ("a", "b"):
        memory.settle(CAL, resource(name), name, ours=True)
    memory.settle(CAL, resource("foreign"), "f", ours=False)
    memory.lose(CAL, resource("a").href, NOW)
    memory.lose(CAL, resource("a").href, NOW)
    memory.lose(CAL, resource("foreign").href, NOW)
    memory.lose(CAL, "/cal/never-seen.ics", NOW)
    assert memory.count_ours(CAL) == 2
    assert memory.lost_since(CAL, NOW - timedelta(hours=24)) == 1
    assert memory.lost_since(CAL, NOW + timedelta(seconds=1)) == 0
    assert [(k.href, k.gone, k.ours) for k in memory.pending([CAL])] == [
        (resource("a").href, True, True),
        (resource("foreign").href, True, False),
    ]
    memory.forget(CAL, resource("a").href)
    assert memory.get(CAL, resource("a").href) is None
    assert (memory.count_ours(CAL), memory.lost_since(CAL, NOW)) == (1, 1)


def test_what_comes_back_was_not_lost(memory: Memory) -> None:
    memory.settle(CAL, resource("a"), "a", ours=True)
    memory.lose(CAL, resource("a").href, NOW)
    memory.pull(CAL, resource("a", '"2"'), "a")
    known = memory.get(CAL, resource("a").href)
    assert known is not None
    assert not known.gone
    assert known.base == resource("a").text
    assert memory.lost_since(CAL, NOW) == 0


def test_what_waits_comes_by_collection_and_href_and_may_be_settled_on_the_way(memory: Memory) -> None:
    names = [f"{number:03}" for number in range(SqlMemory.batch * 2 + 1)]
    for name in reversed(names):
        memory.pull(CAL, resource(name), name)
    memory.pull("/a/", Resource(href="/a/Z%C3%A9.ics", etag='"1"', text="z"), "z")
    memory.pull("/a/", Resource(href="/a/a.ics", etag='"1"', text="a"), "a")
    memory.pull("/unasked/", Resource(href="/unasked/a.ics", etag='"1"', text="a"), "a")
    seen = []
    for known in memory.pending([CAL, "/a/"]):
        seen.append(known.href)
        assert known.pending is not None
        memory.settle(known.collection, known.pending, known.uid, ours=True)
    assert seen == ["/a/Z%C3%A9.ics", "/a/a.ics", *(resource(name).href for name in names)]
    assert list(memory.pending([CAL, "/a/"])) == []
    assert list(memory.pending([])) == []


def test_the_journal_keeps_its_order_until_closed(memory: Memory, uow: UnitOfWork) -> None:
    def intent(op: str) -> Intent:
        return Intent(
            op=op,
            collection=CAL,
            href=f"/cal/{op}.ics",
            uid=op,
            action=Action.UPDATE,
            text="text",
            base_etag='"1"',
            notify=False,
        )

    for op in ("z", "a", "m"):
        memory.intend(intent(op))
    uow.memory("s2").close("z")
    assert list(memory.intents()) == [intent("z"), intent("a"), intent("m")]
    memory.close("a")
    assert [i.op for i in memory.intents()] == ["z", "m"]


def test_one_space_knows_nothing_of_another(memory: Memory, uow: UnitOfWork) -> None:
    other = uow.memory("s2")
    memory.settle(CAL, resource("a"), "a", ours=True)
    memory.set_cursor(CAL, Cursor(token="t"))
    assert (other.get(CAL, resource("a").href), other.cursor(CAL), other.count_ours(CAL)) == (None, Cursor(), 0)
    other.forget(CAL, resource("a").href)
    assert memory.count_ours(CAL) == 1


@pytest.mark.parametrize(
    "ask",
    [
        lambda m: list(m.pending([CAL])),
        lambda m: m.count_ours(CAL),
        lambda m: m.etags(CAL),
        lambda m: m.hrefs_of(CAL, ["a"]),
    ],
)
def test_each_question_is_answered_by_an_index(
    memory: SqlMemory, storage: Storage, ask: Callable[[SqlMemory], object]
) -> None:
    statements: list[tuple[str, object]] = []
    connection = memory._connection

    def note(_c: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        statements.append((statement, parameters))

    event.listen(storage.engine, "before_cursor_execute", note)
    try:
        ask(memory)
    finally:
        event.remove(storage.engine, "before_cursor_execute", note)
    assert len(statements) == 1
    if storage.engine.dialect.name == "sqlite":
        plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statements[0][0], statements[0][1]).fetchall()
        assert all("SEARCH" in row[-1] and "USING" in row[-1] for row in plan), plan
    else:
        # A table of a few rows is rightly read as a whole; forbidden to do so, the planner shows whether it could not.
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = connection.exec_driver_sql("EXPLAIN " + statements[0][0], statements[0][1]).fetchall()
        assert any("Index" in row[0] for row in plan), plan
        assert all("Seq Scan" not in row[0] for row in plan), plan


def test_resources_are_found_by_uid(memory: SqlMemory) -> None:
    memory.settle(CAL, resource("a"), "u1", ours=True)
    memory.pull(CAL, resource("b"), "u2")
    assert list(memory.hrefs_of(CAL, ["u2", "u1", "u3"])) == [resource("a").href, resource("b").href]
    assert list(memory.hrefs_of("/other/", ["u1"])) == []
    assert list(memory.hrefs_of(CAL, [])) == []


def test_what_is_ours_is_known_by_its_place_and_by_its_uid_anywhere(memory: SqlMemory) -> None:
    memory.settle(CAL, resource("a"), "u1", ours=True)
    memory.overlook(CAL, [(resource("b"), "u2")])
    memory.settle(CAL, resource("c"), "", ours=True)
    a, b, c = (resource(name).href for name in "abc")
    assert memory.ours_among(CAL, {a: "another", b: "u2", c: ""}) == {a, c}
    assert memory.ours_among("/other/", {a: "u1", b: "u2", c: ""}) == {a}
    assert memory.taken(["u1", "u2", "u3"]) == {"u1"}


def test_what_was_ours_once_is_known_by_its_place_although_it_was_forgotten(memory: SqlMemory) -> None:
    memory.settle(CAL, resource("a"), "u1", ours=True)
    memory.forget(CAL, resource("a").href)
    memory.overlook(CAL, [(resource("b"), "u2")])
    assert memory.ours_among(CAL, {resource(name).href: "" for name in "ab"}) == {resource("a").href}


def test_what_is_ours_is_found_without_reading_what_is_not(memory: SqlMemory, storage: Storage) -> None:
    if storage.engine.dialect.name != "sqlite":
        pytest.skip("the planner of PostgreSQL weighs a table of a few rows otherwise")
    asked: list[tuple[str, object]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        asked.append((statement, parameters))

    event.listen(storage.engine, "before_cursor_execute", note)
    try:
        memory.taken(["u1"])
        memory.ours_among(CAL, {resource("a").href: "u1"})
    finally:
        event.remove(storage.engine, "before_cursor_execute", note)
    for statement, parameters in asked:
        rows = memory._connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters).fetchall()
        (found,) = [row[-1] for row in rows if "memory_" in row[-1]]
        assert "uid=?" in found or "href=?" in found, found
