"""What a pass that finds nothing to do asks for: few questions, the same answers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import event

from calendars.sync.ports import Cursor, Resource
from sidecar.domain.bindings import SubjectKind
from sidecar.domain.errors import NotFound
from sidecar.storage import Storage
from tests.storage.builders import settle_in
from tests.storage.conftest import NOW

CAL = "/cal/"


def test_settings_that_were_read_ahead_are_asked_for_no_more(storage: Storage) -> None:
    with storage.unit() as uow:
        uow.settings.set("kept", {"since": 1})
    sent: list[str] = []
    event.listen(storage.engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: sent.append(statement))
    with storage.unit(write=False) as uow:
        uow.settings.read_ahead("kept", "missing")
        questions = len(sent)
        assert uow.settings.get("kept") == {"since": 1}
        assert uow.settings.get("missing", "first") == "first"
        assert len(sent) == questions
        assert uow.settings.get("another") is None
        assert len(sent) == questions + 1


def test_nothing_is_read_ahead_where_somebody_else_may_write_meanwhile(storage: Storage) -> None:
    with storage.unit() as uow, pytest.raises(ValueError, match="each setting"):
        uow.settings.read_ahead("kept")


@pytest.mark.parametrize("read_up_to", [None, Cursor(mark="m", token="t", listed_at=NOW)])
@pytest.mark.parametrize("pulled", [False, True])
def test_a_unit_that_only_reads_sees_what_waits_and_every_cursor(
    storage: Storage, read_up_to: Cursor | None, pulled: bool
) -> None:
    settle_in(storage)
    with storage.unit() as uow:
        memory = uow.memory("s1")
        if read_up_to is not None:
            memory.set_cursor(CAL, read_up_to)
        if pulled:
            memory.pull(CAL, Resource(href=f"{CAL}a.ics", etag='"1"', text="text"), "u")
        assert memory.waits() is pulled
    with storage.unit(write=False) as uow:
        memory = uow.memory("s1")
        before = memory.cursors()
        assert memory.waits() is pulled
        assert memory.cursors() == before == ({CAL: read_up_to} if read_up_to is not None else {})
        assert not uow.memory("s2").waits()


@pytest.mark.parametrize("marked", [False, True])
def test_what_waits_in_the_outbox_is_answered_with_the_memory_s_question(storage: Storage, marked: bool) -> None:
    settle_in(storage)
    with storage.unit() as uow:
        uow.outbox.clear(waiting.seq for waiting in uow.outbox.pending("s1"))
        if marked:
            uow.outbox.mark(SubjectKind.PERSON, "p1")
    sent: list[str] = []
    event.listen(storage.engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: sent.append(statement))
    with storage.unit(write=False) as uow:
        assert not uow.memory("s1").waits()
        questions = len(sent)
        assert (uow.outbox.waits("s1"), uow.outbox.held("s1")) == (marked, 0)
        assert len(sent) == questions
        assert not uow.outbox.waits("s2")


def test_a_space_comes_with_what_is_bound_there(storage: Storage) -> None:
    settle_in(storage)
    with storage.unit() as uow:
        first = uow.bindings.get("b1")
        other = uow.bindings.add(replace(first, id="b2", href="/another/", centre_id="c1"))
    with storage.unit(write=False) as uow:
        assert uow.spaces.with_bindings("s1") == (uow.spaces.get("s1"), uow.bindings.all(space_id="s1"))
        assert [b.id for b in uow.spaces.with_bindings("s1")[1]] == [other.id, first.id]
        assert uow.spaces.with_bindings("s2") == (uow.spaces.get("s2"), [])
        with pytest.raises(NotFound):
            uow.spaces.with_bindings("nowhere")
