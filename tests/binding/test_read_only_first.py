"""An existing calendar is read first, shows what would be written, and keeps other people's entries byte for byte."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sidecar.domain.bindings import Purpose
from sidecar.services.binding import let_write
from tests.binding.world import CARD, CLAIMED, DENTIST, NEIGHBOUR, OPENING, PAST, lived_in, rows
from tests.twin import Twin


@pytest.fixture
def read_only(tmp_path: Path) -> Twin:
    return lived_in(tmp_path)


def allow(world: Twin, writes: bool = True) -> None:
    with world.scene.board() as uow:
        let_write(uow, "maurepas", writes, world.scene.clock())


def url(world: Twin) -> str:
    return world.scene.application.config.database_url


def outings(world: Twin) -> set[str]:
    with world.scene.reading() as uow:
        return {a.title for a in uow.appointments.all()}


def test_a_first_pass_of_a_read_only_calendar_writes_nothing_and_reads_what_is_ours(read_only: Twin) -> None:
    before = read_only.texts()
    report = read_only.scene.sync()
    assert report.ok
    assert read_only.writes() == []
    assert read_only.texts() == before
    assert report.of(read_only.calendar).pulled == 3
    assert outings(read_only) == {"Le Café du facteur", "Café du facteur au marché"}


def test_a_past_event_is_neither_claimed_nor_written(read_only: Twin) -> None:
    past = read_only.texts()[read_only.calendar + PAST]
    read_only.scene.sync()
    allow(read_only)
    read_only.scene.sync()
    with read_only.scene.reading() as uow:
        assert all(a.start > read_only.scene.clock() for a in uow.appointments.all())
        assert uow.links.by_uid("past") == []
    assert read_only.texts()[read_only.calendar + PAST] == past


def test_a_dry_run_tells_what_would_be_read_and_keeps_nothing(read_only: Twin) -> None:
    before = rows(url(read_only))
    report = read_only.scene.sync(dry=True)
    assert report.dry
    assert report.of(read_only.calendar).pulled == 3
    assert report.of(read_only.scene.collections[Purpose.CONTACTS]).pulled == 1
    assert read_only.writes() == []
    assert rows(url(read_only)) == before


def test_a_dry_run_of_a_read_only_calendar_tells_what_writing_would_do(read_only: Twin) -> None:
    before = rows(url(read_only))
    report = read_only.scene.sync(dry=True)
    actions = {(w["action"], w["href"].rpartition("/")[2].partition("-")[0]) for w in report.would}
    assert ("create", "cafe") in actions
    assert ("create", "anne") in actions
    # What others wrote stays as it is until somebody confirms it.
    assert not {name for _, name in actions} & {DENTIST, PAST, NEIGHBOUR, CLAIMED}
    assert rows(url(read_only)) == before


def _without_draw(href: str) -> str:
    return re.sub(r"-[0-9a-f]{8}-(?=[a-z]+\.vcf$)", "-", href)


def test_what_a_dry_run_showed_is_what_the_pass_then_writes(read_only: Twin) -> None:
    read_only.scene.sync()
    allow(read_only)
    shown = read_only.scene.sync(dry=True)
    assert read_only.writes() == []
    done = read_only.scene.sync()
    # A card's name is drawn when it is made: its owner tells what it is.
    assert {_without_draw(w["href"]) for w in shown.would} == {_without_draw(href) for _, href, _ in read_only.writes()}
    assert (shown.totals["created"], shown.totals["updated"]) == (done.totals["created"], done.totals["updated"])
    for written in shown.would:
        if written["collection"] == read_only.calendar:
            assert OPENING in read_only.texts()[written["href"]]


def test_after_writing_is_allowed_other_peoples_entries_are_the_same_bytes(read_only: Twin) -> None:
    dentist, past = (read_only.texts()[read_only.calendar + name] for name in (DENTIST, PAST))
    read_only.scene.sync()
    allow(read_only)
    read_only.scene.sync()
    texts = read_only.texts()
    assert texts[read_only.calendar + DENTIST] == dentist
    assert texts[read_only.calendar + PAST] == past
    book = read_only.scene.collections[Purpose.CONTACTS]
    assert read_only.server.texts(book)[book + NEIGHBOUR] == CARD
    assert OPENING in read_only.text("cafe")
    claimed = texts[read_only.calendar + CLAIMED]
    assert "X-BASKET:two\r\n" in claimed
    assert "X-STICKER;X-SHAPE=star:gold\r\n" in claimed


def test_an_event_of_theirs_gets_our_block_when_somebody_confirms_it(read_only: Twin) -> None:
    read_only.scene.sync()
    allow(read_only)
    read_only.scene.sync()
    assert OPENING not in read_only.texts()[read_only.calendar + CLAIMED]
    with read_only.scene.reading() as uow:
        (link,) = uow.links.by_uid("market")
    read_only.change(link.subject_id, to_confirm=False)
    read_only.scene.sync()
    assert OPENING in read_only.texts()[read_only.calendar + CLAIMED]


def test_the_pass_after_the_first_writing_has_nothing_left_to_do(read_only: Twin) -> None:
    read_only.scene.sync()
    allow(read_only)
    read_only.scene.sync()
    seen = len(read_only.writes())
    report = read_only.scene.sync()
    assert report.totals["pulled"] == 0
    assert len(read_only.writes()) == seen


def test_what_is_changed_while_only_reading_goes_out_once_when_writing_is_allowed(read_only: Twin) -> None:
    read_only.scene.sync()
    read_only.change(title="Le Café du facteur, sous les arbres")
    read_only.scene.sync()
    assert read_only.writes() == []
    allow(read_only)
    read_only.scene.sync()
    assert [href for _, href, _ in read_only.writes()].count(read_only.scene.href_of("cafe")) == 1
    assert "sous les arbres" in read_only.text("cafe")


def test_writing_can_be_taken_back(read_only: Twin) -> None:
    allow(read_only)
    read_only.scene.sync()
    allow(read_only, writes=False)
    seen = len(read_only.writes())
    read_only.change(title="Ailleurs")
    read_only.scene.sync()
    assert len(read_only.writes()) == seen
