"""Muting, two passes at once, and a person's decision about a guarded calendar."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sidecar.domain.appointments import AppointmentState
from sidecar.domain.errors import DomainError, NotFound, NotNow
from sidecar.i18n import translator
from sidecar.services.binding import mark_centre
from sidecar.services.conflicts import choose
from sidecar.services.locking import SpaceBusy, space_lock
from tests.twin import Twin, twin


@pytest.fixture
def world(tmp_path: Path) -> Twin:
    world = twin(tmp_path, outings=4)
    world.scene.sync()
    return world


def mute(world: Twin, muted: bool) -> None:
    with world.scene.board() as uow:
        uow.spaces.save(replace(uow.spaces.get("space"), muted=muted))
        if not muted:
            mark_centre(uow, "maurepas", world.scene.clock())


def test_while_muted_reading_goes_on_and_what_waited_goes_out_once(world: Twin) -> None:
    mute(world, True)
    world.change(title="Le Café d'hiver")
    world.edit("LOCATION:", "LOCATION:Rue ", "cafe1")
    seen = len(world.writes())
    world.scene.sync()
    world.scene.sync()
    assert len(world.writes()) == seen
    place = world.scene.appointment("cafe1").place
    assert place is not None
    assert place.name.startswith("Rue ")
    mute(world, False)
    world.scene.sync()
    world.scene.sync()
    assert [href for _, href, _ in world.writes()[seen:]].count(world.scene.href_of("cafe")) == 1
    assert "hiver" in world.text()


def test_a_muted_process_writes_nothing(world: Twin) -> None:
    app = world.scene.application
    muted = replace(app, config=replace(app.config, muted=True))
    quiet = replace(world.scene.syncer, application=muted)
    world.change(title="Ailleurs")
    seen = len(world.writes())
    quiet.sync("space")
    assert len(world.writes()) == seen
    world.scene.sync()
    assert len(world.writes()) == seen + 1


def test_two_passes_at_once_of_one_space_are_one_and_a_sentence(world: Twin) -> None:
    app, requests = world.scene.application, len(world.server.log)
    with space_lock(app.storage, app.config.data_dir, "space"), pytest.raises(SpaceBusy) as told:
        world.scene.sync()
    assert len(world.server.log) == requests
    for language in ("fr", "en"):
        assert translator(language)(f"error.{told.value.code}", **told.value.details)
    assert world.scene.sync().ok


def emptied(world: Twin) -> None:
    for href in world.texts():
        world.server.delete("service", href)
    assert world.scene.sync().of(world.calendar).guarded == "emptied"


def states(world: Twin) -> set[AppointmentState]:
    return {world.scene.appointment(i).state for i in ("cafe", "cafe1", "cafe2", "cafe3")}


def test_losses_that_are_accepted_cancel(world: Twin) -> None:
    emptied(world)
    assert states(world) == {AppointmentState.PUBLISHED}
    assert world.scene.syncer.resume("maurepas", restore=False, actor="test") == [world.calendar]
    assert world.scene.sync().ok
    assert states(world) == {AppointmentState.CANCELLED}
    assert world.scene.sync().ok


def test_losses_that_were_a_mistake_are_written_again_under_new_uids(world: Twin) -> None:
    before = {world.scene.uid_of(i) for i in ("cafe", "cafe1", "cafe2", "cafe3")}
    emptied(world)
    assert world.scene.syncer.resume("maurepas", restore=True, actor="test") == [world.calendar]
    assert world.scene.sync().ok
    assert states(world) == {AppointmentState.PUBLISHED}
    after = {world.scene.uid_of(i) for i in ("cafe", "cafe1", "cafe2", "cafe3")}
    assert len(world.texts()) == 4
    assert not before & after


def test_there_is_nothing_to_decide_where_nothing_is_guarded(world: Twin) -> None:
    for restore in (False, True):
        with pytest.raises(NotNow, match="nothing_paused"):
            world.scene.syncer.resume("maurepas", restore=restore, actor="test")
    with pytest.raises(NotFound):
        world.scene.syncer.resume("nowhere", restore=False, actor="test")


def test_what_is_gone_cannot_be_put_back_there_and_a_sentence_says_where(world: Twin) -> None:
    world.server.remove_collection(world.calendar)
    assert world.scene.sync().of(world.calendar).guarded == "gone"
    with pytest.raises(NotNow) as told:
        world.scene.syncer.resume("maurepas", restore=True, actor="test")
    for language in ("fr", "en"):
        assert "rebind" in translator(language)(f"error.{told.value.code}", **told.value.details)
    assert world.scene.sync().of(world.calendar).guarded == "gone"
    assert states(world) == {AppointmentState.PUBLISHED}


def both_changed(world: Twin, old: str, new: str, **ours: object) -> str:
    """Both sides changed the same field between two passes; the id of the conflict."""
    world.change(**ours)
    world.edit(old, new)
    world.scene.sync()
    (conflict,) = world.conflicts()
    return conflict.id


@pytest.mark.parametrize("chosen", ["ours", "theirs"])
def test_a_title_is_chosen_once_and_goes_where_it_was_missing(world: Twin, chosen: str) -> None:
    found = both_changed(world, "SUMMARY:Le Café du facteur", "SUMMARY:Le Café de Léa", title="Le Café de Noé")
    with world.scene.board() as uow:
        choose(uow, found, chosen)
    world.scene.sync()
    wanted = "Le Café de Noé" if chosen == "ours" else "Le Café de Léa"
    assert world.scene.appointment().title == wanted
    assert f"SUMMARY:{wanted}" in world.text()
    assert world.conflicts() == []
    with pytest.raises(DomainError, match="conflict_settled"), world.scene.board() as uow:
        choose(uow, found, "ours")


def test_our_place_and_our_text_can_be_put_back(world: Twin) -> None:
    place = world.scene.appointment().place
    assert place is not None
    found = both_changed(world, "LOCATION:", "LOCATION:Rue ", place=replace(place, name="Halle"))
    with world.scene.board() as uow:
        choose(uow, found, "ours")
    world.scene.sync()
    assert "LOCATION:Halle" in world.text()
    found_again = world.scene.appointment().place
    assert found_again is not None
    assert found_again.name == "Halle"


def test_our_time_can_be_put_back(world: Twin) -> None:
    before = world.scene.appointment()
    later = {"start": before.start.replace(hour=16), "end": before.end.replace(hour=18)}
    found = both_changed(world, "T093000", "T083000", **later)
    with world.scene.board() as uow:
        choose(uow, found, "ours")
    world.scene.sync()
    after = world.scene.appointment()
    assert (after.start, after.end) == (later["start"], later["end"])
    assert "DTSTART;TZID=Europe/Paris:20260303T163000" in world.text()


def test_a_choice_that_is_none_changes_nothing(world: Twin) -> None:
    found = both_changed(world, "SUMMARY:Le Café du facteur", "SUMMARY:Un autre", title="Encore un")
    with pytest.raises(DomainError, match="choice_unknown"), world.scene.board() as uow:
        choose(uow, found, "both")
    assert len(world.conflicts()) == 1
