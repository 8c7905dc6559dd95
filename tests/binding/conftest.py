"""A lived-in calendar that was bound, allowed and synced."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.binding.world import CLAIMED, OPENING, lived_in
from tests.twin import Twin


@pytest.fixture
def settled(tmp_path: Path) -> Twin:
    """Everything synced; the market event was confirmed and carries our block beside what people wrote."""
    world = lived_in(tmp_path, writes=True)
    world.scene.sync()
    market = world.calendar + CLAIMED
    world.server.put(
        "service", market, world.texts()[market].replace("END:VEVENT", "DESCRIPTION:Apporter des tasses\r\nEND:VEVENT")
    )
    world.scene.sync()
    with world.scene.reading() as uow:
        (link,) = uow.links.by_uid("market")
    world.change(link.subject_id, to_confirm=False)
    world.scene.sync()
    assert OPENING in world.texts()[market]
    assert OPENING in world.text("cafe")
    return world
