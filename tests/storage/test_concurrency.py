"""Several at once: writers wait for each other, readers see one moment, nobody's answer is lost."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from sidecar.domain.appointments import Participation, Response
from sidecar.storage import Storage, StorageError
from tests.storage.builders import outing, settle_in


def together(*acts: Callable[[], None]) -> list[BaseException]:
    """Run all at once, each in its thread; the exceptions that came out."""
    found: list[BaseException] = []
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], None]) -> None:
        gate.wait(timeout=30)
        try:
            act()
        except BaseException as error:  # noqa: BLE001 (handed to the test that asked)
            found.append(error)

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()
    return found


def test_writers_at_once_wait_for_each_other(storage: Storage) -> None:
    settle_in(storage)

    def count_up() -> None:
        for _ in range(20):
            with storage.unit() as uow:
                centre = uow.centres.get("c1")
                uow.settings.set("last", centre.version)

    def rename(prefix: str) -> Callable[[], None]:
        def act() -> None:
            for number in range(20):
                with storage.unit() as uow:
                    uow.neighbourhoods.save(replace(uow.neighbourhoods.get(f"{prefix}-n"), name=f"Name {number}"))

        return act

    assert together(count_up, rename("c1"), rename("c2")) == []
    with storage.unit(write=False) as uow:
        assert [n.version for n in uow.neighbourhoods.all()] == [21, 21]


def test_a_reader_sees_one_moment_while_others_write(storage: Storage) -> None:
    settle_in(storage)
    with storage.unit(write=False) as reading:
        before = reading.centres.get("c1")
        with storage.unit() as writing:
            writing.centres.save(replace(before, name="Renamed meanwhile"))
        assert reading.centres.get("c1") == before
    with storage.unit(write=False) as reading:
        assert reading.centres.get("c1").name == "Renamed meanwhile"


def test_an_answer_and_a_save_at_once_are_both_kept(storage: Storage) -> None:
    settle_in(storage)
    with storage.unit() as uow:
        uow.appointments.add(outing("o1", "p1"))
    read, answered = threading.Event(), threading.Event()
    one_writer = storage.engine.dialect.name == "sqlite"

    def save() -> None:
        with storage.unit() as uow:
            appointment = uow.appointments.get("o1")
            read.set()
            if not one_writer:
                assert answered.wait(timeout=30)
            changed = (*appointment.participants, Participation(person_id="p2"))
            uow.appointments.save(replace(appointment, title="Renamed", participants=changed))

    def answer() -> None:
        assert read.wait(timeout=30)
        with storage.unit() as uow:
            uow.appointments.record_response("o1", Participation(person_id="p1", response=Response.ACCEPTED))
        answered.set()

    assert together(save, answer) == []
    with storage.unit(write=False) as uow:
        stored = uow.appointments.get("o1")
    assert stored.title == "Renamed"
    assert [p.response for p in stored.participants] == [Response.ACCEPTED, Response.NEEDS_ACTION]


def test_who_waits_too_long_for_another_writer_is_told(url: str, open_storage: Callable[..., Storage]) -> None:
    patient, hurried = open_storage(url), open_storage(url, wait=0.2)
    settle_in(patient)
    try:
        with patient.unit() as holding:
            holding.centres.save(replace(holding.centres.get("c1"), name="Held"))
            with pytest.raises(StorageError) as caught, hurried.unit() as waiting:
                waiting.centres.save(replace(waiting.centres.get("c1"), name="Too late"))
        assert caught.value.code == "storage_locked"
        with hurried.unit(write=False) as uow:
            assert uow.centres.get("c1").name == "Held"
    finally:
        patient.close()
        hurried.close()


def test_a_forked_worker_opens_connections_of_its_own(storage: Storage) -> None:
    settle_in(storage)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with storage.unit() as uow:
                uow.settings.set("written by", "the child")
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with storage.unit(write=False) as uow:
        assert uow.settings.get("written by") == "the child"
