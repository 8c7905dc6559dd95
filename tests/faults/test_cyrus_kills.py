"""Passes killed at each of their writes on Cyrus, which tells people itself: each finds one message in their inbox.

The scheduling inbox (RFC 6638 section 2.2) keeps every message that was delivered to somebody, as a text with its METHOD.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from sidecar.domain.appointments import Appointment
from sidecar.services import rota
from sidecar.storage import UnitOfWork
from tests.editor import HttpAdapter
from tests.faults.gate import Hold
from tests.faults.test_kills import Stage, creates, on
from tests.faults.victim import Warmed
from tests.servers import Served

OUTINGS = 3
TEAM = ("anne", "bruno", "denis")


@contextmanager
def telling(warmed: Warmed, served: Served, folder: Path) -> Iterator[Stage]:
    account = ("service", served.password("service"))
    with on(warmed, served, folder, OUTINGS, account, schedules=True, server="cyrus") as stage:
        yield stage


def box(served: Served, person: str, name: str) -> list[str]:
    """The texts in somebody's calendar of that name, unfolded."""
    url = f"{served.url}dav/calendars/user/{person}/{name}/"
    adapter = HttpAdapter(url, person, served.password(person))
    return [adapter.get(href)[1].replace("\r\n ", "") for href in adapter.list()]


def messages(served: Served) -> Counter[tuple[str, str, str]]:
    """(person, UID, METHOD) -> how often it was delivered."""
    found = Counter[tuple[str, str, str]]()
    for person in TEAM:
        for text in box(served, person, "Inbox"):
            found[person, *(re.findall(rf"^{key}:(\S+)", text, re.MULTILINE)[0] for key in ("UID", "METHOD"))] += 1  # type: ignore[index]
    return found


def killed_at_each_write(stage: Stage) -> int:
    """Passes until one comes to its end, each killed before and after its first write; how many writes were stored."""
    for stored in range(4 * OUTINGS):
        if not stage.victim.run_and_kill(Hold(number=1, before=True)):
            return stored
        assert stage.victim.run_and_kill(Hold(number=1))
    raise AssertionError("the passes do not come to an end")


def first_start(text: str) -> str:
    return re.findall(r"^DTSTART;TZID=(\S+)", text, re.MULTILINE)[0]  # type: ignore[no-any-return]


def appointments(stage: Stage) -> list[Appointment]:
    with stage.scene.reading() as uow:
        return list(uow.appointments.all())


def called_off(uow: UnitOfWork, one: str) -> None:
    rota.cancel(uow, one)


def one_less(uow: UnitOfWork, one: str) -> None:
    rota.unstaff(uow, one, "bruno")


def moved(uow: UnitOfWork, one: str) -> None:
    outing = uow.appointments.get(one)
    uow.appointments.save(outing.moved(outing.start + timedelta(hours=5), outing.end + timedelta(hours=5)))


@pytest.mark.parametrize(
    ("edit", "method", "people"),
    [
        pytest.param(called_off, "CANCEL", TEAM, id="called off"),
        pytest.param(one_less, "CANCEL", ("bruno",), id="one less"),
        # The copies move; a message comes with a second move alone, since Cyrus gives the first invitation SEQUENCE 1.
        pytest.param(moved, "REQUEST", (), id="moved"),
    ],
)
def test_killed_at_each_write_everybody_finds_one_message_in_their_inbox(
    warmed: Warmed,
    own_cyrus: Served,
    tmp_path: Path,
    edit: Callable[[UnitOfWork, str], None],
    method: str,
    people: tuple[str, ...],
) -> None:
    with telling(warmed, own_cyrus, tmp_path) as stage:
        assert killed_at_each_write(stage) == OUTINGS
        assert set(creates(stage).values()) == {1}
        uids = [stage.scene.uid_of(one.id) for one in appointments(stage)]
        published = Counter({(person, uid, "REQUEST"): 1 for person in TEAM for uid in uids})
        assert messages(own_cyrus) == published
        with stage.scene.board() as uow:
            for one in appointments(stage):
                edit(uow, one.id)
        assert killed_at_each_write(stage) in (OUTINGS, 2 * OUTINGS)
        assert messages(own_cyrus) == published + Counter({(person, uid, method): 1 for person in people for uid in uids})
        assert {tuple(sorted(first_start(text) for text in box(own_cyrus, person, "Default"))) for person in TEAM} == {
            tuple(sorted(first_start(text.replace("\r\n ", "")) for text in stage.texts()))
        }
        stage.must_be_settled(OUTINGS)
