"""What a series went through on a Nextcloud 32.0.1 it goes through again: the same writes, mails, copies and outings."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from calendars.sync.memory_server import Request
from sidecar.domain.appointments import Appointment
from sidecar.services import rota
from tests.editor import Editor
from tests.rows.world import next_week
from tests.scene import BEGINNING
from tests.told.conftest import Told
from tests.told.series_conversation import GUESTS, LATER, RULE, STEPS, TITLE, own_dates, said

RECORDED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "nextcloud_32_0_1_series.json").read_text(encoding="utf-8")
)["steps"]


def week(number: int, hour: int = 14) -> datetime:
    return next_week(hour, 0, days=7 * (number + 1))


class Stage:
    """Carries out steps and keeps what we write; ``ids``: which outing each date became, ``uids``: UID -> recorded name."""

    def __init__(self, begin: Callable[..., Told]) -> None:
        self.told = begin(outings=0)
        self.world, self.writes = self.told.world, list[dict[str, Any]]()
        self.ids: list[str] = []
        self.uids: dict[str, str] = {}
        self._seconds = (BEGINNING + timedelta(hours=7, seconds=number) for number in itertools.count())
        self.told.server.wrote = self._wrote

    def _wrote(self, request: Request, _: str | None, after: str | None) -> None:
        self.writes.append({"method": request.method, "quiet": not request.notify, "text": after or ""})

    def app(self) -> Editor:
        """The coordinator's calendar app; each of its writes is made in a second of its own."""
        return Editor(
            self.world.editor.adapter, "nextcloud_calendar", me="coord@example.org", clock=lambda: next(self._seconds)
        )

    def uid(self, name: str) -> str:
        return next(uid for uid, known in self.uids.items() if known == name)

    def outing(self, number: int) -> Appointment:
        return self.world.outing(self.ids[number])

    def act(self, kind: str, *args: str) -> None:
        date = int(next((word for word in args if word.isdigit()), 0))
        hours = int(args[-1]) if args and args[-1].isdigit() else 0
        match kind:
            case "made in the calendar":
                self.uids[self.app().create_series(TITLE, week(0), week(0, 16), RULE)] = "SERIES"
            case "team on the board":
                self.world.staff(self.ids[date], "anne", "bruno")
            case "answers one date":
                self.answers(args[0], date, args[2])
            case "one date moves in the calendar":
                self.app().change_one_date(self.uid("SERIES"), week(date), start=week(date, 14 + hours))
            case "one date moves on the board":
                outing, later = self.outing(date), timedelta(hours=hours)
                self.world.change(outing.id, start=outing.start + later, end=outing.end + later)
            case "one date called off on the board":
                with self.world.scene.board() as uow:
                    rota.cancel(uow, self.ids[date])
            case "one date takes place after all":
                with self.world.scene.board() as uow:
                    rota.bring_back(uow, self.ids[date])
            case "one date deleted in the calendar":
                self.app().delete_one_date(self.uid("SERIES"), week(date))
            case "taken out of one date":
                with self.world.scene.board() as uow:
                    rota.unstaff(uow, self.ids[date], args[0])
            case "taken into one date":
                with self.world.scene.board() as uow:
                    rota.staff(uow, self.ids[date], args[0], rota.ParticipantRole.MEMBER)
            case "split in the calendar":
                rest = self.app().split_series(self.uid("SERIES"), week(date), remaining=6 - date)
                self.uids[rest] = "REST"
            case _:
                pytest.fail(f"nobody knows how to do {kind}")

    def answers(self, guest: str, number: int, answer: str) -> None:
        """Somebody answers one date in their own calendar: the server writes it into ours."""
        uid, key = self.world.scene.uid_of(self.ids[number]), f"{week(number):%Y%m%dT%H%M%S}"
        href = self.world.scene.href_of(self.ids[number])
        parts = re.sub(r"\r?\n[ \t]", "", self.told.server.texts(self.world.calendar)[href]).split("BEGIN:VEVENT")
        (at,) = [n for n, part in enumerate(parts) if re.search(rf"RECURRENCE-ID\S*{key}", part)]
        line = rf"(ATTENDEE\S*?[^\r\n]*PARTSTAT=)[A-Z-]+([^\r\n]*{guest}@)"
        parts[at], changed = re.subn(line, rf"\g<1>{answer}\g<2>", parts[at])
        assert changed == 1
        self.told.server.put("service", href, "BEGIN:VEVENT".join(parts))
        own = self.told.post.copies[f"{guest}@example.org", uid][key]
        own.lines = [re.sub(line, rf"\g<1>{answer}\g<2>", one) for one in own.lines]

    def settled(self) -> list[dict[str, Any]]:
        """Two passes; what was written."""
        self.writes.clear()
        for _ in range(2):
            self.told.later(seconds=2)
            self.told.sync()
        self.ids = self.ids or [o.id for o in self.world.outings()]
        return [
            {
                "quiet": w["quiet"],
                "name": next((name for uid, name in self.uids.items() if uid in w["text"]), ""),
                "said": said(w["text"], self.uids, LATER),
            }
            for w in self.writes
            if w["method"] in ("PUT", "DELETE")
        ]

    def own(self, guest: str) -> dict[str, Any]:
        found = {}
        for uid, name in self.uids.items():
            copies = self.told.post.copies.get((f"{guest}@example.org", uid))
            if copies:
                found[name] = own_dates({key: event.lines for key, event in copies.items()}, guest, LATER)
        return found

    def board(self) -> list[Any]:
        dates = [self.outing(number) for number in range(6)]
        return [
            [
                (d.start + LATER).isoformat(),
                d.state.value,
                {p.person_id: str(d.response_for_now(p)) for p in d.participants},
            ]
            for d in dates
        ]


def test_every_write_to_a_series_is_the_recorded_one_and_reaches_the_same_people(begin: Callable[..., Told]) -> None:
    stage = Stage(begin)
    assert [tuple(step["step"]) for step in RECORDED] == list(STEPS)
    for number, recorded in enumerate(RECORDED):
        where = f"step {number}: {' '.join(recorded['step'])}"
        stage.told.post.taken()
        stage.act(*recorded["step"])
        ours = stage.settled()
        assert all(w["status"] < 300 and w["etag"] is w["quiet"] for w in recorded["writes"]), where
        assert ours == [{key: w[key] for key in ("quiet", "name", "said")} for w in recorded["writes"]], where
        if recorded["step"][0] != "split in the calendar":  # Two objects at once: the twin's app writes them in one second.
            assert {m: dict(stage.told.post.mails(m)) for m in ("REQUEST", "CANCEL")} == recorded["mails"], where
        assert {guest: stage.own(guest) for guest in GUESTS} == recorded["own"], where
        assert stage.board() == recorded["board"], where
    assert len(stage.world.outings()) == 6
