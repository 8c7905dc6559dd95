"""The in-memory twin misbehaves as real servers do, when asked to."""

from __future__ import annotations

import pytest

from calendars.errors import DavError, Forbidden, NotThere, ServerTrouble, TokenRefused, UidConflict, Unreachable
from calendars.sync.memory_server import READ, READ_WRITE, MemoryServer, Request
from calendars.sync.ports import CollectionKind
from tests.contract.sides import event

CALENDAR = CollectionKind.CALENDAR


def rota(server: MemoryServer) -> str:
    return server.add_collection("service", CALENDAR, "sorties", "Sorties")


def test_a_pruned_token_is_refused_and_a_newer_one_taken() -> None:
    server = MemoryServer()
    href = rota(server)
    calendar = server.home("service").collection(href, CALENDAR)
    old = calendar.listing().token or ""
    server.put("service", href + "a.ics", event("a"))
    server.prune(href)
    with pytest.raises(TokenRefused):
        calendar.changes(old)
    assert not calendar.changes(calendar.listing().token or "").changed


def test_silently_forgotten_changes_look_like_nothing_changed() -> None:
    server = MemoryServer()
    href = rota(server)
    calendar = server.home("service").collection(href, CALENDAR)
    old = calendar.listing().token or ""
    server.put("service", href + "a.ics", event("a"))
    server.prune(href, silently=True)
    found = calendar.changes(old)
    assert not found.changed
    assert found.token != old
    assert set(calendar.listing().changed) == {href + "a.ics"}


def test_after_a_restored_backup_a_token_from_the_future_is_echoed() -> None:
    server = MemoryServer()
    href = rota(server)
    calendar = server.home("service").collection(href, CALENDAR)
    backup = server.snapshot()
    server.put("service", href + "a.ics", event("a"))
    future = calendar.listing().token or ""
    server.restore(backup)
    found = calendar.changes(future)
    assert (dict(found.changed), found.token) == ({}, future)
    assert server.home("service").look({CALENDAR})[0].sync_token != future


def test_a_server_without_tokens_has_a_mark_all_the_same() -> None:
    server = MemoryServer(tokens=False)
    href = rota(server)
    (state,) = server.home("service").look({CALENDAR})
    assert state.sync_token is None
    assert state.mark
    with pytest.raises(TokenRefused):
        server.home("service").collection(href, CALENDAR).changes("memory:1:1")
    server.put("service", href + "a.ics", event("a"))
    assert server.home("service").look({CALENDAR})[0].mark != state.mark


def test_a_fault_before_a_write_leaves_nothing_and_one_after_it_loses_the_answer() -> None:
    server = MemoryServer()
    href = rota(server)
    calendar = server.home("service").collection(href, CALENDAR)

    def refuse(request: Request) -> None:
        if request.method == "PUT":
            raise ServerTrouble("locked", href=request.href, status=500)

    def lose(request: Request) -> None:
        if request.method == "PUT":
            raise Unreachable("cut", href=request.href)

    server.before = refuse
    with pytest.raises(ServerTrouble):
        calendar.create(href + "a.ics", event("a"))
    assert not server.texts(href)
    server.before, server.after = None, lose
    with pytest.raises(Unreachable):
        calendar.create(href + "a.ics", event("a"))
    assert set(server.texts(href)) == {href + "a.ics"}
    assert server.log == [("PUT", href + "a.ics", None), ("PUT", href + "a.ics", 201)]


def test_a_rewritten_text_comes_back_rewritten_and_without_etag() -> None:
    server = MemoryServer(rewrite=lambda _, text: text.replace("SUMMARY", "X-SEEN:1\r\nSUMMARY"))
    href = rota(server)
    calendar = server.home("service").collection(href, CALENDAR)
    assert calendar.create(href + "a.ics", event("a")) is None
    assert "X-SEEN:1" in next(iter(calendar.fetch([href + "a.ics"]))).text


def test_others_see_what_they_are_granted_and_no_more() -> None:
    server = MemoryServer()
    href = rota(server)
    with pytest.raises(NotThere):
        server.home("lea").collection(href, CALENDAR).listing()
    server.grant(href, "lea", READ)
    (state,) = server.home("lea").look({CALENDAR})
    assert not state.writable
    with pytest.raises(Forbidden):
        server.home("lea").collection(href, CALENDAR).create(href + "a.ics", event("a"))
    server.grant(href, "lea", READ_WRITE)
    server.home("lea").collection(href, CALENDAR).create(href + "a.ics", event("a"))
    server.put("lea", href + "b.ics", event("b"))
    assert len(server.texts(href)) == 2


def test_a_scheduling_server_tells_unless_asked_not_to() -> None:
    server = MemoryServer(schedules=True)
    href = rota(server)
    calendar = server.home("service").collection(href, CALENDAR)
    calendar.create(href + "a.ics", event("a"), notify=False)
    etag = calendar.listing().changed[href + "a.ics"]
    calendar.update(href + "a.ics", event("a", "Moved"), etag)
    assert server.told == [("PUT", href + "a.ics")]


def test_a_collection_made_again_refuses_the_tokens_of_the_first() -> None:
    server = MemoryServer()
    href = rota(server)
    token = server.home("service").collection(href, CALENDAR).listing().token or ""
    server.remove_collection(href)
    assert not server.home("service").look({CALENDAR})
    with pytest.raises(DavError):
        server.home("service").collection(href, CALENDAR).listing()
    rota(server)
    with pytest.raises(TokenRefused):
        server.home("service").collection(href, CALENDAR).changes(token)


def test_every_write_is_told_with_the_text_before_and_after_even_when_its_answer_is_lost() -> None:
    wrote: list[tuple[str, str | None, str | None]] = []
    server = MemoryServer(wrote=lambda request, before, after: wrote.append((request.method, before, after)))
    href = rota(server)
    calendar = server.home("service").collection(href, CALENDAR)
    etag = calendar.create(href + "a.ics", event("a")) or ""

    def lost(_request: Request) -> None:
        raise Unreachable("Gone")

    server.after = lost
    with pytest.raises(Unreachable):
        calendar.delete(href + "a.ics", etag)
    assert wrote == [("PUT", None, event("a")), ("DELETE", event("a"), None)]


def test_a_server_that_gives_no_etags_stores_all_the_same() -> None:
    server = MemoryServer(etags=False)
    href = rota(server)
    calendar = server.home("service").collection(href, CALENDAR)
    assert calendar.create(href + "a.ics", event("a")) is None
    assert set(calendar.listing().changed) == {href + "a.ics"}


def test_a_uid_that_lies_elsewhere_in_the_account_is_refused() -> None:
    server = MemoryServer()
    href = rota(server)
    server.elsewhere = {"a"}
    calendar = server.home("service").collection(href, CALENDAR)
    with pytest.raises(UidConflict):
        calendar.create(href + "a.ics", event("a"))
    calendar.create(href + "b.ics", event("b"))


def test_a_listing_may_leave_something_out_that_stands_there() -> None:
    server = MemoryServer()
    href = rota(server)
    for uid in ("a", "b"):
        server.put("service", f"{href}{uid}.ics", event(uid))
    server.unlisted = {href + "a.ics"}
    calendar = server.home("service").collection(href, CALENDAR)
    assert set(calendar.listing().changed) == {href + "b.ics"}
    assert [resource.href for resource in calendar.fetch([href + "a.ics"])] == [href + "a.ics"]
