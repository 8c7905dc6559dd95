"""Everything can be muted: nothing is written, nobody is told, and what waited goes out once it may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from calendars.errors import ServerTrouble
from sidecar.services import rota
from tests.rows.world import next_week
from tests.told.conftest import Told

TEAM = {"anne": 1, "bruno": 1, "denis": 1}


def mute(told: Told, muted: bool, *, everywhere: bool) -> None:
    scene = told.world.scene
    if everywhere:
        application = replace(scene.application, config=replace(scene.application.config, muted=muted))
        scene.application, scene.syncer = application, replace(scene.syncer, application=application)
        return
    with scene.board() as uow:
        uow.spaces.save(replace(uow.spaces.get("space"), muted=muted))


@pytest.mark.parametrize("everywhere", [True, False], ids=["the whole installation", "one account"])
def test_what_changes_while_muted_is_told_to_nobody_and_once_afterwards(told: Told, everywhere: bool) -> None:
    told.post.taken()
    mute(told, True, everywhere=everywhere)
    before = told.world.text()
    told.world.change(start=next_week(15, 0), end=next_week(17, 0))
    told.sync()
    told.world.change(title="Café au soleil")
    with told.world.scene.board() as uow:
        rota.unstaff(uow, "cafe", "bruno")
    told.sync()
    assert told.world.text() == before
    assert told.post.messages == []
    mute(told, False, everywhere=everywhere)
    told.sync()
    assert told.post.mails() == {"anne": 1, "denis": 1}
    assert told.post.mails("CANCEL") == {"bruno": 1}
    told.quiet()


def test_answers_are_read_while_muted(told: Told) -> None:
    mute(told, True, everywhere=False)
    told.answers("bruno", "ACCEPTED")
    told.sync()
    assert told.response() == "accepted"


def test_a_write_that_waited_in_the_journal_waits_on_while_muted(told: Told) -> None:
    def busy(request: object) -> None:
        if getattr(request, "method", "") == "PUT":
            raise ServerTrouble("Busy", status=503)

    told.post.taken()
    told.server.before = busy
    told.world.change(start=next_week(15, 0), end=next_week(17, 0))
    told.world.scene.sync()
    told.server.before = None
    mute(told, True, everywhere=False)
    told.sync()
    assert told.post.messages == []
    mute(told, False, everywhere=False)
    told.sync()
    assert told.post.mails() == TEAM
    told.quiet()


def test_what_rests_when_it_is_muted_is_told_when_it_is_not_any_more(begin: Callable[..., Told]) -> None:
    told = begin(tell_after=120)
    told.post.taken()
    told.world.change(start=next_week(15, 0), end=next_week(17, 0))
    told.sync()
    mute(told, True, everywhere=True)
    told.later(minutes=10)
    told.sync()
    assert told.post.messages == []
    mute(told, False, everywhere=True)
    told.sync()
    assert told.post.mails() == TEAM
    told.quiet()
