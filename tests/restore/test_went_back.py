"""How a restored server is told from people who undo things: by tokens that count back, or that it knows no more."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from calendars.sync.guard import EMPTIED
from calendars.sync.memory_server import MemoryServer
from calendars.sync.pull import went_back
from sidecar.domain.appointments import AppointmentState
from sidecar.domain.bindings import Purpose
from tests.binding.test_mute_and_guard import mute
from tests.scene import outing
from tests.twin import Twin, twin

WEEKLY = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//weekly//
BEGIN:VEVENT
UID:weekly
DTSTAMP:20260301T080000Z
DTSTART;TZID=Europe/Paris:20260310T140000
DTEND;TZID=Europe/Paris:20260310T160000
RRULE:FREQ=WEEKLY;COUNT=2
SUMMARY:Le Café du facteur
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def world(tmp_path: Path) -> Twin:
    world = twin(tmp_path, outings=3)
    assert world.scene.sync().ok
    return world


def title(world: Twin) -> str:
    return world.scene.appointment().title


def agreed_since(world: Twin) -> object:
    """A backup, and a title that both sides agreed on after it."""
    kept = world.server.snapshot()
    world.edit("SUMMARY:Le Café du facteur", "SUMMARY:Sous les arbres")
    world.scene.sync()
    assert title(world) == "Sous les arbres"
    return kept


@pytest.mark.parametrize(
    ("before", "now", "back"),
    [
        ("http://sabre.io/ns/sync/57", "http://sabre.io/ns/sync/41", True),
        ("http://sabre.io/ns/sync/57", "http://sabre.io/ns/sync/58", False),
        ("http://sabre.io/ns/sync/57", "http://sabre.io/ns/sync/57", False),
        ("memory:1:9", "memory:2:3", False),
        ("abc", "abd", False),
        (None, "7", False),
        ("7", None, False),
        ("9" * 40, "1", False),
    ],
)
def test_tokens_that_count_tell_when_they_count_back(before: str | None, now: str | None, back: bool) -> None:
    assert went_back(before, now) is back


def test_a_token_from_the_future_is_noticed_although_the_server_says_that_nothing_changed(world: Twin) -> None:
    world.server.restore(agreed_since(world))
    report = world.scene.sync()
    assert (report.of(world.calendar).put_back, report.ok) == (1, True)
    assert title(world) == "Sous les arbres"
    assert "SUMMARY:Sous les arbres" in world.text()


def test_a_restored_server_that_has_counted_past_us_again_is_noticed_by_the_next_full_listing(world: Twin) -> None:
    world.server.restore(agreed_since(world))
    for number in range(4):
        href = world.scene.href_of("cafe1")
        world.server.put("service", href, world.text("cafe1").replace("LOCATION:", f"LOCATION:{number} "))
    world.scene.sync()
    assert "SUMMARY:Le Café du facteur" in world.text()
    world.scene.clock.forward(timedelta(hours=25))
    assert world.scene.sync().of(world.calendar).put_back == 1
    assert "SUMMARY:Sous les arbres" in world.text()
    assert world.conflicts() == []


def test_a_full_pass_asked_for_after_a_restore_notices_it_too(world: Twin) -> None:
    world.server.restore(agreed_since(world))
    assert world.scene.sync(full=True).of(world.calendar).put_back == 1
    assert title(world) == "Sous les arbres"


def test_a_dry_pass_after_a_restore_keeps_nothing_and_the_next_puts_back(world: Twin) -> None:
    world.server.restore(agreed_since(world))
    seen = len(world.writes())
    world.scene.sync(dry=True)
    assert world.writes()[seen:] == []
    assert world.intents() == []
    assert world.scene.sync().of(world.calendar).put_back == 1
    assert title(world) == "Sous les arbres"


def test_while_muted_what_a_restore_needs_waits_and_goes_out_afterwards(world: Twin) -> None:
    world.server.restore(agreed_since(world))
    mute(world, True)
    seen = len(world.writes())
    for _ in range(2):
        world.scene.sync()
    assert world.writes()[seen:] == []
    assert title(world) == "Sous les arbres"
    mute(world, False)
    world.scene.sync()
    world.scene.sync()
    assert "SUMMARY:Sous les arbres" in world.text()
    assert title(world) == "Sous les arbres"
    assert world.intents() == []


def test_who_calls_an_outing_off_and_on_again_is_taken_at_their_word(world: Twin) -> None:
    """The text is letter for letter what it was, and the server never lost count."""
    first = world.text()
    world.edit("SUMMARY:Le Café du facteur", "SUMMARY:Sous les arbres")
    world.scene.sync()
    world.server.put("service", world.scene.href_of(), first)
    report = world.scene.sync()
    assert report.of(world.calendar).put_back == 0
    assert title(world) == "Le Café du facteur"
    (kept,) = world.conflicts()
    assert (kept.field, kept.ours, kept.theirs, kept.why) == (
        "summary", "Sous les arbres", "Le Café du facteur", "went_back",
    )  # fmt: skip


def test_an_answer_that_changes_to_and_fro_is_an_answer_each_time(world: Twin) -> None:
    """Servers write answers into the organizer's text without another stamp, so the same text comes again."""
    text = world.text()
    anne = next(line for line in text.replace("\r\n ", "").splitlines() if "anne@example.org" in line)
    assert "PARTSTAT=NEEDS-ACTION" in anne
    answers = []
    for word in ("ACCEPTED", "TENTATIVE", "ACCEPTED"):
        world.server.put(
            "service",
            world.scene.href_of(),
            text.replace("\r\n ", "").replace(anne, anne.replace("NEEDS-ACTION", word)),
        )
        world.scene.sync()
        found = world.scene.appointment()
        standing = found.participation("anne")
        assert standing is not None
        answers.append(found.response_for_now(standing))
    assert answers == ["accepted", "tentative", "accepted"]
    assert world.conflicts() == []


def test_an_event_deleted_right_after_it_was_made_is_deleted(world: Twin) -> None:
    """The calendar stands where it stood once, but the server never lost count."""
    with world.scene.board() as uow:
        uow.appointments.add(outing(5))
    world.scene.sync()
    world.server.delete("service", world.scene.href_of("cafe5"))
    world.scene.sync()
    assert world.scene.appointment("cafe5").state is AppointmentState.CANCELLED


def test_a_server_that_forgot_old_changes_was_not_restored(world: Twin) -> None:
    world.edit("SUMMARY:Le Café du facteur", "SUMMARY:Sous les arbres")
    world.server.delete("service", world.scene.href_of("cafe2"))
    world.server.prune(world.calendar)
    report = world.scene.sync()
    assert report.of(world.calendar).put_back == 0
    assert title(world) == "Sous les arbres"
    assert world.scene.appointment("cafe2").state is AppointmentState.CANCELLED
    assert world.conflicts() == []


def test_a_restored_server_that_forgets_by_a_number_it_counted_before_was_not_restored_again(world: Twin) -> None:
    kept = agreed_since(world)
    for title_before, title_after in pairwise(["Sous les arbres", "Au soleil", "À la fraîche", "Au marché"]):
        world.edit(f"SUMMARY:{title_before}", f"SUMMARY:{title_after}")
        world.scene.sync()
    world.server.restore(kept)
    assert world.scene.sync().of(world.calendar).put_back == 1
    world.scene.sync()
    world.server.delete("service", world.scene.href_of("cafe2"))
    world.server.prune(world.calendar)
    world.scene.sync()
    assert world.scene.appointment("cafe2").state is AppointmentState.CANCELLED
    assert title(world) == "Au marché"


def test_without_tokens_nobody_can_tell_so_the_calendar_stands_and_ours_is_kept_to_choose(tmp_path: Path) -> None:
    world = twin(tmp_path, server=MemoryServer(tokens=False), outings=3)
    world.scene.sync()
    world.server.restore(agreed_since(world))
    world.scene.sync()
    assert title(world) == "Le Café du facteur"
    (kept,) = world.conflicts()
    assert (kept.ours, kept.theirs) == ("Sous les arbres", "Le Café du facteur")


def test_most_of_it_gone_from_a_server_that_counted_back_is_put_back_under_its_names(tmp_path: Path) -> None:
    world = twin(tmp_path, outings=0)
    world.scene.sync()
    kept = world.server.snapshot()
    with world.scene.board() as uow:
        for number in range(8):
            uow.appointments.add(outing(number))
    world.scene.sync()
    stood = world.texts().keys()
    world.server.restore(kept)
    assert world.scene.sync().of(world.calendar).guarded == EMPTIED
    world.scene.syncer.resume("maurepas", restore=True, actor="test")
    world.scene.sync()
    assert (len(stood), world.texts().keys()) == (8, stood)
    with world.scene.reading() as uow:
        assert {one.generation for one in uow.appointments.all()} == {1}


def test_without_tokens_dates_of_a_series_that_go_back_to_an_earlier_hour_are_kept_to_choose(tmp_path: Path) -> None:
    world = twin(tmp_path, server=MemoryServer(tokens=False), outings=1)
    world.scene.sync()
    href = f"{world.calendar}weekly.ics"
    world.server.put("service", href, WEEKLY)
    world.scene.sync()
    kept = world.server.snapshot()
    world.server.put("service", href, WEEKLY.replace("T14", "T16"))
    world.scene.sync()
    world.server.restore(kept)
    world.scene.sync()
    assert [(c.field, c.why, str(c.ours[0]), str(c.theirs[0])) for c in world.conflicts()] == [
        ("time", "went_back", f"2026-03-{day}T15:00:00+00:00", f"2026-03-{day}T13:00:00+00:00") for day in (10, 17)
    ]


def test_without_tokens_cards_that_are_there_again_beside_those_that_replaced_them_are_nobodys_second(
    tmp_path: Path,
) -> None:
    world = twin(tmp_path, server=MemoryServer(tokens=False), purposes=(Purpose.OUTINGS, Purpose.CONTACTS))
    book = world.scene.collections[Purpose.CONTACTS]

    def put_back() -> None:
        assert world.scene.sync().of(book).guarded == EMPTIED
        world.scene.syncer.resume("maurepas", restore=True, actor="test")
        world.scene.sync()

    world.scene.sync()
    kept, first = world.server.snapshot(), sorted(world.server.texts(book))
    for href in first:
        world.server.delete("service", href)
    put_back()
    assert not set(first) & world.server.texts(book).keys()
    world.server.restore(kept)
    put_back()
    assert sorted(world.server.texts(book)) == first
    world.scene.sync()
    with world.scene.reading() as uow:
        assert all(m.in_contacts for person in uow.people.all() for m in person.memberships)


def test_states_that_were_superseded_long_ago_are_forgotten(world: Twin) -> None:
    agreed_since(world)
    with world.scene.reading() as uow:
        memory = uow.memory("space")
        first = memory.cursor(world.calendar).token
    assert first is not None
    world.edit("SUMMARY:Sous les arbres", "SUMMARY:Au soleil")
    world.scene.sync()
    with world.scene.reading() as uow:
        assert uow.memory("space").stood(world.calendar, first)
    world.scene.clock.forward(timedelta(days=200))
    world.scene.sync()
    with world.scene.reading() as uow:
        assert not uow.memory("space").stood(world.calendar, first)
