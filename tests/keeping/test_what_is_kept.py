"""How long what is kept: every table says so in docs/years.md, and what has an end is forgotten then."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sidecar.services.forgetting import AT_ONCE, WHO_KEPT, forget_who
from sidecar.services.keeping import Keeper
from sidecar.services.syncing import RUNS_KEPT
from sidecar.services.telling.sending import GIVEN_UP_AFTER
from sidecar.services.telling.teller import KEPT
from sidecar.storage import schema
from tests.scene import outing
from tests.twin import Twin, twin

YEARS = (Path(__file__).parents[2] / "docs" / "years.md").read_text(encoding="utf-8")


def test_every_table_says_how_long_it_is_kept() -> None:
    (_, _, after) = YEARS.partition("| table |")
    rows = [line.split("|") for line in after.split("\n\n")[0].splitlines()[2:]]
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row[1])]
    assert sorted(named) == sorted(schema.metadata.tables)
    assert all(cell.strip() for row in rows for cell in row[1:-1])


def test_what_the_page_says_in_numbers_is_what_the_program_does() -> None:
    assert f"{WHO_KEPT.days} days" in YEARS
    assert f"{RUNS_KEPT} newest" in YEARS
    assert f"{KEPT.days} days" in YEARS
    assert f"{GIVEN_UP_AFTER.days} days" in YEARS


def later(world: Twin, span: timedelta) -> None:
    world.scene.clock.forward(span)
    Keeper(world.scene.application, syncer=world.scene.syncer).once()


def told_of(world: Twin, kind: str, id: str) -> list[str]:
    with world.scene.reading() as uow:
        return [field for entry in uow.audit.of(kind, id) for field in entry.changes]


def test_an_address_that_was_taken_out_is_forgotten_after_a_year_and_an_appointments_story_never(tmp_path: Path) -> None:
    world = twin(tmp_path)
    with world.scene.board() as uow:
        uow.people.save(replace(uow.people.get("chloe"), emails=()))
        uow.appointments.save(replace(uow.appointments.get("cafe"), title="Le Café déplacé"))
        uow.appointments.add(outing(1))
        uow.appointments.remove("cafe1")
    later(world, WHO_KEPT - timedelta(days=1))
    assert "emails" in told_of(world, "person", "chloe")
    assert told_of(world, "appointment", "cafe1")
    later(world, timedelta(days=2))
    assert told_of(world, "person", "chloe") == []
    assert told_of(world, "appointment", "cafe1") == []
    assert "title" in told_of(world, "appointment", "cafe")


def test_much_is_forgotten_in_pieces_and_a_program_that_is_to_stop_goes_on_another_day(tmp_path: Path) -> None:
    world = twin(tmp_path)
    app = world.scene.application
    with world.scene.board() as uow:
        before = len(uow.audit.outdated(app.now() + timedelta(days=1), 10 * AT_ONCE))
        for number in range(AT_ONCE + 1):
            uow.audit.record("key", str(number), "save")
    world.scene.clock.forward(WHO_KEPT + timedelta(days=1))
    asked: list[int] = []

    def stopped() -> bool:
        asked.append(1)
        return len(asked) > 1

    assert forget_who(app, stopped) == AT_ONCE
    assert forget_who(app) == before + 1
    assert forget_who(app) == 0


def test_deletions_that_the_guard_counts_no_more_are_forgotten(tmp_path: Path) -> None:
    world = twin(tmp_path, outings=2)
    assert world.scene.sync().ok
    world.server.delete("service", world.scene.href_of("cafe1"))
    assert world.scene.sync().ok
    began = world.scene.clock() - timedelta(days=1)

    def counted() -> int:
        with world.scene.reading() as uow:
            return uow.memory(world.scene.space.id).lost_since(world.calendar, began)

    assert counted() == 1
    world.scene.clock.forward(timedelta(days=181))
    assert world.scene.sync(full=True).ok
    assert counted() == 0
