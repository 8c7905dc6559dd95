"""Passes killed at each of their writes on servers that tell people themselves: each finds one message in their inbox.

The scheduling inbox (RFC 6638 section 2.2) keeps every message that was delivered to somebody, as a text with its METHOD.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
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
INBOXES = {"cyrus": "dav/calendars/user/{}/Inbox/", "davical": "caldav.php/{}/.in/"}
CALENDARS = {"cyrus": "dav/calendars/user/{}/Default/", "davical": "caldav.php/{}/calendar/"}


@contextmanager
def telling(warmed: Warmed, served: Served, folder: Path) -> Iterator[Stage]:
    account = ("service", served.password("service"))
    with on(warmed, served, folder, OUTINGS, account, schedules=True, server=served.name) as stage:
        yield stage


def box(served: Served, person: str, paths: Mapping[str, str]) -> list[str]:
    """The texts in somebody's inbox or calendar, unfolded."""
    url = served.url + paths[served.name].format(person)
    adapter = HttpAdapter(url, person, served.password(person))
    return [adapter.get(href)[1].replace("\r\n ", "") for href in adapter.list()]


def messages(served: Served) -> Counter[tuple[str, str, str]]:
    """(person, UID, METHOD) -> how often it was delivered."""
    found = Counter[tuple[str, str, str]]()
    for person in TEAM:
        for text in box(served, person, INBOXES):
            found[person, *(re.findall(rf"^{key}:(\S+)", text, re.MULTILINE)[0] for key in ("UID", "METHOD"))] += 1  # type: ignore[index]
    return found


def killed_at_each_write(stage: Stage) -> int:
    """Passes until one comes to its end, each killed before and after its first write; how many writes were stored."""
    for stored in range(4 * OUTINGS):
        if not stage.victim.run_and_kill(Hold(number=1, before=True)):
            return stored
        assert stage.victim.run_and_kill(Hold(number=1))
    raise AssertionError("the passes do not come to an end")


def starts(texts: Iterable[str]) -> list[str]:
    return sorted(re.findall(r"^DTSTART;TZID=(\S+)", text, re.MULTILINE)[0] for text in texts)


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
    ("name", "edit", "messaged", "crossed_out"),
    [
        pytest.param("cyrus", called_off, TEAM, TEAM, id="cyrus-called off"),
        pytest.param("cyrus", one_less, ("bruno",), ("bruno",), id="cyrus-one less"),
        # A message comes with a second move alone, since Cyrus gives the first invitation SEQUENCE 1.
        pytest.param("cyrus", moved, (), (), id="cyrus-moved"),
        # It changes people's copies, and leaves the invitation in their inbox as the only message.
        pytest.param("davical", one_less, (), ("bruno",), id="davical-one less"),
    ],
)
def test_killed_at_each_write_everybody_finds_one_message_in_their_inbox(
    name: str,
    request: pytest.FixtureRequest,
    warmed: Warmed,
    tmp_path: Path,
    edit: Callable[[UnitOfWork, str], None],
    messaged: tuple[str, ...],
    crossed_out: tuple[str, ...],
) -> None:
    """``messaged``: who gets a CANCEL; ``crossed_out``: in whose calendar each event is cancelled then."""
    served: Served = request.getfixturevalue(f"own_{name}")
    with telling(warmed, served, tmp_path) as stage:
        assert killed_at_each_write(stage) == OUTINGS
        assert set(creates(stage).values()) == {1}
        uids = [stage.scene.uid_of(one.id) for one in appointments(stage)]
        published = Counter({(person, uid, "REQUEST"): 1 for person in TEAM for uid in uids})
        assert messages(served) == published
        with stage.scene.board() as uow:
            for one in appointments(stage):
                edit(uow, one.id)
        assert killed_at_each_write(stage) in (OUTINGS, 2 * OUTINGS)
        assert messages(served) == published + Counter({(person, uid, "CANCEL"): 1 for person in messaged for uid in uids})
        ours = starts(text.replace("\r\n ", "") for text in stage.texts())
        copies = {person: box(served, person, CALENDARS) for person in TEAM}
        assert {person: starts(texts) for person, texts in copies.items()} == dict.fromkeys(TEAM, ours)
        off = {person: sum("STATUS:CANCELLED" in text for text in texts) for person, texts in copies.items()}
        assert off == {person: OUTINGS if person in crossed_out else 0 for person in TEAM}
        stage.must_be_settled(OUTINGS)
