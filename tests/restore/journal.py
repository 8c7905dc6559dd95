"""A pass that ends between its journal and its first request."""

from __future__ import annotations

from dataclasses import replace

from calendars.errors import Unreachable
from calendars.sync.ports import Home
from tests.rows.world import World


class _Cut:
    """Everything may be read; the first write meets no network."""

    def __init__(self, there: object) -> None:
        self._there = there

    def __getattr__(self, name: str) -> object:
        if name in ("create", "update", "delete"):
            raise Unreachable("no network")
        found = getattr(self._there, name)
        if name == "collection":
            return lambda *arguments: _Cut(found(*arguments))
        return found


def cut_before_writing(world: World) -> None:
    opened = world.scene.syncer

    def open_cut(space: object) -> Home:
        return _Cut(world.over.opened())  # type: ignore[return-value]

    world.scene.syncer = replace(opened, open_home=open_cut)
    assert world.scene.sync().error_kind == "Unreachable"
    world.scene.syncer = opened
    with world.scene.reading() as uow:
        assert list(uow.memory("space").intents())
