"""A first reading whose answer breaks off in the middle is finished by the same pass, or by the next one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from calendars.dav import connect
from calendars.sync.ports import CollectionKind
from sidecar.domain.bindings import Purpose
from tests.editor import Editor, HttpAdapter
from tests.faults.gate import Gate, forwarding, gate_before
from tests.scene import Scene, build
from tests.series.tuesdays import NAME, week
from tests.servers import Served

OUTINGS = 12


@dataclass
class Unread:
    """A calendar with outings that somebody wrote before it was bound, behind a gate."""

    scene: Scene
    gate: Gate

    def outings(self) -> int:
        with self.scene.reading() as uow:
            return len(uow.appointments.all())


@pytest.fixture
def unread(radicale: Served, tmp_path: Path) -> Iterator[Unread]:
    user, password = radicale.new_user()
    with gate_before(forwarding(radicale.child.url)) as gate:
        home = connect(gate.url, user, password)
        scene = build(tmp_path, lambda space: home, purposes=(Purpose.OUTINGS,), outings=0)
        calendar = scene.collections[Purpose.OUTINGS]
        assert home.collection(calendar, CollectionKind.CALENDAR).listing().changed == {}
        address = gate.url.rstrip("/") + calendar
        editor = Editor(HttpAdapter(address, user, password, content_type="text/calendar; charset=utf-8"), "thunderbird")
        for number in range(OUTINGS):
            editor.create_event(NAME, week(number), week(number, 11))
        gate.log.clear()
        yield Unread(scene, gate)


def test_an_answer_that_breaks_off_is_made_up_for_in_the_same_pass(unread: Unread) -> None:
    unread.gate.broken = 1
    report = unread.scene.sync()
    assert (report.error, unread.outings()) == ("", OUTINGS)
    asked = [method for method, _, _ in unread.gate.log]
    assert asked.count("REPORT") == 2, "the whole that broke off, then the texts of what was listed"
    assert unread.scene.sync().quiet


def test_where_answers_go_on_breaking_off_the_pass_ends_and_the_next_one_goes_on(unread: Unread) -> None:
    unread.gate.broken = 100
    report = unread.scene.sync()
    assert report.error_kind == "Unreachable"
    assert unread.gate.broken > 90, "it is tried a few times, not for ever"
    unread.gate.broken = 0
    assert (unread.scene.sync().error, unread.outings()) == ("", OUTINGS)
