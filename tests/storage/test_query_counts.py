"""The number of statements grows with what is asked, not with what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import event

from sidecar.storage import Storage
from tests.storage.builders import MORNING, outing, settle_in


@contextmanager
def counted(storage: Storage) -> Iterator[list[str]]:
    """The statements sent within the block."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(storage.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(storage.engine, "before_cursor_execute", note)


def test_two_thousand_appointments_with_their_participants_are_three_queries_at_most(storage: Storage) -> None:
    settle_in(storage)
    with storage.unit() as uow:
        for number in range(2000):
            start = MORNING + timedelta(hours=number)
            uow.appointments.add(outing(f"o{number:04}", "p1", "p2", "p3", start=start))
    with storage.unit(write=False) as uow, counted(storage) as sent:
        found = uow.appointments.between(MORNING, MORNING + timedelta(hours=2000))
    assert len(found) == 2000
    assert all(len(appointment.participants) == 3 for appointment in found)
    assert len(sent) <= 3


def test_all_people_are_three_queries_however_many_they_are(storage: Storage) -> None:
    settle_in(storage)
    with storage.unit(write=False) as uow, counted(storage) as sent:
        assert len(uow.people.all()) == 3
    assert len(sent) == 3


def test_a_look_with_nothing_to_do_reads_by_index_alone(storage: Storage) -> None:
    settle_in(storage)
    with storage.unit(write=False) as uow, counted(storage) as sent:
        memory = uow.memory("s1")
        assert list(memory.pending(["/cal/"])) == []
        assert list(memory.intents()) == []
        assert uow.outbox.pending("s1", limit=1) == []
        memory.cursor("/cal/")
    assert len(sent) == 4
