"""Row: creates an event whose title or category is an initiative's -> a published outing to confirm; the event stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sidecar.domain.appointments import AppointmentState, Outing
from sidecar.domain.audit import Origin
from sidecar.services import rota
from tests.editor.times import Moment
from tests.rows.conftest import Begin
from tests.rows.world import MARKED, World, next_week

NINE: Moment = next_week(9, 0, days=7)
NOON: Moment = next_week(12, 0, days=7)


def only_new(world: World) -> Outing:
    (found,) = world.others()
    return found


def test_an_event_named_like_an_initiative_becomes_an_outing_to_confirm_and_stays_as_it_is(styled: World) -> None:
    world = styled
    uid = world.editor.create_event("Le Café du facteur", NINE, NOON, place="Sous le porche", text="Avec Yvon")
    before = world.editor.text(uid)
    world.sync()
    outing = only_new(world)
    assert (outing.state, outing.to_confirm) == (AppointmentState.PUBLISHED, True)
    assert (outing.initiative_id, outing.start, outing.end) == ("facteur", NINE, NOON)
    assert outing.place is not None and outing.place.name == "Sous le porche"
    assert outing.text == "Avec Yvon"
    (entry,) = world.audit(subject_id=outing.id)
    assert (entry.action, entry.origin, entry.actor) == ("add", Origin.CALENDAR, "calendar:service")
    assert world.editor.text(uid) == before
    world.quiet()


@pytest.mark.parametrize("title", ["cafe du facteur", "LE CAFÉ DU FACTEUR : spécial galettes"])
def test_case_accents_and_what_follows_the_name_do_not_matter(world: World, title: str) -> None:
    world.editor.create_event(title, NINE, NOON)
    world.sync()
    assert only_new(world).title == title


def test_an_alias_or_a_category_names_the_initiative_too(world: World) -> None:
    with world.scene.board() as uow:
        facteur = uow.initiatives.get("facteur")
        uow.initiatives.save(type(facteur)(**{**vars(facteur), "aliases": ("La pause du courrier",)}))
    world.editor.create_event("La pause du courrier", NINE, NOON)
    later = next_week(14, 0, days=8)
    world.editor.create_event("Avec les voisins", later, later + timedelta(hours=2), category="Café du facteur")
    world.sync()
    assert {o.title for o in world.others()} == {"La pause du courrier", "Avec les voisins"}
    assert {o.initiative_id for o in world.others()} == {"facteur"}


def test_nobody_is_invited_until_the_team_is_found_then_the_event_is_drawn(styled: World) -> None:
    world = styled
    uid = world.editor.create_event("Le Café du facteur", NINE, NOON)
    world.editor.add_foreign_property(uid, "X-CAISSE", "sous le comptoir")
    world.sync()
    outing = only_new(world)
    with world.scene.board() as uow:
        current = uow.appointments.get(outing.id)
        rota.change(uow, outing.id, current.version, meeting_point="Au coin")
    world.sync()
    assert "ATTENDEE" not in world.text(outing.id)
    assert MARKED not in world.text(outing.id)
    world.staff(outing.id, "anne", "bruno")
    world.sync()
    assert not world.outing(outing.id).to_confirm
    assert set(world.editor.attendees(uid)) == {"anne@example.org", "bruno@example.org", "denis@example.org"}
    text = world.text(outing.id)
    assert MARKED in text and "Au coin" in text
    assert "X-CAISSE:sous le comptoir" in text
    world.quiet()


def test_a_reason_invites_as_well(world: World) -> None:
    world.editor.create_event("Le Café du facteur", NINE, NOON)
    world.sync()
    outing = only_new(world)
    with world.scene.board() as uow:
        current = uow.appointments.get(outing.id)
        rota.change(uow, outing.id, current.version, override_reason="Portes ouvertes, tout le monde est là")
    world.sync()
    assert not world.outing(outing.id).to_confirm
    assert MARKED in world.text(outing.id)
    world.quiet()


def test_an_event_of_the_past_stays_its_writers(world: World) -> None:
    uid = world.editor.create_event("Le Café du facteur", next_week(9, 0, days=-30), next_week(11, 0, days=-30))
    before = world.editor.text(uid)
    world.sync()
    assert world.others() == []
    assert world.editor.text(uid) == before


def test_what_it_becomes_moves_and_is_cancelled_like_any_other(styled: World) -> None:
    world = styled
    uid = world.editor.create_event("Le Café du facteur", NINE, NOON)
    world.sync()
    world.editor.move(uid, next_week(14, 0, days=7))
    world.sync()
    assert only_new(world).start == next_week(14, 0, days=7)
    world.editor.delete(uid)
    world.sync()
    assert only_new(world).state is AppointmentState.CANCELLED
    world.quiet()


def test_an_all_day_event_is_an_all_day_outing(world: World) -> None:
    day = next_week(days=7).date()
    world.editor.create_event("Le Café du facteur", day, day + timedelta(days=1))
    world.sync()
    outing = only_new(world)
    assert outing.all_day
    assert outing.start.date() == day
    world.staff(outing.id, "anne", "bruno")
    world.sync()
    assert "DTSTART;VALUE=DATE:20260310" in world.text(outing.id)
    world.quiet()


def test_a_title_that_leaves_the_initiative_stays_our_outing(styled: World) -> None:
    world = styled
    world.editor.retitle(world.uid, "Fête des voisins")
    world.sync()
    assert world.outing().title == "Fête des voisins"
    world.editor.move(world.uid, next_week(16, 0))
    world.sync()
    assert world.outing().start == next_week(16, 0)
    assert world.others() == []
    world.quiet()


def test_an_event_that_comes_to_be_named_later_becomes_an_outing_then(world: World) -> None:
    uid = world.editor.create_event("Réservé", NINE, NOON)
    world.sync()
    assert world.others() == []
    world.editor.retitle(uid, "Le Café du facteur")
    world.sync()
    assert only_new(world).start == NINE


def test_an_initiative_in_preparation_counts_too(begin: Begin) -> None:
    world = begin(outings=0)
    with world.scene.board() as uow:
        facteur = uow.initiatives.get("facteur")
        uow.initiatives.save(type(facteur)(**{**vars(facteur), "preparing": True}))
    world.editor.create_event("Le Café du facteur", NINE, NOON)
    world.sync()
    assert only_new(world).to_confirm
