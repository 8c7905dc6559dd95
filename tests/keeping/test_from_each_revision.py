"""A database of each earlier revision, with a life in it, is taken up by this program: nothing is lost, and it works."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sidecar.bootstrap import INSTANCE_KEY, start
from sidecar.config import Config
from sidecar.services.backup import back_up, restore
from sidecar.services.muting import PLACE_KEY, Why
from sidecar.storage import migrate, wholesale
from sidecar.storage.engine import create_engine, options_for
from tests.keeping.test_backup import lived_in
from tests.scene import Scene, outing
from tests.twin import Twin

ENGINES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.system))
EARLIER = tuple(reversed(migrate._revisions()))[:-1]
Kept = dict[str, tuple[tuple[str, ...], list[list[Any]]]]
"""Table -> names of its columns and rows, in the order of its key."""


def now() -> datetime:
    return datetime(2026, 2, 23, 9, 0, tzinfo=UTC)


def kept_in(config: Config, only: Kept | None = None) -> Kept:
    """All there is; ``only`` what that has tables and columns for."""
    engine = create_engine(config.database_url, wait=5)
    found: Kept = {}
    with engine.connect().execution_options(**options_for(engine, write=False)) as connection, connection.begin():
        for table in wholesale.describe(connection).tables:
            names = tuple(table.columns.keys())
            rows = list(wholesale.rows(connection, table))
            if only is not None:
                if table.name not in only:
                    continue
                wanted = only[table.name][0]
                rows = [[row[names.index(name)] for name in wanted] for row in rows]
                names = wanted
            found[table.name] = (names, rows)
    engine.dispose()
    return found


def at_revision(config: Config, revision: str, rows: Kept) -> Kept:
    """Make a database of that revision and put in what it has room for; what it holds then."""
    config.ensure_data_dir()
    engine = create_engine(config.database_url, wait=5)
    with engine.connect().execution_options(**options_for(engine, write=True)) as connection, connection.begin():
        migrate.upgrade(connection, revision)
        described = wholesale.describe(connection)
        for table in described.tables:
            names, found = rows.get(table.name, ((), []))
            there = [name for name in names if name in table.columns]
            wholesale.put(connection, table, there, [[row[names.index(name)] for name in there] for row in found])
        wholesale.set_counters(connection, described, {})
    engine.dispose()
    return kept_in(config)


@pytest.fixture(params=ENGINES)
def lived(request: pytest.FixtureRequest, fresh: Callable[..., Config], tmp_path: Path) -> tuple[Twin, Callable[[], Config]]:
    """A world in which something happened and something waits, and settings for another database with the same key."""
    config = fresh(request.param)
    world = lived_in(tmp_path / "world", config)
    with world.scene.board() as uow:
        uow.appointments.add(outing(7))
    return world, lambda: replace(fresh(request.param), secret_key_file=world.scene.application.config.secret_key_file)


def rows_to_move(world: Twin) -> Kept:
    """Without where it lived: this is an older program's database, not a copy of today's; with the name of the instance."""
    rows = kept_in(world.scene.application.config)
    names, settings = rows["settings"]
    kept = [row for row in settings if row[0] != PLACE_KEY]
    named = sorted([*kept, [INSTANCE_KEY, json.dumps(world.scene.application.instance)]])
    return rows | {"settings": (names, named)}


def taken_up(world: Twin, config: Config) -> Scene:
    """The scene as this program sees it from that database."""
    app = start(config, now=world.scene.clock, new_id=world.scene.application.new_id)
    return replace(world.scene, application=app, syncer=replace(world.scene.syncer, application=app))


def works(world: Twin, scene: Scene) -> None:
    """What waited goes out, what the calendar changes comes in, and then both sides agree."""
    assert scene.sync().ok
    assert scene.href_of("cafe7")
    world.edit("SUMMARY:", "SUMMARY:Après la mise à jour ", "cafe1")
    assert scene.sync().ok
    assert scene.appointment("cafe1").title.startswith("Après la mise à jour")
    seen = len(world.writes())
    assert scene.sync().quiet
    assert len(world.writes()) == seen


@pytest.mark.parametrize("revision", EARLIER)
def test_an_earlier_database_is_brought_forward_and_works(revision: str, lived: tuple[Twin, Callable[[], Config]]) -> None:
    world, another = lived
    config = another()
    before = at_revision(config, revision, rows_to_move(world))
    assert len(before["appointments"][1]) == 4
    scene = taken_up(world, config)
    after = kept_in(config, only=before)
    for table in before:
        assert after[table] == before[table], table
    works(world, scene)


def test_a_backup_of_the_first_revision_is_put_back_into_this_program(
    lived: tuple[Twin, Callable[[], Config]], tmp_path: Path
) -> None:
    world, another = lived
    older, here = another(), another()
    before = at_revision(older, EARLIER[0], rows_to_move(world))
    file = tmp_path / "older.backup"
    assert back_up(older, file, now=now).schema == EARLIER[0]
    restore(here, file, now=now)
    scene = taken_up(world, here)
    assert kept_in(here, only=before)["appointments"] == before["appointments"]
    assert scene.sync().muted == Why.RESTORED
