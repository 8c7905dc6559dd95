"""Letting go of a calendar: our events and blocks go, or everything is left; interrupted, it carries on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from calendars.errors import Unreachable
from calendars.sync.report import PassReport
from sidecar.domain.bindings import Binding, Purpose
from tests.binding.world import CARD, CLAIMED, DENTIST, NEIGHBOUR, OPENING, PAST
from tests.twin import Twin


def binding(world: Twin, purpose: Purpose = Purpose.OUTINGS) -> Binding:
    with world.scene.reading() as uow:
        return next(b for b in uow.bindings.all() if purpose in b.purposes)


def unbind(world: Twin, *, take_out: bool, purpose: Purpose = Purpose.OUTINGS) -> PassReport:
    return world.scene.syncer.unbind(binding(world, purpose).id, take_out=take_out, actor="test")


def bound(world: Twin) -> set[Purpose]:
    with world.scene.reading() as uow:
        return {p for b in uow.bindings.all() for p in b.purposes}


def test_taking_out_removes_our_future_events_and_leaves_the_others_the_same_bytes(settled: Twin) -> None:
    before, ours = settled.texts(), settled.scene.href_of("cafe")
    report = unbind(settled, take_out=True)
    after = settled.texts()
    assert set(before) - set(after) == {ours}
    assert {after[settled.calendar + n] for n in (DENTIST, PAST)} == {before[settled.calendar + n] for n in (DENTIST, PAST)}
    assert (report.of(settled.calendar).deleted, report.of(settled.calendar).updated) == (1, 1)
    assert bound(settled) == {Purpose.CONTACTS}


def test_an_event_that_people_made_stays_without_our_block(settled: Twin) -> None:
    unbind(settled, take_out=True)
    text = settled.texts()[settled.calendar + CLAIMED]
    assert OPENING not in text
    assert "DESCRIPTION:Apporter des tasses\r\n" in text
    assert "X-BASKET:two\r\n" in text
    assert "X-STICKER;X-SHAPE=star:gold\r\n" in text


def test_an_event_of_ours_that_is_past_stays_as_history(settled: Twin) -> None:
    settled.scene.clock.now = settled.scene.appointment("cafe").end.replace(hour=23)
    standing, href = settled.text("cafe"), settled.scene.href_of("cafe")
    unbind(settled, take_out=True)
    assert settled.texts()[href] == standing


def test_leaving_leaves_everything_and_asks_nothing_of_the_server(settled: Twin) -> None:
    before, requests = settled.texts(), len(settled.server.log)
    unbind(settled, take_out=False)
    assert settled.texts() == before
    assert len(settled.server.log) == requests
    assert bound(settled) == {Purpose.CONTACTS}


def test_the_contacts_stay_whatever_is_asked(settled: Twin) -> None:
    book = settled.scene.collections[Purpose.CONTACTS]
    before = settled.server.texts(book)
    unbind(settled, take_out=True, purpose=Purpose.CONTACTS)
    assert settled.server.texts(book) == before
    assert before[book + NEIGHBOUR] == CARD
    assert bound(settled) == {Purpose.OUTINGS}


def test_the_appointments_stay_on_the_board(settled: Twin) -> None:
    before = settled.scene.appointment("cafe")
    unbind(settled, take_out=True)
    settled.scene.sync()
    after = settled.scene.appointment("cafe")
    assert after == replace(before, generation=before.generation + 1, version=after.version)


def test_an_event_that_somebody_changed_meanwhile_is_taken_out_all_the_same(settled: Twin) -> None:
    href = settled.scene.href_of("cafe")
    settled.edit("SUMMARY:Le Café du facteur", "SUMMARY:Le Café du facteur (bis)")
    unbind(settled, take_out=True)
    assert href not in settled.texts()


def test_what_people_write_between_looking_and_writing_survives(settled: Twin) -> None:
    market = settled.calendar + CLAIMED

    def meanwhile(request: object) -> None:
        if getattr(request, "method", "") == "PUT":
            settled.server.before = None
            settled.server.put("service", market, settled.texts()[market].replace("X-BASKET:two", "X-BASKET:three"))

    settled.server.before = meanwhile
    unbind(settled, take_out=True)
    assert OPENING not in settled.texts()[market]
    assert "X-BASKET:three\r\n" in settled.texts()[market]


def test_a_server_that_is_down_leaves_the_binding_and_a_second_call_carries_on(settled: Twin) -> None:
    href = settled.scene.href_of("cafe")
    with (
        settled.failing(Unreachable("no route"), methods=("PUT", "DELETE", "PROPFIND", "REPORT")),
        pytest.raises(Unreachable),
    ):
        unbind(settled, take_out=True)
    assert bound(settled) == {Purpose.OUTINGS, Purpose.CONTACTS}
    assert href in settled.texts()
    unbind(settled, take_out=True)
    assert href not in settled.texts()
    assert OPENING not in settled.texts()[settled.calendar + CLAIMED]
    assert bound(settled) == {Purpose.CONTACTS}
    assert settled.intents() == []


@pytest.mark.parametrize("after", [False, True], ids=["not carried out", "answer lost"])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_stopped_between_two_writes_it_carries_on(settled: Twin, method: str, after: bool) -> None:
    cafe = settled.scene.appointment("cafe")
    with settled.failing(Unreachable("cut"), methods=(method,), times=1, after=after), pytest.raises(Unreachable):
        unbind(settled, take_out=True)
    assert Purpose.OUTINGS in bound(settled)
    unbind(settled, take_out=True)
    assert set(settled.texts()) == {settled.calendar + name for name in (DENTIST, CLAIMED, PAST)}
    assert OPENING not in "".join(settled.texts().values())
    assert settled.scene.appointment("cafe").state == cafe.state
    assert settled.intents() == []
