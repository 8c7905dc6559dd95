"""Letting go where something stands in the way: muted, read-only, refused, gone; and binding again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from calendars.errors import Forbidden
from sidecar.domain.bindings import Purpose
from sidecar.domain.errors import DomainError
from sidecar.i18n import translator
from sidecar.services.binding import bind, let_write
from tests.binding.test_unbinding import bound, unbind
from tests.binding.world import CLAIMED, OPENING
from tests.twin import Twin


def test_while_muted_nothing_is_taken_out_and_a_sentence_says_so(settled: Twin) -> None:
    with settled.scene.board() as uow:
        uow.spaces.save(replace(uow.spaces.get("space"), muted=True))
    before = settled.texts()
    with pytest.raises(DomainError) as told:
        unbind(settled, take_out=True)
    assert settled.texts() == before
    assert Purpose.OUTINGS in bound(settled)
    for language in ("fr", "en"):
        assert "--leave" in translator(language)(f"error.{told.value.code}", **told.value.details)


def test_while_muted_everything_can_be_left(settled: Twin) -> None:
    with settled.scene.board() as uow:
        uow.spaces.save(replace(uow.spaces.get("space"), muted=True))
    unbind(settled, take_out=False)
    assert Purpose.OUTINGS not in bound(settled)


def test_a_calendar_turned_read_only_by_the_centre_is_still_cleaned_on_request(settled: Twin) -> None:
    href = settled.scene.href_of("cafe")
    with settled.scene.board() as uow:
        let_write(uow, "maurepas", False, settled.scene.clock())
    unbind(settled, take_out=True)
    assert href not in settled.texts()
    assert settled.intents() == []


def test_where_the_server_refuses_the_binding_stays_and_a_sentence_says_what_to_do(settled: Twin) -> None:
    with settled.failing(Forbidden("read only", status=403)), pytest.raises(DomainError) as told:
        unbind(settled, take_out=True)
    assert Purpose.OUTINGS in bound(settled)
    for language in ("fr", "en"):
        assert "2" in translator(language)(f"error.{told.value.code}", **told.value.details)
    unbind(settled, take_out=True)
    assert Purpose.OUTINGS not in bound(settled)


def test_a_calendar_that_is_gone_is_let_go_of(settled: Twin) -> None:
    settled.server.remove_collection(settled.calendar)
    unbind(settled, take_out=True)
    assert Purpose.OUTINGS not in bound(settled)


def again(world: Twin) -> None:
    with world.scene.board() as uow:
        bind(
            uow, space=uow.spaces.get("space"), centre_id="maurepas", href=world.calendar, purposes=(Purpose.OUTINGS,),
            display_name="Team", writes=True, now=world.scene.clock(), new_id=world.scene.application.new_id,
        )  # fmt: skip


def titles(world: Twin) -> list[str]:
    with world.scene.reading() as uow:
        return sorted(a.title for a in uow.appointments.all())


def test_bound_again_after_taking_out_everything_is_written_anew_once(settled: Twin) -> None:
    before = titles(settled)
    unbind(settled, take_out=True)
    again(settled)
    settled.scene.sync()
    assert OPENING in settled.text("cafe")
    assert sum("SUMMARY:Le Café du facteur\r\n" in t and OPENING in t for t in settled.texts().values()) == 1
    assert titles(settled) == before


def test_bound_again_after_leaving_the_same_events_are_known_again(settled: Twin) -> None:
    before, texts = titles(settled), settled.texts()
    unbind(settled, take_out=False)
    again(settled)
    settled.scene.sync()
    settled.scene.sync()
    assert set(settled.texts()) == set(texts)
    assert titles(settled) == before
    assert OPENING in settled.texts()[settled.calendar + CLAIMED]
