"""A calendar is elsewhere: renamed with its address, in another account, made again. Nothing is doubled or called off."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from calendars.dav import connect
from calendars.sync.ports import CollectionKind, CollectionState
from sidecar.domain.appointments import AppointmentState
from sidecar.domain.bindings import Purpose, Space
from sidecar.domain.centres import Centre
from sidecar.domain.errors import DomainError, NotFound, NotNow
from sidecar.i18n import translator
from sidecar.services.binding import bind, connect_space
from sidecar.services.rebinding import Rebound, find_again
from tests.restore.place import Place
from tests.rows.world import Over, World, next_week
from tests.scene import outing

CALENDAR, BOOK = CollectionKind.CALENDAR, CollectionKind.ADDRESSBOOK
PUBLISHED, CANCELLED = AppointmentState.PUBLISHED, AppointmentState.CANCELLED


@pytest.fixture
def world(place: Place) -> World:
    """Three outings; one was answered, one carries what somebody else's program wrote, one was made in a calendar app and
    repeats."""
    world = place.world(outings=2)
    world.editor.answer(world.uid, "bruno@example.org", "ACCEPTED")
    world.editor.add_foreign_property(world.scene.uid_of("cafe1"), "X-CAISSE", "sous le comptoir")
    uid = world.editor.create_event("Le Café du facteur, marché", next_week(16), next_week(18))
    world.editor.change_rule(uid, "FREQ=WEEKLY;COUNT=3")
    world.sync()
    world.quiet()
    return world


def move(world: World, over: Over, name: str, *, purpose: Purpose = Purpose.OUTINGS, other_names: bool = False) -> str:
    """Everything of a collection goes into a new one, and the old one is no more; its new href."""
    kind = BOOK if purpose is Purpose.CONTACTS else CALENDAR
    old = world.over.adapter(world.scene.collections[purpose], kind)
    made = over.opened().create_collection(kind, name, name.capitalize()).href
    new = over.adapter(made, kind)
    for number, href in enumerate(sorted(old.list())):
        last = f"object{number}{href[href.rindex('.') :]}" if other_names else href.rpartition("/")[2]
        new.put(made + last, old.get(href)[1], None)
    old.delete_collection()  # type: ignore[attr-defined]
    return made


def again(
    world: World, wanted: dict[Purpose, str], account: tuple[Space, list[CollectionState]] | None = None
) -> list[Rebound]:
    found = find_again(world.scene.syncer, "maurepas", wanted, account=account, actor="test")
    for one in found:
        world.scene.collections.update(dict.fromkeys(one.binding.purposes, one.binding.href))
    return found


def known(world: World) -> dict[str, Any]:
    return {o.id: (o.start, o.state, o.participants, o.generation) for o in world.outings()}


def settled(world: World, before: dict[str, Any]) -> None:
    """The next pass writes nothing, and everything is as it was."""
    report = world.sync().of(world.calendar)
    assert (report.pushed, report.conflicted, report.refused, report.guarded, report.error) == (0, 0, 0, "", "")
    assert known(world) == before
    assert world.conflicts() == []
    assert all(world.scene.href_of(i).startswith(world.calendar) for i in before)
    world.quiet()


@pytest.mark.parametrize("other_names", [False, True], ids=["same names", "other names"])
def test_a_calendar_at_another_address_is_known_again_by_its_entries(world: World, other_names: bool) -> None:
    before, texts = known(world), sorted(world.texts().values())
    href = move(world, world.over, "quartier", other_names=other_names)
    assert world.sync().of(world.calendar).guarded == "gone"
    was = world.calendar
    (rebound,) = again(world, {Purpose.OUTINGS: "Quartier"})
    assert (rebound.binding.href, rebound.was) == (href, was)
    settled(world, before)
    assert sorted(world.texts().values()) == texts


def test_it_goes_on_in_both_directions(world: World) -> None:
    move(world, world.over, "quartier")
    again(world, {Purpose.OUTINGS: "Quartier"})
    world.sync()
    world.change(title="Sous les arbres")
    world.editor.change_place(world.scene.uid_of("cafe1"), "Halle")
    world.sync()
    assert "SUMMARY:Sous les arbres" in world.text()
    place = world.outing("cafe1").place
    assert place is not None and place.name == "Halle"
    assert "X-CAISSE:sous le comptoir" in world.text("cafe1")


def test_what_both_sides_changed_on_the_way_is_merged(world: World) -> None:
    href = move(world, world.over, "quartier")
    world.change(title="Sous les arbres")
    world.scene.collections[Purpose.OUTINGS] = href
    world.editor.change_place(world.uid, "Halle")
    again(world, {Purpose.OUTINGS: href})
    world.sync()
    world.sync()
    assert world.conflicts() == []
    assert world.outing().title == "Sous les arbres"
    assert "SUMMARY:Sous les arbres" in world.text() and "LOCATION:Halle" in world.text()
    world.quiet()


def test_a_contact_list_at_another_address_is_known_again(world: World) -> None:
    before, cards = world.people(), sorted(world.contacts.texts().values())
    move(world, world.over, "carnet", purpose=Purpose.CONTACTS)
    again(world, {Purpose.CONTACTS: "Carnet"})
    report = world.sync().of(world.book)
    assert (report.pushed, report.conflicted) == (0, 0)
    assert world.people() == before
    assert sorted(world.contacts.texts().values()) == cards
    (anne,) = world.contacts.named("Anne Le Roux")
    world.contacts.change_phone(anne, "+33 6 39 98 11 22")
    world.sync()
    assert any("+33639981122" in person.phones for person in world.people().values())
    world.quiet()


def other_account(world: World, place: Place) -> tuple[Over, Space]:
    """An account of somebody else on the same server, connected."""
    if place.served is None:
        over = replace(world.over, user="centre")
    else:
        user, password = place.served.new_user()
        over = replace(world.over, user=user, password=password, home=connect(place.served.url, user, password))
    with world.scene.board() as uow:
        space = connect_space(
            uow, url="https://server.example", username=over.user, secret="", organizer="service@example.org",
            schedules=False, new_id=world.scene.application.new_id,
        )  # fmt: skip
    homes = {world.scene.space.username: world.over.opened, over.user: over.opened}
    world.scene.syncer = replace(world.scene.syncer, open_home=lambda space: homes[space.username]())
    return over, space


def test_everything_moved_to_another_account_is_found_by_its_names(world: World, place: Place) -> None:
    before = known(world)
    over, space = other_account(world, place)
    for purpose in (Purpose.OUTINGS, Purpose.CONTACTS):
        move(world, over, f"c-{purpose}", purpose=purpose)
    states = list(over.opened().look((CALENDAR, BOOK)))
    assert len(again(world, {}, (space, states))) == 2
    world.over = over
    world.scene.space = space
    settled(world, before)
    with world.scene.reading() as uow:
        assert {b.space_id for b in uow.bindings.all()} == {space.id}
        assert uow.spaces.get("space").secret == ""
    world.change(title="Sous les arbres")
    world.sync()
    assert "SUMMARY:Sous les arbres" in world.text()


def test_an_empty_calendar_in_its_place_is_filled_under_new_names(world: World) -> None:
    before = {o.id: world.scene.uid_of(o.id) for o in world.outings()}
    world.over.adapter(world.calendar, CALENDAR).delete_collection()  # type: ignore[attr-defined]
    assert world.sync().of(world.calendar).guarded == "gone"
    with pytest.raises(NotNow, match="restore_gone"):
        world.scene.syncer.resume("maurepas", restore=True, actor="test")
    made = world.over.opened().create_collection(CALENDAR, "neuf", "Neuf")
    again(world, {Purpose.OUTINGS: "Neuf"})
    assert world.scene.collections[Purpose.OUTINGS] == made.href
    report = world.sync().of(made.href)
    assert (report.guarded, report.put_back, report.created) == ("", 3, 3)
    assert {o.state for o in world.outings()} == {PUBLISHED}
    assert set(before) == {o.id for o in world.outings()}
    assert not {world.scene.uid_of(i) for i in before} & set(before.values())
    # With all that people had written into them, rhythm and answers too.
    assert "X-CAISSE:sous le comptoir" in world.text("cafe1")
    assert sum("FREQ=WEEKLY;COUNT=3" in text for text in world.texts().values()) == 1
    bruno = world.outing().participation("bruno")
    assert bruno is not None and world.outing().response_for_now(bruno) == "accepted"
    world.sync()
    world.quiet()


def test_what_is_missing_there_is_written_anew_and_the_rest_known_again(world: World) -> None:
    kept = world.scene.uid_of()
    href = move(world, world.over, "quartier")
    adapter = world.over.adapter(href, CALENDAR)
    lost = next(h for h in adapter.list() if "X-CAISSE" in adapter.get(h)[1])
    adapter.delete(lost, None)
    again(world, {Purpose.OUTINGS: href})
    assert world.sync().of(href).created == 1
    assert world.scene.uid_of() == kept
    assert {o.state for o in world.outings()} == {PUBLISHED}
    assert "X-CAISSE:sous le comptoir" in world.text("cafe1")
    world.sync()
    world.quiet()


def test_where_it_cannot_be_reached_at_first_it_is_known_again_later(world: World) -> None:
    before = known(world)
    href = move(world, world.over, "quartier")
    again(world, {Purpose.OUTINGS: href})
    opened = world.scene.syncer

    class Blind:
        """Shows no calendar at all."""

        requests = 0
        at_once = 1
        binned = frozenset[str]()

        def look(self, kinds: object) -> list[CollectionState]:
            return []

    world.scene.syncer = replace(opened, open_home=lambda space: Blind())  # type: ignore[arg-type, return-value]
    world.scene.sync()
    world.scene.syncer = opened
    settled(world, before)


# --- asked wrongly ---------------------------------------------------------------------------------------------------


def refused(world: World, wanted: dict[Purpose, str], centre: str = "maurepas") -> str:
    with pytest.raises(DomainError) as told:
        find_again(world.scene.syncer, centre, wanted, actor="test")
    if not isinstance(told.value, NotFound):
        for language in ("fr", "en"):
            assert "{" not in translator(language)(f"error.{told.value.code}", **told.value.details)
    return told.value.code


def test_what_cannot_be_found_again_is_refused_with_a_sentence(place: Place) -> None:
    world = place.world()
    assert refused(world, {}) == "nothing_to_rebind"
    assert refused(world, {Purpose.MEETINGS: "Nowhere"}) == "centre_not_bound"
    assert refused(world, {Purpose.OUTINGS: "Nowhere"}) == "rebind_unclear"
    assert refused(world, {Purpose.OUTINGS: world.book}) == "rebind_unclear"
    assert refused(world, {}, "nowhere") == "not_found"
    world.over.adapter(world.calendar, CALENDAR).delete_collection()  # type: ignore[attr-defined]
    assert refused(world, {}) == "rebind_unclear"


def test_another_centres_calendar_is_not_taken_away(place: Place) -> None:
    world = place.world()
    theirs = world.over.opened().create_collection(CALENDAR, "cleunay", "Cleunay")
    with world.scene.board() as uow:
        uow.centres.add(Centre(id="cleunay", name="Cleunay"))
        bind(
            uow, space=world.scene.space, centre_id="cleunay", href=theirs.href, purposes=(Purpose.OUTINGS,),
            display_name="Cleunay", writes=True, now=world.scene.clock(), new_id=world.scene.application.new_id,
        )  # fmt: skip
    assert refused(world, {Purpose.OUTINGS: "Cleunay"}) == "bound_elsewhere"
    world.quiet()


# --- let go of, and bound elsewhere ------------------------------------------------------------------------------------


def let_go_and_bind(world: World, href: str) -> None:
    with world.scene.reading() as uow:
        (binding,) = [b for b in uow.bindings.all() if Purpose.OUTINGS in b.purposes]
    world.scene.syncer.unbind(binding.id, take_out=False, actor="test")
    with world.scene.board() as uow:
        space = uow.spaces.get("space")
        bind(
            uow, space=space, centre_id="maurepas", href=href, purposes=(Purpose.OUTINGS,), display_name="", writes=True,
            now=world.scene.clock(), new_id=world.scene.application.new_id,
        )  # fmt: skip
    world.scene.collections[Purpose.OUTINGS] = href


def test_entries_of_ours_in_a_calendar_bound_afresh_are_known_by_their_names(place: Place) -> None:
    world = place.world(outings=3)
    href = move(world, world.over, "quartier", other_names=True)
    let_go_and_bind(world, href)
    before, texts = known(world), world.texts()
    settled(world, before)
    assert world.texts() == texts
    assert world.others() == []


def test_what_differs_in_a_calendar_bound_afresh_is_kept_to_choose(place: Place) -> None:
    world = place.world(outings=2)
    href = move(world, world.over, "quartier")
    let_go_and_bind(world, href)
    world.change(title="Sous les arbres")
    world.sync()
    (kept,) = world.conflicts()
    assert (kept.field, kept.ours, kept.theirs) == ("summary", "Sous les arbres", "Le Café du facteur")
    assert world.outing().title == "Le Café du facteur"


def test_a_calendar_that_was_let_go_of_keeps_its_names_to_itself(place: Place) -> None:
    """The old one stands on; what is written into the new one may not have the same UIDs."""
    world = place.world(outings=2)
    old = {i: world.scene.uid_of(i) for i in ("cafe", "cafe1")}
    left = world.texts()
    made = world.over.opened().create_collection(CALENDAR, "neuf", "Neuf")
    former = world.calendar
    let_go_and_bind(world, made.href)
    world.sync()
    assert len(world.texts()) == 2
    assert not {world.scene.uid_of(i) for i in old} & set(old.values())
    adapter = world.over.adapter(former, CALENDAR)
    assert {h: adapter.get(h)[1] for h in adapter.list()} == left
    with world.scene.board() as uow:
        uow.appointments.add(outing(3))
    world.sync()
    world.quiet()
