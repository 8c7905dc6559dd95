"""Row: moves the event to another bound calendar -> the same outing follows."""

from __future__ import annotations

import pytest

from sidecar.domain.appointments import AppointmentState
from sidecar.domain.bindings import Purpose
from sidecar.domain.centres import Centre
from sidecar.services.binding import bind
from tests.rows.conftest import Begin
from tests.rows.world import World

BOTH = (Purpose.OUTINGS, Purpose.MEETINGS)


@pytest.fixture
def two(begin_styled: Begin) -> World:
    """A second bound calendar beside the outings' one; an answer was given already."""
    world = begin_styled(purposes=BOTH)
    world.editor.answer(world.uid, "bruno@example.org", "ACCEPTED")
    world.editor.add_foreign_property(world.uid, "X-CAISSE", "sous le comptoir")
    world.sync()
    return world


def other_href(world: World) -> str:
    return world.scene.collections[Purpose.MEETINGS] + world.scene.href_of().rpartition("/")[2]


def put_there(world: World) -> str:
    href = other_href(world)
    world.program_at(Purpose.MEETINGS).put_text(href, world.editor.text(world.uid))
    return href


def followed(world: World, href: str) -> None:
    outing = world.outing()
    assert outing.state is AppointmentState.PUBLISHED
    assert world.scene.href_of() == href
    assert world.others() == []
    bruno = outing.participation("bruno")
    assert bruno is not None and outing.response_for_now(bruno) == "accepted"
    assert world.texts() == {}
    world.change(title="Là-bas")
    world.sync()
    text = world.text()
    assert "SUMMARY:Là-bas" in text and "X-CAISSE:sous le comptoir" in text
    world.quiet()


def test_an_event_moved_to_another_calendar_takes_its_outing_along(two: World) -> None:
    href = put_there(two)
    two.editor.delete(two.editor.open(two.uid).href)
    two.sync()
    followed(two, href)
    assert "state" not in two.from_calendar()


def test_a_pass_between_the_two_halves_of_a_move_does_not_cancel(two: World) -> None:
    """Written there, a pass, then taken away here."""
    uid = two.uid
    href = put_there(two)
    two.sync()
    assert two.scene.href_of() != href
    assert two.others() == []
    two.editor.delete(two.editor.open(uid).href)
    two.sync()
    followed(two, href)


def test_a_move_that_takes_away_first_brings_the_outing_back(two: World) -> None:
    """Taken away here, a pass, then written there."""
    text, href = two.editor.text(two.uid), other_href(two)
    two.editor.delete(two.uid)
    two.sync()
    assert two.outing().state is AppointmentState.CANCELLED
    two.program_at(Purpose.MEETINGS).put_text(href, text)
    two.sync()
    followed(two, href)


def test_an_event_moved_to_another_centres_calendar_changes_the_centre(begin: Begin) -> None:
    world = begin(purposes=BOTH)
    with world.scene.board() as uow:
        uow.centres.add(Centre(id="villejean", name="Maison de quartier de Villejean"))
        (binding,) = [b for b in uow.bindings.all() if Purpose.MEETINGS in b.purposes]
        uow.bindings.remove(binding.id)
        bind(
            uow,
            space=world.scene.space,
            centre_id="villejean",
            href=binding.href,
            purposes=(Purpose.OUTINGS,),
            display_name="",
            writes=True,
            now=world.scene.clock(),
            new_id=lambda: "villejean-outings",
        )
    world.sync()
    href = put_there(world)
    world.editor.delete(world.editor.open(world.uid).href)
    world.sync()
    assert world.outing().centre_id == "villejean"
    assert world.from_calendar()["centre_id"] == ["maurepas", "villejean"]
    assert world.scene.href_of() == href
    world.quiet()


def test_a_series_moved_to_another_calendar_takes_all_its_dates_along(begin: Begin) -> None:
    world = begin(purposes=BOTH)
    world.editor.change_rule(world.uid, "FREQ=WEEKLY;COUNT=4")
    world.sync()
    before = {o.id: o.start for o in world.outings()}
    href = put_there(world)
    world.editor.delete(world.editor.open(world.uid).href)
    world.sync()
    assert {o.id: o.start for o in world.outings() if o.state is AppointmentState.PUBLISHED} == before
    assert {world.scene.href_of(one) for one in before} == {href}
    world.quiet()
