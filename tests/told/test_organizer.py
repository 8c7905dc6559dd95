"""We write as the calendar's owner, who is the organizer; another's event is only watched."""

from __future__ import annotations

from dataclasses import replace

from tests.editor.lines import Line
from tests.rows.world import next_week
from tests.told.conftest import Told

OURS = "ORGANIZER;CN=Centre social de Maurepas:mailto:service@example.org"


def test_what_we_make_names_us_even_where_nobody_is_invited_yet(told: Told) -> None:
    told.unstaff("anne", "bruno", "denis")
    with told.world.scene.board() as uow:
        uow.appointments.add(type(told.world.outing())(**{**vars(told.world.outing()), "id": "cafe1", "version": 0}))
    told.sync()
    text = told.world.text("cafe1")
    assert OURS in text
    assert text.count("ATTENDEE") == 1
    told.quiet()


def test_somebody_elses_event_without_organizer_gets_us_when_we_first_invite(told: Told) -> None:
    world = told.world
    uid = world.editor.create_event("Le Café du facteur", next_week(14, 0, days=7), next_week(16, 0, days=7))
    world.sync()
    (made,) = world.others()
    assert "ORGANIZER" not in world.text(made.id)
    world.staff(made.id, "anne", "bruno")
    told.post.taken()
    world.sync()
    assert OURS in world.text(made.id)
    assert told.post.mails() == {"anne": 1, "bruno": 1, "denis": 1}
    assert uid == world.scene.uid_of(made.id)
    told.quiet()


def test_an_event_of_another_organizer_is_watched_and_never_written(told: Told) -> None:
    world = told.world
    uid = world.editor.create_event("Le Café du facteur", next_week(14, 0, days=7), next_week(16, 0, days=7))
    opened = world.editor.open(uid)
    opened.master.add(Line("ORGANIZER", "mailto:other@example.org"))
    opened.master.add(Line("ATTENDEE", "mailto:bruno@example.org", ";PARTSTAT=NEEDS-ACTION"))
    world.editor.save(opened)
    world.sync()
    text = told.server.texts(world.calendar)[opened.href]
    world.sync()
    assert world.others() == []
    assert told.server.texts(world.calendar)[opened.href] == text


def test_an_event_of_ours_whose_organizer_a_program_replaced_is_ours_again(told: Told) -> None:
    """Nextcloud's calendar app makes its user the organizer when it adds the first guest."""
    world = told.world
    opened = world.editor.open(world.uid)
    opened.master.set("ORGANIZER", "mailto:coordinator@example.org")
    world.editor.save(opened)
    told.post.taken()
    world.sync()
    world.change(start=next_week(15, 0), end=next_week(17, 0))
    world.sync()
    assert OURS in world.text()
    assert "coordinator@example.org" not in world.text()
    assert told.post.mails() == {"anne": 1, "bruno": 1, "denis": 1}
    told.quiet()


def test_under_another_address_of_the_centre_the_former_one_is_no_guest(told: Told) -> None:
    """As after a move to another account: the centre stands once among its guests, as who it is now."""
    world = told.world
    with world.scene.board() as uow:
        uow.spaces.save(replace(world.scene.space, organizer="maurepas@example.org"))
    world.change(title="Un autre titre")
    world.sync()
    text = world.text()
    assert "ORGANIZER;CN=Centre social de Maurepas:mailto:maurepas@example.org" in text
    assert text.count("CUTYPE=GROUP") == 1
    assert "service@example.org" not in text
    told.quiet()
