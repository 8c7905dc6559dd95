"""A new password while a pass runs: it goes on with that one, nobody hears of a wrong one, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from calendars.errors import Paused
from calendars.sync.memory_server import Request
from sidecar.services.binding import connect_space
from sidecar.services.pausing import paused_until
from tests.keeping.test_stopping_early import busy, ended
from tests.twin import Twin


def locked(folder: Path) -> Twin:
    """Both sides have something for the other, and the server lets in who has the password that we know."""
    world = busy(folder)
    world.scene.syncer = replace(world.scene.syncer, open_home=lambda s: world.server.home("service", s.secret))
    change(world, "first")
    return world


def change(world: Twin, password: str) -> None:
    """Somebody gives the account another password, and tells us with ``connect``."""
    world.server.add_user("service", password)
    renew(world, password)


def renew(world: Twin, password: str) -> None:
    space = world.scene.space
    with world.scene.board() as uow:
        connect_space(
            uow, url=space.url, username=space.username, secret=password, organizer="", schedules=space.schedules,
            new_id=world.scene.application.new_id,
        )  # fmt: skip


@pytest.mark.parametrize("number", [1, 2, 3, 4, 6, 8])
def test_renewed_at_any_request_the_pass_ends_with_the_new_one(number: int, tmp_path: Path) -> None:
    wanted = ended(locked(tmp_path / "undisturbed"))
    world, met = locked(tmp_path / "renewed"), list[Request]()

    def hook(request: Request) -> None:
        met.append(request)
        if len(met) == number:
            change(world, "second")

    world.server.before = hook
    report = world.scene.sync()
    world.server.before = None
    assert (report.ok, report.error, report.quiet) == (True, "", False)
    assert len(met) > number, "the pass was over before"
    assert 401 in {status for _, _, status in world.server.log}, "the old password was never refused"
    with world.scene.reading() as uow:
        assert all(run.ok for run in uow.runs.all(space_id=world.scene.space.id))
    assert ended(world) == wanted
    assert world.intents() == []


def test_a_password_that_nobody_renewed_is_told_as_refused_and_not_tried_twice(tmp_path: Path) -> None:
    world = locked(tmp_path)
    world.server.add_user("service", "second")
    report = world.scene.sync()
    assert (report.error_kind, report.requests) == ("Unauthorised", 1)


def test_a_pause_for_too_many_tries_ends_with_the_new_password_and_a_pass_is_asked_for(tmp_path: Path) -> None:
    world, space_id = locked(tmp_path), "space"
    with world.failing(Paused("Too many tries", status=429, retry_after=1800.0), methods=("PROPFIND",)):
        assert world.scene.syncer.sync_patiently(space_id) is not None
    assert world.scene.syncer.sync_patiently(space_id) is None
    with world.scene.board() as uow:
        uow.hints.take()
    change(world, "second")
    with world.scene.reading() as uow:
        assert paused_until(uow, space_id, world.scene.clock() + timedelta(seconds=1)) is None
        assert uow.hints.standing() == {space_id}
    passed = world.scene.syncer.sync_patiently(space_id)
    assert passed is not None and passed.ok
