"""Rows that are held back to go in together: seen by whoever asks, and never lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sidecar.domain.bindings import Link, SubjectKind
from sidecar.storage import Storage
from sidecar.storage.errors import StorageError
from tests.storage.builders import outing, settle_in


@pytest.fixture
def bound(storage: Storage) -> Storage:
    settle_in(storage)
    return storage


def link(name: str, subject: str = "", **changes: str) -> Link:
    kind = SubjectKind.APPOINTMENT
    made = Link(subject_kind=kind, subject_id=subject or name, binding_id="b1", href=f"/{name}.ics", uid=name)
    return replace(made, **changes)


def test_what_is_added_later_is_seen_at_once_and_stays(bound: Storage) -> None:
    with bound.unit() as uow:
        uow.appointments.add(outing("first"), later=True)
        assert uow.appointments.get("first").title == outing().title
        uow.appointments.add(outing("second"), later=True)
        uow.links.put(link("second"))
    with bound.unit(write=False) as uow:
        assert [found.id for found in uow.appointments.all()] == ["first", "second"]
        assert uow.links.by_uid("second") == [link("second")]


def test_what_the_database_refuses_ends_the_unit_even_where_somebody_swallowed_it(bound: Storage) -> None:
    with bound.unit() as uow:
        uow.appointments.add(outing("first"))

    def swallow() -> None:
        with bound.unit() as uow:
            uow.appointments.add(outing("first"), later=True)
            with pytest.raises(StorageError):
                uow.appointments.all()

    with pytest.raises(StorageError):
        swallow()
    with bound.unit(write=False) as uow:
        assert len(uow.appointments.all()) == 1


def test_what_a_calendar_shows_already_waits_for_nobody(bound: Storage) -> None:
    with bound.unit() as uow:
        uow.appointments.add(outing("first"))
        uow.appointments.add_shown(outing("second"))
        assert [row.subject_id for row in uow.outbox.pending("s1")] == ["first"]
        uow.appointments.save(replace(uow.appointments.get("second"), title="Another"))
        assert [row.subject_id for row in uow.outbox.pending("s1")] == ["first", "second"]


def test_what_was_read_ahead_is_what_stands_there_after_every_write(bound: Storage) -> None:
    with bound.unit() as uow:
        for name in ("a", "b", "c"):
            uow.links.put(link(name))

        def answers() -> list[list[Link]]:
            at = [uow.links.of_resource("b1", f"/{name}.ics") for name in "abcd"]
            named = [uow.links.by_uid(name) for name in "abcd"]
            return at + named + [uow.links.of_subject(SubjectKind.APPOINTMENT, name) for name in "abcd"]

        def read_ahead() -> None:
            uow.links.read_ahead("b1", [f"/{name}.ics" for name in "abcd"], list("abcd"))
            uow.links.read_ahead_of(SubjectKind.APPOINTMENT, list("abcd"))

        read_ahead()
        for write in (
            lambda: uow.links.put(link("d")),
            lambda: uow.links.remove(link("a")),
            lambda: uow.links.put(link("b", subject="a", uid="c")),
            lambda: uow.links.put(link("c", recurrence_id="2026-03-03T09:30:00")),
            read_ahead,
            lambda: uow.links.remove(link("b")),
        ):
            write()
            ahead = answers()
            uow.links.forget_ahead()
            assert ahead == answers()
            read_ahead()
            assert ahead == answers()
