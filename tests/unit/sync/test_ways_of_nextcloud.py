"""What was seen on a real Nextcloud and has to stay right: last guests, trash bin, groups of a phone, filled-in places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sidecar.domain.appointments import AppointmentState, ParticipantRole
from sidecar.domain.bindings import Purpose
from sidecar.services import rota
from tests.twin import Twin

GROUP = """BEGIN:VCARD\r\nVERSION:3.0\r\nUID:G-1\r\nFN:Aller vers\r\nN:Aller vers;;;;\r
X-ADDRESSBOOKSERVER-KIND:group\r\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:A-1\r\nEND:VCARD\r\n"""
ZITA = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:A-1\r\nFN:Zita Nouvelle\r\nN:Nouvelle;Zita;;;\r\nTEL:+33639980099\r\nEND:VCARD\r\n"
UNPLACED = """BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nBEGIN:VEVENT\r
UID:made-there\r\nDTSTAMP:20260223T080000Z\r
DTSTART:20260310T083000Z\r\nDTEND:20260310T103000Z\r\nSUMMARY:Le Café du facteur\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"""


def _unfolded(text: str) -> str:
    return text.replace("\r\n ", "").replace("\n ", "")


def _unstaff_all(world: Twin) -> None:
    with world.scene.board() as uow:
        for participation in uow.appointments.get("cafe").participants:
            rota.unstaff(uow, "cafe", participation.person_id)


def test_the_centre_is_among_the_guests_so_that_none_of_them_is_ever_the_last(make: Callable[..., Twin]) -> None:
    world = make(schedules=True)
    world.scene.sync()
    assert len([line for line in _unfolded(world.text()).splitlines() if line.startswith("ATTENDEE")]) == 4
    _unstaff_all(world)
    world.scene.sync()
    guests = [line for line in _unfolded(world.text()).splitlines() if line.startswith("ATTENDEE")]
    assert len(guests) == 1
    assert "CUTYPE=GROUP" in guests[0] and guests[0].endswith("mailto:service@example.org")
    assert world.scene.sync().totals.get("updated", 0) == 0


def test_the_centre_is_no_person_and_stays_when_somebody_comes(make: Callable[..., Twin]) -> None:
    world = make(schedules=True)
    world.scene.sync()
    _unstaff_all(world)
    world.scene.sync()
    assert world.scene.appointment().participants == ()
    with world.scene.board() as uow:
        assert uow.people.by_email("service@example.org") is None
        rota.staff(uow, "cafe", "anne", ParticipantRole.MEMBER)
    world.scene.sync()
    text = _unfolded(world.text())
    assert "mailto:anne@example.org" in text
    assert text.count("CUTYPE=GROUP") == 1


def test_a_person_who_organises_is_the_centre_s_only_guest_of_that_address(make: Callable[..., Twin]) -> None:
    world = make(schedules=True)
    with world.scene.board() as uow:
        anne = uow.people.get("anne")
        uow.people.save(replace(anne, emails=("service@example.org",)))
    world.scene.sync()
    lines = _unfolded(world.text()).splitlines()
    assert len([line for line in lines if line.startswith("ATTENDEE") and "service@example.org" in line]) == 1
    assert "CUTYPE=GROUP" not in world.text()


def test_where_the_server_tells_nobody_the_centre_is_no_guest(make: Callable[..., Twin]) -> None:
    world = make(schedules=False)
    world.scene.sync()
    _unstaff_all(world)
    world.scene.sync()
    assert "ATTENDEE" not in world.text()


def test_an_event_taken_out_of_the_trash_bin_is_the_outing_it_was(world: Twin) -> None:
    world.scene.sync()
    href, text = world.scene.href_of(), world.text()
    world.server.delete("service", href)
    world.scene.sync()
    assert world.scene.appointment().state is AppointmentState.CANCELLED
    world.server.put("service", href, text)
    world.scene.sync()
    assert world.scene.appointment().state is AppointmentState.PUBLISHED
    assert world.scene.href_of() == href
    with world.scene.reading() as uow:
        assert len(uow.appointments.all()) == 1


def test_a_card_that_comes_in_the_same_pass_as_its_group_becomes_a_person(make: Callable[..., Twin]) -> None:
    world = make(purposes=(Purpose.OUTINGS, Purpose.CONTACTS))
    world.scene.sync()
    book = world.scene.collections[Purpose.CONTACTS]
    world.server.put("service", f"{book}a-1.vcf", ZITA)
    world.server.put("service", f"{book}g-1.vcf", GROUP)
    world.scene.sync()
    with world.scene.reading() as uow:
        assert "Zita Nouvelle" in [person.full_name for person in uow.people.all()]


def test_a_place_that_the_initiative_lent_is_no_reason_to_keep_a_deleted_event(world: Twin) -> None:
    world.scene.sync()
    href = f"{world.calendar}made-there.ics"
    world.server.put("service", href, UNPLACED)
    world.scene.sync()
    with world.scene.reading() as uow:
        (made,) = [a for a in uow.appointments.all() if a.id != "cafe"]
    assert made.place is not None and made.place.name == "Place du Gros-Chêne"
    world.server.delete("service", href)
    world.scene.sync()
    assert world.scene.appointment(made.id).state is AppointmentState.CANCELLED
    assert world.conflicts() == []
