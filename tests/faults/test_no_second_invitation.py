"""Killed after any write, a process that starts again invites nobody a second time, and tells nobody anything twice.

The server is the in-memory one over HTTP with the post of a Nextcloud (``tests.told.post``): each write is delivered, its
answer is held, the process gets ``kill -9`` and is started again.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from calendars.sync.memory_server import MemoryServer
from sidecar.domain.appointments import Response
from sidecar.services import rota
from sidecar.storage import UnitOfWork
from tests.faults.gate import Hold
from tests.faults.test_kills import Stage, creates, in_memory
from tests.faults.victim import Warmed
from tests.scene import BEGINNING, TUESDAY
from tests.told.post import Post

SOAK = bool(os.environ.get("HLM_TEST_SOAK"))
OUTINGS = 40 if SOAK else 10
TEAM = 3
Edit = Callable[[UnitOfWork, str], object]


@contextmanager
def telling(warmed: Warmed, folder: Path, outings: int = OUTINGS, **options: int) -> Iterator[tuple[Stage, Post]]:
    post = Post()
    server = MemoryServer(schedules=True, deliver=post.deliver)
    with in_memory(warmed, folder, outings, server, schedules=True, server="nextcloud", **options) as (stage, _):
        yield stage, post


def received(post: Post, method: str = "REQUEST") -> Counter[tuple[str, str]]:
    """(UID, person) -> how many mails of that method."""
    return Counter((m.uid, m.to) for m in post.messages if m.method == method and m.mailed)


def once_each(post: Post, method: str = "REQUEST", *, people: int = TEAM, outings: int = OUTINGS) -> None:
    counted = received(post, method)
    assert len(counted) == people * outings
    assert set(counted.values()) == {1}


def test_killed_after_every_write_of_a_first_push_each_person_is_invited_once(warmed: Warmed, tmp_path: Path) -> None:
    with telling(warmed, tmp_path) as (stage, post):
        for _ in range(OUTINGS):
            assert stage.victim.run_and_kill(Hold(number=1))
        assert stage.victim.run() == 0
        assert set(creates(stage).values()) == {1}
        once_each(post)
        stage.must_be_settled(OUTINGS)


@pytest.mark.parametrize("number", range(1, OUTINGS + 1))
def test_a_push_killed_at_one_write_and_carried_on_invites_each_person_once(
    warmed: Warmed, tmp_path: Path, number: int
) -> None:
    with telling(warmed, tmp_path) as (stage, post):
        assert stage.victim.run_and_kill(Hold(number=number))
        assert stage.victim.run() == 0
        assert len(creates(stage)) == OUTINGS
        assert set(creates(stage).values()) == {1}
        once_each(post)
        stage.must_be_settled(OUTINGS)


def test_killed_before_a_write_went_out_it_is_told_all_the_same(warmed: Warmed, tmp_path: Path) -> None:
    with telling(warmed, tmp_path) as (stage, post):
        for number in (1, 4, OUTINGS // 2):
            assert stage.victim.run_and_kill(Hold(number=number, before=True))
        assert stage.victim.run() == 0
        once_each(post)
        stage.must_be_settled(OUTINGS)


def moved(uow: UnitOfWork, appointment_id: str) -> None:
    outing = uow.appointments.get(appointment_id)
    uow.appointments.save(outing.moved(outing.start + timedelta(hours=5), outing.end + timedelta(hours=5)))


def answered(uow: UnitOfWork, appointment_id: str) -> None:
    rota.answer(uow, appointment_id, "bruno", Response.ACCEPTED, now=BEGINNING, new_id=lambda: "unused")


@pytest.mark.parametrize(
    ("edit", "method", "people"),
    [
        pytest.param(moved, "REQUEST", TEAM, id="moved"),
        pytest.param(rota.cancel, "CANCEL", TEAM, id="called off"),
        pytest.param(lambda uow, one: rota.unstaff(uow, one, "bruno"), "CANCEL", 1, id="one less, in two writes each"),
        pytest.param(answered, "REQUEST", 0, id="an answer taken down"),
    ],
)
def test_killed_after_every_write_of_a_change_each_person_is_told_once(
    warmed: Warmed, tmp_path: Path, edit: Edit, method: str, people: int
) -> None:
    with telling(warmed, tmp_path) as (stage, post):
        assert stage.victim.run() == 0
        post.taken()
        with stage.scene.board() as uow:
            for appointment in uow.appointments.all():
                edit(uow, appointment.id)
        kills = 0
        while stage.victim.run_and_kill(Hold(number=1)):
            kills += 1
            assert kills <= 2 * OUTINGS
        assert kills >= OUTINGS
        if people:
            once_each(post, method, people=people)
        once_each(post, method, people=people) if people else None
        others = {"REQUEST", "CANCEL"} - ({method} if people else set())
        assert all(received(post, other) == {} for other in others)
        stage.must_be_settled(OUTINGS)


def test_who_answers_while_we_are_dead_is_not_asked_again(warmed: Warmed, tmp_path: Path) -> None:
    """The answer changes what was just written, before anybody could read it back."""
    with telling(warmed, tmp_path, 3) as (stage, post):

        def somebody_accepts() -> None:
            href = stage.gate.log[-1][1]
            server = stage.home.server  # type: ignore[attr-defined]
            text = server.texts(stage.calendar)[href].replace("\r\n ", "")
            lines = [
                line.replace("PARTSTAT=NEEDS-ACTION;RSVP=TRUE", "PARTSTAT=ACCEPTED;SCHEDULE-STATUS=2.0")
                if "bruno@" in line
                else line
                for line in text.splitlines()
            ]
            server.put("service", href, "\r\n".join([*lines, ""]))

        assert stage.victim.run_and_kill(Hold(number=2), meanwhile=somebody_accepts)
        assert stage.victim.run() == 0
        once_each(post, outings=3)
        responses = [stage.scene.appointment(one).participation("bruno").response for one in ("cafe", "cafe1", "cafe2")]  # type: ignore[union-attr]
        assert sorted(responses) == ["accepted", "needs-action", "needs-action"]
        stage.must_be_settled(3)


def test_what_rests_survives_the_process_and_is_told_once(warmed: Warmed, tmp_path: Path) -> None:
    with telling(warmed, tmp_path, 3) as (stage, post):
        assert stage.victim.run() == 0
        post.taken()
        patient = replace(stage.victim, setup={**stage.victim.setup, "tell_after": 120})
        with stage.scene.board() as uow:
            for one in ("cafe", "cafe1", "cafe2"):
                moved(uow, one)
        for _ in range(3):
            assert patient.run() == 0
        assert patient.run(statement=5) != 0
        assert post.messages == []
        later = replace(patient, setup={**patient.setup, "minutes": 3})
        assert later.run_and_kill(Hold(number=2))
        assert later.run() == 0
        once_each(post, outings=3)
        assert {event.value("DTSTART")[-6:] for copy in post.copies.values() for event in copy.values()} == {
            f"{TUESDAY + timedelta(hours=5):%H%M%S}"
        }
