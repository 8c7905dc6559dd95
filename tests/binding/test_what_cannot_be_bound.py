"""Bindings that make no sense are refused with a sentence in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from calendars.sync.ports import CollectionKind
from sidecar.domain.bindings import Binding, Purpose
from sidecar.domain.centres import Centre
from sidecar.domain.errors import DomainError, NotFound
from sidecar.i18n import translator
from sidecar.services.binding import bind, connect_space, let_write
from tests.twin import Twin, twin

OTHER = "/calendars/service/other/"


@pytest.fixture
def world(tmp_path: Path) -> Twin:
    world = twin(tmp_path, purposes=(Purpose.OUTINGS, Purpose.CONTACTS))
    with world.scene.board() as uow:
        uow.centres.add(Centre(id="cleunay", name="Centre social de Cleunay"))
    return world


def tie(world: Twin, **options: Any) -> Binding:
    values: dict[str, Any] = {
        "centre_id": "maurepas",
        "href": OTHER,
        "purposes": (Purpose.MEETINGS,),
        "display_name": "Réunions",
        "writes": False,
    }
    with world.scene.board() as uow:
        return bind(
            uow,
            space=uow.spaces.get("space"),
            now=world.scene.clock(),
            new_id=world.scene.application.new_id,
            **(values | options),
        )


def refused(world: Twin, **options: Any) -> str:
    """The code of the refusal, after its sentence was found in both languages with its gaps filled."""
    with pytest.raises(DomainError) as told:
        tie(world, **options)
    for language in ("fr", "en"):
        sentence = translator(language)(f"error.{told.value.code}", **told.value.details)
        assert "{" not in sentence
        assert sentence.endswith(".")
    return told.value.code


def test_a_calendar_is_bound_to_one_centre_only(world: Twin) -> None:
    assert refused(world, centre_id="cleunay", href=world.calendar) == "bound_elsewhere"


def test_an_address_book_serves_no_outings(world: Twin) -> None:
    book = world.scene.collections[Purpose.CONTACTS]
    assert refused(world, href=book, purposes=(Purpose.OUTINGS, Purpose.CONTACTS)) == "mixed_purposes"
    assert refused(world, href=book, purposes=(Purpose.MEETINGS,)) == "mixed_purposes"
    assert refused(world, href=world.calendar, purposes=(Purpose.CONTACTS,)) == "mixed_purposes"


def test_a_purpose_is_served_by_one_calendar_of_a_centre(world: Twin) -> None:
    assert refused(world, purposes=(Purpose.OUTINGS, Purpose.MEETINGS)) == "purpose_taken"


def test_a_calendar_for_nothing_is_refused(world: Twin) -> None:
    assert refused(world, purposes=()) == "no_purpose"


def test_a_centre_that_nobody_knows_is_refused(world: Twin) -> None:
    with pytest.raises(NotFound):
        tie(world, centre_id="nowhere")


def test_a_refused_binding_leaves_no_trace(world: Twin) -> None:
    refused(world, purposes=(Purpose.OUTINGS,))
    with world.scene.reading() as uow:
        assert {b.href for b in uow.bindings.all()} == set(world.scene.collections.values())


def test_binding_the_same_calendar_again_changes_what_it_is_for(world: Twin) -> None:
    first = tie(world)
    second = tie(world, purposes=(Purpose.MEETINGS, Purpose.TRAINING), writes=True)
    assert second.id == first.id
    with world.scene.reading() as uow:
        (found,) = [b for b in uow.bindings.all() if b.href == OTHER]
    assert (found.purposes, found.writes) == ((Purpose.MEETINGS, Purpose.TRAINING), True)


def test_connecting_the_same_account_again_renews_its_secret(world: Twin) -> None:
    with world.scene.board() as uow:
        known = uow.spaces.get("space")
        again = connect_space(
            uow, url=known.url, username=known.username, secret="new", organizer="desk@example.org", schedules=True,
            new_id=world.scene.application.new_id,
        )  # fmt: skip
    with world.scene.reading() as uow:
        (space,) = uow.spaces.all()
    assert (again.id, space.secret, space.organizer, space.schedules) == ("space", "new", "desk@example.org", True)


def test_writing_is_let_centre_by_centre(world: Twin) -> None:
    world.server.add_collection("service", CollectionKind.CALENDAR, "other")
    tie(world, centre_id="cleunay")
    with world.scene.board() as uow:
        changed = let_write(uow, "cleunay", True, world.scene.clock())
    assert [b.href for b in changed] == [OTHER]
    with world.scene.reading() as uow:
        assert all(b.writes for b in uow.bindings.all())
