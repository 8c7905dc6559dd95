"""Traps 7 and 8: etags that are missing, altered by a proxy, or fresh while the text is stale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from calendars.sync.memory_server import Request
from sidecar.domain.bindings import Purpose
from tests.scene import build
from tests.traps.shelf import CALENDAR, Shelf, home
from tests.twin import Twin
from tests.unit.dav.standin import standing_in


def gzipped(etag: str) -> str:
    return etag[:-1] + '-gzip"'


def semicolon(etag: str) -> str:
    return etag[:-1] + ';gzip"'


def weak(etag: str) -> str:
    return f"W/{etag}"


@pytest.mark.parametrize("shows", [str, gzipped, semicolon, weak, lambda e: weak(gzipped(e))])
@pytest.mark.parametrize(
    "told",
    [
        lambda e: {},
        lambda e: {"ETag": e},
        lambda e: {"ETag": gzipped(e)},
        lambda e: {"ETag": weak(e)},
        lambda e: {"OC_ETag": e},
    ],
    ids=["no etag", "etag", "packed", "weak", "oc-etag"],
)
def test_however_a_proxy_shows_etags_writes_rest_on_the_true_one(
    tmp_path: Path, shows: Callable[[str], str], told: Callable[[str], dict[str, str]]
) -> None:
    """Trap 7: Apache adds "-gzip" and then takes no If-Match that has it: 412 for ever. OC-ETag is Nextcloud's."""
    shelf = Shelf(shows=shows, told=told)
    with standing_in(shelf) as there:
        rota = {Purpose.OUTINGS: CALENDAR}
        scene = build(tmp_path, lambda space: home(there), purposes=(Purpose.OUTINGS,), collections=rota)
        assert scene.sync().ok
        for title in ("Un", "Deux"):
            with scene.board() as uow:
                uow.appointments.save(replace(uow.appointments.get("cafe"), title=title))
            report = scene.sync()
            assert (report.ok, report.of(CALENDAR).updated, report.of(CALENDAR).overtaken) == (True, 1, 0)
    assert shelf.statuses == [201, 201, 201]
    assert shelf.conditions == ["", '"1"', '"2"']


def test_where_no_write_is_answered_with_an_etag_nothing_is_read_or_written_twice(world: Twin) -> None:
    """Trap 7: writes that told somebody, or were repaired, are answered without one; what stands there is read back."""
    world.server.etags = False
    world.scene.sync()
    world.change(title="Autre titre")
    assert world.scene.sync().ok
    assert [status for _, _, status in world.writes()] == [201, 201]
    assert world.scene.sync().requests == 1


def test_a_write_rests_on_the_etag_of_the_text_that_was_merged_and_on_no_newer_one(synced: Twin) -> None:
    """Trap 8: somebody writes between our reading and our writing; the newer etag is never put into If-Match."""
    synced.change(title="Autre titre")
    before = len(synced.writes())

    def just_before(request: Request) -> None:
        if request.method == "PUT":
            synced.server.before = None
            synced.edit("T093000", "T100000")

    synced.server.before = just_before
    assert synced.scene.sync().ok
    assert [status for _, _, status in synced.writes()][before:] == [412, 201]
    assert "T100000" in synced.text() and "SUMMARY:Autre titre" in synced.text()


@pytest.mark.parametrize("lag", [1, 3])
def test_a_fresh_etag_with_a_stale_text_loses_nobodys_edit(synced: Twin, lag: int) -> None:
    """Trap 8: the server shows the new etag with the old text, once or for a while (a database that lags behind)."""
    href, old = synced.scene.href_of(), synced.text()
    synced.edit("T093000", "T100000")
    stored = synced.server._of(href)
    new, stored.texts[href] = stored.texts[href], old
    for _ in range(lag):
        synced.scene.sync(full=True)
    assert synced.scene.appointment().start.hour == 9
    stored.texts[href] = new
    synced.change(title="Autre titre")
    assert synced.scene.sync().ok
    assert "T100000" in synced.text() and "SUMMARY:Autre titre" in synced.text()
    assert synced.scene.appointment().start.hour == 10
    assert synced.conflicts() == []
    assert synced.scene.sync().requests == 1


def test_an_etag_that_changed_alone_costs_one_more_try_and_no_more(synced: Twin) -> None:
    """Trap 8, the other way: a server that gives a new etag for the same text is written to all the same."""
    href = synced.scene.href_of()
    stored = synced.server._of(href)
    stored.etags[href] = '"another"'
    stored._touch(href)
    synced.scene.sync()
    synced.change(title="Autre titre")
    before = len(synced.writes())
    assert synced.scene.sync().ok
    assert [status for _, _, status in synced.writes()][before:] == [412, 201]
    synced.change(title="Encore un autre")
    synced.scene.sync()
    assert [status for _, _, status in synced.writes()][before:] == [412, 201, 201]
    assert "SUMMARY:Encore un autre" in synced.text()
    assert synced.conflicts() == []
