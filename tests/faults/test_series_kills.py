"""A pass over a series that is killed at each of its writes ends where one that nobody killed does.

The same texts, dates, teams and answers stand there, and nobody is told anything twice. Each write is held two times, before
the server sees it and before its answer comes back, and the process gets ``kill -9``. What the server told people is kept by
the post of a Nextcloud (``tests.told.post``) behind HTTP; Radicale tells nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from calendars.icalendar import peek
from calendars.sync.memory_server import MemoryServer
from sidecar.domain.appointments import ParticipantRole
from sidecar.services import rota
from tests.faults.gate import Hold
from tests.faults.test_kills import Stage, in_memory, on
from tests.faults.victim import Warmed
from tests.rows.world import Over, World
from tests.series.tuesdays import NAME, week
from tests.servers import Served
from tests.told.post import Post
from tests.told.series_conversation import own_dates, said

DATES = 5
SCHEDULING: dict[str, Any] = {"schedules": True, "server": "nextcloud"}


@dataclass
class Series:
    """Five Tuesdays made in a calendar app; Anne, Bruno and Denis go on all but the first and the last, and Bruno said yes
    for the second. ``names``: UID -> what it is called in ``end``."""

    stage: Stage
    world: World
    post: Post = field(default_factory=Post)
    uid: str = ""
    ids: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict)

    def begin(self) -> None:
        self.world.sync()
        self.uid = self.world.editor.create_series(NAME, week(0), week(0, 11), f"FREQ=WEEKLY;COUNT={DATES}")
        self.names[self.uid] = "SERIES"
        self.world.sync()
        self.ids = tuple(outing.id for outing in self.world.outings())
        for number in range(1, DATES - 1):
            self.world.staff(self.ids[number], "anne", "bruno")
        self.world.sync()
        self.world.editor.answer(self.uid, "bruno@example.org", "ACCEPTED", on=week(1))
        self.world.sync()
        self.world.quiet()
        self.post.taken()
        self.stage.gate.log.clear()

    def is_killed_at_each_write(self) -> int:
        """Passes until one comes to its end; how many writes were stored."""
        for stored in range(20):
            if not self.stage.victim.run_and_kill(Hold(number=1, before=True)):
                return stored
            assert self.stage.victim.run_and_kill(Hold(number=1))
        raise AssertionError("the passes do not come to an end")

    def end(self) -> dict[str, Any]:
        """What stands there after all, on both sides, and who was told what."""
        outings = self.world.outings()
        mails = Counter((self.names[m.uid], m.method, m.to) for m in self.post.messages if m.mailed)
        copies = {
            (guest, self.names[uid]): own_dates({key: event.lines for key, event in events.items()}, guest.partition("@")[0])
            for (guest, uid), events in self.post.copies.items()
        }
        return {
            "texts": sorted(sorted(map(plain, said(text, self.names))) for text in self.stage.texts()),
            "outings": [(self.ids.index(o.id), o.start, o.state, o.title, team(o)) for o in outings],
            "mails": mails,
            "copies": copies,
        }

    # --- what people do ------------------------------------------------------------------------------------------

    def moves_all_on_the_board(self) -> None:
        for one in self.ids:
            outing = self.world.outing(one)
            self.world.change(one, start=outing.start + timedelta(hours=2), end=outing.end + timedelta(hours=2))

    def moves_one_date(self) -> None:
        outing = self.world.outing(self.ids[1])
        self.world.change(outing.id, start=outing.start + timedelta(hours=3), end=outing.end + timedelta(hours=3))

    def takes_one_out_of_one_date(self) -> None:
        with self.stage.scene.board() as uow:
            rota.unstaff(uow, self.ids[2], "bruno")

    def takes_one_in(self) -> None:
        with self.stage.scene.board() as uow:
            uow.people.save(replace(uow.people.get("chloe"), account="chloe"))
            rota.staff(uow, self.ids[2], "chloe", ParticipantRole.MEMBER)

    def calls_one_date_off(self) -> None:
        with self.stage.scene.board() as uow:
            rota.cancel(uow, self.ids[1])

    def takes_one_out_while_all_moves_in_the_calendar(self) -> None:
        self.takes_one_out_of_one_date()
        self.world.editor.move(self.uid, week(0, 14), week(0, 16))

    def works_on_both_halves_of_what_is_split(self) -> None:
        self.moves_one_date()
        self.takes_one_out_of_one_date()
        rest = self.world.editor.split_series(self.uid, week(2), remaining=DATES - 2)
        self.names[rest] = "REST"

    def takes_one_out_while_the_rest_is_split_off_and_moves(self) -> None:
        self.takes_one_out_of_one_date()
        rest = self.world.editor.split_series(self.uid, week(2), remaining=DATES - 2)
        self.names[rest] = "REST"
        self.world.editor.move(rest, week(2, 14), week(2, 16))


def plain(line: str) -> str:
    """A line with its parameters sorted, as some servers do."""
    head, _, value = line.partition(":")
    name, *parameters = head.split(";")
    return ";".join([name, *sorted(parameters)]) + ":" + value


def team(outing: Any) -> list[tuple[str, str]]:
    return sorted((p.person_id, str(outing.response_for_now(p))) for p in outing.participants)


EDITS: tuple[tuple[Callable[[Series], None], int], ...] = (
    (Series.moves_all_on_the_board, 1),
    (Series.moves_one_date, 1),
    (Series.takes_one_out_of_one_date, 2),
    (Series.takes_one_in, 2),
    (Series.calls_one_date_off, 1),
    (Series.takes_one_out_while_all_moves_in_the_calendar, 2),
    (Series.works_on_both_halves_of_what_is_split, 3),
    (Series.takes_one_out_while_the_rest_is_split_off_and_moves, 2),
)
"""Each with the writes it takes us."""


@contextmanager
def telling(warmed: Warmed, folder: Path) -> Iterator[Series]:
    post = Post()
    twin = MemoryServer(schedules=True, deliver=post.deliver)
    with in_memory(warmed, folder, 0, twin, **SCHEDULING) as (stage, _):
        series = Series(stage, World(Over(name="twin", twin=twin, user="service"), stage.scene, "nextcloud_calendar"), post)
        series.begin()
        yield series


@contextmanager
def real(warmed: Warmed, served: Served, folder: Path) -> Iterator[Series]:
    with on(warmed, served, folder, 0, **SCHEDULING) as stage:
        over = Over(name=served.name, user=stage.user, password=stage.password, url=stage.gate.url, home=stage.home)
        series = Series(stage, World(over, stage.scene, "nextcloud_calendar"))
        series.begin()
        yield series


def settled(series: Series) -> None:
    series.stage.must_be_settled(len(series.names))
    assert {peek(text)[0] for text in series.stage.texts()} == set(series.names)
    assert len(series.world.outings()) == DATES


def unharmed(warmed: Warmed, folder: Path, edit: Callable[[Series], None]) -> dict[str, Any]:
    with telling(warmed, folder) as series:
        edit(series)
        series.world.sync()
        series.world.quiet()
        return series.end()


@pytest.mark.parametrize(("edit", "writes"), [pytest.param(*pair, id=pair[0].__name__) for pair in EDITS])
def test_killed_at_each_write_of_a_series_it_ends_as_if_nobody_had_been_killed(
    warmed: Warmed, radicale: Served, tmp_path: Path, edit: Callable[[Series], None], writes: int
) -> None:
    expected = unharmed(warmed, tmp_path / "unharmed", edit)
    with telling(warmed, tmp_path / "killed") as series:
        edit(series)
        assert series.is_killed_at_each_write() == writes
        assert series.end() == expected
        settled(series)
    with real(warmed, radicale, tmp_path / "radicale") as series:
        edit(series)
        assert series.is_killed_at_each_write() == writes
        # It tells nobody.
        assert series.end() == expected | {"mails": {}, "copies": {}}
        settled(series)


def test_killed_at_any_statement_a_pass_over_both_halves_of_a_split_is_carried_on(warmed: Warmed, tmp_path: Path) -> None:
    edit = Series.works_on_both_halves_of_what_is_split
    expected = unharmed(warmed, tmp_path / "unharmed", edit)
    with telling(warmed, tmp_path / "killed") as series:
        edit(series)
        statement = 1
        while series.stage.victim.run(statement=statement) != 0:
            statement += 17
            assert statement < 1000
        assert statement > 100
        assert series.end() == expected
        settled(series)
