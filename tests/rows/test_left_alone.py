"""Row: creates anything else there, or an event with somebody else as organizer -> left alone, byte for byte, for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest

from calendars.sync.report import PassReport
from sidecar.services import rota
from tests.editor.lines import Line
from tests.rows.conftest import Begin
from tests.rows.world import MARKED, World, next_week

HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Somebody//Else//FR\r\n"
TAIL = "END:VCALENDAR\r\n"
FOREIGN = {
    "dentist.ics": (
        "BEGIN:VEVENT\r\nUID:dentist\r\nDTSTAMP:20260201T080000Z\r\nDTSTART;TZID=Europe/Paris:20260303T080000\r\n"
        'DURATION:PT45M\r\nSUMMARY:Dentiste\r\nX-ODD;X-P="a;b:c":va\\,leur\r\nCATEGORIES:a,b\r\nEND:VEVENT\r\n'
    ),
    "private.ics": (
        "BEGIN:VEVENT\r\nUID:private\r\nDTSTAMP:20260201T080000Z\r\nDTSTART:20260303T070000Z\r\nDTEND:20260303T080000Z\r\n"
        "CLASS:CONFIDENTIAL\r\nSUMMARY:Busy\r\nCATEGORIES:Le Café du facteur\r\nEND:VEVENT\r\n"
    ),
    "task.ics": (
        "BEGIN:VTODO\r\nUID:task\r\nDTSTAMP:20260201T080000Z\r\nSUMMARY:Le Café du facteur\r\nSTATUS:NEEDS-ACTION\r\n"
        "END:VTODO\r\n"
    ),
    "weekly.ics": (
        "BEGIN:VEVENT\r\nUID:weekly\r\nDTSTAMP:20260201T080000Z\r\nDTSTART;VALUE=DATE:20260302\r\nSUMMARY:Chorale\r\n"
        "RRULE:FREQ=WEEKLY\r\nEND:VEVENT\r\n"
        "BEGIN:VEVENT\r\nUID:weekly\r\nDTSTAMP:20260201T080000Z\r\nRECURRENCE-ID;VALUE=DATE:20260309\r\n"
        "DTSTART;VALUE=DATE:20260310\r\nSUMMARY:Chorale au parc\r\nEND:VEVENT\r\n"
    ),
    "bare.ics": (
        "BEGIN:VEVENT\r\nUID:bare\r\nDTSTAMP:20260201T080000Z\r\nDTSTART:20260305T120000\r\nSUMMARY:Déjeuner — café\r\n"
        "END:VEVENT\r\n"
    ),
}
OTHERS_OUTING = (
    "BEGIN:VEVENT\r\nUID:others\r\nDTSTAMP:20260201T080000Z\r\nDTSTART:20260306T090000Z\r\nDTEND:20260306T110000Z\r\n"
    "SUMMARY:Le Café du facteur\r\nORGANIZER;CN=Voisins:mailto:voisins@example.net\r\n"
    "ATTENDEE;PARTSTAT=ACCEPTED:mailto:anne@example.org\r\nEND:VEVENT\r\n"
)


def put_foreign(world: World) -> dict[str, str]:
    """Other people's objects in the bound calendar; how the server keeps each."""
    for name, body in {**FOREIGN, "others.ics": OTHERS_OUTING}.items():
        world.editor.put_text(world.calendar + name, HEAD + body + TAIL)
    return {href: text for href, text in world.texts().items() if href.rpartition("/")[2] in {*FOREIGN, "others.ics"}}


def still(world: World, before: dict[str, str]) -> bool:
    now = world.texts()
    return all(now[href] == text for href, text in before.items())


def a_days_changes(world: World, number: int) -> PassReport:
    """What people do in a day on both sides, another thing each time; then a pass."""
    hour = 8 + number % 9
    if number % 4 == 0:
        world.editor.move(world.uid, next_week(hour, 5))
    elif number % 4 == 1:
        world.change(title=f"Le Café du facteur no {number}", meeting_point=f"Porte {number}")
    elif number % 4 == 2:
        world.editor.change_place(world.uid, f"Place {number}")
        world.editor.append_text(world.uid, f"Note {number}")
    else:
        made = world.editor.create_event(
            "Le Café du facteur", next_week(hour, days=20 + number), next_week(hour + 1, days=20 + number)
        )
        world.sync()
        world.editor.delete(made)
    world.scene.clock.forward(timedelta(minutes=1))
    return world.sync(full=number % 10 == 0)


@pytest.mark.parametrize("half", [0, 1], ids=["first", "again"])
def test_other_peoples_events_are_byte_identical_after_passes_full_of_changes(begin: Begin, half: int) -> None:
    """A hundred passes in memory, ten on each real server, from two beginnings: before and after the first write."""
    world = begin(outings=2)
    if half:
        a_days_changes(world, 0)
    before = put_foreign(world)
    assert len(before) == 6
    for number in range(100 if world.over.name == "twin" else 10):
        a_days_changes(world, number)
    assert still(world, before)
    assert world.people().keys() == {"anne", "bruno", "chloe", "denis"}


def test_anothers_event_that_names_an_initiative_is_shown_and_not_touched(world: World) -> None:
    before = put_foreign(world)
    report = world.sync()
    assert report.totals["watched"] == 1
    assert world.others() == []
    with world.scene.board() as uow:
        rota.cancel(uow, "cafe")
    world.sync()
    assert still(world, before)


def test_an_event_of_ours_copied_by_another_organizer_is_only_watched(styled: World) -> None:
    world = styled
    copy = world.editor.copy_event(world.uid, next_week(days=7))
    opened = world.editor.open(copy)
    opened.master.set("ORGANIZER", "mailto:voisins@example.net")
    world.editor.save(opened)
    before = world.editor.text(copy)
    world.sync()
    assert world.others() == []
    assert world.editor.text(copy) == before
    assert MARKED in before


def test_an_event_taken_from_us_by_another_organizer_is_not_asked_of_us(world: World) -> None:
    """Only lines of ours are ours: a foreign organizer in our own event stays what it is."""
    opened = world.editor.open(world.uid)
    line = opened.master.line("ORGANIZER")
    assert isinstance(line, Line)
    line.value = "mailto:voisins@example.net"
    world.editor.save(opened)
    world.sync()
    world.change(title="Autre titre")
    world.sync()
    assert "voisins@example.net" in world.text()
    assert world.outing().title == "Autre titre"
    world.quiet()


def test_any_other_event_is_left_alone(styled: World) -> None:
    world = styled
    uid = world.editor.create_event("Réunion de parents", next_week(14, 0), next_week(16, 0), text="Au local")
    world.editor.add_foreign_property(uid)
    world.editor.add_alarm(uid)
    before = world.editor.text(uid)
    world.sync()
    assert world.others() == []
    assert world.editor.text(uid) == before
    world.quiet()
