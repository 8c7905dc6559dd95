"""The calendar server is put back from an old backup: what both sides had agreed on since stands again, nothing is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from calendars.sync.ports import Past
from calendars.sync.report import CollectionReport
from sidecar.domain.appointments import AppointmentState
from sidecar.domain.places import Place
from sidecar.services import rota
from sidecar.services.conflicts import choose
from tests.restore.place import Place as Server
from tests.rows.world import World, next_week
from tests.scene import outing

PUBLISHED, CANCELLED = AppointmentState.PUBLISHED, AppointmentState.CANCELLED


@pytest.fixture
def world(place: Server) -> World:
    return place.world(outings=4)


def passed(world: World) -> CollectionReport:
    """A pass after the restore, which settles what it can; then nothing is left to do."""
    report = world.sync().of(world.calendar)
    world.sync()
    world.quiet()
    return report


def titles(world: World) -> list[str]:
    return sorted(o.title for o in world.outings() if o.state is PUBLISHED)


def test_older_texts_give_way_to_what_was_agreed_since(place: Server, world: World) -> None:
    put_back = place.take()
    world.editor.retitle(world.uid, "Le Café du facteur, sous les arbres")
    world.change("cafe1", place=Place(name="Halle"))
    world.sync()
    stood = world.texts()
    put_back()
    assert world.texts() != stood
    report = passed(world)
    assert report.put_back == 2
    assert world.outing().title == "Le Café du facteur, sous les arbres"
    assert world.outing("cafe1").place == Place(name="Halle")
    assert "SUMMARY:Le Café du facteur\\, sous les arbres" in world.text()
    assert "LOCATION:Halle" in world.text("cafe1")
    assert world.conflicts() == []


def test_what_people_wrote_that_means_nothing_to_us_is_back_too(place: Server, world: World) -> None:
    put_back = place.take()
    world.editor.add_foreign_property(world.uid, "X-CAISSE", "sous le comptoir")
    world.sync()
    put_back()
    assert "X-CAISSE" not in world.text()
    passed(world)
    assert "X-CAISSE:sous le comptoir" in world.text()


def test_answers_given_since_stand(place: Server, world: World) -> None:
    put_back = place.take()
    world.editor.answer(world.uid, "bruno@example.org", "ACCEPTED")
    world.sync()
    put_back()
    passed(world)
    bruno = world.outing().participation("bruno")
    assert bruno is not None and world.outing().response_for_now(bruno) == "accepted"
    assert "PARTSTAT=ACCEPTED" in world.text()


def test_what_our_side_changed_meanwhile_goes_out_with_it(place: Server, world: World) -> None:
    put_back = place.take()
    world.editor.retitle(world.uid, "Sous les arbres")
    world.sync()
    put_back()
    world.change(place=Place(name="Halle"))
    passed(world)
    assert (world.outing().title, world.outing().place) == ("Sous les arbres", Place(name="Halle"))
    assert "SUMMARY:Sous les arbres" in world.text() and "LOCATION:Halle" in world.text()


def test_what_was_made_since_and_vanished_stands_again_under_its_name(place: Server, world: World) -> None:
    put_back = place.take()
    with world.scene.board() as uow:
        uow.appointments.add(outing(5))
    world.editor.create_event("Le Café du facteur, marché", next_week(16), next_week(18))
    world.sync()
    (made,) = world.others()
    stood, hrefs = world.texts(), {i: world.scene.href_of(i) for i in ("cafe5", made.id)}
    put_back()
    assert len(world.texts()) == 4
    report = passed(world)
    assert report.put_back == 2
    assert {o.state for o in world.outings()} == {PUBLISHED}
    assert {i: world.scene.href_of(i) for i in ("cafe5", made.id)} == hrefs
    assert set(world.texts()) == set(stood)
    assert [o.id for o in world.others()] == [made.id]


def test_what_was_deleted_or_called_off_since_stays_called_off(place: Server, world: World) -> None:
    put_back = place.take()
    world.editor.delete(world.scene.uid_of("cafe1"))
    with world.scene.board() as uow:
        rota.cancel(uow, "cafe2")
    world.editor.retitle(world.uid, "Sous les arbres")
    world.sync()
    put_back()
    assert len(world.texts()) == 4
    passed(world)
    assert [world.outing(i).state for i in ("cafe", "cafe1", "cafe2", "cafe3")] == [
        PUBLISHED,
        CANCELLED,
        CANCELLED,
        PUBLISHED,
    ]
    assert "STATUS:CANCELLED" in world.text("cafe1")
    assert "STATUS:CANCELLED" in world.text("cafe2")
    assert world.others() == []


def test_an_older_generation_that_is_back_goes_again(place: Server, world: World) -> None:
    put_back = place.take()
    old = world.scene.href_of("cafe1")
    world.editor.delete(world.scene.uid_of("cafe1"))
    world.sync()
    with world.scene.board() as uow:
        rota.bring_back(uow, "cafe1")
    world.sync()
    young = world.scene.href_of("cafe1")
    put_back()
    assert old in world.texts() and young not in world.texts()
    passed(world)
    assert old not in world.texts() and young in world.texts()
    assert world.outing("cafe1").state is PUBLISHED
    assert world.others() == []


@pytest.mark.parametrize("edited", [False, True])
def test_an_older_generation_that_somebody_puts_beside_the_younger_goes_and_what_they_wrote_is_kept(
    place: Server, world: World, edited: bool
) -> None:
    old, text = world.scene.href_of("cafe1"), world.text("cafe1")
    world.editor.delete(world.scene.uid_of("cafe1"))
    world.sync()
    with world.scene.board() as uow:
        rota.bring_back(uow, "cafe1")
    world.sync()
    young = world.scene.href_of("cafe1")
    assert old not in world.texts() and young != old
    theirs = text.replace("SUMMARY:", "SUMMARY:Apporter les thermos\\, ") if edited else text
    world.editor.put_text(old, theirs)
    passed(world)
    assert old not in world.texts() and young in world.texts()
    assert world.outing("cafe1").state is PUBLISHED and "thermos" not in world.outing("cafe1").title
    assert world.others() == []
    kept = [str(c.theirs) for c in world.conflicts() if c.field == "text_superseded"]
    assert any("thermos" in each for each in kept) is edited


def test_who_edits_an_older_text_before_we_look_is_heard_and_nothing_goes_without_a_trace(
    place: Server, world: World
) -> None:
    put_back = place.take()
    world.editor.retitle(world.uid, "Sous les arbres")
    world.editor.retitle(world.scene.uid_of("cafe1"), "Ailleurs")
    world.sync()
    put_back()
    world.editor.change_place(world.uid, "Halle")
    passed(world)
    outing_now = world.outing()
    assert outing_now.place is not None and outing_now.place.name == "Halle"
    assert world.outing("cafe1").title == "Ailleurs"
    kept = {c.field: (c.ours, c.theirs) for c in world.conflicts()}
    assert kept.pop("summary") == ("Sous les arbres", "Le Café du facteur")
    # Nobody can tell any more which of the two was edited just now.
    assert kept == {"location": ("Place du Gros-Chêne", "Halle")}


def test_most_of_it_gone_is_still_a_question_and_putting_back_keeps_what_people_wrote(place: Server) -> None:
    world = place.world(outings=1)
    put_back = place.take()
    with world.scene.board() as uow:
        for number in range(1, 9):
            uow.appointments.add(outing(number))
    world.sync()
    world.editor.add_foreign_property(world.scene.uid_of("cafe3"), "X-CAISSE", "sous le comptoir")
    world.sync()
    put_back()
    assert world.sync().of(world.calendar).guarded == "drained"
    assert {o.state for o in world.outings()} == {PUBLISHED}
    world.scene.syncer.resume("maurepas", restore=True, actor="coordinator")
    passed(world)
    assert len(world.texts()) == 9
    assert "X-CAISSE:sous le comptoir" in world.text("cafe3")
    assert world.others() == []


def test_cards_that_went_back_are_put_back(place: Server, world: World) -> None:
    put_back = place.take()
    (anne,) = world.contacts.named("Anne Le Roux")
    world.contacts.change_phone(anne, "+33 6 39 98 11 22")
    world.sync()
    put_back()
    world.sync()
    world.quiet()
    assert any("+33639981122" in person.phones for person in world.people().values())
    (anne,) = world.contacts.named("Anne Le Roux")
    assert "98 11 22" in world.contacts.text(anne) or "+33639981122" in world.contacts.text(anne)


def test_nothing_is_left_over_once_all_is_put_back(place: Server, world: World) -> None:
    put_back = place.take()
    world.editor.retitle(world.uid, "Sous les arbres")
    world.sync()
    put_back()
    passed(world)
    with world.scene.reading() as uow:
        memory = uow.memory("space")
        assert list(memory.intents()) == []
        assert memory.cursor(world.calendar).past is Past.NOT
    world.editor.retitle(world.uid, "Au soleil")
    world.sync()
    assert world.outing().title == "Au soleil"
    world.quiet()


def weekly(world: World) -> str:
    """The outing of the scene repeats three times, and its second date has another place."""
    world.editor.change_rule(world.uid, "FREQ=WEEKLY;COUNT=3")
    world.sync()
    world.editor.change_one_date(world.uid, next_week(days=7), place="Halle")
    world.sync()
    return world.uid


def dates(world: World) -> list[tuple[str, object, str]]:
    return sorted((o.id, o.start, o.place.name if o.place else "") for o in world.outings() if o.state is PUBLISHED)


def test_a_series_goes_back_to_what_was_agreed_with_its_changed_dates(place: Server) -> None:
    world = place.world(outings=3)
    put_back = place.take()
    weekly(world)
    before, text = dates(world), world.text()
    assert "RECURRENCE-ID" in text and len(before) == 5
    put_back()
    assert "FREQ=WEEKLY" not in world.text()
    report = passed(world)
    assert report.put_back == 1
    assert dates(world) == before
    assert "FREQ=WEEKLY;COUNT=3" in world.text() and "RECURRENCE-ID" in world.text()


def test_a_series_that_vanished_stands_again_as_one(place: Server) -> None:
    world = place.world(outings=4)
    put_back = place.take()
    uid = world.editor.create_event("Le Café du facteur, marché", next_week(16), next_week(18))
    world.editor.change_rule(uid, "FREQ=WEEKLY;COUNT=3")
    world.sync()
    before = dates(world)
    assert len(before) == 7
    put_back()
    passed(world)
    assert dates(world) == before
    assert sum("FREQ=WEEKLY;COUNT=3" in text for text in world.texts().values()) == 1


def test_a_date_called_off_in_a_series_that_vanished_is_called_off_in_it_still(place: Server) -> None:
    world = place.world(outings=4)
    put_back = place.take()
    uid = world.editor.create_series("Le Café du facteur, marché", next_week(16), next_week(18), "FREQ=WEEKLY;COUNT=3")
    world.sync()
    second = next(o for o in world.outings() if o.start == next_week(16, days=7))
    put_back()
    with world.scene.board() as uow:
        rota.cancel(uow, second.id)
    passed(world)
    assert world.outing(second.id).state is CANCELLED
    assert "STATUS:CANCELLED" in world.editor.text(uid)
    with world.scene.board() as uow:
        rota.bring_back(uow, second.id)
    world.sync()
    assert "STATUS:CANCELLED" not in world.editor.text(uid)
    assert len(world.texts()) == 5
    world.quiet()


def test_what_people_made_and_deleted_since_is_called_off_again_and_not_made_anew(place: Server, world: World) -> None:
    at = next_week(15)
    single = world.editor.create_event("Le Café du facteur", at, at + timedelta(hours=2))
    first = next_week(10, days=1)
    weekly = world.editor.create_series("Le Café du facteur", first, first + timedelta(hours=2), "FREQ=WEEKLY;COUNT=2")
    other = world.editor.create_event("Le Café du facteur", at + timedelta(days=2), at + timedelta(days=2, hours=2))
    world.sync()
    # No initiative is called so: that it was an outing is known from before.
    world.editor.retitle(other, "Chez les voisins")
    world.sync()
    made = {o.id for o in world.others()}
    assert len(made) == 4
    put_back = place.take()
    world.editor.change_one_date(weekly, first, start=first + timedelta(hours=4))
    world.sync()
    for uid in (single, weekly, other):
        world.editor.delete(uid)
    # Else everything is as it was before they came, and a token that tells what stands there is an old one.
    world.editor.retitle(world.uid, "Sous les arbres")
    world.sync()
    # Nobody takes it for the second half of a split any more.
    world.scene.clock.forward(timedelta(hours=1))
    world.sync()
    put_back()
    passed(world)
    assert {o.id for o in world.others()} == made
    assert {world.outing(i).state for i in made} == {CANCELLED}
    assert {o.state for o in world.outings() if o.id not in made} == {PUBLISHED}
    assert all("STATUS:CANCELLED" in world.editor.text(uid) for uid in (single, other))
    assert world.editor.text(weekly).count("STATUS:CANCELLED") == 2


def test_somebody_whose_card_was_deleted_since_is_no_contact_again_until_somebody_edits_it(
    place: Server, world: World
) -> None:
    (anne,) = world.contacts.named("Anne Le Roux")
    put_back = place.take()
    world.contacts.delete_card(anne)
    world.sync()
    put_back()
    passed(world)
    assert contacts_named(world, "Anne") == [False]
    assert [(c.field, c.why) for c in world.conflicts()] == [("card", "card_gone")]
    world.contacts.change_phone(anne, "+33 6 39 98 11 22")
    world.sync()
    assert contacts_named(world, "Anne") == [True]


def test_a_card_that_was_replaced_since_goes_again_and_nobody_has_two(place: Server, world: World) -> None:
    (anne,) = world.contacts.named("Anne Le Roux")
    put_back = place.take()
    world.contacts.delete_card(anne)
    world.sync()
    with world.scene.board() as uow:
        (asked,) = uow.conflicts.open()
        choose(uow, asked.id, "ours")
    world.sync()
    (newer,) = world.contacts.named("Anne Le Roux")
    assert newer != anne
    for _ in range(2):
        # Nor when it is put back once more.
        put_back()
        passed(world)
        assert world.contacts.named("Anne Le Roux") == [newer]
        assert contacts_named(world, "Anne") == [True]
        assert world.conflicts() == []


def contacts_named(world: World, given_name: str) -> list[bool]:
    """Whether each person of that name is among the contacts of their centre."""
    return [m.in_contacts for p in world.people().values() if p.given_name == given_name for m in p.memberships]
